"""The update rules as *Deep Learning from Scratch* (chapter 6.1) writes them, where PyTorch's differ."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .adagrad import Adagrad
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average, average_square


class Momentum(Optimizer):
    """The book's momentum (6.1.4), whose velocity carries the learning rate.

        book:      v ← α v - lr g,  p ← p + v
        PyTorch's: v ← α v + g,     p ← p - lr v       (`SGD(momentum=α)`)

    The same points as long as lr is constant: the book's v is then -lr times PyTorch's. When lr changes they part;
    here what was already in motion keeps the speed that the old lr gave it. v starts at 0.

    Args:
        params: parameters or groups.
        lr: learning rate.
        momentum: α.
        weight_decay: λ of the penalty ½ λ Σ p², so g ← g + λ p.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Momentum([p], lr=0.1)
    >>> for _ in range(2):
    ...     p.grad = tl.tensor([1.0])
    ...     optimizer.step()
    >>> p.data
    tensor([0.7100])
    """

    counts = ()

    def __init__(self, params: Iterable[Any], lr: float = 0.01, momentum: float = 0.9, weight_decay: float = 0) -> None:
        super().__init__(params, checked({"lr": lr, "momentum": momentum, "weight_decay": weight_decay}))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("velocity",)

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, momentum = numbers(group, "lr", "momentum")
        for p, g, work, _, v in bundle:
            v *= momentum
            v -= np.multiply(g, lr, out=work)
            p += v


class Nesterov(Momentum):
    """The book's Nesterov momentum, whose velocity carries the learning rate.

        book:      v ← α v - lr g,  p ← p + α v - lr g     (with the new v)
        PyTorch's: v ← α v + g,     p ← p - lr (g + α v)   (`SGD(momentum=α, nesterov=True)`)

    The same points as long as lr is constant. p is the point from which the next gradient is taken, that is, the
    paper's point and its momentum already added. Source: Bengio et al., 2012, https://arxiv.org/abs/1212.0901.

    Args: as `Momentum`'s.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Nesterov([p], lr=0.1)
    >>> p.grad = tl.tensor([1.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.8100])
    """

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, momentum = numbers(group, "lr", "momentum")
        for p, g, work, spare, v in bundle:
            np.multiply(g, lr, out=work)
            v *= momentum
            v -= work
            p += np.multiply(v, momentum, out=spare)
            p -= work


class BookAdaGrad(Adagrad):
    """The book's AdaGrad (6.1.5): PyTorch's recurrence without its options, and eps = 1e-7 in place of 1e-10.

        both:      h ← h + g²,  p ← p - lr g / (√h + eps)

    Args:
        params: parameters or groups.
        lr: learning rate.
        eps: added to the root.
        weight_decay: λ of the penalty ½ λ Σ p², so g ← g + λ p.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> tl.optim.BookAdaGrad([p]).defaults["eps"]
    1e-07
    """

    def __init__(self, params: Iterable[Any], lr: float = 0.01, eps: float = 1e-7, weight_decay: float = 0) -> None:
        super().__init__(params, lr, eps=eps, weight_decay=weight_decay)


class BookAdam(Optimizer):
    """The book's Adam (6.1.6), which folds the corrections into the rate, so that eps comes after them.

        both:      m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
        book:      p ← p - lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + eps)
        PyTorch's: p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book's eps is PyTorch's times √(1 - β₂ᵗ): "epsilon hat" in the paper, end of section 2, and worth 32 times
    as much at the first step with β₂ = 0.999. Source: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to the root, before the correction.
        weight_decay: λ of the penalty ½ λ Σ p², so g ← g + λ p.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.BookAdam([p], lr=0.1)
    >>> p.grad = tl.tensor([3.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.9000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0,
    ) -> None:
        super().__init__(params, checked({"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = map(float, group["betas"])
        rate = lr * math.sqrt(1 - beta2**bundle.step) / (1 - beta1**bundle.step)
        for p, g, work, _, m, v in bundle:
            average(m, g, 1 - beta1, work)
            average_square(v, g, beta2, 1 - beta2, work)
            np.sqrt(v, out=work)
            work += eps
            np.divide(m, work, out=work)
            work *= rate
            p -= work
