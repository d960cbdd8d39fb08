"""The peer of the training-speed benchmark: what a PyTorch user would write to train the same network on the same images.

Two networks: ResNet-20 on an IDX data set of grey images, and, where --side is given, the nine-block network of ML.NET's package on colour
pixels of that side, which the benchmark has decoded and resized before (so that reading files is not in this program's time). --bfloat16
runs them under autocast.

Prints one line of JSON: images trained per second of the whole fit (reading, augmentation and validation included), peak memory in MiB,
accuracy on the validation images, PyTorch's version.
"""
import argparse
import gzip
import json
import math
import os
import resource
import time

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--side", type=int, default=0)
parser.add_argument("--bfloat16", action="store_true")
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import numpy  # noqa: E402  after the number of threads
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

torch.set_num_threads(arguments.threads)


def precision():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.bfloat16)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        return functional.relu(self.bn2(self.conv2(x)).add_(shortcut), inplace=True)


class ResNet(nn.Module):
    def __init__(self, stem, width, stages, classes):
        super().__init__()
        self.stem = stem
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if arguments.side else nn.Identity()
        blocks = []
        for number, count in enumerate(stages):
            outputs = width if number == 0 else width * 2
            for index in range(count):
                blocks.append(Block(width, outputs, 2 if number > 0 and index == 0 else 1))
                width = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = self.blocks(self.pool(functional.relu(self.bn1(self.stem(x)), inplace=True)))
        return self.fc(x.mean((2, 3)))


def network(classes):
    if arguments.side:
        return ResNet(nn.Conv2d(3, 64, 7, 2, 3, bias=False), 64, (2, 2, 2, 3), classes)
    return ResNet(nn.Conv2d(1, 16, 3, 1, 1, bias=False), 16, (3, 3, 3), classes)


def read(name, header):
    with gzip.open(os.path.join(arguments.data, name)) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


def load(limit):
    if arguments.side:
        labels = numpy.fromfile(os.path.join(arguments.data, "labels.bin"), numpy.uint8)[:limit]
        pixels = numpy.fromfile(os.path.join(arguments.data, "pixels.bin"), numpy.uint8)[: len(labels) * 3 * arguments.side ** 2]
        shape = (-1, 3, arguments.side, arguments.side)
    else:
        labels = read("train-labels-idx1-ubyte.gz", 8)[:limit]
        pixels = read("train-images-idx3-ubyte.gz", 16)[: len(labels) * 784]
        shape = (-1, 1, 28, 28)
    return torch.from_numpy(pixels.astype(numpy.float32)).view(shape), torch.from_numpy(labels.astype(numpy.int64))


def fit(limit, epochs):
    pixels, labels = load(limit)
    held = len(labels) // 10
    mean, deviation = pixels[held:].mean((0, 2, 3), keepdim=True), pixels[held:].std((0, 2, 3), keepdim=True)
    pixels = ((pixels - mean) / deviation).contiguous(memory_format=torch.channels_last)
    train, train_labels, test, test_labels = pixels[held:], labels[held:], pixels[:held], labels[:held]
    model = network(int(labels.max()) + 1).to(memory_format=torch.channels_last)
    decays = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    rate = 0.005 if arguments.side else 0.1
    optimizer = torch.optim.SGD(
        [{"params": decays, "weight_decay": 5e-4}, {"params": others}], lr=rate, momentum=0.9, nesterov=True)
    batches = math.ceil(len(train) / arguments.batch)
    steps, warm, best = batches * epochs, int(batches * epochs * 0.05), -1.0
    step, kept = 0, None
    for _ in range(epochs):
        model.train()
        for chosen in torch.tensor_split(torch.randperm(len(train)), batches):
            images = train[chosen]
            images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)
            images = images.contiguous(memory_format=torch.channels_last)
            now = rate * (step + 1) / (warm + 1) if step < warm else rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
            for group in optimizer.param_groups:
                group["lr"] = now
            with precision():
                loss = functional.cross_entropy(model(images), train_labels[chosen])
            if not math.isfinite(loss.item()):
                raise ArithmeticError("the loss is not finite")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
        model.eval()
        with torch.no_grad(), precision():
            right = sum((model(part).argmax(1) == of).sum().item() for part, of in zip(test.split(256), test_labels.split(256)))
        if right / held > best:
            best, kept = right / held, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return len(train) * epochs, best


fit(2 * arguments.batch if arguments.side else 600, 1)
start = time.perf_counter()
images, accuracy = fit(None, arguments.epochs)
seconds = time.perf_counter() - start
print(json.dumps({
    "ImagesPerSecond": images / seconds,
    "PeakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "Accuracy": accuracy,
    "Version": "PyTorch " + torch.__version__,
}))
