"""L-BFGS: steps along an estimate of the Newton direction, made from the last gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.modes import call_in_mode
from ..core.primitive import Array
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .base.arguments import check_closure
from .base.optimizer import Loss, Optimizer, ParamsT
from .base.options import checked_options, number
from .line_search import Point, strong_wolfe

LINE_SEARCHES = (None, "strong_wolfe")

Evaluate = Callable[[], tuple[Any, float, Array]]
"""Returns the loss where the parameters are, as the closure gave it and as a number, and the gradient."""


class LBFGS(Optimizer):
    """L-BFGS: steps along -H g, where H estimates the inverse Hessian from the last `history_size` steps.

    With s the change of the parameters in a step, y the change of the gradient and ρ = 1 / (y·s):

        q ← -g;  for each pair (s, y), the newest first: a ← ρ s·q,  q ← q - a y
        d ← q (y·s) / (y·y), with the newest pair
        for each pair, the oldest first: d ← d + s (a - ρ y·d)
        p ← p + t d

    t is lr, or comes from the line search; at the very first step d = -g and t = lr min(1, 1 / Σ|g|). One call of
    `step` takes up to `max_iter` such steps. Source: Nocedal, 1980, https://doi.org/10.2307/2006193.

    State, one for all parameters, under the first of them: `n_iter` and `func_evals`, the iterations and evaluations
    so far; `d`, `prev_flat_grad`, `old_dirs` (y) and `old_stps` (s), each of shape (N,) for N elements in all
    parameters; `ro`, `al`, `H_diag`, `t` and `prev_loss`, numbers as PyTorch keeps them.

    Args:
        params: Tensors, or pairs of a name and a Tensor; there is one group only.
        lr: the step length, or what a line search tries first; at least 0.
        max_iter: the largest number of iterations in one step.
        max_eval: the largest number of evaluations of the closure in one step; 1.25 max_iter if not given.
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when neither the loss nor any parameter changes by more.
        history_size: how many pairs (s, y) are kept, each as large as all parameters together.
        line_search_fn: None or "strong_wolfe".

    Raises:
        ValueError: for several groups, no parameters, or a negative lr.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.
        RuntimeError: in a step, for an unknown line search.

    The minimum of a parabola, from where it is 2² + 2² = 8 above it, in one call:

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

    state_scalars: Sequence[str] = ()

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        options = checked_options(locals())
        if max_eval is None:
            options["max_eval"] = max_iter * 5 // 4
        super().__init__(params, options)
        if len(self.param_groups) != 1:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups): give one list of parameters"
            )

    def step(self, closure: Callable[[], Loss]) -> Loss:  # type: ignore[override]  # it needs one
        """Go on until a tolerance or a limit is reached.

        Args:
            closure: sets the gradients to zero, evaluates the model, calls `backward` and returns the loss.

        Returns:
            The loss before the step, as the closure returned it.

        Raises:
            TypeError: if the closure is not a function, or does not return the loss.
        """
        check_closure(closure)
        first_loss: Loss = call_in_mode(False, self._minimize, closure, quiet=True)
        return first_loss

    def _minimize(self, closure: Callable[[], Loss]) -> Loss:
        group = self.param_groups[0]
        params: list[Tensor] = group["params"]
        state = self.state[params[0]]  # there is one state for all parameters, under the first of them
        history = _History(state, group["history_size"])
        lr = number("lr", group["lr"])
        if group["line_search_fn"] not in LINE_SEARCHES:
            raise RuntimeError(
                f"only 'strong_wolfe' is supported as line_search_fn, besides None, but got {group['line_search_fn']!r}"
            )

        def evaluate() -> tuple[Loss, float, Array]:
            loss = call_in_mode(True, closure)
            return loss, _number_of(loss), _flat_grad(params)

        first_loss, f, g = evaluate()
        evaluations, iterations = 1, 0
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if _largest(g) <= group["tolerance_grad"]:
            return first_loss
        t, f_before = float(state.get("t", lr)), state.get("prev_loss")
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            d = history.direction(g, t)
            f_before = f
            t = _first_length(g) * lr if state["n_iter"] == 1 else lr
            slope = float(g @ d)
            if slope > -group["tolerance_change"]:
                break
            trials = 0
            if group["line_search_fn"]:
                limits = group["tolerance_change"], group["max_eval"] - evaluations
                (t, f, g, _), trials = _searched(evaluate, params, d, Point(0.0, f, g, slope), t, *limits)
                _move(params, d, t)
            else:
                _move(params, d, t)
                if iterations < group["max_iter"]:  # an evaluation after the last iteration would not be used
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
        state.update(history.state(), t=t, prev_loss=f_before)
        return first_loss


