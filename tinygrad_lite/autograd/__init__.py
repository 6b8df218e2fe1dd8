"""PyTorch's `torch.autograd`: derivatives on request, and operations with derivatives of your own.

All but the modes is imported when it is first used.

>>> import tinygrad_lite as tl
>>> x = tl.tensor(3.0, requires_grad=True)
>>> tl.autograd.grad(x * x, x)
(tensor(6.),)
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..core.graph import Node
from ..runtime.absent_names import refuse_absent
from .grad_modes import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = [
    "AnomalyError",
    "Function",
    "Node",
    "Variable",
    "backward",
    "check_layer",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "no_grad",
    "numerical_gradient",
    "set_detect_anomaly",
    "set_grad_enabled",
]

for _public in (Node, enable_grad, inference_mode, no_grad, set_grad_enabled):
    _public.__module__ = __name__

_LAZY_NAMES = {
    "AnomalyError": "..insight.anomaly",
    "Function": ".function",
    "Variable": ".legacy_variable",
    "backward": ".gradients",
    "check_layer": ".by_hand",
    "detect_anomaly": ".anomaly_mode",
    "grad": ".gradients",
    "gradcheck": ".gradient_checking",
    "gradgradcheck": ".gradient_checking",
    "is_anomaly_check_nan_enabled": ".anomaly_mode",
    "is_anomaly_enabled": ".anomaly_mode",
    "numerical_gradient": ".by_hand",
    "set_detect_anomaly": ".anomaly_mode",
    "variable": ".legacy_variable",
}

if TYPE_CHECKING:  # a checker would take every name for one that exists
    from ..insight.anomaly import AnomalyError
    from . import function, functional, graph
    from .anomaly_mode import detect_anomaly, is_anomaly_check_nan_enabled, is_anomaly_enabled, set_detect_anomaly
    from .by_hand import check_layer, numerical_gradient
    from .function import Function
    from .gradient_checking import gradcheck, gradgradcheck
    from .gradients import backward, grad
    from .legacy_variable import Variable
else:
    _absent = refuse_absent("autograd")

    def __getattr__(name: str) -> Any:
        if name in ("profiler", "profiler_util"):  # PyTorch's paths of them: see runtime/old_paths.py
            return sys.modules[f"{__name__}.{name}"]
        if name in ("function", "functional", "graph"):
            return import_module("." + name, __name__)
        if name in _LAZY_NAMES:
            value = globals()[name] = getattr(import_module(_LAZY_NAMES[name], __name__), name)
            return value
        return _absent(name)

    def __dir__() -> list[str]:
        return __all__
