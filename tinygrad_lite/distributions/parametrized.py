"""Distributions whose parameters are attributes: how they are taken, and expanded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..tensors.tensor import Tensor
from ..types.annotations import Number
from ..types.sizes import Size
from .distribution import Distribution
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits


class Parametrized(Distribution):
    """A distribution whose parameters are the Tensors that `arg_constraints` names."""

    _kept: ClassVar[tuple[str, ...]] = ()
    """Attributes that an expanded distribution takes over as they are."""

    def _take(self, validate_args: bool | None, **parameters: Tensor | Number) -> None:
        """Broadcast the parameters, and let them be attributes."""
        for name, value in zip(parameters, broadcast_all(*parameters.values()), strict=True):
            setattr(self, name, value)
        Distribution.__init__(self, value.size(), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with its batch expanded to another shape; the parameters are not copied."""
        package = __name__.rpartition(".")[0]
        ours = next(kind for kind in type(self).__mro__ if kind.__module__.startswith(package))
        new = self._get_checked_instance(ours, _instance)
        shape = Size(batch_shape)
        for name, constraint in self.arg_constraints.items():
            if name in self.__dict__:
                value = self.__dict__[name]
                event = value.shape[len(value.shape) - constraint.event_dim :]
                setattr(new, name, value.expand(shape + event))
        for name in self._kept:
            setattr(new, name, getattr(self, name))
        Distribution.__init__(new, shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new


class ProbsOrLogits(Parametrized):
    """A distribution that is given by probabilities or by their logits; the others are computed when they are read."""

    _kept: ClassVar[tuple[str, ...]] = ("_given",)
    _binary = True

    def _given_parameter(self, probs: Any, logits: Any) -> tuple[str, Any]:
        """The name and the value of the one that was given.

        Raises:
            ValueError: if it was none of them, or both.
        """
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self._given = "logits" if probs is None else "probs"
        return self._given, logits if probs is None else probs

    @lazy_property
    def logits(self) -> Tensor:
        """The logits."""
        return probs_to_logits(self.probs, is_binary=self._binary)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=self._binary)

    @property
    def _param(self) -> Tensor:
        param: Tensor = self.__dict__[self._given]
        return param

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter that was given."""
        return self._param.size()
