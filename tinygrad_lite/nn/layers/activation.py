"""Activations as modules: `nn.functional`'s, with their settings fixed. Any shape in, the same shape out.

Those made of a straight piece for x > 0 are in `rectifier`, those that make distributions in `softmax`.
"""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..module.module import Module


class Activation(Module):
    """What `repr` says of an activation: its settings by name, and inplace only if it is."""

    _shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        values = {name: getattr(self, name) for name in self._shown}
        return ", ".join(f"{name}={value}" for name, value in values.items() if name != "inplace" or value)


class Hardshrink(Activation):
    """x where |x| > lambd, else 0.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardshrink()(tensor([-1.0, 2.0]))
    tensor([-1.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Activation):
    """x moved towards 0 by lambd, and 0 within it; a lambd below 0 raises.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softshrink()(tensor([-1.0, 2.0]))
    tensor([-0.5000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Tanhshrink(Activation):
    """x - tanh x.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Tanhshrink()(tensor([-1.0, 2.0]))
    tensor([-0.2384,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Sigmoid(Activation):
    """1 / (1 + e**-x).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Sigmoid()(tensor([-1.0, 2.0]))
    tensor([0.2689, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.sigmoid(input)


class LogSigmoid(Activation):
    """log sigmoid(x), without overflow.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LogSigmoid()(tensor([-1.0, 2.0]))
    tensor([-1.3133, -0.1269])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanh(Activation):
    """tanh x.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Tanh()(tensor([-1.0, 2.0]))
    tensor([-0.7616,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanh(input)


class Softsign(Activation):
    """x / (1 + |x|).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softsign()(tensor([-1.0, 2.0]))
    tensor([-0.5000,  0.6667])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Softplus(Activation):
    """log(1 + e**(beta x)) / beta, and x itself where beta x > threshold.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softplus()(tensor([-1.0, 2.0]))
    tensor([0.3133, 2.1269])
    """

    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)


class GELU(Activation):
    """x Φ(x), Φ the normal distribution function, or its approximation by "tanh" (Hendrycks & Gimpel, 2016).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.GELU()(tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Activation):
    """x sigmoid(x), also called swish.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.SiLU()(tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(Activation):
    """x tanh(softplus(x)) (Misra, 2019).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Mish()(tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class GLU(Activation):
    """a sigmoid(b), where a and b are the halves of the input along dim (Dauphin et al., 2016).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.GLU()(tensor([2.0, 0.0]))
    tensor([1.])
    """

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)
