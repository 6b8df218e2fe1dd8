"""What a contestant is asked for: a step, or a word why it has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[], Any]
"""Something to call again and again, whose result can be a number."""


class Missing(Exception):
    """A contestant does not have what a workload asks for; the message says what."""
