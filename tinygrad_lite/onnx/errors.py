"""The errors that an export raises."""

from __future__ import annotations


class OnnxExporterError(RuntimeError):
    """A model cannot be exported to ONNX. The message names the layer and the line.

    >>> raise OnnxExporterError("onnx.export: layer 0 (Dropout), model.py:12: it draws random numbers")
    Traceback (most recent call last):
    ...
    tinygrad_lite.onnx.errors.OnnxExporterError: onnx.export: layer 0 (Dropout), model.py:12: it draws random numbers
    """


class NotExportable(Exception):
    """The reason why one call has no ONNX form. Where its result is used, it becomes an `OnnxExporterError`."""
