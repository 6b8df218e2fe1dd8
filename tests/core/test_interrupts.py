"""An exception at any place of the library, such as the KeyboardInterrupt of Ctrl-C, leaves the mode of the thread right.

The place is chosen by a trace function: it counts the lines of the library that are run (in the files that change the
mode, the instructions), and raises at each of them in turn.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.modes import in_force, thread

PACKAGE = str(Path(tl.__file__).parent)
BY_INSTRUCTION = tuple(str(Path(PACKAGE, "core", name)) for name in ("modes.py", "nesting.py"))


class Interrupt(BaseException):
    """Stands for KeyboardInterrupt, which would stop the test run if it got away."""


class Interrupter:
    """Raises at one of the places that a function of the library comes to; at none if `at` is None."""

    def __init__(self, at: int | None) -> None:
        self.at, self.count = at, 0

    def trace(self, frame, event, arg):
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE):
            return None
        if file in BY_INSTRUCTION:
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event in ("line", "opcode"):
            self.count += 1
            if self.count == self.at:
                sys.settrace(None)
                raise Interrupt
        return self.trace

    def run(self, work) -> bool:
        """Return True if the work was interrupted."""
        before = sys.gettrace()
        sys.settrace(self.trace)
        try:
            work()
            return False
        except Interrupt:
            return True
        finally:
            sys.settrace(before)


class Square(tl.autograd.Function):
    """With another backward pass inside its backward."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        with tl.enable_grad():
            y = x.detach().requires_grad_()
            return g * tl.autograd.grad((y * y).sum(), y)[0]


def parameter():
    return tl.tensor([1.0, 2.0], requires_grad=True)


def plain():
    x = parameter()
    (x * x).sum().backward()


def accumulated():
    x = parameter()
    for _ in range(2):
        x.sum().backward()


def hooks():
    x = parameter()
    y = x * 2
    x.register_hook(lambda g: 2 * g)
    y.retain_grad()
    y.sum().backward(inputs=[x, y])


def function():
    Square.apply(parameter()).sum().backward()


def higher_order():
    x = parameter()
    (g,) = tl.autograd.grad((x**3).sum(), x, create_graph=True)
    g.sum().backward()


def closure():
    x = parameter()
    optimizer = tl.optim.SGD([x], lr=0.1)

    def loss():
        optimizer.zero_grad()
        found = (x * x).sum()
        found.backward()
        return found

    optimizer.step(loss)


def lbfgs():
    x = parameter()
    optimizer = tl.optim.LBFGS([x], max_iter=1)

    def loss():
        optimizer.zero_grad()
        found = (x * x).sum()
        found.backward()
        return found

    optimizer.step(loss)


def module_hooks():
    layer = tl.nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    layer(parameter()).sum().backward()


def initialized():
    tl.nn.init.uniform_(parameter())


def jacobian():
    tl.autograd.functional.jacobian(lambda x: x * x, parameter())


def views():
    x = parameter() * 1
    v = x[:1]
    x.mul_(2)
    v.sum().backward()


def similarity():
    tl.nn.functional.cosine_similarity(parameter(), parameter(), dim=0)


def state():
    return in_force(thread) is thread, thread.mode, thread.tracer, thread.depth, np.geterr()


WORK = [
    plain, accumulated, hooks, function, higher_order, closure, lbfgs, module_hooks, initialized, jacobian, views, similarity,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of one in a callback of weakref
@pytest.mark.parametrize("work", WORK, ids=lambda f: f.__name__)
def test_the_mode_survives_an_exception_anywhere(work):
    work()
    before = state()
    counted = Interrupter(None)
    counted.run(work)
    assert counted.count > 20
    step = max(1, counted.count // 600)
    for at in range(1, counted.count + 1, step):
        Interrupter(at).run(work)
        assert state() == before, f"after an exception at place {at} of {counted.count}"
    work()
