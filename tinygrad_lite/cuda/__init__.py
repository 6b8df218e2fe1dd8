"""PyTorch's `torch.cuda` where there is no GPU: what only asks is answered, what needs one raises as PyTorch does."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from ..runtime.absent_names import absent
from .typed import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)

if TYPE_CHECKING:
    from . import amp

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "Event", "FloatTensor", "HalfTensor",
    "IntTensor", "LongTensor", "ShortTensor", "Stream",
    "amp", "current_device", "current_stream", "default_stream", "device", "device_count",
    "device_of", "empty_cache", "get_arch_list", "get_device_capability", "get_device_name", "get_device_properties",
    "get_rng_state", "get_rng_state_all", "init", "initial_seed", "ipc_collect", "is_available", "is_bf16_supported",
    "is_initialized", "manual_seed", "manual_seed_all", "max_memory_allocated", "max_memory_reserved", "mem_get_info",
    "memory_allocated", "memory_reserved", "memory_stats", "reset_peak_memory_stats", "seed", "seed_all", "set_device",
    "set_rng_state", "set_rng_state_all", "stream", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Return False, because the only device is the CPU.

    >>> import tinygrad_lite as tl
    >>> device = "cuda" if tl.cuda.is_available() else "cpu"
    >>> tl.ones(2, device=device).device
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """Return 0, the number of GPUs.

    >>> import tinygrad_lite as tl
    >>> tl.cuda.device_count()
    0
    """
    return 0


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all GPUs, of which there are none: this does nothing.

    Args:
        seed: a whole number.

    Raises:
        TypeError: if `seed` is not a number.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.cuda.manual_seed_all(0)  # leaves the CPU's generator alone
    >>> tl.rand(2)
    tensor([0.4963, 0.7682])
    """
    try:
        int(seed)
    except (TypeError, ValueError):
        raise TypeError(f"manual_seed_all: the seed must be a whole number, not {seed!r}") from None


def manual_seed(seed: int) -> None:
    """Seed the generator of the present GPU, of which there is none: this does nothing.

    Args:
        seed: a whole number.

    Raises:
        TypeError: if `seed` is not a number.

    >>> import tinygrad_lite as tl
    >>> tl.cuda.manual_seed(0)
    """
    manual_seed_all(seed)


