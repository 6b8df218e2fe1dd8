"""A table of the layers of a module, for notebooks."""

from __future__ import annotations

from typing import Any

from ...runtime import notebook


def represent_html(module: Any) -> str:
    """A table of the layers, with the shapes of their parameters."""
    rows = []
    for path, layer in module.named_modules():
        own = dict(layer.named_parameters(recurse=False))
        shapes = ", ".join(f"{name} {tuple(p.shape)}" for name, p in own.items())
        settings = "" if layer._modules else layer.extra_repr()
        rows.append((path, f"{layer._get_name()}({settings})", shapes, sum(p.numel() for p in own.values())))
    total = sum(p.numel() for p in module.parameters())
    mode = "training" if module.training else "evaluation"
    return notebook.table(("path", "layer", "parameters", "elements"), rows, f"{total:,} parameters, {mode} mode")
