"""Averages of a model's parameters over its training: stochastic weight averaging, and exponential moving averages."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from ..autograd.grad_modes import no_grad
from ..creation.from_data import tensor
from ..nn.module.module import Module
from ..tensors.tensor import Tensor
from ..types import dtypes
from .base.optimizer import Optimizer
from .lr_scheduler.base import LRScheduler, Rates

__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]  # fmt: skip

Average = Callable[[Tensor, Tensor, Any], Any]
"""From the average, the new value and the number of values so far: the new average."""
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]
"""From the averages, the new values and the number of values so far: writes the new averages, in place."""


def _checked_decay(decay: float) -> float:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return decay


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The rule of an exponential moving average: average ← decay · average + (1 - decay) · value.

    Args:
        decay: in [0, 1].

    Raises:
        ValueError: if it is not.

    >>> import tinygrad_lite as tl
    >>> tl.optim.swa_utils.get_ema_avg_fn(0.75)(tl.tensor(1.0), tl.tensor(5.0), 1)
    tensor(2.)
    """
    kept = _checked_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return ema_param * kept + current_param * (1 - kept)

    return ema_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """Make the rule of an exponential moving average of lists of Tensors, in place.

    Args:
        decay: in [0, 1].

    Raises:
        ValueError: if it is not.

    >>> import tinygrad_lite as tl
    >>> averages = [tl.tensor([1.0])]
    >>> tl.optim.swa_utils.get_ema_multi_avg_fn(0.75)(averages, [tl.tensor([5.0])], 1)
    >>> averages
    [tensor([2.])]
    """
    kept = _checked_decay(decay)

    @no_grad()
    def ema_update(ema_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], _: Any) -> None:
        for average, value in zip(ema_param_list, current_param_list, strict=True):
            if average.is_floating_point():
                average.lerp_(value.to(average.dtype), 1 - kept)
            else:
                average.copy_(average * kept + value * (1 - kept))

    return ema_update


def get_swa_avg_fn() -> Average:
    """The rule of an equal average: average ← average + (value - average) / (n + 1).

    >>> import tinygrad_lite as tl
    >>> tl.optim.swa_utils.get_swa_avg_fn()(tl.tensor(1.0), tl.tensor(5.0), 1)
    tensor(3.)
    """

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_swa_multi_avg_fn() -> Averages:
    """Make the rule of an equal average of lists of Tensors, in place.

    >>> import tinygrad_lite as tl
    >>> averages = [tl.tensor([1.0])]
    >>> tl.optim.swa_utils.get_swa_multi_avg_fn()(averages, [tl.tensor([5.0])], 1)
    >>> averages
    [tensor([3.])]
    """

    @no_grad()
    def swa_update(
        averaged_param_list: Sequence[Tensor], current_param_list: Sequence[Tensor], num_averaged: Any
    ) -> None:
        count = float(num_averaged) + 1
        for average, value in zip(averaged_param_list, current_param_list, strict=True):
            if average.is_floating_point():
                average.lerp_(value.to(average.dtype), 1 / count)
            else:
                average.add_((value - average) // int(count))

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are the averages of those that the model had at each `update_parameters`.

    The dtypes are those of the model.

    Args:
        model: the model, which is copied.
        device: there is only the CPU.
        avg_fn: the rule for one parameter: a function of the average, the value and the number of values so far.
        multi_avg_fn: the rule for a list of parameters, in place. By default the average is an equal one.
        use_buffers: whether buffers are averaged too, rather than taken as they are.

    Raises:
        AssertionError: if both rules are given.

    Source: Izmailov et al., 2018, https://arxiv.org/abs/1803.05407.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Linear(1, 1, bias=False)
    >>> averaged = tl.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 3.0):
    ...     _ = tl.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged(tl.ones(1))
    tensor([2.], grad_fn=<AddmmBackward0>)
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=dtypes.int64))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the averaged model's result."""
        return self.module(*args, **kwargs)

    def _averaged(self, model: Module) -> list[Tensor]:
        buffers = list(model.buffers()) if self.use_buffers else []
        return [x.detach() for x in (*model.parameters(), *buffers)]

    def update_parameters(self, model: Module) -> None:
        """Take the present parameters of the model into the averages; the first ones are copied."""
        averages, values = self._averaged(self.module), self._averaged(model)
        with no_grad():
            if int(self.n_averaged) == 0:
                for average, value in zip(averages, values, strict=True):
                    average.copy_(value)
            elif self.avg_fn is not None:
                for average, value in zip(averages, values, strict=True):
                    average.copy_(self.avg_fn(average, value, self.n_averaged))
            else:
                (self.multi_avg_fn or get_swa_multi_avg_fn())(averages, values, self.n_averaged)
            if not self.use_buffers:
                for kept, buffer in zip(self.module.buffers(), model.buffers(), strict=True):
                    kept.detach().copy_(buffer)
            self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running averages of a model's batch-norm layers anew, from one pass over data.

    Averaged weights need it, because the averages that the layers hold belong to other weights.

    Args:
        loader: gives batches; of a list or tuple the first part is taken.
        model: the model.
        device: there is only the CPU.

    Raises:
        TypeError: if the model is no module.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.BatchNorm1d(1)
    >>> tl.optim.swa_utils.update_bn([tl.tensor([[1.0], [3.0]]), tl.tensor([[5.0], [7.0]])], model)
    >>> model.running_mean
    tensor([4.])
    """
    layers: list[Any] = [m for m in model.modules() if hasattr(m, "reset_running_stats") and hasattr(m, "momentum")]
    momenta = [layer.momentum for layer in layers]
    if not layers:
        return
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the average of all batches
    with no_grad():
        for batch in loader:
            model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """A learning rate that goes over to a constant one in some epochs, along a line or half a cosine.

        lr(t) = a swa_lr + (1 - a) lr(0),    a = (1 - cos(π t / anneal_epochs)) / 2, or t / anneal_epochs

    Args:
        optimizer: the optimizer whose learning rates are set.
        swa_lr: the rate at the end; or a list with one for each group.
        anneal_epochs: how long it takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for another strategy, or a number of epochs that is negative.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.swa_utils.SWALR(optimizer, swa_lr=0.0, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.0, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        groups = optimizer.param_groups
        rates = list(swa_lr) if isinstance(swa_lr, (list, tuple)) else [swa_lr] * len(groups)
        if len(rates) != len(groups):
            raise ValueError(
                f"swa_lr must have the same length as optimizer.param_groups. swa_lr has {len(rates)} values, "
                f"param_groups has {len(groups)}."
            )
        for rate, group in zip(rates, groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        """Return the share of the way from the old rates to the new ones at a step, from 0 to 1."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> Rates:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=2,
            )
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group in self.optimizer.param_groups:
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)  # another may have set the rate
            rates.append(end * now + start * (1 - now))
        return rates
