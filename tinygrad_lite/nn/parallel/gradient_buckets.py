"""The mean of the processes' gradients, computed while the backward pass still runs.

Parameters lie in buckets, in the reverse of the order in which they were registered, which is about the order in which
the backward pass reaches them. When the last gradient of a bucket has come, the sum of the bucket over all processes is
begun, and goes on beside the rest of the backward pass. At its end, what is not complete is waited for, and the means
become the parameters' gradients.

The engine knows nothing of this. While there is a model of several processes, two of its methods have others around
them: `Reading.deposit`, by which a gradient comes to a leaf, and `walk`, the backward pass.
"""

from __future__ import annotations

import functools
import itertools
import threading
import weakref
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from ...core import tensor as core
from ...core import versions
from ...core.graph import ON_ARRAYS, Leaf, Node, Reading
from ...core.primitive import Array, Traced
from ...core.tracing import graph_break
from ...distributed.process_groups import ProcessGroup
from ...distributed.reduce_ops import RedOpType
from ...distributed.work import Work
from ...tensors.hooked_walk import WALK
from ...tensors.replaced_methods import Method
from ..module.parameter import Parameter
from .differentiable import all_reduced

DEPOSIT = Method(Reading, "deposit")
FIRST_BUCKET = 1 << 20
"""The bytes of the first bucket: it is small, so that the processes begin early."""

MEGABYTE = 1 << 20

_reducers: weakref.WeakSet[Reducer] = weakref.WeakSet()
_numbers = itertools.count()
_walks = threading.local()


class Bucket:
    """Gradients that are summed together, in one array."""

    def __init__(self, places: list[int], parameters: Sequence[Parameter]) -> None:
        self.places = places
        dtype = parameters[places[0]]._data.dtype
        sizes = [parameters[i]._data.size for i in places]
        self.array = np.empty(sum(sizes), np.float32 if dtype == np.float16 else dtype)
        ends = np.cumsum(sizes)
        self.views = {
            i: self.array[end - n : end].reshape(parameters[i]._data.shape)
            for i, n, end in zip(places, sizes, ends, strict=True)
        }
        self.missing = len(places)
        self.work: Work | None = None


def in_buckets(parameters: Sequence[Parameter], cap: int) -> list[Bucket]:
    """Buckets of one dtype each, of at most about `cap` bytes, the last parameters first."""
    full: list[list[int]] = []
    filling: dict[Any, tuple[list[int], int]] = {}
    for i in reversed(range(len(parameters))):
        array = parameters[i]._data
        places, size = filling.pop(array.dtype, ([], 0))
        places.append(i)
        if (size := size + array.nbytes) >= (cap if full else min(FIRST_BUCKET, cap)):
            full.append(places)
        else:
            filling[array.dtype] = places, size
    full += [places for places, _ in filling.values()]
    return [Bucket(places, parameters) for places in sorted(full, key=lambda places: -places[0])]


