"""Reads every page again when the code that its cells show has changed."""

from __future__ import annotations

from typing import Any


def setup(app: Any) -> dict[str, Any]:
    app.add_config_value("code_state", "", "env")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
