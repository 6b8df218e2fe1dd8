"""The layers of *Deep Learning from Scratch* (chapters 5 and 6) as Modules: the book's arguments and recurrences.

They take arrays as well as Tensors, and have no `backward`: that is the engine's. Parameters made of NumPy arrays share
their memory, so that what the book's optimizers change in a dictionary of arrays changes here too.

>>> import numpy as np
>>> import tinygrad_lite as tl
>>> from tinygrad_lite.nn import book
>>> rng = np.random.default_rng(0)
>>> params = {"W": 0.1 * rng.standard_normal((4, 3)), "b": np.zeros(3)}
>>> affine, loss = book.Affine(params["W"], params["b"]), book.SoftmaxWithLoss()
>>> x, t = rng.standard_normal((5, 4)), np.eye(3)[[0, 1, 2, 1, 0]]
>>> optimizer = tl.optim.book.SGD(lr=0.5)
>>> for _ in range(200):
...     affine.zero_grad()
...     value = loss(affine(x), t)
...     value.backward()
...     optimizer.update(params, {"W": affine.W.grad, "b": affine.b.grad})
>>> value.item() < 0.1
True
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import creation
from ..autograd.grad_modes import no_grad
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from . import functional as F
from .functional.dropouts import as_probability
from .layers.arguments import check_numbers
from .module.module import Module
from .module.parameter import Parameter

__all__ = ["Affine", "BatchNormalization", "Dropout", "Relu", "Sigmoid", "SoftmaxWithLoss"]


class Affine(Module):
    """The book's fully connected layer, y = x W + b, whose weight is (inputs, outputs); PyTorch's is its transpose.

    Args:
        W: the weight, (D, H): an array or a Tensor in a floating dtype, with which the layer shares its memory.
        b: the bias, (H,), in the same dtype.

    Shapes: x of (N, …), of which a sample has D elements in all, to (N, H).
    Dtypes: floating; x, W and b must have the same.

    Raises:
        ValueError: if W is not of two dimensions, or b does not have one element for each column of it.
        TypeError: for something else than arrays or Tensors in a floating dtype.
        RuntimeError: if x does not fit.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import Affine
    >>> Affine(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.5, 0.0]))(np.array([[1.0, 1.0]])).tolist()
    [[4.5, 6.0]]
    """

    def __init__(self, W: Any, b: Any) -> None:
        super().__init__()
        self.W, self.b = _parameter("Affine", "W", W), _parameter("Affine", "b", b)
        if self.W.ndim != 2 or self.b.shape != self.W.shape[1:]:
            raise ValueError(
                f"Affine(W, b): W must be (inputs, outputs) and b (outputs,), but got {tuple(self.W.shape)} and "
                f"{tuple(self.b.shape)}"
            )

    def forward(self, x: Any) -> Tensor:
        x = _tensor(x)
        return (x.flatten(1) if x.ndim > 2 else x) @ self.W + self.b

    def extra_repr(self) -> str:
        return f"{self.W.shape[0]}, {self.W.shape[1]}"


class Relu(Module):
    """The book's name of ReLU, y = max(x, 0), with the derivative 0 at x ≤ 0.

    Shapes: (*) to (*).
    Dtypes: those of `nn.ReLU`.

    Raises:
        TypeError: if x is neither an array nor a Tensor.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import Relu
    >>> Relu()(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def forward(self, x: Any) -> Tensor:
        return F.relu(_tensor(x))


class Sigmoid(Module):
    """The book's sigmoid, y = 1 / (1 + e⁻ˣ), which does not overflow here.

    Shapes: (*) to (*).
    Dtypes: those of `nn.Sigmoid`.

    Raises:
        TypeError: if x is neither an array nor a Tensor.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import Sigmoid
    >>> Sigmoid()(np.array([0.0, -1000.0])).tolist()
    [0.5, 0.0]
    """

    def forward(self, x: Any) -> Tensor:
        return _tensor(x).sigmoid()


class SoftmaxWithLoss(Module):
    """The book's last layer, the mean cross entropy of softmax: L = -1/N Σ t log y, with dL/dx = (y - t) / N.

        the book: L = -1/N Σ t log(y + 1e-7), y = softmax(x)
        here:     L = -1/N Σ t log softmax(x), from x itself

    The book adds 1e-7 so that it never takes the logarithm of 0, but its derivative is that of the formula without it.
    Computed from x, as here, the loss needs no such number. So (y - t) / N is its derivative everywhere, also where the
    book's loss stays at -log 1e-7 = 16.1.

    Shapes: x of (N, C), or (C) for one sample; t the same in one-hot form, or the numbers of the classes, (N) or ().
    Dtypes: x floating; t of integers, or in one-hot form of any dtype.

    Raises:
        TypeError: if x or t is neither an array nor a Tensor.
        RuntimeError, IndexError, ValueError: if x and t do not fit, or a class is not one of C.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import SoftmaxWithLoss
    >>> x = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    >>> loss = SoftmaxWithLoss()
    >>> [round(loss(x, t).item(), 6) for t in (np.array([0, 1]), np.array([[1, 0, 0], [0, 1, 0]]))]
    [0.395495, 0.395495]
    """

    def forward(self, x: Any, t: Any) -> Tensor:
        x, t = _tensor(x), _tensor(t)
        one_hot = t.ndim == x.ndim and t.shape == x.shape
        return F.cross_entropy(x, t.to(x.dtype) if one_hot else t.long())


class BatchNormalization(Module):
    """The book's batch normalization: y = γ (x - μ) / √(σ² + ε) + β, in evaluation with running averages for μ and σ².

        the book: r ← momentum r + (1 - momentum) · batch,  momentum = 0.9,  r = 0 at first,  of the biased variance
        PyTorch:  r ← (1 - momentum) r + momentum · batch,  momentum = 0.1,  1 at first (variance),  of the unbiased

    With the same γ, β and ε both give the same results in training. The variance that starts at 0 is too small for the
    first dozens of batches, so that in evaluation results are then too large. A batch of one sample becomes β here, as
    in the book; `nn.BatchNorm1d` refuses it. The docstring of `F.batch_norm` derives the backward.

    Args:
        gamma: γ, (D,) for D elements in a sample, an array or a Tensor in a floating dtype.
        beta: β, in the shape and dtype of γ.
        momentum: the share of the old average, from 0 to 1.
        running_mean: the averages to begin with, (D,); by default 0.
        running_var: the same for the variance.
        eps: ε. The book's code has 10e-7, which is 1e-6, though it is often read as 1e-7.

    Shapes: x of (N, …), of which a sample has D elements in all, to the same.
    Dtypes: floating; x, γ and β must have the same.

    Raises:
        ValueError: if γ and β differ in shape, or momentum is not between 0 and 1.
        TypeError: for something else than arrays or Tensors in a floating dtype.
        RuntimeError: if x does not fit.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import BatchNormalization
    >>> layer = BatchNormalization(np.ones(1), np.zeros(1))
    >>> layer(np.array([[0.0], [2.0]])).detach().round(decimals=4).tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean, layer.running_var
    (tensor([0.1000], dtype=float64), tensor([0.1000], dtype=float64))
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(
        self, gamma: Any, beta: Any, momentum: float = 0.9, running_mean: Any = None, running_var: Any = None,
        eps: float = 10e-7,
    ) -> None:  # fmt: skip
        super().__init__()
        check_numbers("BatchNormalization", momentum=momentum, eps=eps)
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNormalization: momentum must be between 0 and 1, but got {momentum}")
        self.gamma = _parameter("BatchNormalization", "gamma", gamma)
        self.beta = _parameter("BatchNormalization", "beta", beta)
        if self.gamma.shape != self.beta.shape:
            raise ValueError(
                f"BatchNormalization: gamma and beta must have the same shape, but got {tuple(self.gamma.shape)} and "
                f"{tuple(self.beta.shape)}"
            )
        self.momentum, self.eps = momentum, eps
        for name, given in (("running_mean", running_mean), ("running_var", running_var)):
            start = np.zeros_like(self.gamma._data) if given is None else np.array(_tensor(given)._data)
            self.register_buffer(name, wrap(start))

    def forward(self, x: Any, train_flg: bool | None = None) -> Tensor:
        x = _tensor(x)
        rows = x.flatten(1) if x.ndim > 2 else x
        if self.training if train_flg is None else train_flg:
            if rows.shape[1:] != self.gamma.shape:
                raise RuntimeError(
                    f"BatchNormalization: the input {list(x.shape)} has {rows.shape[-1]} features, but gamma and beta "
                    f"have the shape {list(self.gamma.shape)}"
                )
            mean = rows.mean(0)
            centred = rows - mean
            variance = (centred * centred).mean(0)
            with no_grad():
                for average, batch in ((self.running_mean, mean), (self.running_var, variance)):
                    average.mul_(self.momentum).add_(batch, alpha=1 - self.momentum)
        else:
            centred, variance = rows - self.running_mean, self.running_var
        return (self.gamma * (centred / (variance + self.eps).sqrt()) + self.beta).reshape(x.shape)

    def extra_repr(self) -> str:
        return f"{self.gamma.numel()}, momentum={self.momentum}, eps={self.eps}"


class Dropout(Module):
    """The book's dropout: in training an element is 0 with probability p, in evaluation all are multiplied by 1 - p.

        the book: training y = x m,            evaluation y = (1 - p) x
        PyTorch:  training y = x m / (1 - p),  evaluation y = x          (m: 0 with probability p, else 1)

    Args:
        dropout_ratio: p, from 0 to 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    The expectation of either form is the same in training and in evaluation, but in the book's a deep network passes on
    less in training: (1 - p)ᴸ of its input after L layers. The mask is that of `nn.Dropout` for the same seed.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or x neither an array nor a Tensor.

    >>> import numpy as np
    >>> from tinygrad_lite.nn.book import Dropout
    >>> layer = Dropout(0.25)
    >>> sorted(set(layer(np.ones(100)).tolist())), layer(np.ones(2), train_flg=False).tolist()
    ([0.0, 1.0], [0.75, 0.75])
    """

    def __init__(self, dropout_ratio: float = 0.5) -> None:
        super().__init__()
        check_numbers("Dropout", dropout_ratio=dropout_ratio)
        self.dropout_ratio = as_probability("Dropout", dropout_ratio)

    def forward(self, x: Any, train_flg: bool | None = None) -> Tensor:
        x = _tensor(x)
        if self.training if train_flg is None else train_flg:
            return x * (F.dropout(creation.ones_like(x), self.dropout_ratio) != 0)
        return x * (1 - self.dropout_ratio)

    def extra_repr(self) -> str:
        return f"{self.dropout_ratio}"


def _tensor(x: Any) -> Tensor:
    """An argument as a Tensor, over the same memory."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, np.ndarray | np.generic | list | tuple | int | float):
        return wrap(np.asarray(x))
    raise TypeError(f"expected an array or a Tensor, but got {type(x).__name__}")


def _parameter(layer: str, name: str, values: Any) -> Parameter:
    """A parameter over the memory of an array or a Tensor."""
    if isinstance(values, Parameter):
        return values
    if not isinstance(values, Tensor | np.ndarray) or values.dtype.kind != "f":
        kind = values.dtype if isinstance(values, Tensor | np.ndarray) else type(values).__name__
        raise TypeError(f"{layer}: {name} must be an array or a Tensor in a floating dtype, but is of {kind}")
    return Parameter(values.detach() if isinstance(values, Tensor) else creation.from_numpy(values))