class Reducer:
    """The gradients of one model, in all processes of a group.

    Args:
        names: the names of the parameters.
        parameters: those that require a gradient.
        group: the processes.
        cap: the bytes of a bucket.
        find_unused: whether a backward pass may leave parameters out.
        as_views: whether the gradients stay in the buckets.
    """

    def __init__(
        self,
        names: list[str],
        parameters: list[Parameter],
        group: ProcessGroup,
        cap: int,
        find_unused: bool,
        as_views: bool,
    ) -> None:
        self.names, self.parameters, self.group = names, parameters, group
        self.find_unused = find_unused
        self.buckets = in_buckets(parameters, cap)
        self.as_views = as_views and all(p._data.dtype != np.float16 for p in parameters)  # which is summed in float32
        self.bucket_of = {i: bucket for bucket in self.buckets for i in bucket.places}
        self.number = next(_numbers)
        self.synchronizes = True
        self.forget()
        watch(self)

    def forget(self) -> None:
        """Expect gradients anew."""
        self.ready: set[int] = set()
        self.launched = 0
        self.used = np.zeros(len(self.parameters), np.uint8)
        for bucket in self.buckets:
            bucket.missing, bucket.work = len(bucket.places), None

    def begin(self, synchronizes: bool) -> None:
        """Expect the gradients of another forward pass.

        Raises:
            RuntimeError: if those of the last one were never complete.
        """
        if self.ready:
            missing = [name for i, name in enumerate(self.names) if i not in self.ready]
            raise RuntimeError(
                "Expected to have finished reduction in the prior iteration before starting a new one. This error "
                "indicates that your module has parameters that were not used in producing loss. You can enable unused "
                "parameter detection by passing the keyword argument `find_unused_parameters=True` to "
                "`torch.nn.parallel.DistributedDataParallel`, and by making sure all `forward` function outputs "
                f"participate in calculating loss. Parameters which did not receive grad for rank {self.group.rank()}: "
                f"{', '.join(missing)}"
            )
        self.synchronizes = synchronizes

    # ----------------------------------------------------------------------------------- one gradient after the other

    def mark_ready(self, i: int, g: Array | None) -> None:
        """Put a gradient that is complete into its bucket, with what its parameter has accumulated before.

        Raises:
            RuntimeError: if there was one before in this pass, or the parameter has another form than it had.
        """
        bucket = self.bucket_of[i]
        view, share, now = bucket.views[i], 1.0 / self.group.size(), self.parameters[i]._data
        if view.shape != now.shape or view.dtype != (np.float32 if now.dtype == np.float16 else now.dtype):
            raise RuntimeError(
                f"DistributedDataParallel: {self.names[i]} had shape {list(view.shape)} and dtype {view.dtype} when "
                f"it was wrapped, and has now {list(now.shape)} and {now.dtype}: convert the model first, and wrap it "
                "then"
            )
        if i in self.ready:
            raise RuntimeError(
                "Expected to mark a variable ready only once. This error is caused by one of the following reasons: 1) "
                "Use of a module parameter outside the `forward` function. 2) Reused parameters in multiple reentrant "
                "backward passes. 3) find_unused_parameters with several backward passes inside each other. Parameter: "
                f"{self.names[i]}"
            )
        self.ready.add(i)
        held = self.parameters[i]._grad
        if held is not None and g is not None:
            np.add(held._data, g, out=view)
            view *= share
        elif (whole := g if held is None else held._data) is None:
            view[...] = 0
        else:
            np.multiply(whole, share, out=view)
        bucket.missing -= 1
        while self.launched < len(self.buckets) and not self.buckets[self.launched].missing:
            self._launch(self.buckets[self.launched])
            self.launched += 1

    def _launch(self, bucket: Bucket) -> None:
        array, number = bucket.array, self.launched + 1
        what = (
            f"backward of DistributedDataParallel (gradients {number} of {len(self.buckets)}: {array.dtype}, "
            f"{array.size} elements)"
        )
        channel = self.group.channel
        bucket.work = Work(
            channel, what, lambda: channel.reduce_all(array, RedOpType.SUM), None, self.group.timeout, eager=True
        )

    def push_on(self) -> None:
        """Let MPI make progress."""
        for bucket in self.buckets[: self.launched]:
            if bucket.work is not None and not bucket.work.is_completed():
                return

    def finish(self, leaves: dict[int, Any], found: dict[Node, Any]) -> None:
        """When all gradients have been put into buckets, wait for their means, and give them to the parameters."""
        if len(self.ready) < len(self.parameters):
            return
        if self.find_unused:
            channel, used = self.group.channel, self.used
            what = "backward of DistributedDataParallel (the parameters that were used)"
            Work(channel, what, lambda: channel.reduce_all(used, RedOpType.MAX), None, self.group.timeout).wait()
        self._wait()
        for bucket in self.buckets:
            for i in bucket.places:
                if not self.find_unused or self.used[i]:
                    self._give(i, bucket.views[i], leaves[i], found)
        self.forget()

    def _wait(self) -> None:
        for bucket in self.buckets:
            assert bucket.work is not None
            bucket.work.wait()

    def _give(self, i: int, mean: Array, leaf: Node, found: dict[Node, Any]) -> None:
        parameter = self.parameters[i]
        held, arrived = parameter._grad, found.get(leaf)
        if held is not None and held._history() is None:
            if held._data is not mean:
                np.copyto(held._data, mean, casting="same_kind")
            versions.wrote(held._data)
            if arrived is not None:
                arrived[...] = 0  # is still added, so that hooks see it
        elif arrived is None:
            parameter._grad = core.wrap(mean if self.as_views else mean.astype(parameter._data.dtype))
        else:
            parameter._grad = None
            if self.as_views:
                found[leaf] = mean
            else:
                np.copyto(arrived, mean, casting="same_kind")

    # ------------------------------------------------------------------------------------------------ other readings

    def reduce_tensors(self, leaves: dict[int, Any], found: dict[Node, Any]) -> None:
        """Reduce gradients that are Tensors: their sums are recorded, to be differentiated again."""
        for i in reversed(range(len(self.parameters))):
            if (g := found.get(leaves[i])) is not None:
                held, self.parameters[i]._grad = self.parameters[i]._grad, None
                total = g if held is None else held + g
                found[leaves[i]] = all_reduced(total, self.group) / self.group.size()

    def means(self, places: list[int], *gradients: Array) -> tuple[Array, ...]:
        """Reduce all gradients in one call of a compiled program; return what is to be added to each `.grad`."""
        if self.synchronizes:
            for i, g in zip(places, gradients, strict=True):
                self.mark_ready(i, g)
        if not self.synchronizes or len(self.ready) < len(self.parameters):
            return tuple([np.array(g) for g in gradients])
        self._wait()
        means = []
        for i, g in zip(places, gradients, strict=True):
            mean, held = self.bucket_of[i].views[i].astype(g.dtype), self.parameters[i]._grad
            means.append(mean if held is None else mean - held._data)
        self.forget()
        return tuple(means)


