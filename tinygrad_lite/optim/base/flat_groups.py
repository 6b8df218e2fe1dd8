"""Parameters that are updated as one flat array.

An update rule is arithmetic on elements, so it does not matter where one parameter ends and the next one begins. A
`FlatGroup` is either one large parameter, which is updated in pieces that stay in a core's cache between the passes
of a rule, or many small parameters, which are gathered in one array, so that a pass is one call of NumPy instead of
one for every parameter. The state arrays of gathered parameters stay in one array from the first step on, and each
parameter's own are views of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from ...core import versions as memory
from ...core.primitive import Array
from ...core.tracing import graph_break
from ...tensors.shared_memory import block_of
from ...tensors.tensor import Tensor
from .in_place import Decay, decay_of
from .options import Group, number

PIECE = 1 << 15
"""Elements that are updated at a time: few enough for all arrays of a rule to stay in a core's cache between passes."""

SMALL = 1 << 12
"""Parameters of up to so many elements are gathered: to copy them costs less than to call NumPy for each of them."""

State = dict[str, Any]
"""The state of one parameter, by name."""

Piece = tuple[Array, Array, dict[str, Array], tuple[Array, Array]]
"""Values, gradient, state arrays by name, and two arrays to work in; all of equal length."""


def pieces(array: Array, grad: Array) -> Iterable[tuple[Array, Array]]:
    """A parameter's values and gradient, in pieces that stay in a core's cache."""
    if array.size <= PIECE or not (array.flags.c_contiguous and grad.flags.c_contiguous):
        return ((array, grad),)
    values, slopes = array.reshape(-1), grad.reshape(-1)
    return [(values[i : i + PIECE], slopes[i : i + PIECE]) for i in range(0, array.size, PIECE)]


def check_floating(dtype: np.dtype[Any]) -> None:
    """Raise a RuntimeError for a parameter of integers, which no update rule can move by a fraction."""
    if dtype.kind in "iub":
        raise RuntimeError(
            f"step(): only parameters of a floating point dtype can be optimized, but one is of {dtype}: convert it "
            "with .float() before it is given to the optimizer"
        )


class Scratch:
    """Memory that rules work in, which is reused from step to step: a row for each use and dtype."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, np.dtype[Any]], Array] = {}

    def row(self, use: str, dtype: np.dtype[Any], size: int) -> Array:
        """An array of `size` elements; a second request for the same use gets the same memory."""
        row = self._rows.get((use, dtype))
        if row is None or row.size < size:
            row = self._rows[use, dtype] = np.empty(max(size, PIECE), dtype)
        return row[:size]


class FlatGroup:
    """Parameters of one dtype that have taken equally many steps, and that an update rule sees as flat arrays.

    To iterate over a flat group is to update it: `for param, grad, state, (work, spare) in flat_group` gives the
    values of the parameters, their gradient (to which weight decay and `maximize` have been applied), the state
    arrays by name, and two arrays for intermediate results, all of equal length. The rule changes `param` and the
    state arrays in place, and leaves `grad` as it is. There is one iteration for each piece of a large parameter.

    Attributes:
        step: the number of the step that is being taken, from 1; 0 for rules that do not count steps.
        first_step: whether this is the first step of these parameters.
        scalars: what the state keeps once for each parameter, by name: arrays with one element for each parameter.
    """

    def __init__(
        self, params: Sequence[Tensor], states: Sequence[State], array_names: Sequence[str],
        scalar_names: Sequence[str], first_step: bool, scratch: Scratch,
    ) -> None:  # fmt: skip
        self.params, self.first_step, self.step = params, first_step, 0
        self.arrays = [p._data for p in params]
        self.scalars = {name: _joined(states, name) for name in scalar_names}
        self._state = {name: _joined(states, name) for name in array_names}
        self._records = memory.in_turn(memory.records_of, [*self.arrays, *self._state.values()])
        size, self.dtype = sum(a.size for a in self.arrays), self.arrays[0].dtype
        self._gathered = not (len(params) == 1 and size > SMALL and self.arrays[0].flags.c_contiguous)
        if self._gathered:
            self._values = scratch.row("values", self.dtype, size)
            self._grads = scratch.row("grads", self.dtype, size)
            self._sources = [a.reshape(-1) if a.flags.c_contiguous else a for a in self.arrays]
            self._results = _split(self._values, self.arrays)
        else:
            self._values = self.arrays[0].reshape(-1)
        rows = [scratch.row(use, self.dtype, min(size, PIECE)) for use in ("work", "spare", "grad")]
        self._pieces = []
        for start in range(0, size, PIECE):
            where = slice(start, min(start + PIECE, size))
            state = {name: array[where] for name, array in self._state.items()}
            work, spare, own_grad = (row[: where.stop - start] for row in rows)
            self._pieces.append((where, self._values[where], state, (work, spare), own_grad))

    def constants(self, *values: float) -> list[Array]:
        """Numbers as arrays of the parameters' dtype: NumPy would convert a Python number again for each piece."""
        return [np.array(value, self.dtype) for value in values]

    def decay(self, beta: float) -> Decay:
        """The decay rate β of a running average, and 1 - β, as constants."""
        return decay_of(beta, self.dtype)

    def begin_step(self, group: Group) -> None:
        """Begin a step with the options of `group`, and count it."""
        self.read_options(group)
        if "step" in self.scalars:
            self.scalars["step"] += 1
            self.step = int(self.scalars["step"][0])

    def read_options(self, group: Group) -> None:
        """Read from the options of `group` what is done to the gradient and to the values before the rule sees them."""
        weight_decay = number("weight_decay", group.get("weight_decay", 0))
        decoupled = group.get("decoupled_weight_decay", False)
        self._maximize = group.get("maximize", False)
        self._l1_decay = number("l1_decay", group.get("l1_decay", 0))
        self._weight_decay = 0.0 if decoupled else weight_decay
        self._shrink = 1 - number("lr", group["lr"]) * weight_decay if decoupled else 1.0

    def __iter__(self) -> Iterator[Piece]:
        grads = [p._grad._data for p in self.params]
        if self._gathered:
            np.concatenate(self._sources, axis=None, out=self._values)
            all_grads = np.concatenate(grads, axis=None, out=self._grads)
        else:
            all_grads = grads[0].reshape(-1)
        as_it_is = not (self._maximize or self._weight_decay or self._l1_decay)
        for where, param, state, scratch, own_grad in self._pieces:
            grad = all_grads[where]
            if not as_it_is:
                grad = self._penalized(param, grad, own_grad, scratch[1])
            if self._shrink != 1.0:
                param *= self._shrink
            yield param, grad, state, scratch
        if self._gathered:
            for array, result in zip(self.arrays, self._results, strict=True):
                array[...] = result
        graph_break("parameters are updated in a way that it cannot follow")
        memory.in_turn(memory.note_in, self._records)
        self.first_step = False

    def _penalized(self, param: Array, grad: Array, out: Array, work: Array) -> Array:
        """The gradient of what is minimized: -f where f is maximized, and the penalties."""
        if self._maximize:
            grad = np.negative(grad, out=out)
        if self._weight_decay:
            grad = np.add(grad, np.multiply(param, self._weight_decay, out=work), out=out)
        if self._l1_decay:
            np.sign(param, out=work)
            work *= self._l1_decay
            grad = np.add(grad, work, out=out)
        return grad

    def scalars_differ(self) -> bool:
        """True if the scalars of some of these parameters were changed from outside, and those of others were not."""
        return True in [len({*scalars.tolist()}) > 1 for scalars in self.scalars.values()]


