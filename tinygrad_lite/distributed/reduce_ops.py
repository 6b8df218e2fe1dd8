"""The operations by which values of several processes become one."""

from __future__ import annotations

import enum
import warnings
from typing import Any

import numpy as np


class RedOpType(enum.IntEnum):
    """The kinds of reduction, with PyTorch's numbers."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7
    PREMUL_SUM = 8

    def __str__(self) -> str:
        return f"RedOpType.{self.name}"


class ReduceOp:
    """The reductions: SUM, AVG (the mean), PRODUCT, MIN, MAX, and of whole numbers the bits' BAND, BOR, BXOR.

    Of bools the sum is "or", the product "and". PyTorch's PREMUL_SUM is NCCL's alone and is refused.

    Raises:
        RuntimeError: in what is given one that the dtype does not have.

    >>> from tinygrad_lite.distributed import ReduceOp
    >>> ReduceOp.MAX
    <RedOpType.MAX: 4>
    """

    RedOpType = RedOpType
    SUM = RedOpType.SUM
    AVG = RedOpType.AVG
    PRODUCT = RedOpType.PRODUCT
    MIN = RedOpType.MIN
    MAX = RedOpType.MAX
    BAND = RedOpType.BAND
    BOR = RedOpType.BOR
    BXOR = RedOpType.BXOR
    PREMUL_SUM = RedOpType.PREMUL_SUM


class _Deprecated:
    """PyTorch's former name for `ReduceOp`."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks objects for some of these
            raise AttributeError(name)
        warnings.warn(
            "`torch.distributed.reduce_op` is deprecated, please use `torch.distributed.ReduceOp` instead",
            FutureWarning,
            stacklevel=2,
        )
        return getattr(ReduceOp, name)


reduce_op = _Deprecated()

_OF_MPI = {"SUM": "SUM", "AVG": "SUM", "PRODUCT": "PROD", "MIN": "MIN", "MAX": "MAX"}


def check_reduction(op: Any, dtype: np.dtype[Any]) -> RedOpType:
    """The kind of reduction, if there is such a one for the dtype.

    Raises:
        TypeError: for what is no ReduceOp.
        RuntimeError: for a reduction that numbers of the dtype do not have.
    """
    if isinstance(op, RedOpType):
        kind = op
    else:
        raise TypeError(f"op must be a ReduceOp, such as ReduceOp.SUM, not {type(op).__name__}")
    if kind is RedOpType.PREMUL_SUM or (kind is RedOpType.AVG and dtype.kind != "f"):
        raise RuntimeError(
            f"Cannot use ReduceOp.{kind.name} with MPI and dtype {dtype}"
            + (": use ReduceOp.SUM and divide" if kind is RedOpType.AVG else "")
        )
    if kind in (RedOpType.BAND, RedOpType.BOR, RedOpType.BXOR) and dtype.kind == "f":
        raise RuntimeError(f"Cannot use ReduceOp.{kind.name} with non-integral dtype: {dtype}")
    return kind


def name_in_mpi(kind: RedOpType, is_bool: bool) -> str:
    """MPI's name of a reduction. Bools are bytes of 0 and 1, of which the sum is their maximum."""
    if is_bool:
        kind = {RedOpType.SUM: RedOpType.MAX, RedOpType.PRODUCT: RedOpType.MIN}.get(kind, kind)
    return _OF_MPI.get(kind.name, kind.name)
