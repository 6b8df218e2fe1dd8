"""PyTorch's anomaly mode, on this library's recorder: the operation at fault raises, in the forward pass already."""

from __future__ import annotations

from contextlib import AbstractContextManager

from ..insight.anomaly import Anomaly, AnomalyError
from ..tensors.observation import add_observer, observers, remove_observer


def _current() -> Anomaly | None:
    """The observer that is this thread's anomaly mode."""
    return next((each for each in observers() if isinstance(each, Anomaly)), None)


def _replace(mode: Anomaly | None) -> Anomaly | None:
    """Let this be the anomaly mode of this thread, and return what it was before."""
    before = _current()
    if before is not None:
        remove_observer(before)
        before.writes.close()
    if mode is not None:
        add_observer(mode)
        mode.writes.open()
    return before


def is_anomaly_enabled() -> bool:
    """True if this thread is in anomaly mode.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.detect_anomaly():
    ...     tl.is_anomaly_enabled()
    True
    """
    return _current() is not None


def is_anomaly_check_nan_enabled() -> bool:
    """True if this thread is in anomaly mode and values are looked at.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.detect_anomaly(check_nan=False):
    ...     tl.is_anomaly_check_nan_enabled()
    False
    """
    mode = _current()
    return mode is not None and mode.check_nan


class detect_anomaly(AbstractContextManager[None]):
    """Raise at the first operation that makes NaN or infinity of finite numbers, while a `with` block lasts.

    The error names the operation, how many of its results are not finite, the numbers that the first of these was
    made of, the line that called it, the module, and what usually helps. This holds for the forward pass and for the
    backward pass. PyTorch's mode looks at the backward pass alone, and there for NaN alone. The mode belongs to the
    thread that entered it, and makes operations several times slower. A compiled function runs as it is written.

    Where the backward pass finds that a saved array was changed, the error names the line that saved it and the line
    that has written to it; for a write by NumPy, to memory that it shares, the two lines between which it was made.

    Args:
        check_nan: False lets all values pass. Errors of the backward pass still name the line of the operation.
        check_inf: False lets infinity pass, and looks for NaN alone.

    Raises:
        RuntimeError: at the operation at fault.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([4.0, 0.0], requires_grad=True)
    >>> with tl.autograd.detect_anomaly():
    ...     tl.where(x > 1, x.sqrt(), 0).sum().backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    tinygrad_lite.autograd.AnomalyError: Function 'SqrtBackward0' returned nan values in its 0th output.
      sqrt: 1 of 2 gradients is NaN, made of a finite gradient of its result; the first at (1,), where ...
      its derivative is dx = g / (2 out), in ops/elementwise.py:...
      called at ...
      the slope of the root at 0 is infinite: add an eps inside the root, or ...
    """

    def __init__(self, check_nan: bool = True, *, check_inf: bool = True) -> None:
        self.check_nan, self.check_inf = check_nan, check_inf
        self._before: list[Anomaly | None] = []

    def __enter__(self) -> None:
        self._before.append(_replace(Anomaly(self.check_nan, self.check_inf)))

    def __exit__(self, *exception: object) -> None:
        _replace(self._before.pop())


class set_detect_anomaly(AbstractContextManager[None]):
    """Turn anomaly mode on or off in this thread, at once; as a `with` block, until the block ends.

    Args:
        mode: True to turn it on.
        check_nan, check_inf: as for `detect_anomaly`.

    Raises:
        RuntimeError: while it is on, at the operation at fault.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.set_detect_anomaly(True):
    ...     tl.is_anomaly_enabled()
    True
    >>> tl.is_anomaly_enabled()
    False
    """

    def __init__(self, mode: bool, check_nan: bool = True, *, check_inf: bool = True) -> None:
        self._before = _replace(Anomaly(check_nan, check_inf) if mode else None)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        _replace(self._before)


for _public in (detect_anomaly, set_detect_anomaly):
    _public.__module__ = "tinygrad_lite.autograd"
AnomalyError.__module__ = "tinygrad_lite.autograd"
