"""PyTorch's `torch.testing`: `assert_close` compares results within tolerances, and `make_tensor` draws inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..creation import empty, randint
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike

TOLERANCES = {"float16": (1e-3, 1e-5), "float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""For each dtype the relative and the absolute tolerance; that of others is 0."""

Message = str | Callable[[str], str] | None


class _Options:
    """The options of a comparison: its tolerances, whether NaN equals NaN, and which properties are compared too."""

    def __init__(self, rtol: float | None, atol: float | None, equal_nan: bool, checks: dict[str, bool]) -> None:
        if (rtol is None) != (atol is None):
            missing = "rtol" if rtol is None else "atol"
            raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
        self.given = None if rtol is None or atol is None else (float(rtol), float(atol))
        self.equal_nan, self.checks = equal_nan, checks

    def tolerances(self, *names: str) -> tuple[float, float]:
        """The relative and the absolute tolerance for dtypes."""
        if self.given is not None:
            return self.given
        found = [TOLERANCES.get(name, (0.0, 0.0)) for name in names]
        return max(r for r, _ in found), max(a for _, a in found)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Message = None,
) -> None:
    """Raise an AssertionError unless Tensors, numbers, or lists and dictionaries of them are close.

        |actual - expected| ≤ atol + rtol |expected|

    Args:
        actual: what was computed.
        expected: what it should be, of the same type, shape and dtype.
        allow_subclasses: whether the types may be subclasses of each other.
        rtol: the relative tolerance; by default one for the dtype: 1.3e-6 for float32, 1e-7 for float64.
        atol: the absolute tolerance; by default 1e-5 for float32, 1e-7 for float64.
        equal_nan: whether a NaN is close to another.
        check_device: has no effect, as there is one device.
        check_dtype: whether the dtypes have to be equal.
        check_layout: has no effect, as there is one layout.
        check_stride: whether the strides have to be equal.
        msg: a message instead of the one that tells the differences; or a function that makes one of it.

    Raises:
        AssertionError: if they are not close.
        ValueError: if only one tolerance is given.
        TypeError: for things that cannot be compared.

    >>> import tinygrad_lite as tl
    >>> tl.testing.assert_close(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 2.0 + 1e-6]))
    >>> tl.testing.assert_close({"loss": 1.0}, {"loss": 1.1})
    Traceback (most recent call last):
        ...
    AssertionError: Scalars are not close!
    <BLANKLINE>
    Expected 1.1 but got 1.0.
    Absolute difference: 0.10000000000000009 (up to 1e-07 allowed)
    Relative difference: 0.09090909090909098 (up to 1e-07 allowed)
    <BLANKLINE>
    The failure occurred for item ['loss']
    """
    options = _Options(rtol, atol, equal_nan, {"dtype": check_dtype, "stride": check_stride})
    text = _difference(actual, expected, options, "")
    if text is not None:
        raise AssertionError(text if msg is None else msg(text) if callable(msg) else msg)


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The older form of `assert_close`, which compares no dtypes and takes NaN for equal.

    Args:
        actual: what was computed.
        expected: what it should be.
        rtol: the relative tolerance.
        atol: the absolute tolerance.
        equal_nan: whether a NaN is close to another.
        msg: a message instead of the one that tells the differences.

    Raises:
        AssertionError: if they are not close.

    >>> import tinygrad_lite as tl
    >>> tl.testing.assert_allclose(tl.tensor([1.0]), tl.tensor([1.0], dtype=tl.float64))
    """
    if not isinstance(actual, Tensor):
        actual = Tensor(actual) if isinstance(actual, (list, tuple)) else actual
    assert_close(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _difference(actual: Any, expected: Any, options: _Options, place: str) -> str | None:
    """Say what differs, with the place in lists and dictionaries; return None if nothing does."""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        missing, additional = sorted(set(expected) - set(actual)), sorted(set(actual) - set(expected))
        if missing or additional:
            text = "The keys of the mappings do not match:"
            text += f"\nMissing keys in the actual mapping: {missing}" if missing else ""
            text += f"\nAdditional keys in the actual mapping: {additional}" if additional else ""
            return _at(text, place)
        pairs = [(f"{place}[{key!r}]", actual[key], expected[key]) for key in expected]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return _at(f"The length of the sequences mismatch: {len(actual)} != {len(expected)}", place)
        pairs = [(f"{place}[{i}]", x, y) for i, (x, y) in enumerate(zip(actual, expected, strict=True))]
    else:
        found = _of_leaves(actual, expected, options)
        return None if found is None else _at(found, place)
    return next((said for where, x, y in pairs if (said := _difference(x, y, options, where)) is not None), None)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _at(text: str, place: str) -> str:
    return f"{text}\n\nThe failure occurred for item {place}" if place else text


def _of_leaves(actual: Any, expected: Any, options: _Options) -> str | None:
    """Say what differs between two Tensors, arrays, numbers, bools or Nones; return None if nothing does."""
    if actual is None or expected is None:
        return None if actual is expected else f"None mismatch: {actual} is not {expected}"
    if isinstance(actual, (bool, np.bool_)) and isinstance(expected, (bool, np.bool_)):
        return None if bool(actual) == bool(expected) else f"Booleans mismatch: {actual} is not {expected}"
    if isinstance(actual, (int, float)) and isinstance(expected, (int, float)):
        return _of_numbers(actual, expected, options.tolerances(*map(_kind_of_number, (actual, expected))), options)
    arrays = [
        x.detach() if isinstance(x, Tensor) else x if isinstance(x, (np.ndarray, np.generic)) else None
        for x in (actual, expected)
    ]
    if arrays[0] is None or arrays[1] is None or isinstance(actual, Tensor) != isinstance(expected, Tensor):
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
    return _of_arrays(arrays[0], arrays[1], options)


def _kind_of_number(value: float) -> str:
    return "float64" if isinstance(value, float) else "int64"


def _of_arrays(actual: Any, expected: Any, options: _Options) -> str | None:
    for name, wanted in (("shape", True), ("dtype", options.checks["dtype"])):
        ours, theirs = getattr(actual, name), getattr(expected, name)
        if wanted and ours != theirs:
            shown = [f"torch.{'Size(' + str(list(v)) + ')' if name == 'shape' else v}" for v in (ours, theirs)]
            return f"The values for attribute '{name}' do not match: {shown[0]} != {shown[1]}."
    if options.checks["stride"] and actual.stride() != expected.stride():
        return f"The values for attribute 'stride()' do not match: {actual.stride()} != {expected.stride()}."
    tolerances = options.tolerances(str(actual.dtype), str(expected.dtype))
    x, y = (v.numpy() if isinstance(v, Tensor) else np.asarray(v) for v in (actual, expected))
    dtype = np.promote_types(x.dtype, y.dtype)
    x, y = x.astype(dtype), y.astype(dtype)
    if not x.ndim:
        return _of_numbers(x.item(), y.item(), tolerances, options)
    rtol, atol = tolerances
    close = np.isclose(x, y, rtol, atol, equal_nan=options.equal_nan) if dtype.kind == "f" else _near(x, y, rtol, atol)
    if close.all():
        return None
    with np.errstate(all="ignore"):
        wide = x.astype(np.int64) - y.astype(np.int64) if dtype.kind in "bu" else x - y
        absolute = np.abs(wide)
        relative = np.abs(absolute / np.abs(y.astype(np.float32 if dtype.kind != "f" else dtype)))
    absolute, relative = (np.where(close, 0, v) for v in (absolute, relative.astype(_ratio_dtype(dtype))))
    exact = not rtol and not atol
    count = int((~close).sum())
    text = f"Tensor-likes are not {'equal' if exact else 'close'}!\n\n"
    text += f"Mismatched elements: {count} / {close.size} ({count / close.size:.1%})"
    for word, values, allowed in (("absolute", absolute, atol), ("relative", relative, rtol)):
        index = tuple(int(i) for i in np.unravel_index(np.argmax(values), values.shape))
        whole = dtype.kind != "f" and word == "absolute"
        greatest = int(values[index]) if whole else float(values[index])
        text += f"\nGreatest {word} difference: {greatest} at index {index}"
        text += "" if exact else f" (up to {allowed} allowed)"
    return text


def _ratio_dtype(dtype: Any) -> Any:
    return np.float32 if dtype.kind != "f" else dtype


def _near(x: Any, y: Any, rtol: float, atol: float) -> Any:
    """Return True where whole numbers are close. Without tolerances they are compared exactly, however large."""
    if not rtol and not atol:
        return np.asarray(x == y)
    return np.isclose(x.astype(np.float64), y.astype(np.float64), rtol, atol)


def _of_numbers(actual: Any, expected: Any, tolerances: tuple[float, float], options: _Options) -> str | None:
    rtol, atol = tolerances
    if actual == expected or (options.equal_nan and actual != actual and expected != expected):
        return None
    difference = abs(actual - expected)
    if difference <= atol + rtol * abs(expected) and abs(expected) != float("inf"):
        return None
    exact = not rtol and not atol
    ratio = difference / abs(expected) if expected else float("inf")
    text = f"Scalars are not {'equal' if exact else 'close'}!\n\nExpected {expected} but got {actual}."
    text += f"\nAbsolute difference: {difference}" + ("" if exact else f" (up to {atol} allowed)")
    return text + f"\nRelative difference: {ratio}" + ("" if exact else f" (up to {rtol} allowed)")


def make_tensor(
    *shape: int | Sequence[int],
    dtype: DTypeLike,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A Tensor of random values to try a function with, spread evenly over [low, high): PyTorch's numbers.

    Args:
        shape: the length of each dimension, one by one or in a tuple.
        dtype: the dtype.
        device: there is only the CPU.
        low: the lower end, by default -9, or 0 for uint8 and bools.
        high: the upper end, by default 9, or 10 for whole numbers.
        requires_grad: whether a gradient is to be computed for it.
        noncontiguous: whether the elements are to lie apart in memory.
        exclude_zero: whether 0 is to be replaced by the smallest number.
        memory_format: has no effect.

    Raises:
        ValueError: if low is not below high.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.testing.make_tensor((2, 2), dtype=tl.float32)
    tensor([[-0.0674,  4.8280],
            [-7.4074, -6.6235]])
    """
    size: Any = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    kind = dtypes.as_dtype(dtype)
    if kind.kind == "f":
        ends: tuple[Any, Any] = (-9, 9)
    elif kind.kind == "b":
        ends = (0, 2)
    else:
        ends = (0 if kind.kind == "u" else -9, 10)
    least, most = ends[0] if low is None else low, ends[1] if high is None else high
    if not least < most:
        raise ValueError(f"make_tensor: low must be less than high, but got {least} >= {most}")
    apart = noncontiguous and len(size) > 0 and int(np.prod(size)) > 1
    if apart:
        size = (*size[:-1], 2 * size[-1])
    found: Any = (
        empty(size, dtype=kind).uniform_(least, most)
        if kind.kind == "f"
        else randint(int(least), int(most), size, dtype=kind)
    )
    if apart:
        found = found[..., 1::2]
    if exclude_zero:
        found[found == 0] = dtypes.finfo(kind).tiny if kind.kind == "f" else 1
    return found.requires_grad_() if requires_grad else found
