"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..primitive import Array
from ..tensor import Tensor
from .optimizer import Optimizer, checked


class SGD(Optimizer):
    """Steps against the gradient: p ← p - lr g.

    With weight decay λ first g ← g + λ p. With momentum μ and dampening d:

        v ← g at the first step, then v ← μ v + (1 - d) g
        p ← p - lr v              (nesterov: p ← p - lr (g + μ v))

    The book (Deep Learning from Scratch, 6.1.4) keeps the learning rate in the velocity: v ← α v - lr g,
    p ← p + v. The two agree as long as lr does not change. Source: Sutskever et al., 2013.

    Args:
        params: parameters or groups.
        lr: learning rate.
        momentum, dampening, nesterov: as above; nesterov needs momentum, and no dampening.
        weight_decay: λ.
        maximize: go up instead of down.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.SGD([p], lr=0.1)
    >>> (p**2).sum().backward()
    >>> optimizer.step()
    >>> p.tolist()
    [0.800000011920929]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        checked("learning rate", lr)
        checked("momentum value", momentum)
        checked("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, options)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": None}

    def update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        lr, momentum, decay = group["lr"], group["momentum"], group["weight_decay"]
        sign = -1.0 if group["maximize"] else 1.0
        velocity = state["momentum_buffer"]
        first = bool(momentum) and velocity is None
        if first:
            state["momentum_buffer"] = velocity = np.zeros_like(p)
        fresh = 1.0 if first else 1.0 - group["dampening"]
        if not momentum:
            for p_, g_, step in self.pieces(p, g):
                _slope(p_, g_, sign, decay, step)
                step *= lr
                p_ -= step
            return
        for p_, g_, v, step in self.pieces(p, g, velocity):
            _slope(p_, g_, sign, decay, step)
            v *= momentum
            if group["nesterov"]:
                v += step
                step += momentum * v
                step *= lr
            else:
                step *= fresh
                v += step
                np.multiply(v, lr, out=step)
            p_ -= step


def _slope(p: Array, g: Array, sign: float, decay: float, out: Array) -> None:
    """The gradient of what is minimised, with its weight decay."""
    if decay:
        np.multiply(p, decay, out=out)
        if sign > 0:
            out += g
        else:
            out -= g
    else:
        np.multiply(g, sign, out=out)
