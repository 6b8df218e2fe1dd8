"""The directive `operations`: the table of all primitives of one file, made from what the library says of itself.

Each has its formula, its derivatives, and a link to the line where they stand; an elementwise one of a single argument
also a plot of the function and of its derivative, both computed by the library.
"""

from __future__ import annotations

import html
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY, Fused, Primitive
from tinygrad_lite.insight.rules import table_line

PACKAGE = Path(tl.__file__).parent
WIDTH, HEIGHT, SPAN = 132, 66, 3.0
REST: dict[str, tuple[float, ...]] = {
    "clamp": (-1.0, 1.0),
    "elu": (1.0, 1.0, 1.0),
    "hardshrink": (0.5,),
    "hardtanh": (-1.0, 1.0),
    "leaky_relu": (0.1,),
    "softshrink": (0.5,),
    "threshold": (0.5, 0.0),
}
"""The other arguments of functions that need some to be drawn."""

for _module in pkgutil.walk_packages([str(PACKAGE / "ops")], "tinygrad_lite.ops."):
    importlib.import_module(_module.name)  # so that all that registers a primitive has done so


def of_library() -> list[Primitive]:
    """All primitives but those that users and tests have made."""
    return [primitive for primitive in REGISTRY.values() if primitive.__module__.startswith("tinygrad_lite.")]


def of_file(path: str) -> list[Primitive]:
    """The primitives that are defined in a file, in its order."""
    found = [primitive for primitive in of_library() if place(primitive)[0] == path]
    return sorted(found, key=lambda primitive: place(primitive)[1])


def place(primitive: Primitive) -> tuple[str, int]:
    """The file of a primitive, from the package, and its first line."""
    name = primitive.__name__
    for file in _candidates(primitive):
        for i, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(rf"def {name}\(", line):
                return str(file.relative_to(PACKAGE)), i
    raise LookupError(f"no file of ops/ or core/ defines {name}")


def _candidates(primitive: Primitive) -> list[Path]:
    name = (primitive.reference if isinstance(primitive, Fused) else primitive).__module__
    first = PACKAGE.parent / (name.replace(".", "/") + ".py")
    files = [PACKAGE / "core" / "edge.py", *sorted((PACKAGE / "ops").rglob("*.py"))]
    return sorted(files, key=lambda file: (file != first, file.parent.name == "kernels"))


def derivative(line: str) -> tuple[str, str]:
    """The line of the table in two parts: what is computed, with what is said besides, and the derivatives."""
    formula, _, rest = line.rstrip(".").partition("; d")
    slopes, _, note = rest.partition(". ")
    return f"{formula}. {note}" if note else formula, "d" + slopes if slopes else ""


def plot(primitive: Primitive) -> str:
    """The function and its derivative between -3 and 3 as a small SVG; "" if it is not a function of one number."""
    if primitive.promotion is None or primitive.rules[0] is None:
        return ""
    rest = REST.get(primitive.name, ())
    if not rest and sum(name in primitive.signature.arrays for name in primitive.names) != 1:
        return ""
    x = tl.linspace(-SPAN, SPAN, 241, dtype=tl.float64).requires_grad_()
    try:
        with np.errstate(all="ignore"):
            y = primitive(x, *rest)
            (slope,) = tl.autograd.grad(y.sum(), x)
    except (TypeError, RuntimeError, ValueError):
        return ""
    label = html.escape(f"{primitive.name} between -3 and 3, and its derivative, dashed", quote=True)
    axes = f'<path class="axes" d="M0 {HEIGHT / 2}H{WIDTH}M{WIDTH / 2} 0V{HEIGHT}"/>'
    where_defined = np.where(np.isfinite(y.detach().numpy()), slope.numpy(), np.nan)
    curves = _curve("slope", where_defined) + _curve("value", y.detach().numpy())
    return f'<svg class="curve" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{axes}{curves}</svg>'


def _curve(kind: str, ys: np.ndarray) -> str:
    """A path through the points, broken where they are not finite, leave the picture, or jump."""
    commands, pen = [], False
    xs = np.linspace(0, WIDTH, len(ys))
    for i, y in enumerate(ys):
        inside = np.isfinite(y) and abs(y) <= 1.02 * SPAN
        jumps = i > 0 and pen and abs(y - ys[i - 1]) > 0.4
        if inside:
            height = HEIGHT / 2 - y / SPAN * (HEIGHT / 2 - 2)
            commands.append(f"{'L' if pen and not jumps else 'M'}{xs[i]:.1f} {height:.1f}")
        pen = bool(inside)
    return f'<path class="{kind}" d="{"".join(commands)}"/>'


class Operations(SphinxDirective):
    """The table of one file: `operations:: ops/elementwise.py`."""

    required_arguments = 1
    option_spec = {}  # noqa: RUF012  # docutils declares it so, and nobody changes it

    def run(self) -> list[nodes.Node]:
        path = self.arguments[0]
        self.env.code_files.setdefault(path, set()).add(self.env.docname)
        up = "../" * self.env.docname.count("/")
        primitives = of_file(path)
        plots = [plot(primitive) for primitive in primitives]
        rows = []
        for primitive, curve in zip(primitives, plots, strict=True):
            formula, slopes = derivative(table_line(primitive))
            line = place(primitive)[1]
            link = f'<a href="{up}code/{path}.html#line-{line}"><code>{html.escape(primitive.name)}</code></a>'
            cells = [link, html.escape(formula), html.escape(slopes or "none").replace(", d", "<br>d")]
            cells += [curve] * any(plots)
            row = "".join(f"<td>{cell}</td>" for cell in cells)
            rows.append(f'<tr id="operation-{primitive.name}">{row}</tr>')
        if not rows:
            raise self.error(f"no primitive is defined in {path}")
        heads = ["operation", "computes", "derivative", *["plot"] * any(plots)]
        head = "".join(f"<th>{text}</th>" for text in heads)
        table = f'<table class="table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        return [nodes.raw("", f'<div class="operations">{table}</div>', format="html")]


def setup(app: Any) -> dict[str, Any]:
    app.add_directive("operations", Operations)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
