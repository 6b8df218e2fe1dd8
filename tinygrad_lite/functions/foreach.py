"""`torch._foreach_add` and the like: an operation on each Tensor of a list.

PyTorch's own optimizers are written with them, and so are those of others, which is why the names are here although
they begin with an underscore. A function without `_` at its end returns a tuple of new Tensors; the others write to the
Tensors that they are given, and return the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.argument_types import type_name
from ..core.primitive import Traced
from .norms import vector_norm

ONE_ARGUMENT = (
    "abs acos asin atan ceil cos cosh erf erfc exp expm1 floor frac lgamma log log10 log1p log2 neg reciprocal round "
    "rsqrt sigmoid sign sin sinh sqrt tan tanh trunc zero"
).split()
TWO_ARGUMENTS = "add sub mul div pow clamp_max clamp_min maximum minimum".split()
THREE_ARGUMENTS = "addcmul addcdiv".split()


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Traced)


def _tensors(name: str, xs: Any, place: int = 0) -> Sequence[Any]:
    """A list of Tensors.

    Raises:
        TypeError: if it is not a list or tuple of Tensors.
        RuntimeError: if it is empty.
    """
    if not isinstance(xs, (list, tuple)):
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got ({type_name(xs)}, ...): argument {place} "
            "must be a list or a tuple of Tensors"
        )
    if not xs:
        raise RuntimeError(f"Tensor list must have at least one tensor. {name}: argument {place} is empty")
    for i, x in enumerate(xs):
        if not isinstance(x, Traced):
            raise TypeError(
                f"expected Tensor as element {i} in argument {place}, but got {type_name(x)}. {name} takes lists of "
                "Tensors"
            )
    return xs


def _each(name: str, xs: Sequence[Any], given: Any) -> Sequence[Any]:
    """Return a list with one operand for each Tensor of `xs`: `given` itself if it is a list, else `given` repeated.

    Raises:
        RuntimeError: if the lengths differ, or a Tensor that is for all has dimensions.
    """
    if isinstance(given, (list, tuple)):
        if len(given) != len(xs):
            numbers = given and not isinstance(given[0], Traced)
            raise RuntimeError(
                f"Tensor list must have same number of elements as scalar list. {name}: {len(xs)} Tensors, and "
                f"{len(given)} numbers"
                if numbers
                else f"Tensor lists must have the same number of tensors, got {len(xs)} and {len(given)}. {name}"
            )
        return given
    if _is_tensor(given) and given.shape != ():
        raise RuntimeError(
            f"scalar tensor expected to be 0 dim but it has {len(given.shape)} dimensions and {given.numel()} "
            f"elements. {name}: give a list of Tensors, a number, or a Tensor without dimensions"
        )
    return [given] * len(xs)


def _paired(name: str, xs: Sequence[Any], ys: Any) -> Sequence[Any]:
    return _each(name, xs, _tensors(name, ys, 1))


def _one(name: str) -> Callable[..., Any]:
    def of_each(self: Any) -> Any:
        return [getattr(x, name)() for x in _tensors(f"_foreach_{name}", self)]

    return of_each


def _two(name: str) -> Callable[..., Any]:
    takes_alpha = name.rstrip("_") in ("add", "sub")
    # Of a Tensor and a number, the larger or the smaller is called clamp.
    of_number = {"maximum": "clamp_min", "minimum": "clamp_max"}.get(name.rstrip("_"), "")

    def of_each(self: Any, other: Any = None, *, alpha: Any = 1, **named: Any) -> Any:
        ((other,),) = (tuple(named.values()),) if named else ((other,),)  # scalar, scalars, exponent
        if name == "pow" and not isinstance(self, (list, tuple)):
            return [self**y for y in _tensors("_foreach_pow", other, 1)]
        xs = _tensors(f"_foreach_{name}", self)
        ys = _each(f"_foreach_{name}", xs, other)
        if takes_alpha and (type(alpha) is bool or alpha != 1):
            return [getattr(x, name)(y, alpha=alpha) for x, y in zip(xs, ys, strict=True)]
        end = "_" if name.endswith("_") else ""
        return [
            getattr(x, of_number + end if of_number and not isinstance(y, Traced) else name)(y)
            for x, y in zip(xs, ys, strict=True)
        ]

    return of_each


def _three(name: str) -> Callable[..., Any]:
    def of_each(self: Any, tensor1: Any, tensor2: Any, value: Any = 1, *, scalars: Any = None) -> Any:
        full = f"_foreach_{name}"
        xs = _tensors(full, self)
        value = value if scalars is None else scalars
        if _is_tensor(value):
            value = value.tolist()
        ones, twos = _paired(full, xs, tensor1), _paired(full, xs, tensor2)
        return [
            getattr(x, name)(y, z, value=v) for x, y, z, v in zip(xs, ones, twos, _each(full, xs, value), strict=True)
        ]

    return of_each


def _lerp(name: str) -> Callable[..., Any]:
    def of_each(self: Any, tensors1: Any, weight: Any = None, *, weights: Any = None) -> Any:
        full = f"_foreach_{name}"
        xs = _tensors(full, self)
        factors = _each(full, xs, weight if weights is None else weights)
        return [getattr(x, name)(y, w) for x, y, w in zip(xs, _paired(full, xs, tensors1), factors, strict=True)]

    return of_each


def _copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    xs = _tensors("_foreach_copy_", self)
    return [x.copy_(y) for x, y in zip(xs, _paired("_foreach_copy_", xs, src), strict=True)]


def _clone(self: Any, *, memory_format: Any = None) -> Any:
    return [x.clone() for x in _tensors("_foreach_clone", self)]


def _norm(self: Any, ord: float = 2, dtype: Any = None) -> Any:
    return [vector_norm(x, ord, dtype=dtype) for x in _tensors("_foreach_norm", self)]


def _powsum(self: Any, ord: float = 2, dtype: Any = None) -> Any:
    return [x.abs().pow(ord).sum(dtype=dtype) for x in _tensors("_foreach_powsum", self)]


def _max(self: Any) -> Any:
    return [x.max() for x in _tensors("_foreach_max", self)]


def _mm(self: Any, mat2: Any) -> Any:
    xs = _tensors("_foreach_mm", self)
    return [x.mm(y) for x, y in zip(xs, _paired("_foreach_mm", xs, mat2), strict=True)]


def _finished(name: str, compute: Callable[..., Any]) -> Callable[..., Any]:
    """The function of this name: it returns a tuple, or what was written to."""
    writes = name.endswith("_")

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        results = compute(self, *args, **kwargs)
        return self if writes else tuple(results)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Apply `{name.removeprefix('_foreach_')}` to each Tensor of a list."
    return call


_KINDS: list[tuple[list[str], Callable[[str], Callable[..., Any]]]] = [
    (ONE_ARGUMENT, _one),
    (TWO_ARGUMENTS, _two),
    (THREE_ARGUMENTS, _three),
    (["lerp"], _lerp),
]
FOREACH = {
    f"_foreach_{name}{end}": _finished(f"_foreach_{name}{end}", make(name + end))
    for names, make in _KINDS
    for name in names
    for end in ("", "_")
    if (name, end) != ("zero", "")
}
_SINGLE: list[tuple[str, Callable[..., Any]]] = [
    ("copy_", _copy_), ("clone", _clone), ("norm", _norm), ("powsum", _powsum), ("max", _max), ("mm", _mm)
]  # fmt: skip
FOREACH |= {f"_foreach_{name}": _finished(f"_foreach_{name}", compute) for name, compute in _SINGLE}
"""The functions by their names in PyTorch."""

globals().update(FOREACH)
