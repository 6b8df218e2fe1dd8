"""`out=` of every public function, found by introspection, against PyTorch; and its rules without PyTorch.

A function takes `out` if PyTorch's does. Then outs of all dtypes, of another shape, and where a gradient would be lost
are tried in both libraries: values, dtypes, errors and warnings have to be the same.
"""

from __future__ import annotations

import ast
import functools
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.functions.out_argument import RULES

from ..support import public_calls
from ..support.pytorch_parity import torch_quietly

ALONG = "sum prod mean std var nansum nanmean all any max min median nanmedian logsumexp norm"
DTYPES = ("float32", "float64", "float16", "int64", "int32", "bool")
MAKERS = {
    "zeros": (2, 3), "ones": (2, 3), "full": ((2,), 7), "eye": (3,), "arange": (4,), "linspace": (0, 1, 5),
    "logspace": (0, 1, 3), "empty": (2, 0), "rand": (4,), "randn": (4,), "randint": (9, (4,)), "randperm": (5,), "range": (0, 3),
}  # fmt: skip


def with_out() -> set[str]:
    """The names of PyTorch's functions that have an `out`, as its stub for type checkers lists them."""
    torch = pytest.importorskip("torch")
    stub = Path(torch.__file__).parent / "_C" / "_VariableFunctions.pyi"
    found = set()
    for node in ast.walk(ast.parse(stub.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(a.arg == "out" for a in node.args.kwonlyargs + node.args.args):
            found.add(node.name)
    elsewhere = {
        f"{module}.{name}"
        for module in ("linalg", "special")
        for name, function in vars(getattr(torch, module)).items()
        if "out=" in (function.__doc__ or "")
    }
    unlisted = {"chain_matmul", "linalg.lstsq"}
    return (found | elsewhere | unlisted) - {"argsort"}  # its out goes with stable= alone


def theirs(value: Any) -> Any:
    torch = pytest.importorskip("torch")
    if isinstance(value, tl.Tensor):
        return torch.tensor(value.numpy())
    return type(value)(map(theirs, value)) if isinstance(value, (list, tuple)) else value


def arguments(name: str) -> tuple[Any, ...]:
    if name in MAKERS:
        return MAKERS[name]
    if name == "where":
        return (public_calls.square() > 0.5, public_calls.square(), public_calls.square())
    if name in ("linalg.norm", "bernoulli"):
        return (public_calls.square(),)
    if name in ("svd", "linalg.svd", "linalg.cond"):  # the square is singular: one of its vectors has any sign
        return (public_calls.positive(),)
    if name == "multinomial":
        return (public_calls.square(), 2)
    return (public_calls.square(), 0) if name in ALONG.split() else public_calls.arguments(name)


def named(library: Any, name: str) -> Any:
    """A function of a library, or of its linalg or special."""
    return functools.reduce(getattr, name.split("."), library)


def outcome(library: Any, name: str, args: tuple[Any, ...], dtype: str | None, shape: Any, grad: str = "") -> Any:
    """The result's values and dtype or the error, and the warnings."""
    function = named(library, name)
    library.manual_seed(0)
    result = function(*args)
    first = result if not isinstance(result, tuple) else result[0]
    outs = [library.zeros(x.shape, dtype=x.dtype) for x in (result if isinstance(result, tuple) else (result,))]
    outs[0] = library.zeros(
        first.shape if shape is None else shape, dtype=first.dtype if dtype is None else getattr(library, dtype)
    )
    if grad == "out":
        outs[0].requires_grad_()
    elif grad:
        args = tuple(
            x.clone().requires_grad_() if hasattr(x, "is_floating_point") and x.is_floating_point() else x for x in args
        )
    out = tuple(outs) if isinstance(result, tuple) else outs[0]
    library.manual_seed(0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = function(*args, out=out)
        except Exception as error:
            return type(error).__name__, str(error)
    values = found if isinstance(found, tuple) else (found,)
    assert all(x is y for x, y in zip(values, outs, strict=True)), f"{name}: out itself is not returned"
    texts = {str(w.message)[:60] for w in said if "deprecated" not in str(w.message) or "resized" in str(w.message)}
    return [(str(x.dtype).rpartition(".")[2].strip("')"), x.detach().numpy()) for x in values], texts


def compare(name: str, args: tuple[Any, ...], *how: Any) -> str | None:
    torch = pytest.importorskip("torch")
    with torch_quietly():
        expected, found = outcome(torch, name, theirs(args), *how), outcome(tl, name, args, *how)
    label = f"{name} {how}"
    if how[-1]:  # some that PyTorch composes record a graph, or name the operation that they end with: we refuse them
        refused = found[0] == "RuntimeError" and "don't support automatic differentiation" in found[1]
        return None if refused or str(expected) == str(found) else f"{label}: PyTorch {expected}, we {found}"
    if isinstance(expected[0], str) or isinstance(found[0], str):
        if not (isinstance(expected[0], str) and isinstance(found[0], str)):
            return f"{label}: PyTorch {expected}, we {found}"
        phrase = expected[1].split("(")[0].split("\n")[0].partition(" for '")[0][:50]
        if expected[0] != found[0] or not found[1].startswith(phrase):
            return f"{label}: PyTorch {expected}, we {found}"
        return None
    for (dtype, x), (our_dtype, y) in zip(expected[0], found[0], strict=True):
        if dtype != our_dtype or x.shape != y.shape or not np.allclose(x, y, rtol=1e-3, atol=1e-6, equal_nan=True):
            return f"{label}: PyTorch {dtype} {x}, we {our_dtype} {y}"
    return None if expected[1] == found[1] else f"{label}: PyTorch warns {expected[1]}, we {found[1]}"


LENIENT = {
    "addbmm": "PyTorch resizes without a warning, and mixes dtypes up",
    "cholesky": "it is torch.linalg.cholesky, whose out has the dtype of the result",
    "mv": "PyTorch's phrase for out's dtype is that of the inputs",
    "nansum": "sums in whole numbers are taken",
    "nanmean": "sums in whole numbers are taken",
    "cumsum": "sums of bools are taken",
    "cumprod": "products of bools are taken",
    "histogram": "a pair, of which either may have another dtype", "narrow_copy": "PyTorch has no words for its refusal",
    "randn": "", "rand": "", "normal": "", "linspace": "", "logspace": "", "eye": "", "full": "", "bernoulli": "", "multinomial": "",
}  # fmt: skip


def test_every_function_with_out() -> None:
    names = with_out()
    wrong, tried = [], 0
    for name in sorted({*public_calls.FUNCTIONS, *MAKERS, "bernoulli", "multinomial"} & names):
        if name in ("empty", "index_reduce"):
            continue
        function = named(tl, name)
        assert getattr(function, "name", function.__name__) in RULES, f"PyTorch's {name} has an out"
        args = arguments(name)
        ways: list[tuple[Any, ...]] = [(None, None, "")]
        if name not in LENIENT:
            ways += [(dtype, None, "") for dtype in DTYPES if dtype != "bool" or name not in ("arange", "range")] + [
                (None, (7,), ""),
                (None, (0,), ""),
                (None, None, "args"),
            ]
            ways += [("float32", None, "out")] if name not in MAKERS else []
        for way in ways:
            tried += 1
            wrong.append(compare(name, args, *way))
    assert tried > 1000
    texts = [text for text in wrong if text is not None]
    assert not texts, "\n".join(texts)


THE_SAME = ("det", "dsmm", "special.log_softmax", "special.softmax", "spmm")
"""Those without an out in the stub that are, here, the functions of the same name that have one."""


def test_no_other_function_has_out() -> None:
    names = with_out() | {"norm", "linalg.norm", "tensordot", *THE_SAME}
    for name, function in public_calls.FUNCTIONS.items():
        if name not in names and not name.startswith("nn."):
            with pytest.raises(TypeError, match="unexpected keyword argument 'out'"):  # what is shown if there is none
                function(*public_calls.arguments(name), out=tl.empty(0))


# ------------------------------------------------------------------------------------------- without PyTorch


def test_the_rules() -> None:
    x, out = tl.tensor([[1.0, 2.0], [3.0, 4.0]]), tl.empty(2, 2)
    assert tl.add(x, x, out=out) is out
    assert out.tolist() == [[2, 4], [6, 8]]
    assert out._version == 1
    tl.matmul(x, x, out=x)  # the result is computed before anything is written
    assert x.tolist() == [[7, 10], [15, 22]]
    tl.sum(x, 0, out=out[0])
    assert out.tolist() == [[22, 32], [6, 8]]
    values, indices = tl.empty(2), tl.empty(2, dtype=tl.int64)
    found = tl.max(x, 1, out=(values, indices))
    assert found.values is values
    assert (values.tolist(), indices.tolist()) == ([10, 22], [1, 1])
    with pytest.warns(UserWarning, match=r"was resized since it had shape \[3\]"):
        assert tl.exp(x, out=tl.empty(3)).shape == (2, 2)
    assert tl.exp(x, out=None).shape == (2, 2)
    for call, kind, phrase in [
        (lambda: tl.exp(x, out=indices.reshape(2, 1)), RuntimeError, "result type Float can't be cast to the desired output type Long"),
        (lambda: tl.exp(x, out=3), TypeError, r"exp\(\): argument 'out' must be Tensor, not int"),
        (lambda: tl.max(x, 1, out=(values,)), TypeError, "expected tuple of 2 elements but got 1"),
        (lambda: tl.max(x, 1, out=values), TypeError, "must be tuple of Tensors, not Tensor"),
        (lambda: tl.add(x, x, out=tl.empty(1, 2).expand(2, 2)), RuntimeError, "more than one element of the written-to"),
        (lambda: tl.exp(x.clone().requires_grad_(), out=out), RuntimeError, "don't support automatic differentiation"),
    ]:  # fmt: skip
        with pytest.raises(kind, match=phrase):
            call()
    assert values.tolist() == [10, 22]  # nothing was written by the calls that failed


def test_a_saved_value_that_out_overwrites_is_noticed() -> None:
    x = tl.ones(2, requires_grad=True)
    buffer = tl.ones(2)
    y = (x * buffer).sum()
    tl.add(buffer, 1, out=buffer)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_out_in_a_compiled_function() -> None:
    def f(x: Any, out: Any) -> Any:
        tl.mul(x, 2, out=out)
        return out + 1

    compiled, out = tl.compile(f), tl.empty(3)
    for start in (0.0, 1.0, 2.0):
        x = tl.arange(3.0) + start
        assert compiled(x, out).tolist() == [2 * start + 1, 2 * start + 3, 2 * start + 5]
        assert out.tolist() == [2 * start, 2 * start + 2, 2 * start + 4]
