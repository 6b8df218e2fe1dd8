"""Spectral normalisation: a weight divided by its largest singular value, which power iteration follows."""

from __future__ import annotations

from typing import Any, TypeVar

from ...autograd.grad_modes import no_grad
from ...functions.products import dot, mv
from ...functions.reshaping import permute, reshape
from ...tensors.tensor import Tensor
from ..functional.normalization import normalize
from ..module.module import Module
from ..module.parameter import Parameter

M = TypeVar("M", bound=Module)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """A weight as a matrix with a row for each index of dim."""
    if dim != 0:
        weight = permute(weight, (dim, *(d for d in range(weight.ndim) if d != dim)))
    return reshape(weight, (weight.shape[0], -1))


def drawn_direction(matrix: Tensor, dim: int, eps: float) -> Tensor:
    """A random vector of length 1, as long as a dimension of the matrix."""
    return normalize(matrix.detach().new_empty(matrix.shape[dim]).normal_(0, 1), dim=0, eps=eps)


def iterate(matrix: Tensor, u: Tensor, v: Tensor, times: int, eps: float, v_first: bool = True) -> None:
    """Let u and v come nearer to the singular vectors of the largest singular value, in place."""
    with no_grad():
        for _ in range(times):
            if v_first:
                v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=eps))
            u.copy_(normalize(mv(matrix, v), dim=0, eps=eps))
            if not v_first:
                v.copy_(normalize(mv(matrix.t(), u), dim=0, eps=eps))


def default_dim(module: Module) -> int:
    """The dimension of a layer's outputs: that of transposed convolutions is 1."""
    return 1 if type(module).__name__.startswith("ConvTranspose") else 0


class SpectralNorm:
    """The hook that computes a module's weight before each forward."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight, divided by its largest singular value as far as that is known."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            iterate(matrix, u, v, self.n_power_iterations, self.eps)
            u, v = u.clone(), v.clone()  # the next call writes to them
        found: Tensor = weight / dot(u, mv(matrix, v))
        return found

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def _hooks(module: Module, name: str) -> dict[int, SpectralNorm]:
    calls = {key: hook.call for key, hook in module._forward_pre_hooks.items()}
    return {key: call for key, call in calls.items() if isinstance(call, SpectralNorm) and call.name == name}


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a module's weight by its largest singular value, in each forward: `weight_orig` is the parameter.

    The singular vectors are buffers, `weight_u` and `weight_v`, to which each forward in training brings a step of
    power iteration. `parametrizations.spectral_norm` is the newer form.

    Args:
        module: the module.
        name: the name of its weight, of any shape and floating dtype.
        n_power_iterations: how many steps each forward brings.
        eps: keeps norms from 0.
        dim: the dimension of the outputs, by default 0, or 1 for transposed convolutions.

    Returns:
        The module.

    Source: Miyato et al., 2018, https://arxiv.org/abs/1802.05957.

    Raises:
        RuntimeError: if the weight is normalised already.
        ValueError: if there is no such weight.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.spectral_norm(tl.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if _hooks(module, name):
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, default_dim(module) if dim is None else dim, eps)
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    matrix = as_matrix(weight.detach(), hook.dim)
    u, v = (drawn_direction(matrix, d, eps) for d in (0, 1))
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make a normalised weight one parameter again, with its present value; the inverse of `spectral_norm`.

    Args:
        module: the module.
        name: the name of its weight.

    Returns:
        The module.

    Raises:
        ValueError: if the weight is not normalised by `spectral_norm`.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.remove_spectral_norm(tl.nn.utils.spectral_norm(tl.nn.Linear(3, 2)))
    >>> list(layer.state_dict())
    ['bias', 'weight']
    """
    for key, hook in _hooks(module, name).items():
        with no_grad():
            weight = hook.compute_weight(module, False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, name + end)
        module.register_parameter(name, Parameter(weight.detach()))
        del module._forward_pre_hooks[key]
        return module
    raise ValueError(f"spectral_norm of '{name}' not found in {module}")
