"""Errors begin with PyTorch's own phrase, on which people's code matches; what we add comes after it.

The calls are the rows of the parity tables that PyTorch refuses, and those listed here.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.pytorch_parity import Setting, forms, outcome, torch
from . import test_indexing, test_linalg, test_shape

DTYPES = {
    "Half": "float16", "Float": "float32", "Double": "float64", "Bool": "bool", "Byte": "uint8", "Char": "int8",
    "Short": "int16", "Int": "int32", "Long": "int64", "float": "float32", "long int": "int64",
}  # fmt: skip


def phrase(error: Exception) -> str:
    """PyTorch's message without what is its own affair: its namespace, its names of dtypes, what its C++ adds."""
    text = str(error).splitlines()[0].rstrip(".")
    text = text.replace("torch.FloatTensor", "Tensor").replace("torch.", "").replace("(sparse_coo)", "")
    text = re.sub(r"(?:got|found|Got|dtype|\(|and|!=|view|as|for '?|:|\) )\s?\b(\w+(?: int)?)\b", _in_our_dtypes, text)
    return text.replace("'float32'", "float32")


def _in_our_dtypes(match: re.Match[str]) -> str:
    name = match[1]
    return match[0].replace(name, DTYPES[name]) if name in DTYPES else match[0]


# Where ours differs: PyTorch's phrase, and why.
DIFFERENT = {
    "position 1) must be": "in a method PyTorch does not count the Tensor itself",
    "received an invalid combination of arguments": "ours names the argument that is wrong",
    "Bad in-place call": "an in-place operation has one phrase here",
    "2D tensor expected, got 1D tensor for input": "an in-place operation has one phrase here",
    "takes 1 positional argument but 2 were given": "ours names the size that is no whole number",
    "unflatten got an unexpected error": "ours says which",
    "Attempting to broadcast a dimension of length": "ours is that of every broadcast",
    "index_copy_(): index": "ours is that of every index",
    "number of dimensions in the tensor input does not match": "without PyTorch's name of its kernel",
    "Expected 0D or 1D tensor in the tensor list but got": "PyTorch prints the values",
    "only supported on matrices or batches of matrices": "of the same meaning",
    "cholesky: ": "that of torch.linalg, because it is the same function",
    "cholesky_cpu": "one phrase for dtypes",
    "cholesky_inverse_out_cpu": "one phrase for dtypes",
    "Expected A and B to have the same dtype": "dtypes have our names",
    "linalg_solve(): argument": "ours has the name that Python has",
}  # fmt: skip


def begins_alike(ours: Exception, theirs: Exception) -> bool:
    return any(text in str(theirs) for text in DIFFERENT) or str(ours).startswith(phrase(theirs))


@pytest.mark.parametrize("table", [test_indexing, test_linalg, test_shape], ids=lambda m: m.__name__.rpartition("_")[2])
def test_rows_that_pytorch_refuses(table: Any) -> None:
    compared, different = 0, []
    for row in table.ROWS:
        for form, call in forms(row).items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs, _ = outcome(torch, row, Setting(grad=False), call)
                if not isinstance(theirs, Exception) or row.more:
                    continue
                ours, _ = outcome(tl, row, Setting(grad=False), call)
            compared += 1
            if not begins_alike(ours, theirs):
                different.append((f"{row} [{form}]", phrase(theirs), str(ours)))
    assert not different
    assert compared > 30


Call = Callable[[Any], Any]


def put(x: Any, index: Any, value: Any) -> None:
    x[index] = value


def add_to(x: Any, y: Any) -> None:
    x += y


