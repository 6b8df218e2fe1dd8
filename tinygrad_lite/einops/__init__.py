"""einops on Tensors: after `import tinygrad_lite.einops` its functions take them, and record what they do.

`einops.rearrange`, `reduce`, `repeat`, `einsum`, `pack` and `unpack` are to be had from here too, and the layers stand
in `tinygrad_lite.einops.layers`, which is `einops.layers.tinygrad_lite` too. This needs einops:
`pip install "tinygrad_lite[einops]"`.

>>> import tinygrad_lite as tl
>>> from tinygrad_lite.einops import rearrange, reduce
>>> x = tl.arange(6.0, requires_grad=True)
>>> rearrange(x, "(row column) -> column row", row=2).tolist()
[[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
>>> reduce(x, "(row column) -> row", "max", row=2).sum().backward()
>>> x.grad
tensor([0., 0., 1., 0., 0., 1.])
"""

from __future__ import annotations

import sys

from . import layers
from .backend import einsum, pack, parse_shape, rearrange, reduce, repeat, unpack

__all__ = ["einsum", "layers", "pack", "parse_shape", "rearrange", "reduce", "repeat", "unpack"]

sys.modules["einops.layers.tinygrad_lite"] = layers  # where einops has those of other libraries
