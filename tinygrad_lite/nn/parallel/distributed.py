"""A model that several processes train, each on a part of every batch."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core import versions
from ...core.modes import in_force, thread
from ...core.tracing import allow_in_graph
from ...distributed.collectives import start
from ...distributed.objects import all_gather_object
from ...distributed.process_groups import ProcessGroup, default_group
from ...types.annotations import Tensor
from ..module.module import Module
from ..module.parameter import UninitializedParameter
from .gradient_buckets import MEGABYTE, Reducer


class DistributedDataParallel(Module):
    """A model that several processes train together: each on its part of the batch, with the mean of all gradients.

    The processes begin with the parameters and buffers of rank 0. In `backward()` the gradients of each are replaced by
    their mean over all processes, so that every optimizer makes the same step. With a loss that is the mean over the
    batch, and parts of equal size, this is the step of the whole batch, up to rounding. The means are computed while
    the backward pass still runs, in buckets of parameters, the last ones first.

    The keys of its state begin with `module.`, as in PyTorch; `ddp.module.state_dict()` is the model's own, which one
    process may save and any number may load. `compile(model)` may be inside, and the forward pass, or a whole training
    step, may be compiled: there the gradients are reduced in one piece at the end of the backward pass.

    Args:
        module: the model. Its dtypes and shapes are those of the result.
        device_ids: the GPUs, of which there are none.
        output_device: where the results would go.
        dim: the dimension along which a batch would be shared out among GPUs.
        broadcast_buffers: whether the buffers are those of rank 0 in every forward pass.
        init_sync: whether the processes begin with the parameters and buffers of rank 0, which is else up to you.
        process_group: the processes; by default, all.
        bucket_cap_mb: the size of a bucket in MiB; by default 25. The first is of 1 MiB at most.
        find_unused_parameters: whether a backward pass may leave out parameters, other ones in each process. Those that
            no process has used keep the gradients that they have.
        check_reduction: deprecated in PyTorch, and not used.
        gradient_as_bucket_view: whether the gradients stay in the buckets, which saves a copy and their memory.
        static_graph: whether the same parameters are used in every pass; it is not made use of.
        delay_all_reduce_named_params: not available.
        param_to_hook_all_reduce: not available.
        mixed_precision: not available.
        device_mesh: not available.
        skip_all_reduce_unused_params: not used.
        bucket_cap_mb_list: not used.
        batched_grad_copy: not used.
        forward_sync_buffers: the same as broadcast_buffers.

    Raises:
        ValueError: before `init_process_group`, and for device_ids.
        RuntimeError: if no parameter requires a gradient, if the models of the processes differ, and in a forward pass
            if the backward pass before it left out parameters.
        NotImplementedError: for embeddings with sparse gradients, and arguments that are not available.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    Source: Li et al., PyTorch Distributed: Experiences on Accelerating Data Parallel Training, 2020,
    https://arxiv.org/abs/2006.15704.

    >>> import tinygrad_lite as tl
    >>> import tinygrad_lite.distributed as dist
    >>> dist.init_process_group("gloo", rank=0, world_size=1)
    >>> model = tl.nn.parallel.DistributedDataParallel(tl.nn.Linear(2, 1))
    >>> list(model.state_dict()), model(tl.ones(3, 2)).shape
    (['module.weight', 'module.bias'], Size([3, 1]))
    >>> dist.destroy_process_group()
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[Any] | None = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool | None = None,
        init_sync: bool = True,
        process_group: ProcessGroup | None = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        delay_all_reduce_named_params: Any = None,
        param_to_hook_all_reduce: Any = None,
        mixed_precision: Any = None,
        device_mesh: Any = None,
        skip_all_reduce_unused_params: bool = False,
        bucket_cap_mb_list: list[int] | None = None,
        batched_grad_copy: bool = False,
        forward_sync_buffers: bool | None = None,
    ) -> None:
        super().__init__()
        for name, value in (
            ("delay_all_reduce_named_params", delay_all_reduce_named_params),
            ("param_to_hook_all_reduce", param_to_hook_all_reduce),
            ("mixed_precision", mixed_precision),
            ("device_mesh", device_mesh),
        ):
            if value is not None:
                raise NotImplementedError(f"DistributedDataParallel: {name} is not available; leave it out")
        self.process_group = process_group or default_group()
        if device_ids or output_device is not None:
            raise ValueError(
                "DistributedDataParallel device_ids and output_device arguments only work with "
                "single-device/multiple-device GPU modules or CPU modules, but got device_ids "
                f"{device_ids}, output_device {output_device}, and module parameters {{device(type='cpu')}}: "
                "leave them out"
            )
        named = [(name, p) for name, p in module.named_parameters() if p.requires_grad]
        if not named:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        if sparse := [name for name, child in module.named_modules() if getattr(child, "sparse", False) is True]:
            raise NotImplementedError(
                f"DistributedDataParallel: the gradients of {', '.join(map(repr, sparse))} are sparse, and processes "
                "exchange dense ones: leave sparse=False in these embeddings"
            )
        if any(isinstance(p, UninitializedParameter) for _, p in named):
            raise RuntimeError(
                "Modules with uninitialized parameters can't be used with `DistributedDataParallel`. Run a dummy "
                "forward pass to correctly initialize the modules"
            )
        self.module = module
        self.device_ids = self.output_device = None
        self.dim = dim
        given = [each for each in (forward_sync_buffers, broadcast_buffers) if each is not None]
        self.broadcast_buffers = bool(given[0]) if given else True
        self.find_unused_parameters = find_unused_parameters
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.static_graph = static_graph
        self.require_backward_grad_sync = True
        self.bucket_bytes_cap = int((25 if bucket_cap_mb is None else bucket_cap_mb) * MEGABYTE)
        self.reducer: Reducer | None = None
        if self.process_group.size() > 1:
            self._check_models([p for _, p in named])
            if init_sync:
                self._broadcast([*module.parameters(), *module.buffers()])
            self.reducer = self._reducer()

    def _reducer(self) -> Reducer:
        named = [(name, p) for name, p in self.module.named_parameters() if p.requires_grad]
        settings = self.bucket_bytes_cap, self.find_unused_parameters, self.gradient_as_bucket_view
        return Reducer([name for name, _ in named], [p for _, p in named], self.process_group, *settings)

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in self.__dict__.items() if name not in ("process_group", "reducer")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.process_group = default_group()
        self.reducer = self._reducer() if self.process_group.size() > 1 else None

    def _check_models(self, parameters: list[Any]) -> None:
        """Raise if the processes have not the same model."""
        mine = [(tuple(p.shape), str(p.dtype)) for p in parameters]
        found: list[Any] = [None] * self.process_group.size()
        all_gather_object(found, mine, self.process_group)
        for rank, theirs in enumerate(found):
            if len(theirs) != len(found[0]):
                raise RuntimeError(
                    f"DDP expects same model across all ranks, but Rank 0 has {len(found[0])} params, while rank "
                    f"{rank} has inconsistent {len(theirs)} params."
                )
            for i, (first, other) in enumerate(zip(found[0], theirs, strict=True)):
                if first != other:
                    raise RuntimeError(
                        f"[{rank}]: params[{i}] in this process with sizes {list(other[0])} and dtype {other[1]} "
                        f"appears not to match sizes of the same param in process 0: {list(first[0])}, {first[1]}."
                    )

    def _broadcast(self, tensors: Sequence[Tensor]) -> None:
        """Let all processes have the values of rank 0."""
        for dtype in dict.fromkeys(t.dtype for t in tensors):
            arrays = [t._data for t in tensors if t.dtype == dtype]
            row = np.concatenate([x.reshape(-1) for x in arrays])
            what = f"broadcast of DistributedDataParallel's state ({dtype}, {row.size} elements, from rank 0)"
            start(what, self.process_group, operator.methodcaller("broadcast", row, 0))
            if self.process_group.rank():
                end = 0
                for x in arrays:
                    end += x.size
                    x[...] = row[end - x.size : end].reshape(x.shape)
                versions.wrote(*arrays)

    @allow_in_graph
    def _prepare(self, recording: bool) -> None:
        """Get ready for a forward pass: reset the reducer, and give all processes the buffers of rank 0."""
        if self.reducer is None:
            return
        if recording:
            self.reducer.begin(self.require_backward_grad_sync)
        if self.broadcast_buffers and self.require_backward_grad_sync:
            buffers = list(self.module.buffers())
            if buffers:
                self._broadcast(buffers)

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Call the wrapped model."""
        self._prepare(in_force(thread).recording)
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Let gradients accumulate in each process while the block lasts; the next pass after it reduces their sum.

        The forward pass belongs into the block too.

        >>> import tinygrad_lite as tl
        >>> import tinygrad_lite.distributed as dist
        >>> dist.init_process_group("gloo", rank=0, world_size=1)
        >>> model = tl.nn.parallel.DistributedDataParallel(tl.nn.Linear(2, 1))
        >>> with model.no_sync():
        ...     model(tl.ones(3, 2)).sum().backward()
        >>> model(tl.ones(1, 2)).sum().backward()
        >>> model.module.weight.grad
        tensor([[4., 4.]])
        >>> dist.destroy_process_group()
        """
        before = self.require_backward_grad_sync
        self.require_backward_grad_sync = False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before
