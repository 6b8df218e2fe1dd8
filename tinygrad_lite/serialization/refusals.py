"""Why a file is not loaded."""

from __future__ import annotations


class Refused(Exception):
    """The file is not damaged, and still cannot be loaded."""


class NotData(Refused):
    """The file holds objects whose making can run any code."""
