"""Property tests for your own operations, layers and optimizers, in one line each. Needs Hypothesis.

`check_op`, `check_module` and `check_optimizer` draw inputs and compare the derivatives with numerical ones. Where one
is wrong, they shrink to the smallest input that fails, and the error is the report of `gradcheck`. The strategies that
they draw from are here too.

>>> import tinygrad_lite as tl
>>> from tinygrad_lite import testing
>>> testing.check_op(lambda x, y: x * y.tanh(), *testing.broadcastable(2))
>>> testing.check_module(lambda: tl.nn.Linear(3, 2), testing.tensors((4, 3)))
>>> testing.check_optimizer(lambda parameters: tl.optim.SGD(parameters, lr=0.1, momentum=0.9))
"""

from __future__ import annotations

from ..runtime.optional import require

require("hypothesis", extra="testing")

from .checks import check_module, check_op  # noqa: E402
from .optimizers import check_optimizer  # noqa: E402
from .strategies import (  # noqa: E402
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
    "between",
    "broadcastable",
    "broadcastable_shapes",
    "check_module",
    "check_op",
    "check_optimizer",
    "distinct",
    "nonzero",
    "off",
    "positive",
    "reals",
    "shapes",
    "tensors",
    "unit",
]
