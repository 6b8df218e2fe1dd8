"""Distributions that are transforms of one whose parameters they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .transformed_distribution import TransformedDistribution


class OfBase(TransformedDistribution):
    """A transformed distribution with parameters of its base."""

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with its batch expanded to another shape; the parameters are not copied."""
        package = __name__.rpartition(".")[0]
        ours = next(kind for kind in type(self).__mro__ if kind.__module__.startswith(package))
        return super().expand(batch_shape, self._get_checked_instance(ours, _instance))


def of_base(name: str, doc: str) -> property:
    """A parameter of the base."""
    return property(lambda self: getattr(self.base_dist, name), doc=doc)
