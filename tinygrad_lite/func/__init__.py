"""PyTorch's `torch.func`: transforms of functions, which can stand inside each other.

>>> import tinygrad_lite as tl
>>> f = lambda x: (x**3).sum()
>>> tl.func.grad(f)(tl.tensor([1.0, 2.0]))
tensor([ 3., 12.])
>>> tl.func.vmap(tl.func.grad(f))(tl.tensor([[1.0], [2.0], [3.0]]))
tensor([[ 3.],
        [12.],
        [27.]])
"""

from __future__ import annotations

from ..runtime.absent_names import refuse_absent
from .derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .stateless import functional_call, replace_all_batch_norm_modules_, stack_module_state
from .vectorizing import vmap

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]

__getattr__ = refuse_absent("func")


def __dir__() -> list[str]:
    return __all__
