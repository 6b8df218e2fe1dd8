"""The update rules of *Deep Learning from Scratch* (chapter 6.1), with the book's recurrences, defaults and interface.

Made without parameters, an optimizer has the book's `update(params, grads)`, on dictionaries of arrays, Tensors or
numbers; made with parameters, it has `step()` like any other. The recurrences are the same text in either case, and
those of SGD, AdaGrad and RMSprop are that of PyTorch's form too.

>>> import numpy as np
>>> from tinygrad_lite.optim.book import Momentum
>>> params, grads = {"W": np.array([1.0, 2.0])}, {"W": np.array([1.0, -1.0])}
>>> optimizer = Momentum(lr=0.1, momentum=0.9)
>>> for _ in range(2):
...     optimizer.update(params, grads)
>>> params["W"]
array([0.71, 2.29])
>>> optimizer.v
{'W': array([-0.19,  0.19])}
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from . import rmsprop, sgd
from .adagrad import Adagrad
from .base.by_name import ByName, Option, StateByName, in_the_books_order
from .base.flat_groups import FlatGroup
from .base.in_place import average, average_square, descend, root
from .base.optimizer import ParamsT
from .base.options import Group, checked_options, numbers

__all__ = ["SGD", "AdaGrad", "Adam", "BookAdaGrad", "BookAdam", "Momentum", "Nesterov", "RMSprop"]


class SGD(ByName, sgd.SGD):
    """The book's SGD (6.1.2), W ← W - lr g: PyTorch's without its other options, and lr = 0.01 in place of 0.001.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    Numbers will do for parameters, of shape (), as in the book's path down a valley:

    >>> from tinygrad_lite.optim.book import SGD
    >>> params = {"x": -7.0, "y": 2.0}
    >>> SGD(lr=0.5).update(params, {"x": params["x"] / 10, "y": 2 * params["y"]})
    >>> params
    {'x': -6.65, 'y': 0.0}
    """

    lr = Option("lr")

    @in_the_books_order("lr")
    def __init__(self, params: ParamsT | None = None, lr: float = 0.01, weight_decay: float = 0) -> None:
        super().__init__(params, lr, weight_decay=weight_decay)


class Momentum(ByName):
    """The book's momentum (6.1.4), whose velocity carries the learning rate.

        the book's: v ← α v - lr g,  p ← p + v
        PyTorch's:  v ← α v + g,     p ← p - lr v       (`SGD(momentum=α)`)

    Both give the same points as long as lr is constant: the book's v is then -lr times PyTorch's. When lr changes they
    part: here the velocity that there is keeps the speed which the old lr gave it.

    State of each parameter: `velocity` (v), 0 at first, of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        momentum: α, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    Two steps with a gradient of 1: v = -0.1, and then 0.9 (-0.1) - 0.1 = -0.19:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Momentum([p], lr=0.1)
    >>> p.grad = tl.tensor([1.0])
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     print(p.data)
    tensor([0.9000])
    tensor([0.7100])
    """

    state_scalars: Sequence[str] = ()
    lr, momentum, v = Option("lr"), Option("momentum"), StateByName("velocity")

    @in_the_books_order("lr", "momentum")
    def __init__(
        self, params: ParamsT | None = None, lr: float = 0.01, momentum: float = 0.9, weight_decay: float = 0
    ) -> None:
        super().__init__(params, checked_options(locals()))

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("velocity",)

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, momentum = flat_group.constants(*numbers(group, "lr", "momentum"))
        for param, grad, state, (work, _) in flat_group:
            velocity = state["velocity"]
            velocity *= momentum  # v ← α v - lr g
            velocity -= np.multiply(grad, lr, out=work)
            param += velocity  # p ← p + v


class Nesterov(Momentum):
    """The book's Nesterov momentum, whose velocity carries the learning rate.

        the book's: v ← α v - lr g,  p ← p + α v - lr g     (with the new v)
        PyTorch's:  v ← α v + g,     p ← p - lr (g + α v)   (`SGD(momentum=α, nesterov=True)`)

    Both give the same points as long as lr is constant. p is the point at which the next gradient is taken, that is,
    the paper's point with its momentum already added. Source: Bengio et al., 2012, https://arxiv.org/abs/1212.0901.

    State of each parameter: `velocity` (v), 0 at first, of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        momentum: α, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    A step with a gradient of 1: v = -0.1, and p = 1 + 0.9 (-0.1) - 0.1:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Nesterov([p], lr=0.1)
    >>> p.grad = tl.tensor([1.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.8100])
    """

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, momentum = flat_group.constants(*numbers(group, "lr", "momentum"))
        for param, grad, state, (lr_grad, work) in flat_group:
            velocity = state["velocity"]
            np.multiply(grad, lr, out=lr_grad)
            velocity *= momentum  # v ← α v - lr g
            velocity -= lr_grad
            param += np.multiply(velocity, momentum, out=work)  # p ← p + α v - lr g
            param -= lr_grad


class BookAdaGrad(ByName, Adagrad):
    """The book's AdaGrad (6.1.5): PyTorch's recurrence without its other options, and eps = 1e-7 in place of 1e-10.

        both: h ← h + g²,  p ← p - lr g / (√h + eps)

    It is `optim.book.AdaGrad`, too. State of each parameter: as `Adagrad`'s.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        eps: is added to the root, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.
        eps_inside_root: take √(h + eps) in place of √h + eps, as some notes on the book do. The book does not: an
            eps of 1e-7 inside weighs as much as one of √1e-7 = 3e-4 outside.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    A gradient as small as eps is halved by it, g / (√g² + eps) = ½; PyTorch's eps leaves it almost as it is:

    >>> import tinygrad_lite as tl
    >>> for rule in (tl.optim.BookAdaGrad, tl.optim.Adagrad):
    ...     p = tl.nn.Parameter(tl.tensor([1.0]))
    ...     p.grad = tl.tensor([1e-7])
    ...     rule([p], lr=0.5).step()
    ...     print(p.data)
    tensor([0.7500])
    tensor([0.5005])
    """

    lr, h = Option("lr"), StateByName("sum")

    @in_the_books_order("lr")
    def __init__(
        self,
        params: ParamsT | None = None,
        lr: float = 0.01,
        eps: float = 1e-7,
        weight_decay: float = 0,
        eps_inside_root: bool = False,
    ) -> None:
        super().__init__(params, lr, eps=eps, weight_decay=weight_decay)
        _put_inside_root(self, eps_inside_root)


class RMSprop(ByName, rmsprop.RMSprop):
    """The book's RMSProp (6.1.5): PyTorch's recurrence without its other options, and eps = 1e-7 in place of 1e-8.

        both: h ← ρ h + (1 - ρ) g²,  p ← p - lr g / (√h + eps)

    State of each parameter: as `RMSprop`'s of PyTorch.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        decay_rate: ρ, from 0 to 1; PyTorch calls it alpha, and so do the groups.
        eps: is added to the root, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.
        eps_inside_root: take √(h + eps) in place of √h + eps, as some notes on the book do. The book does not: an
            eps of 1e-7 inside weighs as much as one of √1e-7 = 3e-4 outside.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    A gradient of 3, and h = 0.25 · 3² after it: a step of lr 3 / 1.5.

    >>> import numpy as np
    >>> from tinygrad_lite.optim.book import RMSprop
    >>> params = {"W": np.ones(1)}
    >>> optimizer = RMSprop(lr=0.1, decay_rate=0.75)
    >>> optimizer.update(params, {"W": np.array([3.0])})
    >>> params["W"].round(4), optimizer.h["W"]
    (array([0.8]), array([2.25]))
    """

    lr, decay_rate, h = Option("lr"), Option("alpha"), StateByName("square_avg")

    @in_the_books_order("lr", "decay_rate")
    def __init__(
        self,
        params: ParamsT | None = None,
        lr: float = 0.01,
        decay_rate: float = 0.99,
        eps: float = 1e-7,
        weight_decay: float = 0,
        eps_inside_root: bool = False,
    ) -> None:
        super().__init__(params, lr, decay_rate, eps, weight_decay)
        _put_inside_root(self, eps_inside_root)


class BookAdam(ByName):
    """The book's Adam (6.1.6), which folds the corrections into the rate, so that eps comes after them.

        both:       m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
        the book's: p ← p - lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + eps)
        PyTorch's:  p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book's eps is PyTorch's times √(1 - β₂ᵗ): the "epsilon hat" of the paper, end of section 2. With β₂ = 0.999 it
    weighs 32 times as much at the first step. It is `optim.book.Adam`, too. Source: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980.

    State of each parameter: `step`, a float32 Tensor of shape (); `exp_avg` (m) and `exp_avg_sq` (v), of the
    parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups; None for `update(params, grads)`.
        lr: the learning rate, at least 0.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, before the correction, at least 0.
        weight_decay: λ of the penalty ½ λ Σ p², so that g ← g + λ p; at least 0.
        eps_inside_root: take √(v + eps) in place of √v + eps, as some notes on the book do. The book does not: an
            eps of 1e-7 inside weighs as much as one of √1e-7 = 3e-4 outside.
        beta1, beta2: the book's names; each takes the place of one in `betas`.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With β₁ = 0 and β₂ = 0.75 the first step is 0.5 g / (0.5 |g| + eps) here, and g / (|g| + eps) in PyTorch's form:

    >>> import tinygrad_lite as tl
    >>> for rule in (tl.optim.BookAdam, tl.optim.Adam):
    ...     p = tl.nn.Parameter(tl.tensor([1.0]))
    ...     p.grad = tl.tensor([1.0])
    ...     rule([p], lr=1.0, betas=(0.0, 0.75), eps=0.5).step()
    ...     print(p.data)
    tensor([0.5000])
    tensor([0.3333])
    """

    lr, beta1, beta2 = Option("lr"), Option("betas", 0), Option("betas", 1)
    m, v = StateByName("exp_avg"), StateByName("exp_avg_sq")

    @in_the_books_order("lr", "beta1", "beta2")
    def __init__(
        self,
        params: ParamsT | None = None,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0,
        eps_inside_root: bool = False,
        *,
        beta1: float | None = None,
        beta2: float | None = None,
    ) -> None:
        if beta1 is not None or beta2 is not None:
            first, second = betas
            betas = (first if beta1 is None else beta1, second if beta2 is None else beta2)
        options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, checked_options(options))
        _put_inside_root(self, eps_inside_root)

    @property
    def iter(self) -> int:
        """The number of steps taken."""
        return max((int(state["step"].item()) for state in self.state.values()), default=0)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, beta1, beta2, eps = numbers(group, "lr", "betas", "eps")
        decay1, decay2 = flat_group.decay(beta1), flat_group.decay(beta2)
        rate = lr * math.sqrt(1 - beta2**flat_group.step) / (1 - beta1**flat_group.step)
        step_size, epsilon = flat_group.constants(rate, eps)
        eps_inside = group.get("eps_inside_root", False)

        for param, grad, state, (work, _) in flat_group:
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            average(exp_avg, grad, decay1, work)  # m ← β₁ m + (1 - β₁) g
            average_square(exp_avg_sq, grad, decay2, work)  # v ← β₂ v + (1 - β₂) g²
            denominator = root(exp_avg_sq, epsilon, work, eps_inside)  # √v + eps
            descend(param, step_size, exp_avg, denominator, work)  # p ← p - step_size · m / (√v + eps)


AdaGrad, Adam = BookAdaGrad, BookAdam


def _put_inside_root(optimizer: ByName, eps_inside_root: bool) -> None:
    """Note in the options that eps stands inside the root; where it does not, there is no such option."""
    if eps_inside_root:
        for group in (optimizer.defaults, *optimizer.param_groups):
            group.setdefault("eps_inside_root", True)
