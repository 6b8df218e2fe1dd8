"""One derivative in a random direction through all tensors at once: what agrees in it needs no other comparison.

It takes four runs of the function, however many elements there are. A number that backward and differences give to nine
digits is no accident, so that no estimate of the uncertainty is needed. Where they do not agree, nothing follows: there
may be a kink or a pole near, or a fault, and the elements are compared.
"""

from __future__ import annotations

import numpy as np

from ...core.primitive import Array
from .comparison import ZERO, Comparison
from .numeric import power_above
from .report import Element

STEPS = (2.0**-12, 2.0**-16)  # the second for functions that vary on a smaller scale
AGREEMENT = 1e-9  # of the size of the terms that the derivative is the sum of
BALANCE = 2.0**-7  # elements with gradients between this times the largest, and the largest, count alike
EPS = float(np.finfo(np.float64).eps)


def agrees(comparison: Comparison) -> bool:
    """Whether backward and differences agree in a random direction; the verdicts are then written into the entries."""
    run = comparison.run
    base, f0 = run.isolated.base, run.f0[run.finite]
    directions = {name: _direction(comparison, name) for name in base}
    terms = [np.ravel(run.entries[name].analytic * d) for name, d in directions.items()]  # type: ignore[operator]
    along = float(sum(t.sum() for t in terms))
    size = float(np.sqrt(sum(t @ t for t in terms)))
    moved = float(np.sqrt(sum(np.sum(np.square(run.entries[n].analytic * x)) for n, x in base.items())))  # type: ignore[operator]
    rounding = EPS * (float(np.linalg.norm(run.c * f0)) + moved + run.isolated.mass)

    def results(t: float) -> Array:
        return run.isolated.values_at({name: x + t * directions[name] for name, x in base.items()})[run.finite]

    for h in STEPS:
        near, far = results(h) - results(-h), results(2 * h) - results(-2 * h)
        numeric = float(run.c @ (8 * near - far)) / (12 * h)  # the error is of the order of h⁴
        noise = 8 * rounding / h
        told = noise <= 100 * AGREEMENT * size or size <= 64 * rounding  # else there could be anything below the noise
        if told and abs(along - numeric) <= AGREEMENT * size + noise:
            break
    else:
        return False
    for entry, t in zip(run.entries.values(), terms, strict=True):
        entry.checked = entry.total
        entry.worst = Element(entry.name, (), along, numeric, noise, AGREEMENT * size + noise)
        if np.max(np.abs(entry.analytic), initial=0.0) <= 1e-12 * max(comparison.largest, 1e-3):  # type: ignore[arg-type]
            entry.verdict, entry.detail = "vacuous", ZERO
    return True


def _direction(comparison: Comparison, name: str) -> Array:
    """A random direction in which the elements of a gradient count alike: a small one is not lost beside large ones."""
    x, a = comparison.isolated.base[name], np.abs(comparison.entries[name].analytic)  # type: ignore[arg-type]
    scale = power_above(x)
    least = BALANCE * comparison.largest
    balanced = np.divide(least, a, out=np.ones(a.shape), where=a > least)
    signs = comparison.rng.choice([-1.0, 1.0], x.shape)
    direction: Array = scale * balanced * signs * comparison.rng.uniform(0.5, 1.0, x.shape)
    return direction
