"""PyTorch's `DataParallel` where there is one device: it calls the module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..module.module import Module


class DataParallel(Module):
    """A module that would share a batch out among GPUs. There are none: it calls the module that it holds.

    The dtypes and shapes are those of the module. The keys of its state begin with `module.`, as in PyTorch.

    Args:
        module: the module.
        device_ids: the GPUs, of which there are none.
        output_device: where the results would be gathered.
        dim: the dimension along which a batch would be shared out.

    Raises:
        TypeError: if the module is none.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.DataParallel(tl.nn.Linear(2, 1))
    >>> list(model.state_dict()), model(tl.ones(3, 2)).shape
    (['module.weight', 'module.bias'], Size([3, 1]))
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Return the module's result."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """Call a module with a batch, which would be shared out among GPUs: there are none.

    Args:
        module: the module.
        inputs: its argument, or a tuple of them.
        device_ids: the GPUs.
        output_device: where the results would be gathered.
        dim: the dimension along which a batch would be shared out.
        module_kwargs: arguments by name.

    Raises:
        TypeError: if the arguments do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.nn.parallel.data_parallel(tl.nn.ReLU(), tl.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """
    args = inputs if isinstance(inputs, tuple) else () if inputs is None else (inputs,)
    return module(*args, **(module_kwargs or {}))
