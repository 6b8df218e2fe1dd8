"""The checks of derivatives in a direction, and of several derivatives at once, against a plain backward pass.

Where backward agrees with differences, these have to agree with backward.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from ..gradients import grad
from .backward_run import line_of
from .isolated_copy import FunctionFailed, IsolatedCopy
from .report import Report
from .settings import Settings

_DIRECTIONS = 3
_FORWARD = "Jacobian computed with forward mode mismatch: "
_BATCHED = "gradcheck or gradgradcheck failed while testing batched gradient computation: "
_BATCHED_FORWARD = "gradcheck or gradgradcheck failed while testing batched forward gradient computation: "


def check_other_modes(report: Report, isolated: IsolatedCopy, settings: Settings) -> None:
    """Check what the settings ask for beside backward, and put what is wrong into the report."""
    checks = [
        (settings.forward, _FORWARD, _check_forward),
        (settings.batched, _BATCHED, _check_batched),
        (settings.batched_forward, _BATCHED_FORWARD, _check_batched_forward),
    ]
    for wanted, phrase, check in checks:
        if not wanted or not report:
            continue
        try:
            wrong = check(isolated, np.random.default_rng(0))
        except Exception as failure:
            error = failure.error if isinstance(failure, FunctionFailed) else failure
            wrong = dict.fromkeys(isolated.leaves, f"it raised {type(error).__name__}: {error}{line_of(error)}")
        for name, detail in wrong.items():
            if name in report.entries:
                report.entries[name].verdict = "error"
                report.entries[name].detail = phrase + detail


def _results(isolated: IsolatedCopy) -> list[Tensor]:
    return [t for t in isolated.run() if t.requires_grad]


def _drawn(rng: np.random.Generator, like: Sequence[Tensor]) -> list[Tensor]:
    return [wrap(rng.standard_normal(t.shape)) for t in like]


def _differs(a: Array, b: Array) -> bool:
    scale = max(float(np.abs(b).max(initial=0.0)), 1e-30)
    return not bool(np.allclose(a, b, rtol=1e-6, atol=1e-9 * scale, equal_nan=True))


def _products(results: Sequence[Tensor], leaves: Sequence[Tensor]) -> Callable[..., list[Any]]:
    """The function that takes directions, one for each leaf, to the derivatives of the results."""
    seeds = [wrap(np.ones_like(y._data)).requires_grad_() for y in results]
    first = grad(results, leaves, seeds, create_graph=True, allow_unused=True)
    used = [i for i, g in enumerate(first) if g is not None and g.requires_grad]
    outputs: Any = [first[i] for i in used]

    def product(directions: Sequence[Tensor], batched: bool = False) -> list[Any]:
        along: Any = [directions[i] for i in used]
        settings: dict[str, Any] = {"retain_graph": True, "allow_unused": True, "is_grads_batched": batched}
        return list(grad(outputs, seeds, along, **settings)) if used else [None] * len(seeds)

    return product


def _check_forward(isolated: IsolatedCopy, rng: np.random.Generator) -> dict[str, str]:
    """For each leaf whose derivative in a direction is not that of backward, what is wrong."""
    results, leaves = _results(isolated), list(isolated.leaves.values())
    product, wrong = _products(results, leaves), {}
    for name, leaf in isolated.leaves.items():
        for _ in range(_DIRECTIONS):
            v, cotangents = wrap(rng.standard_normal(leaf.shape)), _drawn(rng, results)
            directions = [v if x is leaf else wrap(np.zeros_like(x._data)) for x in leaves]
            forward = sum(
                float((c._data * d._data).sum())
                for c, d in zip(cotangents, product(directions), strict=True)
                if d is not None
            )
            (g,) = grad(results, leaf, cotangents, retain_graph=True, allow_unused=True)
            backward = 0.0 if g is None else float((g._data * v._data).sum())
            if _differs(np.array(forward), np.array(backward)):
                wrong[name] = f"in a random direction it is {forward:.6g}, by backward {backward:.6g}"
    return wrong


def _check_batched(isolated: IsolatedCopy, rng: np.random.Generator) -> dict[str, str]:
    """For each leaf whose gradients differ if several backward passes are made at once, what is wrong."""
    results, leaves = _results(isolated), list(isolated.leaves.values())
    if not results:
        return {}
    several = [_drawn(rng, results) for _ in range(_DIRECTIONS)]
    together = [wrap(np.stack([c._data for c in column])) for column in zip(*several, strict=True)]
    found = grad(results, leaves, together, retain_graph=True, allow_unused=True, is_grads_batched=True)
    single = [grad(results, leaves, cotangents, retain_graph=True, allow_unused=True) for cotangents in several]
    return _unequal(list(isolated.leaves), found, single)


def _check_batched_forward(isolated: IsolatedCopy, rng: np.random.Generator) -> dict[str, str]:
    """Compare derivatives in several directions at once. It is not known then which leaf is at fault."""
    results, leaves = _results(isolated), list(isolated.leaves.values())
    if not results:
        return {}
    product = _products(results, leaves)
    several = [_drawn(rng, leaves) for _ in range(_DIRECTIONS)]
    together = [wrap(np.stack([v._data for v in column])) for column in zip(*several, strict=True)]
    names = [f"result {i}" for i in range(len(results))]
    wrong = _unequal(names, product(together, batched=True), [product(each) for each in several])
    return dict.fromkeys(isolated.leaves, "; ".join(f"{k}: {v}" for k, v in wrong.items())) if wrong else {}


def _unequal(names: Sequence[str], found: Sequence[Any], single: Sequence[Sequence[Any]]) -> dict[str, str]:
    """Return a statement about each of the names whose values differ from the single ones."""
    wrong = {}
    for i, (name, g) in enumerate(zip(names, found, strict=True)):
        each = [row[i] for row in single]
        if (g is None) != (each[0] is None):
            wrong[name] = "it is None only in one of the two ways"
        elif g is not None and _differs(g._data, np.stack([x._data for x in each])):
            wrong[name] = "the values differ from those that are computed one by one"
    return wrong
