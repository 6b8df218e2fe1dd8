"""For the tests of optimizers: samples of the options of every rule, and functions to minimize."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_lite as tl

# For each update rule in tinygrad_lite.optim several choices of options, which together use all that the rule has.
SAMPLES: dict[str, list[dict[str, Any]]] = {
    "SGD": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"weight_decay": 0.1},
        {"weight_decay": 0.1, "momentum": 0.5, "maximize": True},
        {"maximize": True, "momentum": 0.3, "nesterov": True, "foreach": True},
        {"momentum": 0.8, "dampening": 0.3},
    ],
    "Adagrad": [
        {},
        {"eps": 0.1},
        {"lr_decay": 0.3, "weight_decay": 0.1},
        {"initial_accumulator_value": 0.2, "maximize": True},
    ],
    "RMSprop": [
        {},
        {"eps": 0.1, "alpha": 0.7},
        {"momentum": 0.6, "weight_decay": 0.1},
        {"centered": True, "eps": 0.1},
        {"centered": True, "momentum": 0.5, "maximize": True, "alpha": 0.9, "eps": 0.1},
    ],
    "Adam": [
        {},
        {"eps": 0.1},
        {"betas": (0.5, 0.9), "weight_decay": 0.1},
        {"amsgrad": True, "betas": (0.2, 0.3), "eps": 0.1},
        {"maximize": True, "weight_decay": 0.05},
        {"decoupled_weight_decay": True, "weight_decay": 0.3},
    ],
    "AdamW": [
        {},
        {"weight_decay": 0.3, "eps": 0.1},
        {"amsgrad": True, "betas": (0.2, 0.3), "maximize": True, "weight_decay": 0.2},
    ],
    "Adadelta": [{}, {"rho": 0.5, "eps": 0.1}, {"weight_decay": 0.1, "maximize": True}],
    "Adamax": [{}, {"eps": 0.1, "betas": (0.5, 0.6)}, {"weight_decay": 0.1, "maximize": True}],
    "ASGD": [
        {},
        {"lambd": 0.3, "alpha": 0.5, "t0": 10, "weight_decay": 0.1},
        {"t0": 0, "maximize": True, "weight_decay": 0.05},
    ],
    "Rprop": [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2)}, {"maximize": True}],
    "Adafactor": [
        {},
        {"beta2_decay": -0.5, "eps": (1e-4, 0.3), "weight_decay": 0.1},
        {"d": 1.5, "maximize": True, "eps": (None, 0.5)},
    ],
    "NAdam": [
        {},
        {"eps": 0.1, "betas": (0.7, 0.9), "momentum_decay": 0.1},
        {"weight_decay": 0.1, "maximize": True},
        {"weight_decay": 0.3, "decoupled_weight_decay": True},
    ],
    "RAdam": [
        {},
        {"eps": 0.1, "betas": (0.7, 0.9)},
        {"weight_decay": 0.1, "maximize": True},
        {"weight_decay": 0.3, "decoupled_weight_decay": True, "betas": (0.7, 0.5)},
    ],
    "LBFGS": [
        {"max_iter": 3},
        {"max_iter": 4, "history_size": 2},
        {"line_search_fn": "strong_wolfe", "max_iter": 2},
        {"line_search_fn": "strong_wolfe", "max_iter": 4, "max_eval": 7, "history_size": 3, "tolerance_grad": 1e-2},
        {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-3, "tolerance_change": 1e-4},
    ],
    "Momentum": [{}, {"momentum": 0.5, "weight_decay": 0.1}],
    "Nesterov": [{}, {"momentum": 0.5, "weight_decay": 0.1}],
    "BookAdaGrad": [{}, {"eps": 0.1, "weight_decay": 0.1}, {"eps": 0.1, "eps_inside_root": True}],
    "BookAdam": [
        {},
        {"eps": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.1},
        {"eps": 0.1, "beta1": 0.4, "beta2": 0.8, "eps_inside_root": True},
    ],
}
OURS = ("Momentum", "Nesterov", "BookAdaGrad", "BookAdam")
WHOLE = ("LBFGS", "Adafactor")
"""Rules in which the elements of a parameter depend on each other."""
RULES = [rule for rule in SAMPLES if rule != "LBFGS"]
CASES = [(rule, options) for rule, several in SAMPLES.items() for options in several]
PYTORCHS = [case for case in CASES if case[0] not in OURS]
ELEMENTWISE = [case for case in CASES if case[0] not in WHOLE]
ONE_EACH = [(rule, several[-1]) for rule, several in SAMPLES.items() if rule != "LBFGS"]
SHAPES = ((3, 4), (), (5,), (2, 1, 3))


def make(rule: str, params: Any, **options: Any) -> Any:
    """An optimizer of this library."""
    return getattr(tl.optim, rule)(params, **options)


class Plain(tl.optim.Optimizer):
    """Gradient descent, as a user of PyTorch writes it."""

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    @tl.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state = self.state[p]
                    state["seen"] = state.get("seen", 0) + 1
                    p.add_(p.grad, alpha=-group["lr"])


def parameters(T: Any, shapes: Any = SHAPES, dtype: Any = np.float64, seed: int = 0) -> list[Any]:
    """Parameters with the same values in either library."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.standard_normal(shape), dtype) for shape in shapes]
    return [T.nn.Parameter(T.tensor(array)) for array in arrays]


