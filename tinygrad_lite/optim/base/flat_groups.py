"""Parameters that are updated as one array.

An update rule is arithmetic on elements, so it does not matter where one parameter ends and the next begins. A
`Bundle` is either one large parameter, updated in pieces that stay in a core's cache between the passes of a rule,
or many small ones, gathered so that each pass is one call of NumPy instead of one for every parameter. The states
of gathered parameters live side by side in one array for good; each parameter's own is a view of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from ...core import versions as memory
from ...core.primitive import Array
from ...core.tensor import wrap
from ...tensors.tensor import Tensor

PIECE = 1 << 15
"""Elements updated at a time: few enough for all arrays of a rule to stay in a core's cache between its passes."""

SMALL = 1 << 12
"""Parameters of fewer elements than this are gathered: to copy them costs less than calling NumPy for each."""

State = dict[str, Any]


def pieces(array: Array, g: Array) -> Iterable[tuple[Array, Array]]:
    """An array and its gradient, in pieces that stay in a core's cache."""
    if array.size <= PIECE or not (array.flags.c_contiguous and g.flags.c_contiguous):
        return ((array, g),)
    flat, slopes = array.reshape(-1), g.reshape(-1)
    return [(flat[i : i + PIECE], slopes[i : i + PIECE]) for i in range(0, array.size, PIECE)]


class Scratch:
    """The memory that rules work in, a few rows for each dtype, reused from step to step."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, np.dtype[Any]], Array] = {}

    def row(self, use: str, dtype: np.dtype[Any], size: int) -> Array:
        """An array of `size` elements for one use; another request for the same use gets the same memory."""
        held = self._rows.get((use, dtype))
        if held is None or held.size < size:
            held = self._rows[use, dtype] = np.empty(max(size, PIECE), dtype)
        return held[:size]


class Bundle:
    """Parameters of one dtype that have taken equally many steps; iterating over it updates them.

    Each iteration gives `(p, g, work, spare, *slots)`, arrays of equal length: values, gradient with decay and sign
    applied, two rows of scratch memory, and the state. A rule writes to all but `g`; the values are stored at the end.

    Attributes:
        step: the number of the step being taken, from 1; only for rules that count.
        fresh: whether this is the first step of these parameters.
        counts: what the state keeps once per parameter, an array of one element for each, by name.
    """

    def __init__(
        self, params: Sequence[Tensor], states: Sequence[State], slots: Sequence[str], counts: Sequence[str],
        fresh: bool, scratch: Scratch,
    ) -> None:  # fmt: skip
        self.params, self.fresh, self.step = params, fresh, 0
        self.arrays = [p._data for p in params]
        self.counts = {name: _together(states, name) for name in counts}
        self.slots = [_together(states, name) for name in slots]
        size, dtype = sum(a.size for a in self.arrays), self.arrays[0].dtype
        whole = len(params) == 1 and size > SMALL and self.arrays[0].flags.c_contiguous
        self._gathered = not whole
        self._values = self.arrays[0].reshape(-1) if whole else scratch.row("values", dtype, size)
        self._slopes = None if whole else scratch.row("slopes", dtype, size)
        self._places = [] if whole else _split(self._values, self.arrays)
        self._flat = [a.reshape(-1) if a.flags.c_contiguous else a for a in self.arrays]
        rows = [scratch.row(use, dtype, min(size, PIECE)) for use in ("work", "spare", "slope")]
        self._pieces = []
        for start in range(0, size, PIECE):
            where = slice(start, min(start + PIECE, size))
            work, spare, slope = (row[: where.stop - start] for row in rows)
            self._pieces.append((where, self._values[where], work, spare, slope, [slot[where] for slot in self.slots]))

    def constants(self, *values: float) -> list[Array]:
        """Numbers as arrays of the parameters' dtype: NumPy converts a Python number anew for each piece."""
        return [np.array(value, self.arrays[0].dtype) for value in values]

    def ready(self, group: dict[str, Any]) -> Bundle:
        """Begin a step with the options of `group`."""
        decay, l1 = float(group.get("weight_decay", 0)), float(group.get("l1_decay", 0))
        decoupled = group.get("decoupled_weight_decay", False)
        self._maximize, self._l1, self._decay = group.get("maximize", False), l1, 0.0 if decoupled else decay
        self._keep = 1 - float(group["lr"]) * decay if decoupled else 1.0
        if "step" in self.counts:
            self.counts["step"] += 1
            self.step = int(self.counts["step"][0])
        return self

    def __iter__(self) -> Iterator[tuple[Array, ...]]:
        grads = [p._grad._data for p in self.params]
        if self._gathered:
            np.concatenate(self._flat, axis=None, out=self._values)
            slopes = np.concatenate(grads, axis=None, out=self._slopes)
        else:
            slopes = grads[0].reshape(-1)
        plain = not (self._maximize or self._decay or self._l1)
        for where, p, work, spare, slope, slots in self._pieces:
            g = slopes[where]
            if not plain:
                g = self._descent(p, g, slope, spare)
            if self._keep != 1.0:
                p *= self._keep
            yield (p, g, work, spare, *slots)
        if self._gathered:
            for array, place in zip(self.arrays, self._places, strict=True):
                array[...] = place
        memory.wrote(*self.arrays, *self.slots)
        self.fresh = False

    def _descent(self, p: Array, g: Array, out: Array, spare: Array) -> Array:
        """The gradient of what is minimised: of -f where f is maximised, plus those of the penalties."""
        if self._maximize:
            g = np.negative(g, out=out)
        if self._decay:
            g = np.add(g, np.multiply(p, self._decay, out=spare), out=out)
        if self._l1:
            np.sign(p, out=spare)
            spare *= self._l1
            g = np.add(g, spare, out=out)
        return g

    @property
    def uneven(self) -> bool:
        """Whether somebody changed the counts of some of these parameters and not of others."""
        return True in [len({*count.tolist()}) > 1 for count in self.counts.values()]