SHAPES = [(), (3,), (4,), (2, 3), (4, 5), (2, 2, 3), (2, 4, 5), (3, 4, 5), (5, 2, 2, 3)]
CALLS: dict[str, Call] = {
    **{f"{a} @ {b}": lambda T, a=a, b=b: T.ones(a) @ T.ones(b) for a, b in itertools.product(SHAPES, SHAPES)},
    **{f"{a} + {b}": lambda T, a=a, b=b: T.ones(a) + T.ones(b) for a, b in itertools.combinations(SHAPES, 2)},
    "where": lambda T: T.where(T.ones(3) > 0, T.ones(2, 3), T.ones(4)),
    "lerp": lambda T: T.lerp(T.ones(3), T.ones(3), T.ones(4)),
    "clamp": lambda T: T.clamp(T.ones(3), T.ones(4), T.ones(3)),
    "x += wider": lambda T: add_to(T.ones(3), T.ones(2, 3)),
    "x += longer": lambda T: add_to(T.ones(3), T.ones(4)),
    "add_": lambda T: T.ones(3).add_(T.ones(2, 3)),
    "copy_ of more dimensions": lambda T: T.ones(3).copy_(T.ones(2, 3)),
    "copy_ of another size": lambda T: T.ones(3).copy_(T.ones(4)),
    "fill_ with a vector": lambda T: T.ones(3).fill_(T.ones(2)),
    "x[5]": lambda T: T.ones(3, 2)[5],
    "x[0, -3]": lambda T: T.ones(3, 2)[0, -3],
    "x[tensor(5)]": lambda T: T.ones(3, 2)[T.tensor(5)],
    "x[tensor([5])]": lambda T: T.ones(3, 2)[T.tensor([5])],
    "x[0, 0, 0]": lambda T: T.ones(3, 2)[0, 0, 0],
    "0-d [0]": lambda T: T.tensor(1.0)[0],
    "0-d [:]": lambda T: T.tensor(1.0)[:],
    "0-d [tensor]": lambda T: T.tensor(1.0)[T.tensor([0])],
    "x[1.5]": lambda T: T.ones(3)[1.5],
    "x['a']": lambda T: T.ones(3)["a"],
    "x[0, 'a']": lambda T: T.ones(3, 2)[0, "a"],
    "x[function]": lambda T: T.ones(3)[put],
    "x[floats]": lambda T: T.ones(3)[T.ones(1)],
    "x['a':]": lambda T: T.ones(3)["a":],
    "x[short mask]": lambda T: T.ones(3, 2)[T.ones(2) > 0],
    "x[wide mask]": lambda T: T.ones(3, 2)[T.ones(3, 3) > 0],
    "x[:, mask]": lambda T: T.ones(3, 2)[:, T.ones(3) > 0],
    "x[0, mask]": lambda T: T.ones(3, 2)[0, T.ones(3) > 0],
    "x[mask] = too few": lambda T: put(T.ones(3), T.ones(3) > 0, T.ones(2)),
    "x[indices] = too many": lambda T: put(T.ones(3, 2), [0, 1], T.ones(5)),
    "x[0] = too long": lambda T: put(T.ones(3, 2), 0, T.ones(5)),
    "x[...] = too long": lambda T: put(T.ones(3, 2), ..., T.ones(4)),
    "x[5] = 1": lambda T: put(T.ones(3), 5, 1.0),
    "sum of a dimension there is not": lambda T: T.ones(2, 3).sum(5),
    "cat of a Tensor": lambda T: T.cat(T.ones(2)),
    "cat of a number": lambda T: T.cat([T.ones(2), 1]),
    "reshape to floats": lambda T: T.reshape(T.ones(6), (2.0, 3)),
    "reshape to a string": lambda T: T.reshape(T.ones(6), "a"),
    "exp of a list": lambda T: T.exp([1.0]),
    "exp of None": lambda T: T.exp(None),
    "matmul with an array": lambda T: T.bmm(T.ones(2, 2, 2), [1.0]),
    "add a string": lambda T: T.add(T.ones(2), "a"),
    "operator + string": lambda T: T.ones(2) + "a",
    "operator @ list": lambda T: T.ones(2) @ [1.0],
    "None * operator": lambda T: None * T.ones(2),
    "alpha": lambda T: T.add(T.ones(2), T.ones(2), alpha="a"),
    "select": lambda T: T.select(T.ones(2), 0, 1.5),
    "gather": lambda T: T.gather(T.ones(2), 0, [0]),
    "einsum": lambda T: T.einsum("i->", [T.ones(2), 1]),
    "bool - bool": lambda T: (T.ones(2) > 0) - (T.ones(2) > 0),
    "bool - float": lambda T: (T.ones(2) > 0) - T.ones(2),
    "-bool": lambda T: -(T.ones(2) > 0),
    "pad": lambda T: T.nn.functional.pad(T.ones(2, 3), (1,)),
    "pad too much": lambda T: T.nn.functional.pad(T.ones(2), (1, 1, 1, 1)),
    "one_hot": lambda T: T.nn.functional.one_hot(T.tensor([5]), 3),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_pytorch_refuses(name: str) -> None:
    errors = []
    for T in (torch, tl):
        try:
            CALLS[name](T)
        except Exception as error:
            errors.append(error)
    if not errors:
        return
    assert len(errors) == 2, f"one of the two accepts it: {errors}"
    theirs, ours = errors
    assert isinstance(ours, type(theirs)), f"{theirs!r}, {ours!r}"
    assert begins_alike(ours, theirs), f"{phrase(theirs)}\n{ours}"
