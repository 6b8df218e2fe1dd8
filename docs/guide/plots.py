"""Curves as an SVG, in colours that can be seen on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

COLOURS = ("#3b78c4", "#d2702a", "#3f8f57", "#9a4fb5")
WIDTH, HEIGHT, LEGEND = 560, 220, 90


class Curves:
    """A drawing of several functions of x, which a notebook shows.

    Args:
        x: where the functions were computed.
        curves: for each function its name and its values.
    """

    def __init__(self, x: Sequence[float], curves: dict[str, Sequence[float]]) -> None:
        self.x = np.asarray(x, float)
        self.curves = {name: np.asarray(values, float) for name, values in curves.items()}

    def _repr_html_(self) -> str:
        values = np.concatenate(list(self.curves.values()))
        low, high = values.min(), values.max()
        across = (self.x - self.x[0]) / (self.x[-1] - self.x[0]) * (WIDTH - LEGEND - 10) + 5

        def down(y: np.ndarray) -> np.ndarray:
            return 8 + (high - y) / (high - low) * (HEIGHT - 16)

        zero = down(np.zeros(1))[0]
        end = WIDTH - LEGEND
        parts = [f'<path d="M5 {zero:.1f}H{end}" stroke="currentColor" stroke-opacity=".35" fill="none"/>']
        for i, (name, curve) in enumerate(self.curves.items()):
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down(curve), strict=True))
            colour = COLOURS[i % len(COLOURS)]
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
            parts.append(f'<text x="{end + 10}" y="{24 + 20 * i}" fill="{colour}" font-size="14">{name}</text>')
        label = f"Curves of {', '.join(self.curves)} from {self.x[0]:g} to {self.x[-1]:g}"
        size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        return f'<svg {size} role="img" aria-label="{label}">{"".join(parts)}</svg>'
