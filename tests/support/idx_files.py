"""Small files in the format of MNIST."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_lite.datasets.mnist import FILES

IDX_TYPES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx(array: Any) -> bytes:
    """An IDX file, as its description says."""
    array = np.asarray(array)
    head = struct.pack(">HBB", 0, IDX_TYPES[array.dtype.name], array.ndim) + struct.pack(
        f">{array.ndim}I", *array.shape
    )
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


PIXELS = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)


def put(folder: Path, train: bool = False, pixels: Any = PIXELS, labels: Any = LABELS, packed: bool = True) -> None:
    """A small set of files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(FILES[train], (pixels, labels), strict=True):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name).write_bytes(idx(array))