def _searched(
    evaluate: Evaluate, params: list[Tensor], d: Array, start: Point, t: float, tolerance: float, limit: int
) -> tuple[Point, int]:
    """A point along d that meets the strong Wolfe conditions, from lengths tried from t on; and how many were tried.

    The parameters are afterwards where they were.
    """
    before = [p._data.copy() for p in params]

    def try_length(t: float) -> Point:
        _move(params, d, t)
        _, f, g = evaluate()
        for p, values in zip(params, before, strict=True):
            np.copyto(p._data, values)  # the next move says that it was written to
        return Point(t, f, g, float(g @ d))

    return strong_wolfe(try_length, start, t, _largest(d), tolerance, limit)


class _History:
    """The last changes of the parameters and of the gradient, and the direction that they suggest."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.grad_changes = [t._data for t in state.get("old_dirs", ())]
        self.steps = [t._data for t in state.get("old_stps", ())]
        self.rho = [float(t) for t in state.get("ro", ())]
        self.scale = float(state.get("H_diag", 1))
        self.weights: list[Any] = [w if w is None else float(w) for w in state.get("al", [None] * size)]
        self.d: Array | None = state["d"]._data if "d" in state else None
        self.g: Array | None = state["prev_flat_grad"]._data if "d" in state else None

    def direction(self, g: Array, t: float) -> Array:
        """The direction for the next step, from a point with gradient `g`, `t` times the last direction away."""
        if self.d is None or self.g is None:
            self.d = -g
        else:
            self._remember(g - self.g, self.d * t)
            d = -g
            for i in reversed(range(len(self.rho))):
                a = self.weights[i] = float(self.steps[i] @ d) * self.rho[i]
                d -= a * self.grad_changes[i]
            d *= self.scale
            for i, rho in enumerate(self.rho):
                d += (float(self.weights[i]) - float(self.grad_changes[i] @ d) * rho) * self.steps[i]
            self.d = d
        self.g = g
        return self.d

    def _remember(self, y: Array, s: Array) -> None:
        """Keep a pair if the function curves upwards there, and forget the oldest pair where there are too many."""
        ys = float(y @ s)
        if ys <= 1e-10:
            return
        if len(self.rho) == self.size:
            for kept in (self.grad_changes, self.steps, self.rho):
                kept.pop(0)
        self.grad_changes.append(y)
        self.steps.append(s)
        self.rho.append(1 / ys)
        self.scale = ys / float(y @ y)

    def state(self) -> dict[str, Any]:
        """The history under PyTorch's names."""
        assert self.d is not None
        assert self.g is not None
        dtype = self.d.dtype

        def scalar(value: float) -> Tensor:
            return wrap(np.array(value, dtype))

        return {
            "d": wrap(self.d),
            "old_dirs": [wrap(y) for y in self.grad_changes],
            "old_stps": [wrap(s) for s in self.steps],
            "ro": [scalar(rho) for rho in self.rho],
            "H_diag": scalar(self.scale),
            "al": [w if w is None else scalar(w) for w in self.weights],
            "prev_flat_grad": wrap(self.g),
        }


def _number_of(loss: Any) -> float:
    """The loss as a number."""
    if loss is None:
        raise TypeError(
            "float() argument must be a string or a real number, not 'NoneType': the closure must return the loss"
        )
    return float(loss)


def _flat_grad(params: list[Tensor]) -> Array:
    """The gradients of all parameters as one flat array, 0 where there is none."""
    return np.concatenate(
        [np.zeros(p._data.size, p.dtype) if p._grad is None else p._grad.to_dense()._data.ravel() for p in params]
    )


def _first_length(g: Array) -> float:
    """min(1, 1 / Σ|g|), the length of the very first step as a part of lr; 1 for a gradient of 0."""
    total = float(np.abs(g).sum())
    return min(1.0, 1.0 / total if total else 1.0)


def _move(params: list[Tensor], d: Array, t: float) -> None:
    """p ← p + t d."""
    start = 0
    for p in params:
        p._data += t * d[start : start + p._data.size].reshape(p._data.shape)
        start += p._data.size
        memory.wrote(p._data)


def _largest(x: Array) -> float:
    """max |x|."""
    return float(np.abs(x).max())