class Partition:
    """The division of the parameters that have a gradient into flat groups, kept as long as nothing about them changes.

    Args:
        params: the parameters with a gradient.
        states: the state of each of them, complete.
        array_names, scalar_names: what the states keep for each element, and what they keep once.
        unused: for each parameter, whether a state array has just been made, so that its next step is the first.
        scratch: memory to work in.
    """

    def __init__(
        self, params: list[Tensor], states: list[State], array_names: Sequence[str], scalar_names: Sequence[str],
        unused: Sequence[bool], scratch: Scratch,
    ) -> None:  # fmt: skip
        alike: dict[Any, list[list[int]]] = {}  # numbers of parameters in lists, of which each becomes a flat group
        for i, (p, state) in enumerate(zip(params, states, strict=True)):
            check_floating(p.dtype)
            if not p._data.flags.writeable:
                raise RuntimeError(
                    f"step(): parameter {i} of the group, of shape {list(p.shape)}, is on read-only memory: clone() it"
                )
            small = p._data.size <= SMALL and not _is_shared(p, state)
            gathered = alike.setdefault((small, p.dtype, unused[i], *[state[name].item() for name in scalar_names]), [])
            for members in gathered if small else ():
                if _can_join(p._data, [params[j]._data for j in members]):
                    members.append(i)
                    break
            else:
                gathered.append([i])
        self.flat_groups = [
            FlatGroup(
                [params[i] for i in members], [states[i] for i in members], array_names, scalar_names,
                unused[members[0]], scratch,
            )
            for gathered in alike.values() for members in gathered
        ]  # fmt: skip
        self.array_names = tuple(array_names)
        self._state_tensors = [state[name] for state in states for name in (*array_names, *scalar_names)]
        self._identity = self._identity_of(params, states)

    def _identity_of(self, params: list[Tensor], states: list[State]) -> list[Any]:
        """The parameters and what their states hold, and the memory of both."""
        in_states = chain.from_iterable(map(dict.values, states))
        return [*params, *in_states, *[t._data for t in params], *[t._data for t in self._state_tensors]]

    def is_current(self, params: list[Tensor], states: list[State], array_names: Sequence[str]) -> bool:
        """True if this partition was made for these parameters and states, in the same memory."""
        identity = self._identity_of(params, states)
        return (
            self.array_names == array_names
            and len(identity) == len(self._identity)
            and all(map(is_, identity, self._identity))
            and True not in [flat_group.scalars_differ() for flat_group in self.flat_groups]
        )


def _can_join(array: Array, members: list[Array]) -> bool:
    """True if a small array can be gathered with these: there is room for it, and it shares no memory with them."""
    room = array.size + sum(a.size for a in members) <= PIECE
    owner = memory.owner(array)
    return room and not any(memory.owner(a) is owner and np.may_share_memory(a, array) for a in members)


def _is_shared(p: Tensor, state: State) -> bool:
    """True if other processes share the parameter or its state, which then must stay in their memory."""
    return any(block_of(t._data) is not None for t in (p, *state.values()))


def _joined(states: Sequence[State], name: str) -> Array:
    """One flat array of what the states hold under a name; from now on each state holds a view of it."""
    tensors = [state[name] for state in states]
    arrays = [t._data for t in tensors]
    flat: Array = np.concatenate([a.ravel() for a in arrays]) if len(arrays) > 1 else arrays[0].reshape(-1)
    for t, view in zip(tensors, _split(flat, arrays), strict=True):
        t._data = view
    return flat


def _split(flat: Array, arrays: Sequence[Array]) -> list[Array]:
    """Views of a flat array, one after the other, in the shapes of `arrays`."""
    stops = np.cumsum([a.size for a in arrays]).tolist()
    return [flat[stop - a.size : stop].reshape(a.shape) for stop, a in zip(stops, arrays, strict=True)]
