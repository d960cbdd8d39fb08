"""Makes the ONNX files beside it: small residual networks, written by torch.onnx.export in the ways that users do it.

Debian 12: apt-get install python3-torch python3-torchvision python3-onnx (1.13.1, 0.14.1, 1.12.0); /usr/bin/python3 make.py
Each file keeps what PyTorch itself answers for one image, under the key "expected"; the image is pixel() below.
"""
import io
import json
import os

import numpy
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.onnx import TrainingMode
from torchvision.models.resnet import BasicBlock, Bottleneck

HERE = os.path.dirname(os.path.abspath(__file__))


def pixel(shape):
    count = int(numpy.prod(shape))
    return torch.tensor([(i * 7919 % 251) / 125 - 1 for i in range(count)], dtype=torch.float32).reshape(1, *shape)


class FirstStride(Bottleneck):
    """The paper's bottleneck: the stride is in the first convolution."""

    def __init__(self, inputs, planes, stride=1, downsample=None):
        super().__init__(inputs, planes, stride, downsample)
        self.conv1.stride, self.conv2.stride = (stride, stride), (1, 1)


class Network(nn.Module):
    """torchvision's ResNet with fewer channels, and another end where one is asked for."""

    def __init__(self, block=BasicBlock, stages=(1, 1), width=8, classes=5, cifar=False, end="flatten", normalises=False, softmax=False):
        super().__init__()
        self.end, self.normalises, self.softmax = end, normalises, softmax
        self.conv1 = nn.Conv2d(3, width, 3 if cifar else 7, 1 if cifar else 2, 1 if cifar else 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if cifar else nn.MaxPool2d(3, 2, 1)
        layers, inputs = [], width
        for stage, blocks in enumerate(stages):
            planes = width << stage
            for i in range(blocks):
                stride = 2 if stage > 0 and i == 0 else 1
                outputs = planes * block.expansion
                shortcut = None
                if stride != 1 or inputs != outputs:
                    shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
                layers.append(block(inputs, planes, stride, shortcut))
                inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.3)
        self.fc = nn.Linear(inputs, classes) if classes else None
        self.register_buffer("mean", torch.tensor([0.1, 0.2, 0.3]).reshape(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.5, 0.6, 0.7]).reshape(1, 3, 1, 1))

    def forward(self, x):
        x = (x - self.mean) / self.std if self.normalises else x
        x = self.layers(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        if self.end == "mean":
            x = x.mean([2, 3])
        elif self.end == "mean, kept":
            x = x.mean((-1, -2), keepdim=True).flatten(1)
        elif self.end == "view":
            x = self.avgpool(x).view(-1, x.shape[1])
        elif self.end == "squeeze":
            x = self.avgpool(x).squeeze(3).squeeze(2)
        elif self.end == "window":
            x = nn.functional.avg_pool2d(x, (x.shape[2], x.shape[3])).flatten(1)
        elif self.end == "dropout":
            x = self.dropout(torch.flatten(self.avgpool(x), 1))
        else:
            x = torch.flatten(self.avgpool(x), 1)
        if self.fc is None:
            return x
        x = x @ self.fc.weight.t() + self.fc.bias if self.end == "squeeze" else self.fc(x)
        return x.softmax(1) if self.softmax else x


def randomise(network, seed):
    """Statistics that are not those of a fresh network, and answers that are not certain."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            with torch.no_grad():
                module.weight.copy_(0.5 + torch.rand(module.weight.shape, generator=generator))
                module.bias.copy_(0.4 * torch.rand(module.bias.shape, generator=generator) - 0.2)
                module.running_mean.copy_(0.6 * torch.rand(module.bias.shape, generator=generator) - 0.3)
                module.running_var.copy_(0.5 + torch.rand(module.bias.shape, generator=generator))
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            with torch.no_grad():
                fan = module.weight[0].numel()
                scale = 1.2 if isinstance(module, nn.Conv2d) else 0.6
                module.weight.copy_(torch.randn(module.weight.shape, generator=generator) * (scale / fan**0.5))
                if module.bias is not None:
                    module.bias.copy_(torch.randn(module.bias.shape, generator=generator) * 0.3)


def as_half(model):
    """What .half() before the export gives, which PyTorch can only run on a GPU: half weights, input and output."""
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(numpy.float16), tensor.name))
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16


def make(name, opset=13, image=(3, 64, 48), dtype=torch.float32, dynamic=None, training=TrainingMode.EVAL, folds=True, half=False, **shape):
    network = Network(**shape).eval()
    randomise(network, seed=len(name))
    network = network.half().float() if half else network.to(dtype)
    x = pixel(image).to(dtype)
    buffer = io.BytesIO()
    torch.onnx.export(
        network, x, buffer, opset_version=opset, training=training, do_constant_folding=folds, input_names=["x"], output_names=["y"],
        dynamic_axes=dynamic)
    model = onnx.load_from_string(buffer.getvalue())
    if half:
        as_half(model)
    with torch.no_grad():
        expected = network(x)[0].double().tolist()
    entry = model.metadata_props.add()
    entry.key, entry.value = "expected", json.dumps([round(value, 8) for value in expected])
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


UNFOLDED = dict(training=TrainingMode.PRESERVE, folds=False)
make("opset9", opset=9)
make("opset11-unfolded", opset=11, **UNFOLDED)
make("opset13-unfolded-constants", opset=13, training=TrainingMode.PRESERVE)
make("opset15", opset=15)
make("opset17-unfolded", opset=17, **UNFOLDED)
make("bottlenecks", opset=14, block=Bottleneck)
make("bottlenecks-stride-first", opset=12, block=FirstStride, **UNFOLDED)
make("cifar", block=BasicBlock, stages=(1, 1, 1), cifar=True, image=(3, 20, 17))
make("three-stages", stages=(1, 2, 1), image=(3, 65, 50))
make("dynamic", opset=16, dynamic={"x": {0: "batch", 2: "height", 3: "width"}})
make("features", classes=0)
make("features-mean", opset=17, classes=0, end="mean")
make("mean", opset=11, end="mean")
make("mean-kept", opset=17, end="mean, kept", **UNFOLDED)
make("view", end="view")
make("squeeze-matmul", end="squeeze")
make("window", end="window")
make("dropout-preserved", end="dropout", **UNFOLDED)
make("normalises-softmax", normalises=True, softmax=True)
make("double", dtype=torch.float64)
make("half", half=True)
make("half-unfolded", half=True, **UNFOLDED)
