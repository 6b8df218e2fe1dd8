"""A small network trained with nothing but the engine, the table and NumPy. Run by tests/core/test_core_alone.py.

The package's root is not run: an empty module takes its place, so that what is imported is what is asked for.
Prints, as JSON, what was loaded, the losses, the largest error of a gradient, and the files of the backward pass.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np

PACKAGE = Path(__file__).parents[2] / "tinygrad_lite"
root = ModuleType("tinygrad_lite")
root.__path__ = [str(PACKAGE)]
sys.modules["tinygrad_lite"] = root

from tinygrad_lite.core import versions  # noqa: E402  # after the path was set
from tinygrad_lite.core.tensor import wrap  # noqa: E402  # after the path was set

CORE_ONLY = sorted(name for name in sys.modules if name.startswith("tinygrad_lite."))

from tinygrad_lite.ops.activation import relu  # noqa: E402  # after the path was set
from tinygrad_lite.ops.elementwise import tanh  # noqa: E402  # after the path was set
from tinygrad_lite.ops.kernels.classification import cross_entropy  # noqa: E402  # after the path was set
from tinygrad_lite.ops.kernels.linear import linear  # noqa: E402  # after the path was set


def spiral(points: int, dtype: Any) -> tuple[Any, Any]:
    """Two arms of points, one of them turned by half a circle; and which arm each point is on."""
    t = np.linspace(0.2, 1.0, points)
    angle = 5.0 * t + np.pi * np.array([[0.0], [1.0]])
    x = np.stack([t * np.cos(angle), t * np.sin(angle)], axis=-1).reshape(-1, 2)
    return x.astype(dtype), np.repeat(np.arange(2), points)


def parameters(sizes: list[int], dtype: Any) -> list[Any]:
    """A weight and a bias for each layer."""
    rng = np.random.default_rng(0)
    made = []
    for fan_in, fan_out in pairwise(sizes):
        made.append((rng.standard_normal((fan_out, fan_in)) / np.sqrt(fan_in)).astype(dtype))
        made.append(np.zeros(fan_out, dtype))
    return made


def loss_of(w: list[Any], x: Any, labels: Any) -> Any:
    """The loss of the network: with arrays it is an array, with Tensors a Tensor."""
    hidden = tanh(linear(x, w[0], w[1]))
    hidden = relu(linear(hidden, w[2], w[3]))
    return cross_entropy(linear(hidden, w[4], w[5]), labels, None, -100, 0.0, "mean")


def tensors(arrays: list[Any]) -> list[Any]:
    return [wrap(array.copy()).requires_grad_() for array in arrays]


def largest_error() -> float:
    """How far the gradients are from numerical ones, in float64."""
    arrays, (x, labels) = parameters([2, 5, 4, 2], np.float64), spiral(10, np.float64)
    w = tensors(arrays)
    loss_of(w, wrap(x), wrap(labels)).backward()
    worst = 0.0
    for array, t in zip(arrays, w, strict=True):
        for place in np.ndindex(array.shape):
            kept, values = array[place], []
            for step in (1e-6, -1e-6):
                array[place] = kept + step
                values.append(float(loss_of(arrays, x, labels)))
            array[place] = kept
            worst = max(worst, abs((values[0] - values[1]) / 2e-6 - t._grad._data[place]))
    return worst


def train(steps: int, lr: float) -> list[float]:
    """Plain gradient descent; the losses before each step."""
    x, labels = spiral(50, np.float32)
    w = tensors(parameters([2, 32, 16, 2], np.float32))
    losses = []
    for _ in range(steps):
        loss = loss_of(w, wrap(x), wrap(labels))
        losses.append(float(loss._data))
        loss.backward()
        for t in w:
            t._data -= lr * t._grad._data
            versions.wrote(t._data)
            t._grad = None
    return losses


def files_of_backward() -> list[str]:
    """The files of the package in which a function is called during a backward pass."""
    w = tensors(parameters([2, 8, 8, 2], np.float32))
    x, labels = spiral(20, np.float32)
    seen = set()

    def record(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            seen.add(frame.f_code.co_filename)

    for _ in range(2):  # the second time gradients are added to those of the first
        loss = loss_of(w, wrap(x), wrap(labels))
        sys.setprofile(record)
        loss.backward()
        sys.setprofile(None)
    return sorted(str(Path(file).relative_to(PACKAGE)) for file in seen if file.startswith(str(PACKAGE)))


if __name__ == "__main__":
    found = {"error": largest_error(), "losses": train(300, 0.5), "files": files_of_backward(), "core": CORE_ONLY}
    found["loaded"] = sorted(name for name in sys.modules if name.startswith("tinygrad_lite."))
    print(json.dumps(found))
