"""Operations of all processes that have derivatives.

What a process computes may depend on the values of others, and so does its loss. The derivative of the sum of all
losses is what the rules here give: the sum over the processes is its own adjoint, and gathering is that of scattering
sums.
"""

from __future__ import annotations

from typing import Any

from ...autograd.function import Function
from ...creation import empty
from ...distributed.collectives import all_gather_into_tensor, all_reduce, reduce_scatter_tensor
from ...distributed.process_groups import ProcessGroup
from ...types.annotations import Tensor


class _AllReduced(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        out = x.detach().clone().contiguous()
        all_reduce(out, group=group)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, None]:
        return _AllReduced.apply(g, ctx.group), None


class _AllGathered(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        out = empty(group.size(), *x.shape, dtype=x.dtype)
        all_gather_into_tensor(out, x.detach(), group)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, None]:
        return _SumScattered.apply(g, ctx.group), None


class _SumScattered(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        out = empty(*x.shape[1:], dtype=x.dtype)
        reduce_scatter_tensor(out, x.detach(), group=group)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, None]:
        return _AllGathered.apply(g, ctx.group), None


def all_reduced(x: Tensor, group: ProcessGroup) -> Tensor:
    """The sum of the Tensors of all processes; dx is the sum of all their gradients."""
    found: Tensor = _AllReduced.apply(x, group)
    return found


def all_gathered(x: Tensor, group: ProcessGroup) -> Tensor:
    """The Tensors of all processes, of shape (world size, ...); dx is the sum of the parts of all their gradients."""
    found: Tensor = _AllGathered.apply(x, group)
    return found
