"""The chi-squared distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..tensors.tensor import Tensor
from ..types.annotations import Number
from ..types.sizes import Size
from . import constraints
from .gamma import Gamma


class Chi2(Gamma):
    """Chi-squared distribution: the sum of squares of `df` standard normal numbers.

        Gamma(df / 2, 1 / 2)

    Args:
        df: the degrees of freedom, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `df` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Chi2(tl.tensor([1.0, 3.0]))
    >>> d.mean, d.variance
    (tensor([1., 3.]), tensor([2., 6.]))
    """

    arg_constraints: ClassVar[Any] = {"df": constraints.positive}

    def __init__(self, df: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(Chi2, _instance)
        shape = Size(batch_shape)
        new.concentration, new.rate = self.concentration.expand(shape), self.rate.expand(shape)
        return super().expand(shape, new)

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self.concentration * 2
