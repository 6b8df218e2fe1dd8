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

from ..support.answers import answer
from ..support.pytorch_parity import Setting, forms, outcome
from . import test_indexing, test_linalg, test_shape

DTYPES = {
    "Half": "float16", "Float": "float32", "Double": "float64", "Bool": "bool", "Byte": "uint8", "Char": "int8",
    "Short": "int16", "Int": "int32", "Long": "int64", "float": "float32", "long int": "int64",
}  # fmt: skip


def phrase(message: str) -> str:
    """PyTorch's message without what is its own affair: its namespace, its names of dtypes, what its C++ adds."""
    text = message.splitlines()[0].rstrip(".")
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
    "lu_solve: A must be batches": "ours has the argument's name",
}  # fmt: skip


def begins_alike(ours: Any, theirs: str) -> bool:
    return any(text in theirs for text in DIFFERENT) or str(ours).replace("torch.", "").startswith(phrase(theirs))


@pytest.mark.parametrize("table", [test_indexing, test_linalg, test_shape], ids=lambda m: m.__name__.rpartition("_")[2])
def test_rows_that_pytorch_refuses(table: Any) -> None:
    torch = pytest.importorskip("torch")
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
            if not begins_alike(ours, str(theirs)):
                different.append((f"{row} [{form}]", phrase(str(theirs)), str(ours)))
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
    "as_strided beyond the memory": lambda T: T.arange(4.0).as_strided((1,), (1,), 4),
    "as_strided with steps beyond it": lambda T: T.arange(4.0).as_strided((2, 2), (2, 2), 0),
    "mm": lambda T: T.mm(T.ones(2, 3), T.ones(2, 3)),
    "mv": lambda T: T.mv(T.ones(2, 3), T.ones(2)),
    "matmul of batches": lambda T: T.matmul(T.ones(2, 1, 3), T.ones(3, 3, 2)),
    "view as a wider dtype": lambda T: T.ones(3).view(T.float64),
    "a circle of nothing": lambda T: T.nn.functional.pad(T.ones(1, 3), (-3, 0), mode="circular"),
    "replicate nothing": lambda T: T.nn.functional.pad(T.ones(1, 3), (-2, -1), mode="replicate"),
    "mean of integers": lambda T: T.mean(T.ones(2, dtype=T.int64)),
    "mean in integers": lambda T: T.mean(T.ones(2), dtype=T.int64),
    "take_along_dim": lambda T: T.take_along_dim(T.ones(2, 3), T.zeros(3, 3, dtype=T.int64), 1),
    "gcd with a number": lambda T: T.gcd(T.tensor([4]), 2),
    "maximum with a number": lambda T: T.maximum(T.ones(2), 2),
    "minimum of a number": lambda T: T.minimum(2, T.ones(2)),
    "reshape to a size of -2": lambda T: T.ones(4).reshape(-2, 2),
    "reshape with a size to find": lambda T: T.ones(3).reshape(2, -1),
    "tensordot": lambda T: T.tensordot(T.ones(2, 2), T.ones(2, 2), ([0, 1], [0])),
    "x[index beyond]": lambda T: T.ones(3)[T.tensor([5])],
    "x[0] = of other sizes": lambda T: put(T.ones(2, 3, 4), 0, T.ones(2, 4)),
    "inverse of no square": lambda T: T.linalg.inv(T.ones(2, 3)),
    "logdet of no square": lambda T: T.logdet(T.ones(2, 3)),
    "sum_to_size": lambda T: T.ones(2, 3).sum_to_size(2),
    "triplets": lambda T: T.nn.functional.triplet_margin_loss(T.ones(2, 3), T.ones(2, 2), T.ones(2, 3)),
    "lines of too few dimensions": lambda T: T.nn.functional.max_pool1d(T.ones(3), 2),
    "dropout of more than all": lambda T: T.nn.functional.dropout(T.ones(2), 1.005),
    "dropout of less than nothing": lambda T: T.nn.functional.dropout(T.ones(2), -0.005),
    "eigh of a matrix that is not square": lambda T: T.linalg.eigh(T.ones(2, 3), UPLO="X"),
    "fold of no rows": lambda T: T.nn.functional.fold(T.zeros(2, 0, 4), (2, 2), (1, 1)),
    "fold of no columns": lambda T: T.nn.functional.fold(T.zeros(4, 0), (2, 2), (1, 1)),
    "bilinear with a number": lambda T: T.nn.functional.bilinear(T.ones(2), T.ones(2), T.ones(1, 2, 2), 3.0),
}  # fmt: skip