def bumpy(T: Any, params: list[Any], t: int = 0) -> Any:
    """A function that is another one at each step t, as with batches. It has no minimum where the gradient would be a
    rounding error, which rules that divide by the size of the gradient would magnify."""
    pushes = [(p, 2 * math.cos(0.7 * t + i)) for i, p in enumerate(params)]
    return sum(((p - 0.5) ** 2 * 0.5 + T.sin(3 * p) * 0.2 + p * push).sum() for p, push in pushes)


def bowl(T: Any, params: list[Any], t: int = 0) -> Any:
    """A convex function, on which L-BFGS does not mistake a rounding error for curvature."""
    return sum(((p - 0.5) ** 2 * (i + 1) + (p - 0.2) ** 4).sum() for i, p in enumerate(params))


def slope(p: float, i: int, t: int) -> float:
    """The derivative of `bumpy` by an element of the i-th parameter."""
    return p - 0.5 + 0.6 * math.cos(3 * p) + 2 * math.cos(0.7 * t + i)


def closure_of(
    T: Any, optimizer: Any, params: list[Any], t: int = 0, function: Callable[..., Any] = bumpy
) -> Callable[[], Any]:
    """A closure for `step`, which computes the gradients and returns the loss."""

    def closure() -> Any:
        optimizer.zero_grad()
        loss = function(T, params, t)
        loss.backward()
        return loss

    return closure


def numpy_of(x: Any) -> Any:
    """A Tensor of either library as an array; in lists and dicts, each of the Tensors."""
    if hasattr(x, "detach"):
        return x.detach().numpy().copy()
    if isinstance(x, dict):
        return {k: numpy_of(v) for k, v in x.items()}
    return [numpy_of(v) for v in x] if isinstance(x, list) else x


def trajectory(T: Any, rule: str, options: dict[str, Any], steps: int = 50) -> tuple[Any, dict[str, Any]]:
    """The values of all parameters after each step, and the state at the end. The learning rate changes in the middle."""
    params = parameters(T)
    optimizer = getattr(T.optim, rule)(params, **{"lr": 0.01, **options})
    points = []
    for step in range(steps):
        if step == steps // 2:
            optimizer.param_groups[0]["lr"] *= 3
        closure = closure_of(T, optimizer, params, step, bowl if rule == "LBFGS" else bumpy)
        if rule == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
        points.append(np.concatenate([numpy_of(p).ravel() for p in params]))
    return np.stack(points), optimizer.state_dict()
