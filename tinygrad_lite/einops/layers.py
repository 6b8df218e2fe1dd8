"""einops' layers as Modules, the counterpart of `einops.layers.torch`."""

from __future__ import annotations

from typing import Any

from ..creation.filled import empty
from ..functions.contraction import einsum
from ..nn.module.module import Module
from ..nn.module.parameter import Parameter
from ..runtime.optional import require
from ..tensors.tensor import Tensor
from . import backend  # noqa: F401  # which einops has to know before a layer is called

mixins = require("einops.layers", extra="einops")
RearrangeMixin: Any = mixins.RearrangeMixin
ReduceMixin: Any = mixins.ReduceMixin
EinmixMixin: Any = require("einops.layers._einmix", extra="einops")._EinmixMixin

__all__ = ["EinMix", "Rearrange", "Reduce"]


class Rearrange(RearrangeMixin, Module):
    """A layer that rearranges the dimensions of its input, as `einops.rearrange` does, in any dtype.

    Args:
        pattern: the shapes before and after.
        axes_lengths: the sizes that do not follow from the input's shape.

    Raises:
        EinopsError: for a pattern that cannot be, and for an input whose shape does not fit.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(Rearrange("b (h w) -> b w h", h=2), tl.nn.Linear(2, 1))
    >>> model(tl.ones(5, 6)).shape
    Size([5, 3, 1])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Rearrange the input."""
        return self._apply_recipe(input)


class Reduce(ReduceMixin, Module):
    """A layer that reduces dimensions of its input, as `einops.reduce` does: pooling, for example.

    Args:
        pattern: the shapes before and after.
        reduction: `"max"`, `"min"`, `"sum"`, `"mean"`, which needs a floating-point dtype, or `"prod"`.
        axes_lengths: the sizes that do not follow from the input's shape.

    Raises:
        EinopsError: for a pattern that cannot be, and for an input whose shape does not fit.

    >>> import tinygrad_lite as tl
    >>> Reduce("b (w two) -> b w", "max", two=2)(tl.tensor([[1.0, 4.0, 2.0, 3.0]]))
    tensor([[4., 3.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Reduce the input."""
        return self._apply_recipe(input)


class EinMix(EinmixMixin, Module):
    """A layer that mixes dimensions of its input by a weight: a Linear layer along any dimensions.

    The weight is drawn uniformly from ±√(3 / number of elements that are mixed), the bias from ±√(1 / that number).

    Args:
        pattern: the shapes before and after.
        weight_shape: the dimensions of the weight, by name.
        bias_shape: those of the bias; None for none.
        axes_lengths: the sizes of the weight's dimensions, which has the default dtype.

    Raises:
        EinopsError: for a pattern that cannot be, and for an input whose shape does not fit.

    >>> import tinygrad_lite as tl
    >>> mix = EinMix("b t c -> b t d", weight_shape="c d", bias_shape="d", c=3, d=4)
    >>> mix(tl.ones(2, 5, 3)).shape, mix.weight.shape, mix.bias.shape
    (Size([2, 5, 4]), Size([3, 4]), Size([1, 1, 4]))
    """

    def forward(self, input: Tensor) -> Tensor:
        """Mix the input."""
        if self.pre_rearrange is not None:
            input = self.pre_rearrange(input)
        result = einsum(self.einsum_pattern, input, self.weight)
        if self.bias is not None:
            result = result + self.bias
        return result if self.post_rearrange is None else self.post_rearrange(result)

    def _create_parameters(self, weight_shape: Any, weight_bound: float, bias_shape: Any, bias_bound: float) -> None:
        self.weight = Parameter(empty(weight_shape).uniform_(-weight_bound, weight_bound))
        self.bias = None if bias_shape is None else Parameter(empty(bias_shape).uniform_(-bias_bound, bias_bound))

    def _create_rearrange_layers(
        self, pre_reshape_pattern: Any, pre_reshape_lengths: Any, post_reshape_pattern: Any, post_reshape_lengths: Any
    ) -> None:
        before, after = pre_reshape_pattern, post_reshape_pattern
        self.pre_rearrange = None if before is None else Rearrange(before, **pre_reshape_lengths)
        self.post_rearrange = None if after is None else Rearrange(after, **post_reshape_lengths)
