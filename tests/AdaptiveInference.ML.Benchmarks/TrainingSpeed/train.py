"""The peer of the training-speed benchmark: what a PyTorch user would write to train the same network on the same images.

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
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import numpy  # noqa: E402  after the number of threads
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

torch.set_num_threads(arguments.threads)


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


class ResNet20(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        blocks, width = [], 16
        for outputs, stride in ((16, 1), (32, 2), (64, 2)):
            for index in range(3):
                blocks.append(Block(width, outputs, stride if index == 0 else 1))
                width = outputs
        self.blocks = nn.Sequential(*blocks)
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        x = self.blocks(functional.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(x.mean((2, 3)))


def read(name, header):
    with gzip.open(os.path.join(arguments.data, name)) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header)


def fit(limit, epochs):
    labels = torch.from_numpy(read("train-labels-idx1-ubyte.gz", 8)[:limit].astype(numpy.int64))
    pixels = torch.from_numpy(read("train-images-idx3-ubyte.gz", 16)[: len(labels) * 784].astype(numpy.float32)).view(-1, 1, 28, 28)
    held = len(labels) // 10
    mean, deviation = pixels[held:].mean(), pixels[held:].std()
    pixels = ((pixels - mean) / deviation).contiguous(memory_format=torch.channels_last)
    train, train_labels, test, test_labels = pixels[held:], labels[held:], pixels[:held], labels[:held]
    network = ResNet20(10).to(memory_format=torch.channels_last)
    decays = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() == 1]
    rate = 0.1
    optimizer = torch.optim.SGD(
        [{"params": decays, "weight_decay": 5e-4}, {"params": others}], lr=rate, momentum=0.9, nesterov=True)
    batches = math.ceil(len(train) / arguments.batch)
    steps, warm, best = batches * epochs, int(batches * epochs * 0.05), -1.0
    step, kept = 0, None
    for _ in range(epochs):
        network.train()
        for chosen in torch.tensor_split(torch.randperm(len(train)), batches):
            images = train[chosen]
            images = torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(3), images)
            images = images.contiguous(memory_format=torch.channels_last)
            now = rate * (step + 1) / (warm + 1) if step < warm else rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
            for group in optimizer.param_groups:
                group["lr"] = now
            loss = functional.cross_entropy(network(images), train_labels[chosen])
            if not math.isfinite(loss.item()):
                raise ArithmeticError("the loss is not finite")
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
        network.eval()
        with torch.no_grad():
            right = sum((network(part).argmax(1) == of).sum().item() for part, of in zip(test.split(256), test_labels.split(256)))
        if right / held > best:
            best, kept = right / held, {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(kept)
    return len(train) * epochs, best


fit(600, 1)
start = time.perf_counter()
images, accuracy = fit(None, arguments.epochs)
seconds = time.perf_counter() - start
print(json.dumps({
    "ImagesPerSecond": images / seconds,
    "PeakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "Accuracy": accuracy,
    "Version": "PyTorch " + torch.__version__,
}))
