"""Hooks of modules: before and after forward, and in the backward pass."""

from __future__ import annotations

import warnings
from typing import Any

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, outcome
from ..support.training_scenarios import check, error_of


@alike
def test_forward_hooks(T: Any) -> Any:
    log: list[Any] = []

    class Sum(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self, *args: float, extra: float = 0) -> float:
            log.append(("forward", args, extra))
            if extra > 100:
                raise ValueError
            return sum(args) + extra

    m = Sum()
    m.register_forward_pre_hook(lambda m, args: log.append(("pre", args)))
    m.register_forward_pre_hook(lambda m, args: args[0] + 1, prepend=True)  # a single value will do
    kw = m.register_forward_pre_hook(lambda m, args, kw: (args, {**kw, "extra": kw["extra"] * 2}), with_kwargs=True)
    m.register_forward_hook(lambda m, args, result: log.append(("post", args, result)))
    m.register_forward_hook(lambda m, args, kw, result: result + kw["extra"], with_kwargs=True, prepend=True)
    always = m.register_forward_hook(lambda m, args, result: log.append(("always", result)), always_call=True)
    found = [m(1, extra=10), outcome(lambda: m(1, extra=60))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        broken = m.register_forward_hook(lambda m, args, result: 1 / 0, always_call=True)
        found += [
            outcome(lambda: m(1, extra=60)),
            [w.category.__name__ for w in caught],
            outcome(lambda: m(1, extra=1)),
        ]
    broken.remove()
    broken.remove()
    always.remove()
    kw.remove()
    found.append(m(1, extra=3))
    with m.register_forward_hook(lambda m, args, result: -result):
        found.append(m(1, extra=3))
    m.register_forward_pre_hook(lambda m, args, kw: 3, with_kwargs=True)
    return [*found, m.register_forward_hook(len).id >= 0, outcome(lambda: m(1, extra=3)), log]


def test_a_hook_may_remove_itself() -> None:
    layer, seen = nn.ReLU(), []

    def once(*_: Any) -> None:
        seen.append(1)
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer(tl.ones(1))
    layer(tl.ones(1))
    assert seen == [1]


# ---------------------------------------------------------------------------------------------- hooks, backward


def values(grads: Any) -> Any:
    return [None if g is None else g.tolist() for g in grads]


class Passing:
    """A module of two arguments and two results with both kinds of hook, which log what they see."""

    def __init__(self, T: Any) -> None:
        self.log: list[Any] = []

        class Both(T.nn.Module):  # type: ignore[misc]  # either library's
            def forward(self, a: Any, b: Any, unused: Any = None) -> Any:
                return a * b, a + 1

        self.module = Both()
        self.module.register_full_backward_hook(lambda m, gi, go: self.log.append(("after", values(gi), values(go))))
        self.module.register_full_backward_pre_hook(lambda m, go: self.log.append(("before", values(go))))


@alike
def test_backward_hooks_see_the_gradients(T: Any) -> Any:
    p = Passing(T)
    x, z = (T.tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0, 4.0]))
    first, _ = p.module(x, T.tensor([3.0, 4.0]), z)
    first.sum().backward()
    first, second = p.module(x, z, 3)
    (first.sum() + second.sum()).backward()
    with T.no_grad():
        p.module(x, z)
    p.module.eval()
    total = sum(y.sum() for y in p.module(x, z, unused=z))
    (g,) = T.autograd.grad(total, [x], create_graph=True)
    T.autograd.grad(g.sum(), [z])
    return [p.log, values([x.grad, z.grad])]


@alike
def test_backward_hooks_replace_gradients(T: Any) -> Any:
    layer = T.nn.Linear(2, 1, bias=False)
    with T.no_grad():
        layer.weight.fill_(1.0)
    log: list[str] = []
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    layer.register_full_backward_hook(lambda m, gi, go: log.append(f"{values(gi)} {values(go)}"))
    layer.register_full_backward_hook(lambda m, gi, go: log.append("first"), prepend=True)
    layer.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    layer.register_full_backward_pre_hook(lambda m, go: (go[0] + 1,), prepend=True)
    x = T.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    again = layer(x)
    again.sum().backward(retain_graph=True)
    again.sum().backward()
    found = [values([x.grad, layer.weight.grad])]
    wrong = layer.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    found += [outcome(lambda: layer(x).sum().backward())]
    wrong.remove()
    layer.register_full_backward_pre_hook(lambda m, go: (go[0], go[0]))
    found.append(outcome(lambda: layer(x).sum().backward()))
    return [*found, log]


@alike
def test_backward_hooks_without_gradients_to_wait_for(T: Any) -> Any:
    layer, log = T.nn.Linear(2, 1), []
    handle = layer.register_full_backward_hook(lambda m, gi, go: log.append((values(gi), values(go))))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer(T.ones(1, 2)).sum().backward()
        handle.remove()
        layer.register_full_backward_hook(lambda m, gi, go: (go[0],))
        found = outcome(lambda: layer(T.ones(1, 2)).sum().backward())

        class Named(T.nn.Module):  # type: ignore[misc]  # either library's
            def forward(self, x: Any) -> Any:
                return {"y": x}

        named = Named()
        named.register_full_backward_hook(lambda m, gi, go: None)
        named(T.ones(1))
    return [log, found, [w.category.__name__ for w in caught]]


@alike
def test_in_place_changes_do_not_bypass_a_backward_hook(T: Any) -> Any:
    layer = T.nn.Linear(1, 1)
    inplace = T.nn.Sequential(T.nn.ReLU(inplace=True))
    for module in (layer, inplace[0]):
        module.register_full_backward_hook(lambda m, gi, go: None)
    x = T.ones(1, 1, requires_grad=True)
    return [outcome(lambda: layer(x).add_(1)), outcome(lambda: inplace(x * 1))]


def test_hooks_that_replace_arguments_and_result() -> None:
    layer = nn.ReLU()
    before = layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
    after = layer.register_forward_hook(lambda module, args, result: result * args[0])
    assert layer(tl.tensor([1.0])).tolist() == [4.0]
    before.remove()
    after.remove()
    assert layer(tl.tensor([1.0])).tolist() == [1.0]


def test_backward_hooks_of_the_older_kind() -> None:
    def hooked(T: Any) -> Any:
        T.manual_seed(0)
        layer, seen = T.nn.Sequential(T.nn.Linear(3, 2), T.nn.Tanh()), []
        handle = layer.register_backward_hook(
            lambda module, g_in, g_out: seen.append((g_in[0].clone(), g_out[0].clone()))
        )
        x = T.ones(2, 3, requires_grad=True)
        layer(x).pow(2).sum().backward()
        handle.remove()
        layer(x).pow(2).sum().backward()
        changing = T.nn.Tanh()
        changing.register_backward_hook(lambda module, g_in, g_out: (g_in[0] * 2,))
        y = T.ones(2, requires_grad=True)
        changing(y).sum().backward()
        return seen, x.grad, y.grad, error_of(lambda: changing.register_full_backward_hook(lambda *a: None))

    check(hooked, "hooks")
