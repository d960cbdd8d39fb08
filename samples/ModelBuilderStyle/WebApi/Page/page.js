'use strict';

// How many classes a card shows; the rest is too improbable to be of interest.
const shownScores = 5;
// Images that are smaller than this are shown with sharp pixels.
const tinySide = 100;

const drop = document.getElementById('drop');
const input = document.getElementById('file');
const results = document.getElementById('results');
const statusLine = document.getElementById('status');
const percent = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { style: 'percent' });

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

function addCard(file) {
  const card = document.getElementById('card').content.cloneNode(true).firstElementChild;
  const image = card.querySelector('img');
  const address = URL.createObjectURL(file);
  image.onload = () => {
    image.classList.toggle('tiny', Math.max(image.naturalWidth, image.naturalHeight) < tinySide);
    URL.revokeObjectURL(address);
  };
  image.onerror = () => URL.revokeObjectURL(address);
  image.src = address;
  card.querySelector('.name').textContent = file.name;
  results.prepend(card);
  return card;
}

function showPath(card, path) {
  const blocks = card.querySelector('.blocks');
  const stages = new Map();
  for (const step of path) {
    const name = step.block.split('.')[0];
    if (!stages.has(name)) {
      stages.set(name, blocks.appendChild(element('span', 'stage')));
    }
    const block = element('span', step.ran ? 'block ran' : 'block');
    block.title = `${step.block}: ${step.ran ? 'ran' : 'not needed'}`;
    stages.get(name).append(block);
  }
  const ran = path.filter(step => step.ran);
  blocks.setAttribute('aria-label', `${ran.length} of ${path.length} blocks ran: ${ran.map(step => step.block).join(', ') || 'none'}`);
  return ran.length;
}

function showScores(card, scores) {
  const list = card.querySelector('.scores');
  for (const score of scores.slice(0, shownScores)) {
    const row = element('li', 'score');
    const bar = element('div', 'bar');
    bar.style.width = `${100 * score.probability}%`;
    row.append(bar, element('span', 'class', score.label), element('span', 'percent', percent.format(score.probability)));
    list.append(row);
  }
}

function showPrediction(card, prediction) {
  card.querySelector('.label').textContent = prediction.label;
  const ran = showPath(card, prediction.path);
  const cost = `${ran} of ${prediction.path.length} blocks, ${whole.format(prediction.computeFraction)} of the full network's work, `
    + `${prediction.milliseconds.toFixed(prediction.milliseconds < 10 ? 1 : 0)} ms`;
  card.querySelector('.cost').textContent = cost;
  showScores(card, prediction.scores);
  statusLine.textContent = `${prediction.label}, ${percent.format(prediction.scores[0].probability)}: ${cost}`;
}

function showProblem(card, text) {
  card.classList.add('wrong');
  card.querySelector('.label').textContent = text;
  card.querySelectorAll('.blocks, .cost, .scores').forEach(part => part.remove());
  statusLine.textContent = text;
}

async function classify(file) {
  const card = addCard(file);
  try {
    const response = await fetch('predict', {
      method: 'POST', body: file, headers: { 'Content-Type': file.type || 'application/octet-stream' },
    });
    const answer = await response.json();
    if (response.ok) {
      showPrediction(card, answer);
    } else {
      showProblem(card, answer.detail || answer.title);
    }
  } catch {
    showProblem(card, 'The service did not answer. Is it still running?');
  }
}

async function classifyAll(files) {
  for (const file of files) {
    await classify(file);
  }
}

input.addEventListener('change', () => {
  const files = [...input.files];
  // The same file may be chosen again.
  input.value = '';
  classifyAll(files);
});
// Files dropped beside the box must not replace the page.
document.addEventListener('dragover', event => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', event => {
  event.preventDefault();
  drop.classList.remove('over');
  classifyAll([...event.dataTransfer.files]);
});
document.addEventListener('paste', event => classifyAll([...event.clipboardData.files]));

fetch('health').then(response => response.json()).then(health => {
  document.getElementById('model').textContent =
    `${health.network}, ${health.blocks} blocks, ${health.classes.length} classes: ${health.classes.join(', ')}`;
}).catch(() => { });
