"""One derivative in a random direction through all tensors at once: what agrees in it needs no other comparison.

It takes four runs of the function, however many elements there are. A number that backward and differences give to nine
digits is no accident, so that no estimate of the uncertainty is needed. Where they do not agree, there may be a fault,
or a kink or a pole near, and the elements are compared.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...core.primitive import Array
from .backward_run import BackwardRun
from .comparison import ZERO, Comparison
from .numeric import power_above
from .report import Element

STEPS = (2.0**-12, 2.0**-16)
"""The second step is for functions that vary on a smaller scale."""
AGREEMENT = 1e-9
"""The error allowed, as a part of the size of the terms that the derivative is the sum of."""
BALANCE = 2.0**-7
"""Elements with gradients between this part of the largest and the largest count alike."""
EPS = float(np.finfo(np.float64).eps)


def judge(comparison: Comparison) -> bool | None:
    """Compare backward with differences in a random direction: True or False, or None if that leaves a doubt.

    If it is told, the verdicts are in the entries: that all are right, or that something is wrong, which each then is.
    """
    run = comparison.run
    base, f0 = run.isolated.base, run.f0[run.finite]
    gradients = {name: np.asarray(entry.analytic) for name, entry in run.entries.items()}
    directions = {name: _direction(comparison, x, gradients[name]) for name, x in base.items()}
    terms = np.concatenate([np.ravel(g * directions[name]) for name, g in gradients.items()])
    along, size = float(terms.sum()), float(np.linalg.norm(terms))
    of_inputs = [
        np.linalg.norm(g * np.where(np.isfinite(base[name]), base[name], 0.0)) for name, g in gradients.items()
    ]
    rounding = EPS * float(np.linalg.norm(run.c * f0) + sum(of_inputs) + run.isolated.mass)

    def results(t: float) -> Array:
        return run.isolated.values_at({name: x + t * directions[name] for name, x in base.items()})[run.finite]

    found: list[Element] = []
    wrong = []
    for h in STEPS:
        up, down, wide = results(h), results(-h), results(2 * h) - results(-2 * h)
        numeric = float(run.c @ (8 * (up - down) - wide)) / (12 * h)  # the error is of the order of h⁴
        noise = 8 * rounding / h
        error = abs(along - numeric)
        told = noise <= 100 * AGREEMENT * size or size <= 64 * rounding  # else there could be anything below the noise
        found.append(Element("", (), along, numeric, noise, AGREEMENT * size + noise))
        if told and error <= AGREEMENT * size + noise:
            _give(comparison, "right", found[-1])
            return True
        allowed = 1e-6 * float(np.abs(terms).sum()) + noise
        if not run.settings.strict:
            allowed = sum(
                float(np.sum(comparison.tolerance(g, g, np.array(noise)) * np.abs(directions[name])))
                for name, g in gradients.items()
            )
        bend = float(np.abs(run.c) @ np.abs(up + down - 2 * f0)) / h  # of the slopes on both sides, if there is a kink
        wrong.append(error > 2 * allowed + 4 * bend)
    apart = abs(found[0].numeric - found[1].numeric)
    if all(wrong) and apart <= 1e-3 * abs(along - numeric):
        _give(comparison, "wrong", found[-1])
        return False
    return None


def right_in_direction(run: BackwardRun) -> bool:
    """Return True if the gradients of a run are shown to be right."""
    comparison = Comparison(run)
    return all(run.entries.values()) and judge(comparison) is True


def _give(comparison: Comparison, verdict: str, element: Element) -> None:
    for name, entry in comparison.entries.items():
        entry.verdict, entry.checked = verdict, entry.total
        entry.worst = replace(element, tensor=name)
        largest = np.max(np.abs(np.asarray(entry.analytic)), initial=0.0)
        if verdict == "right" and largest <= 1e-12 * max(comparison.largest, 1e-3):
            entry.verdict, entry.detail = "vacuous", ZERO


def _direction(comparison: Comparison, x: Array, gradient: Array) -> Array:
    """A random direction in which the elements of a gradient count alike: a small one is not lost beside large ones."""
    size, least = np.abs(gradient), BALANCE * comparison.largest
    balanced = np.divide(least, size, out=np.ones(x.shape), where=size > least)
    signs = comparison.rng.choice([-1.0, 1.0], x.shape)
    direction: Array = power_above(x) * balanced * signs * comparison.rng.uniform(0.5, 1.0, x.shape)
    return direction
