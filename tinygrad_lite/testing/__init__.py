"""PyTorch's `torch.testing`, and property tests for your own operations, layers and optimizers in one line each.

`assert_close` compares results. `check_op`, `check_module` and `check_optimizer` draw inputs and compare the
derivatives with numerical ones. Where one is wrong, they shrink to the smallest input that fails, and the error is the
report of `gradcheck`. The strategies that they draw from are here too. All but the first need Hypothesis.

>>> import tinygrad_lite as tl
>>> from tinygrad_lite import testing
>>> testing.assert_close(tl.ones(2) + 1, tl.tensor([2.0, 2.0]))
>>> testing.check_op(lambda x, y: x * y.tanh(), *testing.broadcastable(2))
>>> testing.check_module(lambda: tl.nn.Linear(3, 2), testing.tensors((4, 3)))
>>> testing.check_optimizer(lambda parameters: tl.optim.SGD(parameters, lr=0.1, momentum=0.9))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..runtime.optional import require
from .comparison import assert_allclose, assert_close, make_tensor

if TYPE_CHECKING:
    from .checks import check_module, check_op
    from .optimizers import check_optimizer
    from .strategies import (
        Domain,
        between,
        broadcastable,
        broadcastable_shapes,
        distinct,
        nonzero,
        off,
        positive,
        reals,
        shapes,
        tensors,
        unit,
    )

__all__ = [
    "Domain",
    "assert_allclose",
    "assert_close",
    "between",
    "broadcastable",
    "broadcastable_shapes",
    "check_module",
    "check_op",
    "check_optimizer",
    "distinct",
    "make_tensor",
    "nonzero",
    "off",
    "positive",
    "reals",
    "shapes",
    "tensors",
    "unit",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        require("hypothesis", extra="testing")
        homes = {"check_module": "checks", "check_op": "checks", "check_optimizer": "optimizers"}
        home = homes.get(name, "strategies")
        value = globals()[name] = getattr(importlib.import_module(f".{home}", __name__), name)
        return value
