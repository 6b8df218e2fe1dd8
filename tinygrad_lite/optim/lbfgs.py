"""L-BFGS: steps along an estimate of the Newton direction, made from the last gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..autograd.grad_modes import enable_grad, no_grad
from ..core import versions as memory
from ..core.primitive import Array
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .base.optimizer import Optimizer
from .base.options import checked
from .line_search import Point, strong_wolfe

LINE_SEARCHES = (None, "strong_wolfe")


class LBFGS(Optimizer):
    """Steps along -H g, where H estimates the inverse Hessian from the last `history_size` steps.

    With s = change of the parameters, y = change of the gradient, ρ = 1 / (y·s), of the newest pair last:

        q ← -g;  for each pair, newest first: a ← ρ s·q, q ← q - a y
        d ← q (y·s) / (y·y), of the newest pair
        for each pair, oldest first: d ← d + s (a - ρ y·d)
        p ← p + t d,  t = lr, or from the line search;  at the very first step d = -g and t = lr min(1, 1 / Σ|g|)

    One call of `step` does up to `max_iter` of these. Source: Nocedal, 1980, https://doi.org/10.2307/2006193.

    Args:
        params: parameters, in one group only.
        lr: the step length, or what a line search tries first.
        max_iter: iterations in one step.
        max_eval: evaluations of the closure in one step; 1.25 max_iter if not given.
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when neither the loss nor any parameter changes by more.
        history_size: pairs (s, y) kept, each as large as all parameters.
        line_search_fn: None or "strong_wolfe".

    Raises:
        ValueError: for several groups, or an option out of range.
        RuntimeError: in a step, for an unknown line search.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([3.0, 4.0]))
    >>> optimizer = tl.optim.LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((p - tl.tensor([1.0, 2.0])) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(8., grad_fn=<SumBackward0>)
    >>> p.data
    tensor([1., 2.])
    """

    counts = ()

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, checked(options))
        if len(self.param_groups) != 1:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups): give one list of parameters"
            )

    @no_grad()
    @np.errstate(all="ignore")
    def step(self, closure: Callable[[], Any]) -> Any:
        """Go on until a tolerance or a limit is reached.

        Args:
            closure: sets the gradients to zero, evaluates the model, calls `backward` and returns the loss.

        Returns:
            The loss before the step.
        """
        group = self.param_groups[0]
        params: list[Tensor] = group["params"]
        state = self.state[params[0]]  # there is one state for all, kept with the first
        memories = _Memory(state, group["history_size"])
        lr = float(group["lr"])
        if group["line_search_fn"] not in LINE_SEARCHES:
            raise RuntimeError("only 'strong_wolfe' is supported as line_search_fn")

        def evaluate() -> tuple[Any, float, Array]:
            with enable_grad():
                loss = closure()
            return loss, float(loss), _slopes(params)

        first, f, g = evaluate()
        evaluations, iterations = 1, 0
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if _largest(g) <= group["tolerance_grad"]:
            return first
        t, f_before = float(state.get("t", lr)), state.get("prev_loss")
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            d = memories.direction(g, t)
            f_before = f
            t = min(1.0, 1.0 / float(np.abs(g).sum())) * lr if state["n_iter"] == 1 else lr
            slope = float(g @ d)
            if slope > -group["tolerance_change"]:
                break
            trials = 0
            if group["line_search_fn"]:
                start = [p._data.copy() for p in params]

                def trial(t: float, d: Array = d, start: list[Array] = start) -> Point:
                    _move(params, d, t)
                    _, f, g = evaluate()
                    for p, values in zip(params, start, strict=True):
                        np.copyto(p._data, values)
                        memory.wrote(p._data)
                    return Point(t, f, g, float(g @ d))

                limit = group["max_eval"] - evaluations
                point, trials = strong_wolfe(
                    trial, Point(0.0, f, g, slope), t, _largest(d), group["tolerance_change"], limit
                )
                t, f, g, _ = point
                _move(params, d, t)
            else:
                _move(params, d, t)
                if iterations < group["max_iter"]:  # a last evaluation would be the first of the next step
                    _, f, g = evaluate()
                    trials = 1
            evaluations += trials
            state["func_evals"] += trials
            if (
                evaluations >= group["max_eval"]
                or _largest(g) <= group["tolerance_grad"]
                or _largest(d) * abs(t) <= group["tolerance_change"]
                or abs(f - f_before) < group["tolerance_change"]
            ):
                break
        state.update(memories.saved(), t=t, prev_loss=f_before)
        return first


class _Memory:
    """The last changes of the parameters and of the gradient, and the direction that they suggest."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.changes = [t._data for t in state.get("old_dirs", ())]
        self.steps = [t._data for t in state.get("old_stps", ())]
        self.rho = [float(t) for t in state.get("ro", ())]
        self.scale = float(state.get("H_diag", 1))
        self.weights: list[Any] = [w if w is None else float(w) for w in state.get("al", [None] * size)]
        self.d: Array | None = state["d"]._data if "d" in state else None
        self.g: Array | None = state["prev_flat_grad"]._data if "d" in state else None

    def direction(self, g: Array, t: float) -> Array:
        """Where to go from a point with gradient `g`, that was reached by `t` times the last direction."""
        if self.d is None or self.g is None:
            self.d = -g
        else:
            self._remember(g - self.g, self.d * t)
            d = -g
            for i in reversed(range(len(self.rho))):
                a = self.weights[i] = float(self.steps[i] @ d) * self.rho[i]
                d -= a * self.changes[i]
            d *= self.scale
            for i, rho in enumerate(self.rho):
                d += (float(self.weights[i]) - float(self.changes[i] @ d) * rho) * self.steps[i]
            self.d = d
        self.g = g
        return self.d

    def _remember(self, y: Array, s: Array) -> None:
        ys = float(y @ s)
        if ys <= 1e-10:
            return
        if len(self.rho) == self.size:
            for held in (self.changes, self.steps, self.rho):
                held.pop(0)
        self.changes.append(y)
        self.steps.append(s)
        self.rho.append(1 / ys)
        self.scale = ys / float(y @ y)

    def saved(self) -> dict[str, Any]:
        """All this under PyTorch's names."""
        assert self.d is not None
        assert self.g is not None
        dtype = self.d.dtype

        def number(value: float) -> Tensor:
            return wrap(np.array(value, dtype))

        return {
            "d": wrap(self.d),
            "old_dirs": [wrap(y) for y in self.changes],
            "old_stps": [wrap(s) for s in self.steps],
            "ro": [number(rho) for rho in self.rho],
            "H_diag": number(self.scale),
            "al": [w if w is None else number(w) for w in self.weights],
            "prev_flat_grad": wrap(self.g),
        }


def _slopes(params: list[Tensor]) -> Array:
    """The gradients of all parameters as one flat array, 0 where there is none."""
    return np.concatenate(
        [np.zeros(p._data.size, p.dtype) if p._grad is None else p._grad._data.ravel() for p in params]
    )


def _move(params: list[Tensor], d: Array, t: float) -> None:
    """p ← p + t d."""
    start = 0
    for p in params:
        p._data += t * d[start : start + p._data.size].reshape(p._data.shape)
        start += p._data.size
        memory.wrote(p._data)


def _largest(x: Array) -> float:
    return float(np.abs(x).max())
