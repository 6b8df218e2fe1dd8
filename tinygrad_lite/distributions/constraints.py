"""Constraints: which values a parameter of a distribution, or a number drawn from it, may have.

>>> import tinygrad_lite as tl
>>> from tinygrad_lite.distributions import constraints
>>> constraints.positive.check(tl.tensor([-1.0, 2.0]))
tensor([False,  True])
>>> constraints.interval(0, 1)
Interval(lower_bound=0, upper_bound=1)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..creation import full
from ..functions.joining import cat as concatenate
from ..functions.joining import stack as stacked
from ..tensors.tensor import Tensor
from ..types import dtypes
from .matrices import has_cholesky, smallest_eigenvalue

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property",
    "greater_than", "greater_than_eq", "half_open_interval", "independent", "integer_interval", "interval",
    "is_dependent", "less_than", "lower_cholesky", "lower_triangular", "multinomial", "nonnegative",
    "nonnegative_integer", "one_hot", "positive", "positive_definite", "positive_integer", "positive_semidefinite",
    "real", "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip


class Constraint:
    """A region of values.

    Attributes:
        is_discrete: whether the values are whole numbers.
        event_dim: how many of the last dimensions make one value; `check` gives one bool for all of them.

    Raises:
        NotImplementedError: by `check`, in a class that does not define it.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.simplex, constraints.simplex.event_dim
    (Simplex(), 1)
    """

    is_discrete: Any = False
    event_dim: Any = 0

    def check(self, value: Tensor) -> Tensor:
        """For each value, whether it is in the region."""
        raise NotImplementedError

    def __repr__(self) -> str:
        bounds = ", ".join(f"{name}={value}" for name, value in vars(self).items() if name.endswith("_bound"))
        return f"{type(self).__name__[1:]}({bounds})"


class _Dependent(Constraint):
    """A region that depends on other values, and is known for an instance only.

    Args:
        is_discrete: whether the values are whole numbers, if that is known.
        event_dim: how many dimensions make one value, if that is known.

    Raises:
        NotImplementedError: where one of them is read and not known.
        ValueError: by `check`.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.dependent(is_discrete=True).is_discrete
    True
    """

    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    @property
    def is_discrete(self) -> bool:
        return _static("is_discrete", self._is_discrete)

    @property
    def event_dim(self) -> int:
        return _static("event_dim", self._event_dim)

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> _Dependent:
        """The same constraint, with these attributes in place of unknown ones."""
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Tensor) -> Tensor:
        raise ValueError("Cannot determine validity of dependent constraint")


def _static(name: str, value: Any) -> Any:
    if value is NotImplemented:
        raise NotImplementedError(f".{name} cannot be determined statically")
    return value


def is_dependent(constraint: Any) -> bool:
    """Tell whether a constraint depends on other values.

    Args:
        constraint: a constraint.

    Raises:
        Nothing.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.is_dependent(constraints.real)
    False
    """
    return isinstance(constraint, _Dependent)


class _DependentProperty(property, _Dependent):
    """A property that is a dependent constraint where it is read from the class.

    Args:
        fn: the function of the instance.
        is_discrete: whether the values are whole numbers, if that is known.
        event_dim: how many dimensions make one value, if that is known.

    Raises:
        NotImplementedError: where one of them is read of the class and not known.

    >>> from tinygrad_lite.distributions import constraints
    >>> class Below:
    ...     most = 3
    ...     @constraints.dependent_property(is_discrete=False, event_dim=0)
    ...     def support(self):
    ...         return constraints.less_than(self.most)
    >>> Below().support, constraints.is_dependent(Below.support)
    (LessThan(upper_bound=3), True)
    """

    def __init__(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        super().__init__(fn)
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    def __call__(self, fn: Callable[..., Any]) -> _DependentProperty:  # type: ignore[override]  # a decorator here
        return _DependentProperty(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


class _IndependentConstraint(Constraint):
    """All values along some more of the last dimensions are in a region.

    Args:
        base_constraint: the region.
        reinterpreted_batch_ndims: how many dimensions.

    Raises:
        ValueError: by `check`, if the values have too few dimensions.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.independent(constraints.positive, 1).check(tl.tensor([[1.0, 2.0], [1.0, -2.0]]))
    tensor([ True, False])
    """

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        return int(self.base_constraint.event_dim) + self.reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Tensor:
        result = self.base_constraint.check(value)
        kept = result.dim() - self.reinterpreted_batch_ndims
        if kept < 0:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        return result.reshape((*result.shape[:kept], -1)).all(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__[1:]}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """Values that all components of a mixture may have.

    Args:
        base_constraint: the support of the components.

    Raises:
        ValueError: by `check`, if the values have too few dimensions.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.MixtureSameFamilyConstraint(constraints.real)
    MixtureSameFamilyConstraint(Real())
    """

    def __init__(self, base_constraint: Constraint) -> None:
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        return int(self.base_constraint.event_dim)

    def check(self, value: Tensor) -> Tensor:
        if value.dim() < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.dim()}")
        result = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return result.reshape((*result.shape[: value.dim() - self.event_dim], -1)).all(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return ((value == 0) | (value == 1)).all(-1) & value.sum(-1).eq(1)


class _WithLower(Constraint):
    """A region with a lower bound.

    Args:
        lower_bound: a number or a Tensor.

    Raises:
        TypeError: by `check`, if the bound cannot be compared.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.greater_than(2)
    GreaterThan(lower_bound=2)
    """

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound


class _WithUpper(Constraint):
    """A region with an upper bound.

    Args:
        upper_bound: a number or a Tensor.

    Raises:
        TypeError: by `check`, if the bound cannot be compared.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.less_than(2)
    LessThan(upper_bound=2)
    """

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound


class _WithBoth(Constraint):
    """A region between two bounds.

    Args:
        lower_bound: a number or a Tensor.
        upper_bound: a number or a Tensor.

    Raises:
        TypeError: by `check`, if a bound cannot be compared.

    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.interval(0, 1)
    Interval(lower_bound=0, upper_bound=1)
    """

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound


class _IntegerInterval(_WithBoth):
    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class _IntegerGreaterThan(_WithLower):
    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value % 1 == 0) & (value >= self.lower_bound)


class _Real(Constraint):
    def check(self, value: Tensor) -> Tensor:
        return value == value  # not so for NaN


class _GreaterThan(_WithLower):
    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound < value


class _GreaterThanEq(_WithLower):
    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound <= value


class _LessThan(_WithUpper):
    def check(self, value: Tensor) -> Tensor:
        return value < self.upper_bound


class _Interval(_WithBoth):
    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class _HalfOpenInterval(_WithBoth):
    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(_WithUpper):
    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)

    def __repr__(self) -> str:
        return "Multinomial()"


class _LowerTriangular(Constraint):
    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        return (value.tril() == value).reshape((*value.shape[:-2], -1)).all(-1)


class _LowerCholesky(_LowerTriangular):
    def check(self, value: Tensor) -> Tensor:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(_LowerCholesky):
    def check(self, value: Tensor) -> Tensor:
        tolerance = dtypes.finfo(value.dtype).eps * value.size(-1) * 10
        lengths = value.detach().norm(dim=-1)
        return super().check(value) & ((lengths - 1).abs() <= tolerance).all(-1)


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Tensor) -> Tensor:
        return full(tuple(value.shape[:-2]), value.shape[-2] == value.shape[-1], dtype=dtypes.bool)


class _Symmetric(_Square):
    def check(self, value: Tensor) -> Tensor:
        square_check = super().check(value)
        return value.isclose(value.mT, atol=1e-6).all(-2).all(-1) if square_check.all() else square_check


class _PositiveSemidefinite(_Symmetric):
    def check(self, value: Tensor) -> Tensor:
        symmetric_check = super().check(value)
        return smallest_eigenvalue(value) >= 0 if symmetric_check.all() else symmetric_check


class _PositiveDefinite(_Symmetric):
    def check(self, value: Tensor) -> Tensor:
        symmetric_check = super().check(value)
        return has_cholesky(value) if symmetric_check.all() else symmetric_check


class _Cat(Constraint):
    """Parts, or slices, of a value along a dimension, each in a region of its own.

    Args:
        cseq: the regions.
        dim: the dimension.
        lengths: the length of each part, by default 1.

    Raises:
        RuntimeError: by `check`, if the lengths do not sum to that of the dimension.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.distributions import constraints
    >>> constraints.cat([constraints.real, constraints.positive], lengths=[1, 2]).check(tl.tensor([-1.0, 1.0, -1.0]))
    tensor([ True,  True, False])
    """

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        self.cseq = list(cseq)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        self.dim = dim

    @property
    def is_discrete(self) -> bool:
        return any(c.is_discrete for c in self.cseq)

    @property
    def event_dim(self) -> int:
        return max(int(c.event_dim) for c in self.cseq)

    def check(self, value: Tensor) -> Tensor:
        parts = value.split(self.lengths, self.dim)
        return concatenate([c.check(part) for c, part in zip(self.cseq, parts, strict=True)], self.dim)


class _Stack(_Cat):
    @property
    def event_dim(self) -> int:
        dims = max(int(c.event_dim) for c in self.cseq)
        return dims + (self.dim + dims < 0)

    def check(self, value: Tensor) -> Tensor:
        parts = value.unbind(self.dim)
        return stacked([c.check(part) for c, part in zip(self.cseq, parts, strict=True)], self.dim)


dependent = _Dependent()
dependent_property = _DependentProperty
independent = _IndependentConstraint
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
cat = _Cat
stack = _Stack