def refusal(T: Any, name: str) -> Any:
    """The error of a call, as the names of its classes and its message; None if there is none."""
    try:
        CALLS[name](T)
    except Exception as error:
        return [c.__name__ for c in type(error).__mro__], str(error)
    return None


@pytest.mark.parametrize("name", CALLS)
def test_calls_that_pytorch_refuses(name: str) -> None:
    theirs, ours = answer(lambda torch: refusal(torch, name)), refusal(tl, name)
    if theirs is None and ours is None:
        return
    assert theirs is not None, f"only we refuse it: {ours}"
    assert ours is not None, f"we accept it: {theirs}"
    assert theirs[0][0] in ours[0], f"{theirs}, {ours}"
    assert begins_alike(ours[1], theirs[1]), f"{phrase(theirs[1])}\n{ours[1]}"


U: Any = tl  # without types, because the arguments are wrong
F: Any = U.nn.functional
HEADS = (tl.ones(2, 1, 2), tl.ones(2, 1, 2), tl.ones(2, 1, 2), 2, 1)
OWN: list[tuple[Callable[[], Any], str]] = [
    (lambda: F.multi_head_attention_forward(*[U.ones(5, 2, 6)] * 3, 6, 2, U.ones(18, 5), U.ones(18), None, None, False, 0.0, U.ones(6, 6), None), "(10x6 and 5x18)"),
    (lambda: U.histogram(U.ones(2), 3, range=(3.0, 1.0)), "but got min 3 max 1 for dimension 0"),
    (lambda: U.histogramdd(U.ones(2, 2), [2, 0]), "but got 0 for dimension 1"),
    (lambda: U.ones(2).index_reduce(0, U.tensor([5]), U.ones(1), "prod"), "index out of range in self"),
    (lambda: U.arange(4.0).as_strided((2,), ("a",)), "as_strided(): argument 'stride' (position 3) must be tuple of ints"),
    (lambda: U.linalg.pinv(U.ones(2, 3), hermitian=True), "linalg.pinv: A must be batches of square"),
    (lambda: U.sort(U.ones(2), out=(U.ones(2, dtype=U.int64), U.ones(2))), "dtype float, but got long int"),
    (lambda: U.sort(U.ones(2), out=(U.ones(2), U.ones(2))), "dtype long int, but got float instead"),
    (lambda: U.mm(U.ones(2, 3), U.ones(4, 3)), "x @ y.mT would be possible"),
    (lambda: U.mm(U.ones(3, 2), U.ones(3, 4)), "x.mT @ y would be possible"),
    (lambda: U.mm(U.ones(2, 3), U.ones(4, 2)), "y @ x would be possible"),
    (lambda: U.matmul(U.ones(2, 2, 3), U.ones(2, 4, 3)), "x @ y.mT would be possible"),
    (lambda: F.pad(U.ones(1, 3), (-3, 1), mode="circular"), "Negative padding value is resulting in an empty dimension"),
    (lambda: U.ones(3).gather(0, U.tensor([3])), "0 to 2"),
    (lambda: F.adaptive_avg_pool2d(U.ones(3), 2), "Expected 3D or 4D tensor"),
    (lambda: F.binary_cross_entropy(U.ones(2), U.ones(2), weight=U.ones(3)), "binary_cross_entropy"),
    (lambda: F.rms_norm(U.ones(2, 3), (3,), eps="a"), "rms_norm(): argument 'eps' (position 4)"),
    (lambda: F.layer_norm(U.ones(2, 3), (3,), weight="a"), "layer_norm(): argument 'weight' (position 3)"),
    (lambda: F.layer_norm(U.ones(2, 3), (3,), bias="a"), "layer_norm(): argument 'bias' (position 4)"),
    (lambda: F.instance_norm(U.ones(2, 3, 4), weight="a"), "instance_norm(): argument 'weight' (position 4)"),
    (lambda: F.batch_norm(U.ones(2, 3), None, None, weight="a", training=True), "batch_norm(): argument 'weight' (position"),
    (lambda: U.take_along_dim(U.ones(2, 3), U.zeros(3, 3, dtype=U.int64), 1), "The size of tensor a (2) must match the size of tensor b (3)"),
    (lambda: U.ones(3)[3], "index 3 is out of bounds for dimension 0 with size 3"),
    (lambda: U.ones(3)[[7]], "-3 to 2"),
    (lambda: put(U.ones(2, 3), 0, U.ones(2)), "at non-singleton dimension 0"),
    (lambda: F.max_pool2d(U.ones(3), 2), "Expected 3D or 4D (batch mode) tensor"),
    (lambda: F.max_pool1d(U.ones(3), 2), "max_pool1d: Expected 2D or 3D (batch mode) tensor"),
    (lambda: F.instance_norm(U.ones(2, 3, 4), weight=U.ones(4)), "weight should contain 3 elements not 4"),
    (lambda: F.instance_norm(U.ones(2, 3, 4), bias=U.ones(4)), "bias should contain 3 elements not 4"),
    (lambda: F.instance_norm(U.ones(2, 3, 4), U.ones(4), U.ones(3)), "running_mean should contain 3 elements not 4"),
    (lambda: F.group_norm(U.ones(2, 4), 2, weight="a"), "group_norm(): argument 'weight' (position 3) must be Tensor"),
    (lambda: F.group_norm(U.ones(2, 4), 2, bias="a"), "group_norm(): argument 'bias' (position 4) must be Tensor"),
    (lambda: F.embedding(U.tensor([0]), U.ones(2, 2), max_norm=1.0, norm_type="a"), "embedding(): argument 'norm_type' (position 5)"),
    (lambda: F.embedding("a", U.ones(2, 2)), "embedding(): argument 'input' (position 1)"),
    (lambda: F.embedding(U.tensor([0, -1]), U.ones(2, 2)), "the index -1 is not from 0 to 1"),
    (lambda: F.embedding(U.tensor([0, 5]), U.ones(2, 2)), "the index 5 is not from 0 to 1"),
    (lambda: F.bilinear(U.ones(2), U.ones(2), U.ones(1, 2, 2), "a"), "bilinear(): argument 'bias' (position 4)"),
    (lambda: F.multi_head_attention_forward(*HEADS, U.ones(6, 2), "a", None, None, False, 0.0, U.eye(2), None), "'in_proj_bias' (position 7)"),
    (lambda: F.multi_head_attention_forward(*HEADS, U.ones(6, 2), None, "a", None, False, 0.0, U.eye(2), None), "'bias_k' (position 8)"),
    (lambda: F.multi_head_attention_forward(*HEADS, U.ones(6, 2), None, None, None, False, 0.0, U.eye(2), "a"), "'out_proj_bias' (position 13)"),
]  # fmt: skip
"""Where the words are not PyTorch's, or PyTorch has none: what they must name."""


@pytest.mark.filterwarnings("ignore:index_reduce")
def test_what_our_errors_name() -> None:
    for call, words in OWN:
        with pytest.raises((RuntimeError, TypeError, IndexError)) as caught:
            call()
        assert words in str(caught.value)
