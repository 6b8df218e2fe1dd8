"""PyTorch's `torch.optim`: update rules over parameters, and schedulers of their learning rates."""

import importlib
from typing import TYPE_CHECKING, Any

from ..runtime.absent_names import absent
from ..runtime.public_names import set_public_module
from . import book, lr_scheduler
from .adadelta import Adadelta
from .adafactor import Adafactor
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .asgd import ASGD
from .base import optimizer
from .base.optimizer import Optimizer
from .base.penalties import decay_groups
from .book import BookAdaGrad, BookAdam, Momentum, Nesterov
from .lbfgs import LBFGS
from .muon import Muon
from .nadam import NAdam
from .radam import RAdam
from .rmsprop import RMSprop
from .rprop import Rprop
from .sgd import SGD
from .sparse_adam import SparseAdam

if TYPE_CHECKING:
    from . import swa_utils

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BookAdaGrad",
    "BookAdam",
    "Momentum",
    "Muon",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "book",
    "decay_groups",
    "lr_scheduler",
    "swa_utils",
]

set_public_module(__name__, [x for name in __all__ if isinstance(x := globals().get(name), type)])

if not TYPE_CHECKING:  # a checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        if name == "swa_utils":  # it needs modules
            return importlib.import_module(".swa_utils", __name__)
        raise absent("optim", name)
