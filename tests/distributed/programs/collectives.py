"""Run by `mpiexec`: each operation, and beside it what one process computes from the inputs of all ranks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

import tinygrad_lite as tl
import tinygrad_lite.distributed as dist
from tinygrad_lite.distributed import ReduceOp

warnings.simplefilter("error")
dist.init_process_group(timeout=timedelta(seconds=20))
me, size = dist.get_rank(), dist.get_world_size()
last = size - 1
others = [rank for rank in range(size) if rank != me]


def given(rank: int, dtype: Any = tl.float32, shape: tuple[int, ...] = (2, 3), scale: int = 1) -> Any:
    """The Tensor that a rank has: any rank can make it."""
    numbers = np.random.default_rng(rank).integers(0 if dtype is tl.bool else 1, 2 if dtype is tl.bool else 7, shape)
    return tl.tensor(numbers * scale, dtype=dtype)


def everyones(*args: Any) -> np.ndarray[Any, Any]:
    return np.stack([given(rank, *args).numpy() for rank in range(size)])


def same(found: Any, expected: Any, what: str) -> None:
    assert np.array_equal(np.asarray(found), np.asarray(expected)), f"{what}, rank {me}: {found} is not {expected}"


def raises(kind: type[BaseException], phrase: str, call: Callable[[], Any]) -> None:
    said = "nothing"
    try:
        call()
    except kind as error:
        said = str(error)
    assert phrase in said, said


# ------------------------------------------------------------------------------------------------------- reductions

FLOATS, WHOLE = (tl.float16, tl.float32, tl.float64), (tl.int8, tl.uint8, tl.int16, tl.int32, tl.int64)
REDUCTIONS: dict[Any, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    ReduceOp.SUM: (lambda x: x.sum(0), FLOATS + WHOLE),
    ReduceOp.AVG: (lambda x: x.astype(float).mean(0), FLOATS),
    ReduceOp.PRODUCT: (lambda x: x.prod(0), FLOATS + WHOLE),
    ReduceOp.MIN: (lambda x: x.min(0), (*FLOATS, *WHOLE, tl.bool)),
    ReduceOp.MAX: (lambda x: x.max(0), (*FLOATS, *WHOLE, tl.bool)),
    ReduceOp.BAND: (lambda x: np.bitwise_and.reduce(x), (*WHOLE, tl.bool)),
    ReduceOp.BOR: (lambda x: np.bitwise_or.reduce(x), (*WHOLE, tl.bool)),
    ReduceOp.BXOR: (lambda x: np.bitwise_xor.reduce(x), (*WHOLE, tl.bool)),
}
for op, (formula, dtypes) in REDUCTIONS.items():
    for dtype in dtypes:
        x, all_of_them = given(me, dtype), everyones(dtype)
        expected = formula(all_of_them).astype(all_of_them.dtype)
        memory = x.data_ptr()
        assert dist.all_reduce(x, op) is None
        same(x, expected, f"all_reduce {op} {dtype}")
        assert x.data_ptr() == memory
        x = given(me, dtype)
        dist.reduce(x, last, op)
        same(x, expected if me == last else given(me, dtype), f"reduce {op} {dtype}")
for op, formula in ((ReduceOp.SUM, np.any), (ReduceOp.PRODUCT, np.all)):  # of bools: "or" and "and"
    x = given(me, tl.bool)
    dist.all_reduce(x, op)
    same(x, formula(everyones(tl.bool), 0), f"all_reduce of bools {op}")
x = tl.ones(size, dtype=tl.float16)
x[me] = 2048
dist.all_reduce(x)
same(x, [2048 + size - 1] * size, "float16, rounded once and not after each sum")

# ------------------------------------------------------------------------- memory: strided, empty, 0-d, large, saved

for shape in ((), (0,), (2, 0), (1,), (100_003,)):
    x = given(me, tl.float64, shape)
    dist.all_reduce(x)
    same(x, everyones(tl.float64, shape).sum(0), f"shape {shape}")
wide = tl.zeros(2, 6)
part = wide[:, ::2]
part.copy_(given(me))
dist.all_reduce(part)
same(wide[:, ::2], everyones().sum(0), "every second column")
same(wide[:, 1::2], np.zeros((2, 3)), "between them")
x = given(me).t()
dist.broadcast(x, src=last)
same(x, given(last).numpy().T, "transposed")
raises(RuntimeError, "single memory", lambda: dist.all_reduce(tl.ones(1).expand(3)))
w = tl.ones(2, requires_grad=True)
y = (w * w).sum()
version = w._version
dist.all_reduce(w)
assert w._version > version
raises(RuntimeError, "modified by an inplace operation", y.backward)  # never a derivative of other values

# ------------------------------------------------------------------------------------------------- moving Tensors

for dtype in (*FLOATS, *WHOLE, tl.bool):
    x = given(me, dtype)
    dist.broadcast(x, src=last)
    same(x, given(last, dtype), f"broadcast {dtype}")
    found = [tl.zeros(2, 3, dtype=dtype) for _ in range(size)]
    dist.all_gather(found, given(me, dtype))
    same(tl.stack(found), everyones(dtype), f"all_gather {dtype}")
for shape in ((2 * size, 3), (size, 2, 3), (2 * 3 * size,)):
    out = tl.zeros(shape)
    work = dist.all_gather_into_tensor(out, given(me), async_op=True)
    assert work is not None and work.wait() and work.is_completed() and work.is_success()
    same(out.reshape(size, 2, 3), everyones(), f"all_gather_into_tensor {shape}")
found = [tl.zeros(2, 3) for _ in range(size)] if me == last else []
dist.gather(given(me), found or None, dst=last)
if me == last:
    same(tl.stack(found), everyones(), "gather")
x = tl.zeros(2, 3)
dist.scatter(x, [given(10 + rank) for rank in range(size)] if me == last else None, src=last)
same(x, given(10 + me), "scatter")
table = np.array([[given(100 * a + b).numpy() for b in range(size)] for a in range(size)])  # of rank a, for rank b
x = tl.zeros(2, 3)
dist.reduce_scatter(x, [given(100 * me + b) for b in range(size)], ReduceOp.MAX)
same(x, table.max(0)[me], "reduce_scatter")
dist.reduce_scatter_tensor(x, tl.from_numpy(table[me]))
same(x, table.sum(0)[me], "reduce_scatter_tensor")
found = [tl.zeros(2, 3) for _ in range(size)]
dist.all_to_all(found, [given(100 * me + b) for b in range(size)])
same(tl.stack(found), table[:, me], "all_to_all")
out = tl.zeros(2 * size, 3)
dist.all_to_all_single(out, tl.from_numpy(table[me]).reshape(2 * size, 3))
same(out.reshape(size, 2, 3), table[:, me], "all_to_all_single")
sent = [b + 1 for b in range(size)]  # rank a sends b + 1 numbers to rank b
out = tl.zeros((me + 1) * size, dtype=tl.int64)
dist.all_to_all_single(out, tl.full((sum(sent),), me), [me + 1] * size, sent)
same(out, np.repeat(np.arange(size), me + 1), "all_to_all_single in parts")

# ---------------------------------------------------------------------------------------------------------- messages

right, left = (me + 1) % size, (me - 1) % size
for dtype in (tl.float16, tl.float64, tl.bool):
    x = tl.zeros(2, 3, dtype=dtype)
    works = [dist.isend(given(me, dtype), right, tag=3), dist.irecv(x, left, tag=3)]
    for work in works:
        assert work is not None and work.wait()
    assert works[1] is not None and works[1].source_rank() == left
    same(x, given(left, dtype), f"round the ring {dtype}")
x = tl.zeros(3, 2).t()  # not contiguous
if me == 0:
    dist.send(given(0), 1)
elif me == 1:
    assert dist.recv(x) == 0  # from anybody
    same(x, given(0), "recv")
x = tl.zeros(2, 3)
for work in dist.batch_isend_irecv([dist.P2POp(dist.isend, given(me), right), dist.P2POp(dist.irecv, x, left)]):
    work.wait()
same(x, given(left), "batch_isend_irecv")
if me == 0:
    dist.send_object_list([{"a": 1}, "b"], 1)
elif me == 1:
    objects: list[Any] = [None, None]
    assert dist.recv_object_list(objects, 0) == 0 and objects == [{"a": 1}, "b"]
raises(ValueError, "Invalid destination rank: destination rank should not be the same", lambda: dist.send(x, me))

# ----------------------------------------------------------------------------------------------------------- objects

objects = [None] * size
dist.all_gather_object(objects, ("x" * (10 * me + 1), me))
assert objects == [("x" * (10 * rank + 1), rank) for rank in range(size)]
objects = [None] * size
dist.gather_object({me}, objects if me == last else None, dst=last)
assert me != last or objects == [{rank} for rank in range(size)]
objects = ["mine", me] if me else ["zero's", None]
dist.broadcast_object_list(objects)
assert objects == ["zero's", None]
objects = [None]
dist.scatter_object_list(objects, [f"for {rank}" for rank in range(size)] if me == last else None, src=last)
assert objects == [f"for {me}"]

# ------------------------------------------------------------------------------------------------------------ groups

some = dist.new_group([last, 0], group_desc="the first and the last")
turned = dist.new_group([last, 0], sort_ranks=False)
if me in (0, last):
    assert isinstance(some, dist.ProcessGroup) and isinstance(turned, dist.ProcessGroup)
    assert (dist.get_rank(some), dist.get_world_size(some)) == ((0 if me == 0 else 1), 2)
    assert dist.get_process_group_ranks(turned) == [last, 0] and dist.get_rank(turned) == (1 if me == 0 else 0)
    x = given(me)
    dist.all_reduce(x, group=some)
    same(x, given(0).numpy() + given(last).numpy(), "all_reduce of some")
    x = given(me)
    dist.broadcast(x, src=last, group=some)
    same(x, given(last), "broadcast of some, by the rank among all")
    x = given(me)
    dist.broadcast(x, group_src=0, group=turned)
    same(x, given(last), "broadcast of some, by the rank in the group")
    dist.destroy_process_group(turned)
else:
    assert some == dist.GroupMember.NON_GROUP_MEMBER and dist.get_rank(some) == -1 == dist.get_world_size(some)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert dist.all_reduce(tl.ones(2), group=some) is None
    assert f"Running all_reduce on global rank {me} which does not belong to the given group" in str(said[0].message)

# ---------------------------------------------------------------------------------- what is wrong is said before it is done

x = given(me)
raises(TypeError, "Expected parameter `tensor` of type torch.Tensor", lambda: dist.all_reduce([x]))  # type: ignore[arg-type]  # refused
raises(TypeError, "Expected parameter `tensor_list` of type List[torch.Tensor]", lambda: dist.all_gather(x, x))  # type: ignore[arg-type]  # refused
raises(ValueError, "different dtypes", lambda: dist.all_gather_into_tensor(tl.zeros(2 * size, 3).double(), x))
raises(RuntimeError, f"expected length {size}, got 1", lambda: dist.all_gather([x], x))
raises(RuntimeError, "all_gather_into_tensor", lambda: dist.all_gather_into_tensor(tl.zeros(1), x))
raises(ValueError, "Must specify global_rank or group_rank", lambda: dist.broadcast(x))
raises(ValueError, "Can't specify both", lambda: dist.broadcast(x, 0, group_src=0))
raises(ValueError, f"Global rank {size} is not part of group", lambda: dist.broadcast(x, size))
raises(ValueError, "twice", dist.init_process_group)
raises(ValueError, "duplicate", lambda: dist.new_group([0, 0]))
raises(ValueError, "out of range", lambda: dist.new_group([size]))
raises(RuntimeError, "Cannot use ReduceOp.AVG", lambda: dist.all_reduce(x.long(), ReduceOp.AVG))
raises(RuntimeError, "Cannot use ReduceOp.BAND", lambda: dist.all_reduce(x, ReduceOp.BAND))
same(x, given(me), "nothing was changed")

# ----------------------------------------- ranks that are at different things say so, all of them, and nothing is moved

x = given(me)
wrong = (lambda: dist.all_reduce(x)) if me == 0 else (lambda: dist.broadcast(x, 0))
raises(dist.DistBackendError, "Detected mismatch between collectives on ranks. Rank 0 is running", wrong)
raises(RuntimeError, "float32, 6 elements", lambda: dist.all_reduce(x if me == 0 else tl.ones(5)))
raises(RuntimeError, "float64, 6 elements", lambda: dist.all_reduce(x if me == 0 else x.double()))
raises(RuntimeError, "RedOpType.MAX", lambda: dist.all_reduce(x, ReduceOp.SUM if me else ReduceOp.MAX))
same(x, given(me), "nothing was changed")
receipt = dist.irecv(tl.zeros(1), last, tag=9) if me == 0 else None
if receipt is not None:  # which nobody has sent yet
    raises(RuntimeError, "Timed out waiting 50ms for recv(float32, 1", lambda: receipt.wait(timedelta(seconds=0.05)))
dist.barrier()
if me == last:
    dist.send(tl.zeros(1), 0, tag=9)
if receipt is not None:
    receipt.wait()
dist.barrier()
dist.monitored_barrier()
dist.destroy_process_group()
assert not dist.is_initialized()
raises(ValueError, "Default process group has not been initialized", dist.get_rank)
print(f"rank {me} of {size}: all as one process computes it", flush=True)
