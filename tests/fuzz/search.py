"""Looking for programs that fail: against PyTorch, or against difference quotients."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

import tinygrad_lite as tl

from .programs import Lines, closed, difference, run, write
from .shrink import pasted, shrunk


@dataclass
class Failure:
    """A program that fails: its seed, the kind of failure with the operation, a sentence, and the program, small."""

    seed: int
    kind: str
    text: str
    lines: Lines | None

    @property
    def script(self) -> str:
        return pasted(self.lines or [])


@dataclass(frozen=True)
class Counts:
    """What was run: programs, lines, errors that both libraries raised, derivatives compared, crashes of PyTorch."""

    programs: int = 0
    operations: int = 0
    errors: int = 0
    derivatives: int = 0
    crashes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        names = ("programs", "operations", "errors on both sides", "derivatives compared", "crashes of PyTorch")
        return ", ".join(f"{n} {name}" for n, name in zip(astuple(self), names, strict=True) if n or name == "programs")


class Search:
    """Runs programs and counts.

    Args:
        against: "torch", or "differences".
        length: the number of lines of a program.
    """

    def __init__(self, against: str = "torch", length: int = 14) -> None:
        self.against, self.length = against, length
        self.counts = Counts()
        self.torch: Any = None
        if against == "torch":
            import torch

            torch.set_num_threads(1)
            self.torch = torch

    def try_seed(self, seed: int, shrink: Callable[[str], bool] = lambda kind: True) -> Failure | None:
        """The failure of the program of a seed; None if it does not fail."""
        smooth = self.against != "torch"
        lines = write(seed, self.length, smooth)
        lines = lines if smooth else closed(lines, 3)
        self.counts += Counts(programs=1, operations=len(lines))
        found = self.failure(lines, count=True)
        if found is None:
            return None
        kind, text = found
        if not shrink(_kind(kind, lines, text)):
            return Failure(seed, _kind(kind, lines, text), text, None)
        small = shrunk(lines, lambda tried: (self.failure(tried) or ("", ""))[0] == kind)
        kind, text = self.failure(small) or found
        return Failure(seed, _kind(kind, small, text), text, small)

    def failure(self, lines: Lines, count: bool = False) -> tuple[str, str] | None:
        """The kind of failure of a program, and a sentence about it."""
        if self.torch is None:
            return self._against_differences(lines, count)
        with np.errstate(all="ignore"):
            theirs, ours = run(self.torch, lines), run(tl, lines)
            if count:
                same = sum(a is not None and a == b for a, b in zip(theirs.errors, ours.errors, strict=True))
                self.counts += Counts(errors=same)
            return difference(lines, theirs, ours)

    # ---- difference quotients

    def _against_differences(self, lines: Lines, count: bool) -> tuple[str, str] | None:
        """Compare directional derivatives of the first and second order with central difference quotients."""
        with np.errstate(all="ignore"):
            base = run(tl, lines)
            leaves = base.leaves
            names = [*leaves]
            rng = np.random.default_rng(0)
            ways = {n: rng.standard_normal(leaves[n].numpy(force=True).shape) for n in names}
            weights = {n: rng.standard_normal(leaves[n].numpy(force=True).shape) for n in names}

            def at(t: float, order: int) -> Any:
                """The loss, or the gradient along the weights, where the leaves have moved by t; and its derivative."""
                moved = {n: leaves[n].numpy(force=True) + t * ways[n] for n in names}
                outcome = run(tl, lines, dict(moved))
                if outcome.errors != base.errors:
                    return None
                here = [*outcome.leaves.values()]
                loss = _loss(outcome.variables)
                if loss is None:
                    return None
                if order == 1:
                    return loss, here
                grads = tl.autograd.grad(loss, here, create_graph=True, allow_unused=True)
                parts = [(g * tl.tensor(weights[n])).sum() for n, g in zip(names, grads, strict=True) if g is not None]
                total = sum(parts[1:], parts[0]) if parts else None
                return None if total is None or not total.requires_grad else (total, here)

            for order in (1, 2):
                try:
                    found = at(0.0, order)
                    if found is None:
                        return None
                    value, here = found
                    grads = (
                        _accumulated(value, here) if order == 1 else tl.autograd.grad(value, here, allow_unused=True)
                    )
                except (RuntimeError, NotImplementedError):
                    return None  # a backward pass that refuses, as where what it needs was overwritten
                slope = sum(
                    float((g.numpy(force=True) * ways[n]).sum())
                    for n, g in zip(names, grads, strict=True)
                    if g is not None
                )
                sides = [_quotients(at, h, order) for h in (1e-4, 5e-5)]
                if sides[0] is None or sides[1] is None:
                    return None
                (coarse, fine), (bend, finer_bend) = ([f(side) for side in sides] for f in (np.mean, np.ptp))
                size = max(abs(fine), abs(slope), abs(value.item()), 1.0)
                kink = bend > 1e-6 * size and finer_bend > 0.7 * bend
                if not np.isfinite(coarse + fine + slope) or kink or abs(coarse - fine) > 1e-3 * size or size > 1e5:
                    return None  # not a place for a quotient
                self.counts += Counts(derivatives=int(count))
                limit = (4 * fine - coarse) / 3  # Richardson's
                if abs(limit - slope) > abs(coarse - fine) + 1e-5 * size:
                    return f"derivative of order {order}", f"the difference quotient is {limit}, the derivative {slope}"
        return None


def _quotients(at: Callable[[float, int], Any], h: float, order: int) -> tuple[float, float] | None:
    """The difference quotients to either side."""
    low, middle, high = (at(t, order) for t in (-h, 0.0, h))
    if low is None or middle is None or high is None:
        return None
    a, b, c = (x[0].item() for x in (low, middle, high))
    return (b - a) / h, (c - b) / h


def _accumulated(loss: Any, leaves: list[Any]) -> list[Any]:
    """The gradients, as half of what two backward passes add up to."""
    for x in leaves:
        x.grad = None
    loss.backward(retain_graph=True)
    loss.backward()
    return [None if x.grad is None else x.grad / 2 for x in leaves]


def _loss(variables: dict[str, Any]) -> Any:
    """A number that depends on every variable."""
    total = None
    for i, x in enumerate(variables.values()):
        if isinstance(x, tl.Tensor) and x.dtype == "float64" and x.requires_grad:
            part = (x * (0.3 + 0.1 * i)).sin().sum()
            total = part if total is None else total + part
    return total


def _kind(kind: str, lines: Lines, text: str) -> str:
    """The kind, with the operation that it is probably about."""
    if "saved" in kind:
        return kind
    line = text.partition("\n")[0] if kind.startswith("error") else lines[-1] if len(lines) < 9 else ""
    calls = re.findall(r"\.(\w+)\(|(\[)|([-+*/@]=?) ", line.partition(" = ")[2] or line)
    return f"{kind} [{' '.join(a or b or c for a, b, c in calls[:2])}]"