class Plan:
    """How the parameters of a group that have a gradient are bundled, for as long as nothing about them changes."""

    def __init__(
        self, params: list[Tensor], states: list[State], slots: Sequence[str], counts: Sequence[str],
        fresh: Sequence[bool], scratch: Scratch,
    ) -> None:  # fmt: skip
        alike: dict[Any, list[list[int]]] = {}
        for i, (p, state) in enumerate(zip(params, states, strict=True)):
            if not p._data.flags.writeable:
                raise RuntimeError(
                    f"step(): parameter {i} of the group, of shape {list(p.shape)}, is on read-only memory: clone() it"
                )
            small = p._data.size <= SMALL
            bundles = alike.setdefault((small, p.dtype, fresh[i], *[state[name].item() for name in counts]), [])
            home = next((b for b in bundles if _fits(p._data, [params[j]._data for j in b])), None) if small else None
            if home is None:
                bundles.append([i])
            else:
                home.append(i)
        self.bundles = [
            Bundle([params[i] for i in some], [states[i] for i in some], slots, counts, fresh[some[0]], scratch)
            for bundles in alike.values()
            for some in bundles
        ]
        self.slots = tuple(slots)
        self._states = [state[name] for state in states for name in (*slots, *counts)]
        self._parts = self._identity(params, states)

    def _identity(self, params: list[Tensor], states: list[State]) -> list[Any]:
        """The parameters and what their states hold, and the memory of both."""
        held = chain.from_iterable(map(dict.values, states))
        return [*params, *held, *[t._data for t in params], *[t._data for t in self._states]]

    def holds(self, params: list[Tensor], states: list[State], slots: Sequence[str]) -> bool:
        """Whether these are the same parameters and states, in the same memory, as when the plan was made."""
        parts = self._identity(params, states)
        return (
            self.slots == slots
            and len(parts) == len(self._parts)
            and all(map(is_, parts, self._parts))
            and True not in [bundle.uneven for bundle in self.bundles]
        )


def _fits(array: Array, others: list[Array]) -> bool:
    """Whether a small array is to be gathered with `others`: there is room, and it is apart from them in memory."""
    room = array.size + sum(a.size for a in others) <= PIECE
    owner = memory.owner(array)
    return room and not any(memory.owner(a) is owner and np.may_share_memory(a, array) for a in others)


def _together(states: Sequence[State], name: str) -> Array:
    """One flat array of what each state holds under a name, which from now on holds views of it."""
    tensors = [state[name] for state in states]
    arrays = [t._data for t in tensors]
    flat: Array = np.concatenate([a.ravel() for a in arrays]) if len(arrays) > 1 else arrays[0].reshape(-1)
    for t, view in zip(tensors, _split(flat, arrays), strict=True):
        t._data = view
    return flat


def _split(flat: Array, arrays: Sequence[Array]) -> list[Array]:
    """Views of a flat array in the shapes of `arrays`, one behind the other."""
    stops = np.cumsum([a.size for a in arrays]).tolist()
    return [flat[stop - a.size : stop].reshape(a.shape) for stop, a in zip(stops, arrays, strict=True)]


def zero(dtype: np.dtype[Any], value: float = 0.0) -> Tensor:
    """A count of a state, a Tensor without dimensions."""
    return wrap(np.array(value, dtype))
