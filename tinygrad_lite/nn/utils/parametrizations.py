"""Parametrizations that are ready to use."""

from __future__ import annotations

from typing import Any, TypeVar

from ...functions.norms import norm_except_dim
from ...functions.products import mv, vdot
from ...tensors.tensor import Tensor
from ..functional.normalization import normalize
from ..module.module import Module
from .orthogonal import MAPS, _Orthogonal
from .parametrize import register_parametrization
from .spectral_norm import as_matrix, default_dim, drawn_direction, iterate
from .weight_norm import normalized

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


def orthogonal(
    module: M, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> M:
    """Keep the columns of a module's weight orthonormal, or its rows if it has more columns than rows.

    The weight is a function of a parameter X of its shape that has no constraint. With A = tril(X) - tril(X)ᵀ it is
    exp(A), or (1 - A/2)⁻¹ (1 + A/2), Cayley's map, or a product of reflections at the columns of X.

    Args:
        module: the module.
        name: the name of its weight, (…, m, n) of a floating dtype.
        orthogonal_map: "matrix_exp", "cayley" or "householder"; by default the first for square weights, and the last
            for others.
        use_trivialization: whether to keep a base B, as a buffer, so that the weight is B times the function. Then the
            weight can be assigned; it begins as the Q of the weight that there was, with signs that make R's diagonal
            positive.

    Returns:
        The module.

    Source: Lezcano-Casado & Martínez-Rubio, 2019, https://arxiv.org/abs/1901.08428.

    Raises:
        ValueError: if there is no such weight, it is no matrix, or there is no such map.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.orthogonal(tl.nn.Linear(3, 3))
    >>> tl.allclose(layer.weight @ layer.weight.T, tl.eye(3), atol=1e-6)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    register_parametrization(module, name, made, unsafe=True)
    return module


class _WeightNorm(Module):
    """The weight g v / ‖v‖, computed from g and v."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return normalized(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The g and v that give a weight."""
        return norm_except_dim(weight, 2, -1 if self.dim is None else self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a module's weight w by parameters for its length, g = ‖w‖, and its direction, v: w = g v / ‖v‖.

    Args:
        module: the module.
        name: the name of its weight, of any shape and floating dtype; g and v are then
            `parametrizations.<name>.original0` and `original1`.
        dim: the dimension for each index of which there is a norm; for None the weight has one norm.

    Returns:
        The module.

    A state that was saved of the module under the older `nn.utils.weight_norm` can be loaded.

    Source: Salimans & Kingma, 2016, https://arxiv.org/abs/1602.07868.

    Raises:
        ValueError: if there is no such weight.
        IndexError: if it has no such dimension.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 2))
    >>> {key: list(p.shape) for key, p in layer.named_parameters()}
    {'bias': [2], 'parametrizations.weight.original0': [2, 1], 'parametrizations.weight.original1': [2, 3]}
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module._register_load_state_dict_pre_hook(_OldNames(name))
    return module


class _OldNames:
    """A hook that loads g and v under the names which they have after the older `nn.utils.weight_norm`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{self.name}_g", f"{prefix}{self.name}_v"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{self.name}.original{i}"] = state_dict.pop(key)


class _SpectralNorm(Module):
    """A weight divided by its largest singular value, whose vectors are buffers."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps, self.n_power_iterations = dim % ndim, eps, n_power_iterations
        if ndim > 1:
            matrix = as_matrix(weight.detach(), self.dim)
            self.register_buffer("_u", drawn_direction(matrix, 0, eps))
            self.register_buffer("_v", drawn_direction(matrix, 1, eps))
            iterate(matrix, self._u, self._v, 15, eps, v_first=False)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            iterate(matrix, self._u, self._v, self.n_power_iterations, self.eps, v_first=False)
        u, v = self._u.clone(), self._v.clone()  # the next call writes to them
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """A weight is taken as it is: how large it was before cannot be known."""
        return value


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a module's weight by its largest singular value, which power iteration follows during training.

    Args:
        module: the module.
        name: the name of its weight, of any shape and floating dtype.
        n_power_iterations: how many steps of power iteration each forward in training brings.
        eps: keeps norms from 0.
        dim: the dimension of the outputs, by default 0, or 1 for transposed convolutions.

    Returns:
        The module.

    Source: Miyato et al., 2018, https://arxiv.org/abs/1802.05957.

    Raises:
        ValueError: if there is no such weight, or no step is to be made.
        IndexError: if it has no such dimension.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.spectral_norm(tl.nn.Linear(4, 3))
    >>> round(float(tl.linalg.matrix_norm(layer.weight)), 1) <= 1.8  # √3 at most
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    chosen = default_dim(module) if dim is None else dim
    register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, chosen, eps))
    return module
