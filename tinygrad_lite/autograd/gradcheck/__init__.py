"""`gradcheck`: hold a backward against numerical derivatives, and say what is wrong with it."""

from __future__ import annotations
from typing import Any
from collections.abc import Callable, Sequence

class GradcheckError(RuntimeError):
    """A gradient is wrong. `report` says how."""