class _Walk:
    """One backward pass through models of several processes."""

    def __init__(self, roots: Sequence[tuple[Node, Any]], wanted: Collection[Node] | None, is_traced: bool) -> None:
        in_order = sorted(_reducers, key=attrgetter("number"))  # the same in all processes
        self.reducers = [each for each in in_order if each.synchronizes or is_traced]
        self.leaves: dict[Reducer, dict[int, Any]] = {
            each: {i: p._node for i, p in enumerate(each.parameters)} for each in self.reducers
        }
        self.place = {leaf: (each, i) for each in self.reducers for i, leaf in self.leaves[each].items()}
        self.expected: dict[Node, int] = {}
        if self.place:
            self._count([node for node, _ in roots])
        if wanted is not None:
            self.expected = {leaf: n for leaf, n in self.expected.items() if leaf in wanted}
        self.reducers = [
            each for each in self.reducers if not self.expected.keys().isdisjoint(self.leaves[each].values())
        ]

    def _count(self, order: list[Node]) -> None:
        """Count how many gradients will come to each parameter."""
        seen, place, expected = set(order), self.place, self.expected
        for node in order:  # which grows meanwhile
            for parent in (node,) if type(node) is Leaf else node.parents:
                if type(parent) is Leaf:
                    if parent in place:
                        expected[parent] = expected.get(parent, 0) + 1
                elif parent not in seen:
                    seen.add(parent)
                    order.append(parent)

    def begin(self) -> None:
        """Mark what this pass leaves out, if it may."""
        for each in self.reducers:
            if each.find_unused:
                for i, leaf in self.leaves[each].items():
                    if leaf in self.expected:
                        each.used[i] = 1
                    else:
                        each.mark_ready(i, None)

    def came(self, leaf: Node, arrived: dict[Node, Any]) -> None:
        """Note that a gradient has come to a leaf; when it was the last, it is complete."""
        found = self.place.get(leaf)
        if found is None or leaf not in self.expected:
            return
        self.expected[leaf] -= 1
        each, i = found
        if not self.expected[leaf] and not leaf.hooks:
            each.mark_ready(i, arrived[leaf])
        each.push_on()

    def record(self, found: dict[Node, Any], tracer: Reading) -> None:
        """Let a program that is being made call what reduces the gradients."""
        for each in self.reducers:
            if each.find_unused:
                graph_break("DistributedDataParallel finds out which parameters are used")
            leaves = self.leaves[each]
            places = [i for i in reversed(leaves) if leaves[i] in found]
            means = tracer.call(functools.partial(each.means, places), *[found[leaves[i]] for i in places])
            found.update((leaves[i], mean) for i, mean in zip(places, means, strict=True))

    def end(self, found: dict[Node, Any]) -> None:
        """Put what is still to come into the buckets, and wait for the means."""
        for each in self.reducers:
            leaves = self.leaves[each]
            if any(isinstance(found.get(leaf), Traced) for leaf in leaves.values()):
                each.reduce_tensors(leaves, found)
                each.forget()
                continue
            for i in reversed(leaves):
                if leaves[i] in self.expected and i not in each.ready:
                    each.mark_ready(i, found.get(leaves[i]))
            each.finish(leaves, found)


def watch(reducer: Reducer) -> None:
    """Let backward passes tell a reducer of the gradients that come to its parameters."""
    if not reducer.number:
        WALK.put_around(_walking)
        DEPOSIT.put_around(_depositing)
    _reducers.add(reducer)


def _walking(original: Callable[..., Any]) -> Callable[..., Any]:
    def walk(
        roots: Sequence[tuple[Node, Any]], wanted: Collection[Node] | None, retain_graph: bool, reading: Reading
    ) -> dict[Node, Any]:
        if not len(_reducers):
            return original(roots, wanted, retain_graph, reading)
        accumulates = wanted is None or isinstance(wanted, dict)  # autograd.grad asks for a set of nodes
        is_traced = reading is not ON_ARRAYS and not reading.records
        this = _Walk(roots, wanted, is_traced) if accumulates else None
        takes_part = this is not None and bool(this.reducers)
        around = getattr(_walks, "current", None)
        _walks.current = this if takes_part and reading is ON_ARRAYS else None
        try:
            if this is None or not takes_part:
                return original(roots, wanted, retain_graph, reading)
            if not is_traced:
                this.begin()
            found = original(roots, wanted, retain_graph, reading)
            if is_traced:
                this.record(found, reading)
            else:
                this.end(found)
        except BaseException:
            for each in this.reducers if this is not None else ():
                each.forget()
            raise
        finally:
            _walks.current = around
        return found

    return walk


def _depositing(original: Callable[..., Any]) -> Callable[..., Any]:
    def deposit(self: Reading, arrived: dict[Node, Any], leaf: Node, d: Any, g: Any) -> None:
        original(self, arrived, leaf, d, g)
        if (this := getattr(_walks, "current", None)) is not None:
            this.came(leaf, arrived)

    return deposit
