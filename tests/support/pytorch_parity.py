"""What the parity tests share: a row of a table, run by PyTorch and by us, and everything about the results compared.

A row names a function of the module, a method of Tensor, or both, and gives its arguments; arrays in them become
Tensors. `torch.name(...)`, `x.name(...)` and `x.name_(...)` are all run, where PyTorch has them: in float32 and
float64, on memory in order and in reverse, with gradients and without.
"""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tl

from .answers import PRESENT, answer


def __getattr__(name: str) -> Any:
    """PyTorch, for tests that ask it themselves: where it is not installed, they are skipped."""
    if name == "torch":
        return pytest.importorskip("torch")
    raise AttributeError(name)


DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
TOLERANCE = {"float16": (4e-3, 1e-3), "float32": (2e-5, 2e-6), "float64": (1e-10, 1e-12)}


# In place, PyTorch's float_power_ takes no float32, and the others change what a Tensor is rather than its elements, which
# depends on the order in which a clone lies in memory: calls.txt has them.
ONLY_NEW = {"float_power", "squeeze", "unsqueeze", "transpose", "swapaxes", "swapdims", "t"}
# In place these make a constant of a Tensor, of which PyTorch's gradients are 0, None or, for logical_not_, wrong.
CONSTANT = ("logical_", "eq", "ne", "lt", "le", "gt", "ge", "greater", "less", "not_equal")


# Of these, where the argument lies in memory in another order, so does our result; PyTorch's is in order.
OTHER_ORDER = {"masked_fill", "pow", "__rpow__", "all", "any", "rot90"}


