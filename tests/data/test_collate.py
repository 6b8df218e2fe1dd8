"""How items become a batch: default_collate and default_convert, compared with PyTorch's."""

from __future__ import annotations

import types
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from ..support.loader_scripts import both

Point = namedtuple("Point", "x y")


COLLATED: dict[str, Callable[[Any], Any]] = {
    "ints": lambda T: [1, 2],
    "floats": lambda T: [1.0, 2.5],
    "an int and a float": lambda T: [1, 2.5],
    "bools": lambda T: [True, False],
    "strings": lambda T: ["a", "b"],
    "NumPy's strings": lambda T: [np.str_("a"), np.str_("b")],
    "bytes": lambda T: [b"a", b"b"],
    "Tensors": lambda T: [T.ones(2), T.zeros(2)],
    "Tensors of two dtypes": lambda T: [T.ones(2), T.ones(2).long()],
    "Tensors that require gradients": lambda T: [T.ones(2, requires_grad=True), T.ones(2)],
    "0-d Tensors": lambda T: [T.tensor(1), T.tensor(2)],
    "arrays": lambda T: [np.arange(3), np.arange(3) * 2],
    "arrays of float32": lambda T: [np.ones((2, 1), np.float32)] * 2,
    "arrays of bools": lambda T: [np.array([True])] * 2,
    "0-d arrays": lambda T: [np.array(1.5), np.array(2.5)],
    **{
        f"scalars of {kind}": lambda T, kind=kind: [np.dtype(kind).type(0), np.dtype(kind).type(1)]
        for kind in ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool")
    },
    "tuples": lambda T: [(1, 2.0, "a"), (3, 4.0, "b")],
    "lists": lambda T: [[1, T.ones(2)], [3, T.ones(2)]],
    "empty tuples": lambda T: [(), ()],
    "named tuples": lambda T: [Point(1, [2.0]), Point(3, [4.0])],
    "dicts": lambda T: [{"a": 1, "b": {"c": (1, 2)}}, {"a": 2, "b": {"c": (3, 4)}}],
    "ordered dicts": lambda T: [OrderedDict(b=1, a=2.0), OrderedDict(b=3, a=4.0)],
    "read-only mappings": lambda T: [types.MappingProxyType({"a": 1})] * 2,
    "ranges": lambda T: [range(3), range(3)],
}


@pytest.mark.parametrize("name", COLLATED)
def test_collate_and_convert(name: str) -> None:
    both(lambda T: T.utils.data.default_collate(COLLATED[name](T)))
    both(lambda T: T.utils.data.default_convert(COLLATED[name](T)))


def test_collating_keeps_the_history() -> None:
    x = tl.ones(2, requires_grad=True)
    data.default_collate([x * 2, x * 3]).sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_collating_keeps_what_else_a_mapping_has() -> None:
    class Named(dict[str, Any]):
        name = "given"

    first = Named(a=1)
    first.name = "changed"
    found = data.default_collate([first, Named(a=2)])
    assert (type(found), found.name, found["a"].tolist()) == (Named, "changed", [1, 2])
    assert first["a"] == 1