def answers(module: str, name: str, does: str, value: Callable[[], Any] = lambda: None) -> Callable[..., Any]:
    """A function that says what is so without a GPU, or does nothing."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return value()

    shown = "" if value() is None else f"\n    {value()!r}"
    function.__doc__ = f"{does}\n\n    >>> import tinygrad_lite as tl\n    >>> tl.{module}.{name}(){shown}\n    "
    function.__name__ = function.__qualname__ = name
    function.__module__ = f"{__name__.partition('.')[0]}.{module}"
    return function


def refuses(module: str, name: str, does: str, kind: type[Exception], message: str) -> Callable[..., NoReturn]:
    """A function that needs a device which is not there."""

    def function(*args: Any, **kwargs: Any) -> NoReturn:
        raise kind(message)

    function.__doc__ = (
        f"{does}: raise, as PyTorch does where there is none.\n\n    Raises:\n        {kind.__name__}: always.\n\n"
        f"    >>> import tinygrad_lite as tl\n    >>> tl.{module}.{name}()\n    Traceback (most recent call last):\n"
        f"        ...\n    {kind.__name__}: {message}\n    "
    )
    function.__name__ = function.__qualname__ = name
    function.__module__ = f"{__name__.partition('.')[0]}.{module}"
    return function


def _answers(name: str, does: str, value: Callable[[], Any] = lambda: None) -> Callable[..., Any]:
    return answers("cuda", name, does, value)


def _refuses(name: str, does: str) -> Callable[..., NoReturn]:
    return refuses("cuda", name, does, AssertionError, "Torch not compiled with CUDA enabled")


is_initialized = _answers("is_initialized", "Return False: no GPU was ever used.", lambda: False)
_initialized = False  # which reversible networks of several authors read
is_bf16_supported = _answers("is_bf16_supported", "Return False, because there is no GPU.", lambda: False)
memory_allocated = _answers("memory_allocated", "Return 0, the bytes of Tensors on a GPU.", lambda: 0)
max_memory_allocated = _answers("max_memory_allocated", "Return 0, the most bytes of Tensors on a GPU.", lambda: 0)
memory_reserved = _answers("memory_reserved", "Return 0, the bytes that are kept on a GPU.", lambda: 0)
max_memory_reserved = _answers("max_memory_reserved", "Return 0, the most bytes kept on a GPU.", lambda: 0)
memory_stats = _answers("memory_stats", "Return an empty dictionary of figures.", OrderedDict)
get_arch_list = _answers("get_arch_list", "Return the kinds of GPU that there are kernels for: none.", list)
get_rng_state_all = _answers("get_rng_state_all", "Return the states of the GPUs' generators: none.", list)
empty_cache = _answers("empty_cache", "Give memory of GPUs back: this does nothing.")
seed = _answers("seed", "Seed the generator of the present GPU anew: this does nothing.")
seed_all = _answers("seed_all", "Seed the generators of all GPUs anew: this does nothing.")
set_rng_state_all = _answers("set_rng_state_all", "Set the states of the GPUs' generators: this does nothing.")

current_device = _refuses("current_device", "The number of the present GPU")
get_device_name = _refuses("get_device_name", "The name of a GPU")
get_device_properties = _refuses("get_device_properties", "The properties of a GPU")
get_device_capability = _refuses("get_device_capability", "The version of what a GPU can do")
set_device = _refuses("set_device", "Choose a GPU")
synchronize = _refuses("synchronize", "Wait for a GPU")
init = _refuses("init", "Begin to use GPUs")
initial_seed = _refuses("initial_seed", "The seed of a GPU's generator")
get_rng_state = _refuses("get_rng_state", "The state of a GPU's generator")
set_rng_state = _refuses("set_rng_state", "Set the state of a GPU's generator")
current_stream = _refuses("current_stream", "The present stream of a GPU")
default_stream = _refuses("default_stream", "The default stream of a GPU")
mem_get_info = _refuses("mem_get_info", "The free memory of a GPU")
ipc_collect = _refuses("ipc_collect", "Give memory back that processes share")
reset_peak_memory_stats = _refuses("reset_peak_memory_stats", "Begin to count a GPU's memory anew")


class device:
    """A context that chooses a GPU, and does nothing where there is none.

    Args:
        device: the number of the GPU, or None.

    Raises:
        TypeError: without an argument.

    >>> import tinygrad_lite as tl
    >>> with tl.cuda.device(0):
    ...     tl.ones(1).device
    device(type='cpu')
    """

    def __init__(self, device: Any) -> None:
        self.idx = -1

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


class device_of(device):
    """A context that chooses the GPU of a Tensor, and does nothing where there is none.

    Args:
        obj: the Tensor.

    Raises:
        TypeError: without an argument.

    >>> import tinygrad_lite as tl
    >>> with tl.cuda.device_of(tl.ones(1)):
    ...     pass
    """

    def __init__(self, obj: Any) -> None:
        super().__init__(None)


class stream(device):
    """A context that chooses a stream, and does nothing where there is none.

    Args:
        stream: the stream, or None.

    Raises:
        TypeError: without an argument.

    >>> import tinygrad_lite as tl
    >>> with tl.cuda.stream(None):
    ...     pass
    """

    def __init__(self, stream: Any) -> None:
        super().__init__(None)


class Stream:
    """A stream of a GPU: there is none.

    Raises:
        RuntimeError: always.

    >>> import tinygrad_lite as tl
    >>> tl.cuda.Stream()
    Traceback (most recent call last):
        ...
    RuntimeError: torch.cuda.Stream requires CUDA support
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("torch.cuda.Stream requires CUDA support")


class Event:
    """A point in a stream of a GPU: there is none. Time with `time.perf_counter`.

    Raises:
        RuntimeError: always.

    >>> import tinygrad_lite as tl
    >>> tl.cuda.Event()
    Traceback (most recent call last):
        ...
    RuntimeError: Tried to instantiate dummy base class Event
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("Tried to instantiate dummy base class Event")


if not TYPE_CHECKING:  # a checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        if name == "amp":
            return importlib.import_module(".amp", __name__)
        raise absent("cuda", name)
