"""Five optimizers walk down the same narrow valley, and leave very different paths (figures 6-1 to 6-7).

f(x, y) = x²/20 + y² is steep across and nearly flat along, so its gradient hardly ever points to the minimum; the first
picture has the valley and its gradients, the second the paths. SGD
zigzags from wall to wall; Momentum rolls like a ball; AdaGrad, RMSprop and Adam scale each direction by the gradients
it has seen. How much a path zigzags is measured by its turning: the sum of the angles between successive steps. The
steps are the book's 30, with --quick too; there is nothing to learn from images here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

START = (-7.0, 2.0)
STEPS = 30
RULES: dict[str, tuple[Callable[..., tl.optim.Optimizer], float]] = {
    "SGD": (tl.optim.SGD, 0.95),
    "Momentum": (tl.optim.Momentum, 0.1),
    "AdaGrad": (tl.optim.Adagrad, 1.5),
    "RMSprop": (tl.optim.RMSprop, 0.1),
    "Adam": (tl.optim.Adam, 0.3),
}
COLOURS = dict(zip(RULES, (shared.RED, shared.BLUE, shared.ORANGE, shared.PINK, shared.GREEN), strict=True))


def f(x: Any, y: Any) -> Any:
    """The valley, of Tensors or of arrays."""
    return x**2 / 20 + y**2


class Field(NamedTuple):
    """Points (N, 2), the direction of steepest descent at each (N, 2), and its angle to the minimum's direction (N)."""

    points: np.ndarray
    arrows: np.ndarray
    angles: np.ndarray

    def share(self, degrees: float = 10) -> float:
        """The share of the arrows that point at the minimum, to within so many degrees."""
        return float((self.angles <= np.radians(degrees)).mean())


def field(valley: Callable[[Any, Any], Any] = f, count: int = 20) -> Field:
    """The directions of steepest descent on a grid of count × count points around the minimum, from backward."""
    x, y = np.meshgrid(np.linspace(-10, 10, count), np.linspace(-5, 5, count))
    points = tl.tensor(np.stack([x.ravel(), y.ravel()]), requires_grad=True)
    valley(*points).sum().backward()
    assert points.grad is not None
    places = points.detach().numpy().T
    arrows = -points.grad.numpy().T
    arrows /= np.linalg.norm(arrows, axis=1, keepdims=True)
    home = -places / np.linalg.norm(places, axis=1, keepdims=True)
    return Field(places, arrows, np.arccos(np.clip((arrows * home).sum(1), -1, 1)))


class Path(NamedTuple):
    """The points of a path, (STEPS + 1, 2); how much it turns, in radians; how far its end is from the minimum."""

    points: np.ndarray
    turning: float
    distance: float


def descend(rule: Callable[..., tl.optim.Optimizer], lr: float) -> Path:
    """The path of an optimizer from START."""
    point = nn.Parameter(tl.tensor(START, dtype=tl.float64))
    optimizer = rule([point], lr=lr)
    points = [point.tolist()]
    for _ in range(STEPS):
        optimizer.zero_grad()
        f(*point).backward()
        optimizer.step()
        points.append(point.tolist())
    path = np.array(points)
    return Path(path, turning(path), float(np.hypot(*path[-1])))


def turning(points: np.ndarray) -> float:
    """The sum of the angles between successive steps."""
    dx, dy = np.diff(points, axis=0).T
    angles = np.diff(np.arctan2(dy, dx))
    return float(np.abs((angles + np.pi) % (2 * np.pi) - np.pi).sum())


def draw_field(found: Field) -> Any:
    """The valley as a surface, and the arrows of steepest descent: dark where they point at the minimum."""
    figure, (surface, flat) = shared.subplots(1, 2, height=4.2, width_ratios=[1, 1.3])
    place = surface.get_subplotspec()
    surface.remove()
    surface = figure.add_subplot(place, projection="3d")
    x, y = np.meshgrid(np.linspace(-10, 10, 41), np.linspace(-5, 5, 41))
    surface.plot_surface(x, y, f(x, y), cmap="viridis", linewidth=0.2, edgecolor=shared.GREY)
    surface.set(
        xlabel="x", ylabel="y", title="x²/20 + y²", xticks=[-10, 0, 10], yticks=[-5, 0, 5], zticks=[0, 10, 20, 30]
    )
    surface.view_init(elev=35, azim=-60)
    arrows = flat.quiver(
        *found.points.T, *found.arrows.T, np.degrees(found.angles), cmap="viridis", pivot="mid", scale=26, width=0.004
    )
    flat.plot(0, 0, "+", color="black", markersize=10)
    flat.set(xlabel="x", ylabel="y", title=f"{found.share():.0%} of the arrows are within 10° of the minimum")
    flat.grid(False)
    figure.colorbar(arrows, ax=flat, label="degrees from the minimum's direction")
    return figure


def draw(paths: dict[str, Path]) -> Any:
    """Each path on the valley's contours, and how far each optimizer is from the minimum after each step."""
    figure, axes = shared.subplots(2, 3, height=5.4)
    *cells, last = axes.flat
    x, y = np.meshgrid(np.linspace(-8, 4, 121), np.linspace(-3, 3, 61))
    for cell, (name, path) in zip(cells, paths.items(), strict=True):
        cell.contour(x, y, f(x, y), levels=[0.1, 0.5, 1, 2, 4, 6, 8, 10], colors=shared.GREY, linewidths=0.5, alpha=0.6)
        cell.plot(*path.points.T, color=COLOURS[name], marker="o", markersize=3, linewidth=1.2)
        cell.plot(0, 0, "+", color="black", markersize=9)
        cell.set(title=f"{name}, lr {RULES[name][1]}: turns by {np.degrees(path.turning):,.0f}°")
        cell.grid(False)
    axes[0, 0].set_ylabel("y")
    axes[1, 0].set(xlabel="x", ylabel="y")
    axes[1, 1].set_xlabel("x")
    for name, path in paths.items():
        last.semilogy(np.hypot(*path.points.T), color=COLOURS[name], label=name)
    last.set(title="distance from the minimum", xlabel="step")
    last.legend(fontsize="small", frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Path]:
    """Walk, report and draw; the path of each optimizer."""
    options = shared.options(__doc__, "01_paths").parse_args(arguments)
    paths = {name: descend(rule, lr) for name, (rule, lr) in RULES.items()}
    print(f"{STEPS} steps from {START}      lr   turning   distance from the minimum")
    for name, path in paths.items():
        print(f"{name:27} {RULES[name][1]:5}   {np.degrees(path.turning):6,.0f}°   {path.distance:.4f}")
    found = field()
    print(f"{found.share():.1%} of {len(found.angles)} arrows of steepest descent point at the minimum, within 10°")
    shared.save(draw_field(found), options, "01_gradient_field")
    shared.save(draw(paths), options, "01_paths")
    return paths


if __name__ == "__main__":
    main()
