"""Watching a training run: statistics of activations, gradients and updates, layer by layer."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tensor import TensorBase
from ..runtime import notebook
from ..runtime.optional import require
from .values import Summary, summarize

BINS = 30


@dataclass(frozen=True)
class Observation:
    """One layer's activation, or one parameter, at one step.

    Attributes:
        step: the number of steps that the optimizer had taken.
        name: the path of the layer, or the name of the parameter.
        kind: `"activation"`, `"gradient"` or `"update"`.
        values: the values in a few numbers.
        dead: of an activation the share of units, in the last dimension, that are 0 for every example.
        ratio: of an update its norm divided by that of the parameter.
        histogram: the counts of 30 equal bins between the smallest and the largest value.
    """

    step: int
    name: str
    kind: str
    values: Summary
    dead: float | None
    ratio: float | None
    histogram: tuple[int, ...]


class Watch:
    """The result of `watch`. It observes until `close()` is called, or a `with` block ends.

    Attributes:
        observations: all of them, in order.
        steps: how many steps the optimizer has taken since.
    """

    def __init__(self, model: Any, optimizer: Any, every: int) -> None:
        self.observations: list[Observation] = []
        self.steps = 0
        self.every = every
        self._parameters = weakref.WeakValueDictionary(dict(model.named_parameters()))
        self._before: dict[str, Any] = {}
        self._handles = [
            module.register_forward_hook(self._activation(name))
            for name, module in model.named_modules()
            if name and not list(module.children())
        ]
        self._handles += [
            optimizer.register_step_pre_hook(self._before_step),
            optimizer.register_step_post_hook(self._after_step),
        ]

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Observation]:
        return iter(self.observations)

    def close(self) -> None:
        """Stop observing, and remove the hooks."""
        while self._handles:
            self._handles.pop().remove()

    def _due(self) -> bool:
        return self.steps % self.every == 0

    def _activation(self, name: str) -> Any:
        def hook(module: Any, args: Any, result: Any) -> None:
            result = result[0] if isinstance(result, tuple) and result else result  # of a recurrent layer its outputs
            if self._due() and module.training and isinstance(result, TensorBase) and result._data.dtype.kind == "f":
                array = result._data
                units = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
                dead = float((units == 0).all(axis=0).mean()) if units.size else None
                self._add(name, "activation", array, dead=dead)

        return hook

    def _before_step(self, *args: Any) -> None:
        if self._due():
            for name, p in self._parameters.items():
                if p.grad is not None:
                    self._add(name, "gradient", p.grad.detach().to_dense()._data)  # it may be sparse
                    self._before[name] = p._data.copy()

    def _after_step(self, *args: Any) -> None:
        for name, before in self._before.items():
            p = self._parameters[name]
            norm = float(np.linalg.norm(before.astype(np.float64).ravel()))
            change = p._data - before
            moved = float(np.linalg.norm(change.astype(np.float64).ravel()))
            self._add(name, "update", change, ratio=moved / norm if norm else None)
        self._before.clear()
        self.steps += 1

    def _add(self, name: str, kind: str, array: Any, dead: float | None = None, ratio: float | None = None) -> None:
        values = summarize(array)
        finite = array[np.isfinite(array)].astype(np.float64)
        counts = np.histogram(finite, BINS)[0] if finite.size else np.zeros(BINS, int)
        histogram = tuple(int(count) for count in counts)
        self.observations.append(Observation(self.steps, name, kind, values, dead, ratio, histogram))

    # ---------------------------------------------------------------------------------------------------- showing

    def _latest(self) -> list[Observation]:
        return list({(each.name, each.kind): each for each in self.observations}.values())

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for each in self._latest():
            more = ""
            if each.kind == "activation" and each.dead is not None:
                more = f"{each.dead:.0%} dead"
            elif each.ratio is not None:
                more = f"{each.ratio:.2g} of the weight"
            values = each.values
            bad = f"{values.nan + values.inf} not finite" if values.nan + values.inf else ""
            row = (
                each.name,
                each.kind,
                f"{each.step}",
                f"{values.mean:.3g}",
                f"{values.std:.3g}",
                f"{values.norm:.3g}",
            )
            rows.append((*row, ", ".join(part for part in (more, bad) if part)))
        return rows

    def table(self) -> str:
        """The latest observation of each layer and parameter, as text in columns."""
        rows: list[tuple[str, ...]] = [_HEADS, *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADS))]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)

    def __repr__(self) -> str:
        return f"<watch: {len(self.observations)} observations in {self.steps} steps; table() and plot() show them>"

    def _repr_html_(self) -> str:
        return notebook.table(_HEADS, self._rows(), f"after {self.steps} steps")

    def plot(self) -> Any:
        """A matplotlib figure with a panel for activations, for gradients, and for updates against their weights.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        figure_class = require("matplotlib.figure", "examples").Figure
        figure = figure_class(figsize=(12, 3.8), layout="constrained")
        panels = [
            ("activation", "std of activations"),
            ("gradient", "norm of gradients"),
            ("update", "|update| / |weight|"),
        ]
        for axes, (kind, label) in zip(figure.subplots(1, 3), panels, strict=True):
            names = list(dict.fromkeys(each.name for each in self.observations if each.kind == kind))
            for name in names:
                chosen = [each for each in self.observations if (each.name, each.kind) == (name, kind)]
                heights = [_height(each) for each in chosen]
                axes.plot([each.step for each in chosen], heights, marker=".", label=name)
            axes.set_title(label)
            axes.set_xlabel("step")
            if names:
                axes.set_yscale("log")
                axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(0, -0.18), ncols=2, frameon=False)
        return figure


_HEADS = ("name", "what", "step", "mean", "std", "norm", "")


def _height(each: Observation) -> float:
    if each.kind == "activation":
        return each.values.std
    height = each.values.norm if each.kind == "gradient" else each.ratio
    return height or float("nan")  # which a logarithmic axis leaves out


def watch(model: Any, optimizer: Any, every: int = 10) -> Watch:
    """Watch a training run: every so many steps, note the activations, the gradients and the updates of each layer.

    Args:
        model: the Module that is trained. Its layers without layers of their own are watched while it is training.
        optimizer: the optimizer that trains it.
        every: look at every so many steps of the optimizer.

    Returns:
        A `Watch`, which observes until it is closed: `.table()` is text, `.plot()` a matplotlib figure.

    Raises:
        ValueError: if `every` is less than 1.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> model = tl.nn.Sequential(tl.nn.Linear(2, 4), tl.nn.ReLU(), tl.nn.Linear(4, 1))
    >>> optimizer = tl.optim.SGD(model.parameters(), lr=0.1)
    >>> with tl.insight.watch(model, optimizer, every=1) as watched:
    ...     for _ in range(3):
    ...         optimizer.zero_grad()
    ...         model(tl.randn(8, 2)).square().mean().backward()
    ...         optimizer.step()
    >>> watched
    <watch: 33 observations in 3 steps; table() and plot() show them>
    >>> [each.step for each in watched if each.kind == "update" and each.name == "0.weight"]
    [0, 1, 2]
    """
    if every < 1:
        raise ValueError(f"watch(): every must be at least 1, not {every}")
    return Watch(model, optimizer, every)