class Row(NamedTuple):
    """A call to compare. `call`, if given, is `call(T, *args)`; otherwise the forms of `name` are called.

    With `more`, PyTorch refuses the arguments and we, on purpose, take them.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    call: Callable[..., Any] | None
    grad: bool
    more: bool

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(_brief, self.args))}{', ' if self.kwargs else ''}" + (
            ", ".join(f"{k}={_brief(v)}" for k, v in self.kwargs.items()) + ")"
        )


def row(
    name: str, *args: Any, call: Callable[..., Any] | None = None, grad: bool = True, more: bool = False, **kwargs: Any
) -> Row:
    """One row of a table. With `grad=False`, floating arrays do not ask for gradients."""
    return Row(name, args, kwargs, call, grad, more)


def _brief(x: Any) -> str:
    if isinstance(x, np.ndarray):
        return f"{x.dtype}{list(x.shape)}"
    if isinstance(x, (list, tuple)):
        return "(" + ",".join(map(_brief, x)) + ")"
    return repr(x)


# ------------------------------------------------------------------------------------------------- arguments


def f(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0) -> np.ndarray:
    """A float32 array of random values."""
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape).astype(np.float32)


def pos(*shape: int, seed: int = 0) -> np.ndarray:
    """The same, above 0."""
    return f(*shape, low=0.2, high=3.0, seed=seed)


def i(*shape: int, low: int = -3, high: int = 4, seed: int = 0) -> np.ndarray:
    """An int64 array of random whole numbers."""
    return np.random.default_rng([seed, *shape]).integers(low, high, shape)


def b(*shape: int, seed: int = 0) -> np.ndarray:
    """A random bool array."""
    return np.random.default_rng([seed, *shape]).random(shape) < 0.5


def floats(*values: Any) -> np.ndarray:
    """These values in float32."""
    return np.array(values, np.float32)


def ints(*values: Any) -> np.ndarray:
    """These values in int64."""
    return np.array(values, np.int64)


SPECIAL = floats(-np.inf, -1.5, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.5, 2.5, np.inf, np.nan)


class Setting(NamedTuple):
    """How the arrays of a row become Tensors."""

    dtype: str = "float32"
    reversed: bool = False
    grad: bool = True


SETTINGS = [Setting(), Setting("float64", reversed=True), Setting("float64", grad=False)]


class Made:
    """A row's arguments in one library's Tensors, and the leaves among them."""

    def __init__(self, T: Any, row: Row, setting: Setting) -> None:
        self.T, self.setting, self.leaves = T, setting, []
        self.wants_grad = setting.grad and row.grad
        self.args = [self.of(x) for x in row.args]
        self.kwargs = {k: self.of(x) for k, x in row.kwargs.items()}

    def of(self, x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return self.tensor(x)
        if isinstance(x, np.dtype):
            return getattr(self.T, x.name)
        if isinstance(x, (list, tuple)) and any(isinstance(y, (np.ndarray, list, tuple)) for y in x):
            return type(x)(self.of(y) for y in x)
        return x

    def tensor(self, x: np.ndarray) -> Any:
        if x.dtype == np.float32:
            x = x.astype(self.setting.dtype)
        backwards = self.setting.reversed and x.ndim > 1
        leaf = self.T.tensor(np.ascontiguousarray(x.T) if backwards else x)
        if x.dtype.kind == "f" and self.wants_grad:
            leaf.requires_grad_()
            self.leaves.append(leaf)
        return leaf.permute(*range(x.ndim)[::-1]) if backwards else leaf


# --------------------------------------------------------------------------------------------------- the calls


def forms(row: Row) -> dict[str, Callable[..., Any]]:
    """The ways to call a row that PyTorch has."""
    if row.call:
        return {"call": row.call}
    calls = calls_of(row.name)
    first = row.args and isinstance(row.args[0], np.ndarray)
    torch = pytest.importorskip("torch")
    found = {"function": calls["function"]} if hasattr(torch, row.name) else {}
    if first and hasattr(torch.Tensor, row.name):
        found["method"] = calls["method"]
    if first and hasattr(torch.Tensor, row.name + "_") and row.name not in ONLY_NEW:
        found["in place"] = calls["in place"]
    assert found, f"PyTorch has no {row.name}"
    return found


def calls_of(name: str) -> dict[str, Callable[..., Any]]:
    """The ways to call what has a name, which PyTorch may have."""
    return {
        "function": lambda T, *args, **kwargs: getattr(T, name)(*args, **kwargs),
        "method": lambda T, x, *args, **kwargs: getattr(x, name)(*args, **kwargs),
        "in place": lambda T, x, *args, **kwargs: _in_place(name + "_", x, args, kwargs),
    }


def _in_place(name: str, x: Any, args: Any, kwargs: Any) -> Any:
    target = x.clone()
    result = getattr(target, name)(*args, **kwargs)
    assert result is target, f"{name} did not return its Tensor"
    return result


def outcome(T: Any, row: Row, setting: Setting, call: Callable[..., Any]) -> tuple[Any, list[Any]]:
    """The result of a call and the gradients of its arguments; or the error it raised."""
    made = Made(T, row, setting)
    try:
        result = call(T, *made.args, **made.kwargs)
    except Exception as error:
        return error, []
    outputs = [x for x in _tensors(result, T) if x.requires_grad]
    if outputs and made.leaves:
        weights = [T.tensor(_weights(x)) for x in outputs]
        try:
            T.autograd.backward(outputs, weights)
        except RuntimeError as error:
            if T is not tl and ("not implemented" in str(error) or "invalid gradient" in str(error)):
                return result, []
            raise
    return result, [x.grad for x in made.leaves]


def _weights(x: Any) -> np.ndarray:
    shape = tuple(x.shape)
    return np.random.default_rng([7, *shape]).uniform(0.5, 1.5, shape).astype(x.detach().numpy().dtype)


def _tensors(result: Any, T: Any) -> Iterator[Any]:
    if isinstance(result, T.Tensor):
        yield result
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from _tensors(item, T)


def compare(row: Row, settings: list[Setting] = SETTINGS, drawn: bool = False) -> int:
    """Hold every form of a row against PyTorch, in every setting. The number of comparisons.

    Where PyTorch is not installed, its answers in the first setting come from a table, if the row is not drawn.
    """

    def ask(torch: Any) -> dict[str, list[Any]]:
        return {form: asked(torch, row, settings[0], call) for form, call in forms(row).items()}

    known = ask(pytest.importorskip("torch")) if drawn else answer(ask)
    made = 0
    for form, setting in itertools.product(known, settings if PRESENT else settings[:1]):
        if constant(row, form, setting):
            continue
        call = row.call or calls_of(row.name)[form]
        expected = known[form]
        if setting is not settings[0]:
            expected = asked(pytest.importorskip("torch"), row, setting, call)
        label = f"{row} [{form}, {setting.dtype}{', reversed' * setting.reversed}{', no grad' * (not setting.grad)}]"
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*degrees of freedom is <= 0")  # as PyTorch warns
            found, grads = outcome(tl, row, setting, call)
        if row.more:
            assert expected[0] == "error", f"{label}: PyTorch takes these arguments too"
            assert isinstance(found, tl.Tensor), f"{label}: {found!r}"
            continue
        result, expected_grads = expected[:-1], expected[-1]
        same_as_described(found, result, label, in_order=row.name not in OTHER_ORDER)
        for k, (g, wanted) in enumerate(zip(grads, expected_grads, strict=bool(expected_grads))):
            same_as_described(g, wanted, f"{label}: gradient of Tensor {k}", in_order=row.name not in OTHER_ORDER)
        made += 1
    return made


def constant(row: Row, form: str, setting: Setting) -> bool:
    return form == "in place" and setting.grad and row.name.startswith(CONSTANT)


def asked(torch: Any, row: Row, setting: Setting, call: Callable[..., Any]) -> list[Any]:
    """PyTorch's result, described, and behind it the gradients of the arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result, grads = outcome(torch, row, setting, call)
    return [*described(result), [described(g) for g in grads]]


# -------------------------------------------------------------------------------------------------- comparing

ERRORS = (RuntimeError, IndexError, TypeError, ValueError)


