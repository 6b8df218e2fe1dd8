"""The engine against a naive one: whatever program Hypothesis draws, values, errors and gradients agree.

The naive engine knows single numbers. A memory is a list of them. A history gives each number the expression that
it is the value of, and an expression knows those that it was made from, each with the derivative by it at that time.
A view is some places of a history. A derivative is a sum over the parts of an expression, by recursion, remembered
in a dict: there is no walk and no order, and no number can go stale. What an operation of the library would save is
noted beside it, only to say when backward has to refuse.
"""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import tinygrad_lite as tl

# ------------------------------------------------------------------------------------------ the naive engine


class Memory:
    """Numbers, and how often they were written by operations, and from outside."""

    def __init__(self, values):
        self.values, self.version, self.outside = list(values), 0, 0


class Operation:
    """What made a tensor: what it leads to, what it saved, if it keeps anything, if that is freed, factors by hooks."""

    def __init__(self, parents=(), leaf=False):
        self.parents, self.leaf, self.freed, self.factors = set(parents), leaf, False, {}
        self.saved, self.keeps = [], False

    def save(self, tensors):
        self.saved = [(t.memory, t.memory.version, t.memory.outside, t.places, t.values) for t in tensors]

    def reached(self):
        """This operation and all that it leads to."""
        found = new = {self}
        while new := {parent for operation in new for parent in operation.parents} - found:
            found = found | new
        return found

    def stale(self):
        """Return True if saved numbers changed, or an operation wrote to their memory."""
        return any(m.version != version or [m.values[p] for p in at] != was for m, version, _, at, was in self.saved)

    def touched(self):
        """Return True if saved memory was written from outside: refusing is then allowed, though perhaps not needed."""
        return any(m.outside != outside for m, _, outside, _, _ in self.saved)


class Expression:
    """What one number is the value of: an operation on other expressions, each with the derivative by it."""

    def __init__(self, operation, parts=()):
        self.operation, self.parts = operation, list(parts)

    def derivatives(self, known):
        """By every expression that this was made from, itself included."""
        if self not in known:
            found = {self: 1.0}
            for part, slope in self.parts:
                for source, value in part.derivatives(known).items():
                    found[source] = found.get(source, 0.0) + slope * value
            factor = math.prod(self.operation.factors.values())
            known[self] = {source: factor * value for source, value in found.items()}
        return known[self]


class History:
    """For each place its expression, and the operation that made them, if any; and how often this changed."""

    def __init__(self, places, operation=None, expressions=()):
        self.places, self.changes = list(places), 0
        self.operation, self.expressions = operation, dict(zip(places, expressions, strict=False))

    def become(self, operation, expressions):
        self.operation, self.expressions = operation, dict(zip(self.places, expressions, strict=True))
        self.changes += 1


class Naive:
    """A tensor: places in a memory, and their history. A view continues the history by an operation of its own."""

    def __init__(self, memory, history, places=None, is_view=False):
        self.memory, self.history, self.is_view = memory, history, is_view
        self.places = history.places if places is None else places
        self.grad, self.retains, self.own, self.seen = None, False, None, history.changes

    @classmethod
    def leaf(cls, values, requires_grad):
        places = range(len(values))
        operation = Operation(leaf=True) if requires_grad else None
        return cls(Memory(values), History(places, operation, [Expression(operation) for _ in places]))

    @property
    def values(self):
        return [self.memory.values[p] for p in self.places]

    @property
    def operation(self):
        """What made this tensor; None if it requires no gradient."""
        if self.is_view and self.seen != self.history.changes:
            self.seen = self.history.changes
            self.look_at(self.history.operation, self.history.expressions)
        return self.own if self.is_view else self.history.operation

    @property
    def expressions(self):
        return self.seen_expressions if self.is_view else self.history.expressions

    @property
    def is_leaf(self):
        return self.operation is None or self.operation.leaf

    def look_at(self, operation, expressions):
        self.own = Operation([operation])
        self.seen_expressions = {p: Expression(self.own, [(expressions[p], 1.0)]) for p in self.places}

    def view(self, start, stop, recorded):
        out = Naive(self.memory, self.history, self.places[start:stop], is_view=True)
        if recorded and self.operation:
            out.look_at(self.operation, self.expressions)
        return out

    def detach(self):
        return Naive(self.memory, History(self.places))

    def apply(self, function, *others, recorded):
        """A new tensor."""
        values, parts = function.compute(self, *others)
        out = Naive.leaf(values, requires_grad=False)
        operation = operation_on(self, *others) if recorded else None
        if operation:
            out.history.become(operation, expressions_of(operation, parts))
            saved = function.saves(out, self, *others)
            operation.save(saved)
            operation.keeps = bool(saved) or function.indexes
        return out

    def change(self, function, *others, recorded):
        """This tensor in place. The library works on a copy of the old value, which nobody can write to."""
        values, parts = function.compute(self, *others)
        operation = operation_on(self, *others) if recorded else None
        if operation:
            saved = function.saves(self, self, *others)
            operation.save(t for t in saved if t is not self)
            operation.keeps = bool(saved) or function.indexes
            made = dict(zip(self.places, expressions_of(operation, parts), strict=True))
            if self.is_view:  # the history of the whole: what was made here, and what was there elsewhere
                there = self.history.expressions if self.history.operation else {}
                whole = Operation([operation, *([self.history.operation] if there else [])])
                sources = [made.get(p, there.get(p)) for p in self.history.places]
                self.history.become(whole, [Expression(whole, [(e, 1.0)] if e else []) for e in sources])
            else:
                self.history.become(operation, made.values())
        for place, value in zip(self.places, values, strict=True):
            self.memory.values[place] = value
        self.memory.version += 1


