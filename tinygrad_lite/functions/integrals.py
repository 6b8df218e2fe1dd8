"""Running integrals, and derivatives of sampled functions by differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.edge import reshape
from ..types.annotations import Tensor
from .arguments import many_dims, public
from .joining import cat
from .reduction import cumsum
from .reshaping import narrow
from .statistics import diff, trapezoids


@public
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """Running integral along a dimension by the trapezoidal rule: the integral from the first place to each later one.

    The result is of a floating dtype, and one element shorter than `y` along `dim`.

    Args:
        y: the values of the function.
        x: the places of these values, a vector or a Tensor of the shape of `y`; the widths are their differences.
        dx: the width of each piece, if no `x` is given.
        dim: the dimension along which to integrate.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if the shapes do not fit together.

    >>> import tinygrad_lite as tl
    >>> tl.cumulative_trapezoid(tl.tensor([0.0, 2.0, 4.0]))  # of 2x: x²
    tensor([1., 4.])
    """
    areas, dim = trapezoids("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(areas, dim)


@public
def gradient(
    x: Tensor, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """Derivatives of a sampled function, along each of some dimensions: central differences of second order.

    Inside, where the places are h apart before and k behind, the derivative is
    -k / (h (h + k)) y_(i-1) + (k - h) / (h k) y_i + h / (k (h + k)) y_(i+1).

    Args:
        x: the values, of any dtype; every dimension needs more than `edge_order` of them.
        spacing: the distance of places, for each dimension a number, or a vector of their coordinates.
        dim: the dimension or dimensions; all by default.
        edge_order: 1 for plain differences at both ends, 2 for such of second order.

    Raises:
        RuntimeError: if there are too few values, or the numbers of dims and spacings differ.

    >>> import tinygrad_lite as tl
    >>> tl.gradient(tl.tensor([1.0, 4.0, 9.0, 16.0]))  # of x², where 2x would be right
    (tensor([3., 4., 6., 7.]),)
    """
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    several = isinstance(spacing, (tuple, list))
    if dim is None:
        dims: list[int] = list(range(x.ndim))
    else:
        found = many_dims([dim] if isinstance(dim, int) else dim, x.ndim, "gradient")
        dims = list(found) if isinstance(found, tuple) else []
    steps: list[Any] = list(spacing) if several else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
            f"same length, but got a spacing argument of length {len(steps)} and a dim argument of length {len(dims)}."
        )
    if any(x.shape[d] <= edge_order for d in dims):
        raise RuntimeError(
            "torch.gradient expected each dimension size to be at least edge_order+1: the shape is "
            f"{list(x.shape)}, and edge_order {edge_order}"
        )
    floating = x if x.dtype.kind == "f" else x * 1.0
    return tuple([_along(floating, d, step, edge_order, x) for d, step in zip(dims, steps, strict=True)])


def _along(x: Any, dim: int, step: Any, edge_order: int, given: Any) -> Any:
    """The derivative along one dimension."""
    n = x.shape[dim]
    if getattr(step, "ndim", 0):
        widths = reshape(diff(step), (-1, *[1] * (x.ndim - dim - 1)))
        if step.shape[0] != n:
            raise RuntimeError(
                f"torch.gradient expected each coordinate vector to be as long as its dimension: {step.shape[0]} "
                f"coordinates for the {n} values along dimension {dim} of the shape {list(x.shape)}"
            )
        h, k = narrow(widths, 0, 0, n - 2), narrow(widths, 0, 1, n - 2)
        first, second = narrow(widths, 0, 0, 1), narrow(widths, 0, 1 if n > 2 else 0, 1)
        last, before = narrow(widths, 0, n - 2, 1), narrow(widths, 0, max(n - 3, 0), 1)
    else:
        h = k = first = second = last = before = step

    def part(start: int, length: int = 1) -> Any:
        return narrow(x, dim, start, length)

    inside = (
        part(0, n - 2) * (-k / (h * (h + k)))
        + part(1, n - 2) * ((k - h) / (h * k))
        + part(2, n - 2) * (h / (k * (h + k)))
    )
    if edge_order == 1:
        left, right = (part(1) - part(0)) / first, (part(n - 1) - part(n - 2)) / last
    else:
        left = _edge(part(0), part(1), part(2), first, second)
        right = -_edge(part(n - 1), part(n - 2), part(n - 3), last, before)
    return cat([left, inside, right] if n > 2 else [left, right], dim)


def _edge(y0: Any, y1: Any, y2: Any, h: Any, k: Any) -> Any:
    """The derivative at the first of three places, which are h and k apart."""
    return y0 * (-(2 * h + k) / (h * (h + k))) + y1 * ((h + k) / (h * k)) - y2 * (h / (k * (h + k)))