def kind(error: Exception) -> type[Exception]:
    """The class of an error that a script would catch it by."""
    return next((c for c in ERRORS if isinstance(error, c)), type(error))


def same(found: Any, expected: Any, label: str) -> None:
    """Assert that our result is PyTorch's: structure, types, dtypes, shapes, values, and what requires grad."""
    same_as_described(found, described(expected), label, in_order=False)


def described(x: Any) -> list[Any]:
    """A result of PyTorch's as plain data: what it is, and everything of it that is compared."""
    kind_of = type(x).__name__
    if isinstance(x, Exception):
        return ["error", kind(x).__name__, str(x)]
    if kind_of in ("Tensor", "Parameter") and not isinstance(x, tl.Tensor):
        values = x.detach().numpy(force=True)  # force, for a gradient known to be 0
        dtype = str(x.dtype).removeprefix("torch.")
        return ["Tensor", dtype, [*x.shape], x.requires_grad, x.is_leaf, x.is_contiguous(), values]
    if kind_of == "Size":
        return ["Size", *x]
    if isinstance(x, (tuple, list)):
        fields = [n for n in ("values", "indices") if hasattr(x, n)] if hasattr(x, "values") else []
        return ["list" if isinstance(x, list) else "tuple", fields, *map(described, x)]
    if kind_of in ("dtype", "device"):
        return [kind_of, str(x).removeprefix("torch.")]
    if isinstance(x, np.ndarray):
        return ["array", x]
    if isinstance(x, float):
        return ["float", x]
    return ["plain", kind_of, x if isinstance(x, (int, str, type(None))) else repr(x)]


def same_as_described(found: Any, expected: list[Any], label: str, in_order: bool) -> None:
    """Assert that our result is what is described; and, if so asked, that it is in order in memory where that was."""
    what, *rest = expected
    if what == "error":
        name, text = rest
        raised = f"{label}: PyTorch raises {name}({text!r})"
        assert isinstance(found, Exception), f"{raised}\nwe return {found!r}"
        assert name in [c.__name__ for c in type(found).__mro__], f"{raised}\nwe raise {found!r}"
        return
    if isinstance(found, Exception):
        raise AssertionError(f"{label}: PyTorch returns {expected!r}\nwe raise {found!r}") from found
    if what == "Tensor":
        assert isinstance(found, tl.Tensor), f"{label}: we return a {type(found).__name__}, not a Tensor"
        _same_tensor(found, rest, label)
        assert found.is_contiguous() or not in_order or not rest[4], f"{label}: it cannot be viewed"
    elif what == "Size":
        assert isinstance(found, tl.Size), f"{label}: we return a {type(found).__name__}, not a Size"
        assert [*found] == rest, f"{label}: {found} is not {rest}"
    elif what in ("tuple", "list"):
        fields, *items = rest
        assert isinstance(found, list if what == "list" else tuple), f"{label}: {type(found)}"
        assert len(found) == len(items), f"{label}: {len(found)} results, not {len(items)}"
        assert all(hasattr(found, n) for n in fields), f"{label}: no {fields}"
        for k, pair in enumerate(zip(found, items, strict=True)):
            same_as_described(*pair, f"{label}, item {k}", in_order)
    elif what in ("dtype", "device"):
        assert str(found) == rest[0], f"{label}: {found} is not {rest[0]}"
    elif what == "array":
        assert isinstance(found, np.ndarray), f"{label}: {type(found)} is not an array"
        assert found.dtype == rest[0].dtype, f"{label}: {found.dtype}, not {rest[0].dtype}"
        np.testing.assert_array_equal(found, rest[0], label)
    elif what == "float":
        assert type(found) is float, f"{label}: {found!r} is not a float"
        np.testing.assert_allclose(found, rest[0], rtol=1e-5, err_msg=label)
    else:
        name, value = rest
        assert type(found).__name__ == name, f"{label}: {found!r} is not {value!r}"
        assert found == value or repr(found) == value, f"{label}: {found!r} is not {value!r}"


def _same_tensor(found: Any, expected: list[Any], label: str) -> None:
    dtype, shape, requires_grad, is_leaf, _, theirs = expected
    assert str(found.dtype) == dtype, f"{label}: dtype {found.dtype}, PyTorch's {dtype}"
    assert [*found.shape] == shape, f"{label}: shape {found.shape}, PyTorch's {shape}"
    assert found.requires_grad == requires_grad, f"{label}: requires_grad {found.requires_grad}"
    assert found.is_leaf == is_leaf, f"{label}: is_leaf {found.is_leaf}"
    ours = found.detach().numpy()
    rtol, atol = TOLERANCE.get(dtype, (0, 0))
    if dtype in TOLERANCE and theirs.size and np.isfinite(theirs).any():
        atol = atol * max(1.0, float(np.abs(theirs[np.isfinite(theirs)]).max()))
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=label)


@contextlib.contextmanager
def torch_quietly() -> Iterator[None]:
    """PyTorch's deprecation warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