def operation_on(*tensors):
    parents = [t.operation for t in tensors if t.operation]
    return Operation(parents) if parents else None


def expressions_of(operation, parts):
    return [Expression(operation, [(t.expressions[t.places[i]], d) for t, i, d in row if t.operation]) for row in parts]


class Function:
    """Of tensors: the values, for each the parts (tensor, index, derivative), and which tensors the library saves.

    With `indexes` it saves an array of indices, which nobody else has.
    """

    def __init__(self, compute, saves=lambda out, *tensors: (), indexes=False):
        self.compute, self.saves, self.indexes = compute, saves, indexes


def elementwise(value, *slopes, saves=lambda out, *tensors: ()):
    def compute(*tensors):
        size = max(len(t.places) for t in tensors)
        rows = list(zip(*(t.values * (size // len(t.places)) for t in tensors), strict=True))
        sources = list(zip(tensors, slopes, strict=True))
        return [value(*row) for row in rows], [
            [(t, i % len(t.places), slope(*row)) for t, slope in sources] for i, row in enumerate(rows)
        ]

    return Function(compute, saves)


def moved(*indices, indexes=False):
    """Numbers from other places: for each, which tensor and which of its numbers."""

    def compute(*tensors):
        rows = [(tensors[k].values[i], [(tensors[k], i, 1.0)]) for k, i in indices]
        return [value for value, _ in rows], [parts for _, parts in rows]

    return Function(compute, indexes=indexes)


def filled(number):
    return Function(lambda x: ([number] * len(x.places), [[] for _ in x.places]))


UNARY = {
    "sin": elementwise(math.sin, math.cos, saves=lambda out, x: [x]),
    "tanh": elementwise(math.tanh, lambda v: 1 - math.tanh(v) ** 2, saves=lambda out, x: [out]),
    "neg": elementwise(lambda v: -v, lambda v: -1.0),
}
BINARY = {
    "add": elementwise(lambda v, w: v + w, lambda v, w: 1.0, lambda v, w: 1.0),
    "sub": elementwise(lambda v, w: v - w, lambda v, w: 1.0, lambda v, w: -1.0),
    "mul": elementwise(
        lambda v, w: v * w,
        lambda v, w: w,
        lambda v, w: v,
        saves=lambda out, x, y: [t for t, other in ((y, x), (x, y)) if other.operation],
    ),
}
MAKERS = [*UNARY, *BINARY, "mul", "sum", "pick", "view", "view", "detach"]
WRITERS = [*UNARY, *BINARY, "mul", "assign", "fill"]
TOTAL = Function(lambda x: ([sum(x.values)], [[(x, i, 1.0) for i in range(len(x.places))]]))

# ---------------------------------------------------------------------------------------------- the programs

numbers = st.sampled_from([-1.5, -0.5, 0.0, 0.5, 1.0, 2.0])
ages = st.integers(0, 5)  # of the tensors, counted from the youngest
modes = st.sampled_from(["recorded", "recorded", "recorded", "recorded again", "unrecorded"])


@contextlib.contextmanager
def in_mode(mode):
    """The mode, and whether operations are recorded in it."""
    with contextlib.ExitStack() as stack:
        if mode != "recorded":
            stack.enter_context(tl.no_grad())
        if mode == "recorded again":
            stack.enter_context(tl.enable_grad())
        yield mode != "unrecorded"


class Pair:
    """A tensor of each engine, and the handles of its hooks."""

    def __init__(self, naive, real):
        self.naive, self.real, self.handles = naive, real, []

    def __len__(self):
        return len(self.naive.places)

    @property
    def size(self):
        return max(map(abs, self.naive.values))


def refusal(function):
    """What a function says when it raises a RuntimeError; nothing if it does not."""
    try:
        function()
    except RuntimeError as error:
        return str(error)
    return ""


class Programs(RuleBasedStateMachine):
    @initialize(values=st.lists(numbers, min_size=7, max_size=7))
    def leaves(self, values):
        self.pairs, self.lent = [], []  # tensors, and arrays that share the memory of one of them, with it
        for start, stop, requires_grad in ((0, 1, False), (1, 4, True), (4, 7, True)):
            real = tl.tensor(values[start:stop], dtype=tl.float64, requires_grad=requires_grad)
            self.pairs.append(Pair(Naive.leaf(values[start:stop], requires_grad), real))

    def aged(self, age, *sizes):
        """A tensor of one of these sizes. There is always one of a single number."""
        fitting = [pair for pair in self.pairs if not sizes or len(pair) in sizes]
        return fitting[-1 - age % len(fitting)]

    @rule(x=ages, y=ages, name=st.sampled_from(MAKERS), start=ages, length=ages, mode=modes)
    def make(self, x, y, name, start, length, mode):
        x = self.aged(x)
        y, start = self.aged(y, 1, len(x)), start % len(x)
        name = "sub" if name == "mul" and x.size * y.size > 1e3 else name
        with in_mode(mode) as recorded:
            if name == "sum":
                real, naive = x.real.sum(0, keepdim=True), x.naive.apply(TOTAL, recorded=recorded)
            elif name == "pick":
                at = [start, *range(length % 3)][: len(x)]
                real, naive = x.real[at], x.naive.apply(moved(*((0, i) for i in at), indexes=True), recorded=recorded)
            elif name == "view":
                stop = start + 1 + length % (len(x) - start)
                real, naive = x.real[start:stop], x.naive.view(start, stop, recorded)
            elif name == "detach":
                real, naive = x.real.detach(), x.naive.detach()
            elif name in UNARY:
                real, naive = getattr(x.real, name)(), x.naive.apply(UNARY[name], recorded=recorded)
            else:
                real, naive = getattr(x.real, name)(y.real), x.naive.apply(BINARY[name], y.naive, recorded=recorded)
        self.pairs.append(Pair(naive, real))

    @rule(x=ages, y=ages, name=st.sampled_from(WRITERS), start=ages, number=numbers, mode=modes)
    def write(self, x, y, name, start, number, mode):
        x = self.aged(x)
        y, start = self.aged(y, 1, len(x)), start % len(x)
        name = "sub" if name == "mul" and x.size * y.size > 1e3 else name
        others = []
        if name == "fill":
            function, change = filled(number), lambda: x.real.fill_(number)
        elif name == "assign":
            others = [y.naive] if len(y) == 1 else [(y := self.aged(0, 1)).naive]
            kept, replaced = [(0, i) for i in range(start)], [(1, 0)] * (len(x) - start)
            function, change = moved(*kept, *replaced), lambda: x.real.__setitem__(slice(start, None), y.real)
        elif name in UNARY:
            function, change = UNARY[name], getattr(x.real, name + "_")
        else:
            others = [y.naive]
            function, change = BINARY[name], lambda: getattr(x.real, name + "_")(y.real)
        with in_mode(mode) as recorded:
            base = x.naive.history.operation
            if recorded and base and (base.leaf or not x.naive.operation):
                with pytest.raises(RuntimeError, match="leaf Variable" if base.leaf else "created in no_grad mode"):
                    change()
            else:
                change()
                x.naive.change(function, *others, recorded=recorded)

    @rule(x=ages, how=st.sampled_from(["lend", "write", "write", "give back"]), number=numbers)
    def outside(self, x, how, number):
        if how == "lend" or not self.lent:
            pair = self.aged(x)
            self.lent.append((pair.real.detach().numpy(), pair.naive))
        if how == "write":
            array, naive = self.lent[-1 - x % len(self.lent)]
            array[0] = naive.memory.values[naive.places[0]] = number
            naive.memory.outside += 1
        elif how == "give back":
            del self.lent[x % len(self.lent)]

    @rule(x=ages, what=st.sampled_from(["hook", "unhook", "retain", "zero"]), factor=st.sampled_from([-1.0, 0.5, 2.0]))
    def ask(self, x, what, factor):
        x = self.aged(x)
        if what == "hook" and x.naive.operation:
            handle = x.real.register_hook(lambda g: g * factor)
            x.naive.operation.factors[handle] = factor
            x.handles.append((x.naive.operation, handle))
        elif what == "unhook" and x.handles:
            operation, handle = x.handles.pop()
            handle.remove()
            del operation.factors[handle]
        elif what == "retain" and x.naive.operation:
            x.real.retain_grad()
            x.naive.retains = not x.naive.is_leaf
        elif what == "zero":
            for pair in (pair for pair in self.pairs if pair.naive.grad is not None):
                pair.naive.grad = [0.0] * len(pair) if factor < 0 else None
                pair.real.grad = pair.real.grad.zero_() if factor < 0 else None

    @rule(x=ages, weights=st.lists(numbers, min_size=3, max_size=3), retain_graph=st.booleans())
    def backward(self, x, weights, retain_graph):
        self.derive(self.aged(x), weights, retain_graph)

    def derive(self, x, weights, retain_graph):
        weights = weights[: len(x)]

        def run(retain_graph):
            x.real.backward(tl.tensor(weights, dtype=tl.float64), retain_graph=retain_graph)

        if not x.naive.operation:
            with pytest.raises(RuntimeError, match="does not require grad"):
                run(retain_graph)
            return
        reached = x.naive.operation.reached()
        refusals = ["second time"] * any(o.freed for o in reached)
        refusals += ["modified by an inplace"] * any(o.stale() for o in reached if not o.freed)
        if refusals or any(o.touched() for o in reached):
            # The graph is retained, so that being refused halfway, or not, leaves it as it was.
            before = [(pair, pair.real._grad) for pair in self.pairs if pair.naive.retains]
            message = refusal(lambda: run(True))
            if message:
                assert any(text in message for text in refusals or ["modified by an inplace"]), message
                for pair, grad in before:
                    pair.real._grad = grad  # what is retained was set on the way
                return
            assert not refusals, refusals
        else:
            run(retain_graph)
            for operation in reached:
                operation.freed = operation.keeps and not retain_graph
        self.expect_gradients(x.naive, weights, reached)

    def expect_gradients(self, root, weights, reached):
        known, total = {}, {}
        for weight, place in zip(weights, root.places, strict=True):
            for source, value in root.expressions[place].derivatives(known).items():
                total[source] = total.get(source, 0.0) + weight * value
        for naive in (pair.naive for pair in self.pairs):
            if naive.operation in reached and (naive.operation.leaf or naive.retains):
                new = [total.get(naive.expressions[p], 0.0) for p in naive.places]
                naive.grad = [a + b for a, b in zip(naive.grad or [0.0] * len(new), new, strict=True)]

    def teardown(self):
        """Whatever the program was, it ends with derivatives."""
        for pair in self.pairs[:2:-1]:
            self.derive(pair, [1.0, -2.0, 0.5], retain_graph=True)
            self.agree()

    # --------------------------------------------------------------------------------------------- agreement

    @invariant()
    def agree(self):
        memories = []
        for naive, real in ((pair.naive, pair.real) for pair in self.pairs):
            assert real.requires_grad == (naive.operation is not None)
            assert real.is_leaf == naive.is_leaf
            assert real.tolist() == pytest.approx(naive.values)
            assert (real._grad is None) == (naive.grad is None)
            if naive.grad is not None:
                assert real.grad.tolist() == pytest.approx(naive.grad)
                memories.append(real.grad._data)
        assert not any(np.shares_memory(a, b) for i, a in enumerate(memories) for b in memories[:i])


Programs.TestCase.settings = settings(
    max_examples=20 * settings.default.max_examples,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestPrograms = Programs.TestCase
