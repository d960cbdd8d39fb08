#!/usr/bin/env python3
"""Makes the embedded subset: the first images of each class, in the order of the original files.

Usage: make-subset.py FOLDER_WITH_THE_FOUR_ORIGINAL_FILES
"""
import gzip
import struct
import sys
from pathlib import Path

TRAIN_PER_CLASS = 600
TEST_PER_CLASS = 200
CLASSES = 10


def subset(source: Path, target: Path, name: str, per_class: int) -> None:
    images = gzip.decompress((source / f"{name}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((source / f"{name}-labels-idx1-ubyte.gz").read_bytes())
    magic, count, rows, columns = struct.unpack(">4I", images[:16])
    pixels, classes = images[16:], labels[8:]
    size = rows * columns
    assert magic == 0x803 and len(classes) == count and len(pixels) == count * size
    taken = [0] * CLASSES
    chosen = []
    for i in range(count):
        if taken[classes[i]] < per_class:
            taken[classes[i]] += 1
            chosen.append(i)
    assert taken == [per_class] * CLASSES
    write(target / f"{name}-images-idx3-ubyte.gz", struct.pack(">4I", 0x803, len(chosen), rows, columns)
          + b"".join(pixels[i * size:(i + 1) * size] for i in chosen))
    write(target / f"{name}-labels-idx1-ubyte.gz", struct.pack(">2I", 0x801, len(chosen)) + bytes(classes[i] for i in chosen))


def write(path: Path, data: bytes) -> None:
    path.write_bytes(gzip.compress(data, 9, mtime=0))


here = Path(__file__).parent
subset(Path(sys.argv[1]), here, "train", TRAIN_PER_CLASS)
subset(Path(sys.argv[1]), here, "t10k", TEST_PER_CLASS)
