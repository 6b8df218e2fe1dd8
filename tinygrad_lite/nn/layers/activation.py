"""Smooth activations, shrinkage and the gated linear unit as modules: `nn.functional`'s, with their settings fixed.

Those that are made of straight pieces, or have one for x > 0, are in `rectifier`; those that make distributions in
`softmax`.
"""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.argument_types import not_a_tensor
from ..module.module import Module
from .arguments import check_flag, check_numbers, check_sizes


class Activation(Module):
    """An activation, of which `repr` shows the settings by name, and `inplace` only if it is True."""

    _shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        values = {name: getattr(self, name) for name in self._shown}
        return ", ".join(f"{name}={value}" for name, value in values.items() if name != "inplace" or value)


class InPlaceActivation(Activation):
    """An activation whose only setting is `inplace`."""

    _shown: tuple[str, ...] = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        check_flag(type(self).__name__, "inplace", inplace)
        self.inplace = inplace


class Hardshrink(Activation):
    """Hard shrinkage: x where |x| > lambd, else 0.

    Args:
        lambd: λ, the largest absolute value that becomes 0.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if `lambd` is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardshrink()(tensor([-1.0, 0.25, 2.0]))
    tensor([-1.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        check_numbers("Hardshrink", lambd=lambd)
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Activation):
    """Soft shrinkage: x - λ where x > λ, x + λ where x < -λ, else 0.

    Args:
        lambd: λ, at least 0.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if `lambd` is not a number, or the input is not a Tensor.
        RuntimeError: when it is called, if `lambd` is below 0.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softshrink()(tensor([-1.0, 0.25, 2.0]))
    tensor([-0.5000,  0.0000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        check_numbers("Softshrink", lambd=lambd)
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Tanhshrink(Activation):
    """Shrinkage by the hyperbolic tangent: x - tanh x.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Tanhshrink()(tensor([-1.0, 0.0, 10.0]))
    tensor([-0.2384,  0.0000,  9.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Sigmoid(Activation):
    """Logistic sigmoid: 1 / (1 + e**-x), between 0 and 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Sigmoid()(tensor([-1.0, 0.0, 100.0]))
    tensor([0.2689, 0.5000, 1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):  # the primitive takes arrays too
            raise not_a_tensor("sigmoid", "input", 1, input)
        return F.sigmoid(input)


class LogSigmoid(Activation):
    """Logarithm of the logistic sigmoid, -log(1 + e**-x), which is finite for every finite x.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LogSigmoid()(tensor([0.0, -200.0]))
    tensor([  -0.6931, -200.0000])
    >>> nn.Sigmoid()(tensor([0.0, -200.0])).log()
    tensor([-0.6931,    -inf])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanh(Activation):
    """Hyperbolic tangent: (eˣ - e**-x) / (eˣ + e**-x), between -1 and 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Tanh()(tensor([-1.0, 0.0, 100.0]))
    tensor([-0.7616,  0.0000,  1.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):  # the primitive takes arrays too
            raise not_a_tensor("tanh", "input", 1, input)
        return F.tanh(input)


class Softsign(Activation):
    """Softsign: x / (1 + |x|), between -1 and 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softsign()(tensor([-1.0, 0.0, 3.0]))
    tensor([-0.5000,  0.0000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Softplus(Activation):
    """Smooth form of max(x, 0): log(1 + e**(β x)) / β, and x itself where β x > threshold.

    Args:
        beta: β; the larger, the nearer to max(x, 0).
        threshold: the β x above which the result is x, which it then equals to within rounding.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a setting is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softplus()(tensor([-1.0, 0.0, 100.0]))
    tensor([  0.3133,   0.6931, 100.0000])
    """

    _shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        check_numbers("Softplus", beta=beta, threshold=threshold)
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        if not isinstance(input, Tensor):  # the primitive takes arrays too
            raise not_a_tensor("softplus", "input", 1, input)
        return F.softplus(input, self.beta, self.threshold)


class GELU(Activation):
    """Gaussian error linear unit: x Φ(x), where Φ is the distribution function of the standard normal distribution.

    Args:
        approximate: "none", or "tanh" for x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Hendrycks & Gimpel, 2016, https://arxiv.org/abs/1606.08415.

    Raises:
        RuntimeError: when it is called, for another `approximate`.
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.GELU()(tensor([-1.0, 0.0, 10.0]))
    tensor([-0.1587,  0.0000, 10.0000])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        check_flag("GELU", "approximate", approximate)
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(InPlaceActivation):
    """Sigmoid linear unit, also called swish: x / (1 + e**-x).

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Hendrycks & Gimpel, 2016, https://arxiv.org/abs/1606.08415.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.SiLU()(tensor([-1.0, 0.0, 10.0]))
    tensor([-0.2689,  0.0000,  9.9995])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(InPlaceActivation):
    """Mish: x tanh(log(1 + eˣ)).

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Misra, 2019, https://arxiv.org/abs/1908.08681.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Mish()(tensor([-1.0, 0.0, 10.0]))
    tensor([-0.3034,  0.0000, 10.0000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class GLU(Activation):
    """Gated linear unit: a / (1 + e**-b), where a and b are the first and the second half of the input along `dim`.

    Args:
        dim: the dimension that is halved.

    Shapes: (*, n, *) to (*, n / 2, *).
    Dtypes: floating; the result has the input's.

    Source: Dauphin et al., 2016, https://arxiv.org/abs/1612.08083.

    Raises:
        TypeError: if `dim` is not an int, or the input is not a Tensor.
        IndexError: if the input has no such dimension.
        RuntimeError: if n is odd.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.GLU()(tensor([2.0, 8.0, 0.0, 100.0]))  # 2 and 8, times sigmoid(0) and sigmoid(100)
    tensor([1., 8.])
    """

    _shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        check_sizes("GLU", dim=dim)
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)
