"""Programs about hooks on the gradients of a Function's results, on its node, and on modules."""

from __future__ import annotations

import warnings
from collections import namedtuple
from typing import Any

from .common import attempt, function, leaf, lists, module, program, weighted


@program
def hook_tensor_hook_unused_output(T: Any) -> list[Any]:
    r = []
    x = leaf(T, 1, 2)
    a, b = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, g, h: g * 2 + h * 3).apply(x)
    b.register_hook(lambda g: r.append(None if g is None else g.tolist()))
    a.sum().backward()
    return [r, x.grad]


@program
def hook_tensor_hook_unused_output_nomat(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    x = leaf(T, 1, 2)
    a, b = function(T, forward, lambda ctx, g, h: (r.append(h is None), g * 2)[1]).apply(x)
    b.register_hook(lambda g: r.append(None if g is None else g.tolist()))
    a.sum().backward()
    return [r, x.grad]


@program
def hook_tensor_hook_unused_replaces(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    a, b = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, g, h: g * 2 + h * 3).apply(x)
    b.register_hook(lambda g: T.ones(2) * 10)
    r = attempt(lambda: a.sum().backward())
    return [r, x.grad]


@program
def hook_node_hook_single(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    a = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2).apply(x)
    a.grad_fn.register_hook(lambda gi, go: (gi[0] * 5,))
    h = a.grad_fn.register_prehook(lambda go: (go[0] * 3,))
    a.sum().backward(retain_graph=True)
    h.remove()
    a.sum().backward()
    return [x.grad]


@program
def module_namedtuple(T: Any) -> list[Any]:
    N = namedtuple("N", "a b")
    m = module(T, lambda x: N(x, x * 2))
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x = leaf(T, 1)
    o = m(x)
    o.a.sum().backward()
    return [type(o).__name__, r, x.grad]


@program
def module_namedtuple_pre(T: Any) -> list[Any]:
    N = namedtuple("N", "a b")
    m = module(T, lambda x: N(x, x * 2))
    r = []
    m.register_full_backward_pre_hook(lambda m, go: r.append(lists(go)))
    x = leaf(T, 1)
    o = m(x)
    o.b.sum().backward()
    return [type(o).__name__, r, x.grad]


@program
def module_list_output(T: Any) -> list[Any]:
    m = module(T, lambda x: [x * 1, x * 2])
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        o = m(leaf(T, 1))
    o[0].sum().backward()
    return [type(o).__name__, r]


@program
def module_dict_output(T: Any) -> list[Any]:
    m = module(T, lambda x: {"a": x * 1})
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        o = m(leaf(T, 1))
    o["a"].sum().backward()
    return [type(o).__name__, r, [str(i.message)[:60] for i in w]]


@program
def module_unused_output(T: Any) -> list[Any]:
    m = module(T, lambda x: (x * 1, x * 2))
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    m.register_full_backward_pre_hook(lambda m, go: r.append(lists(go)))
    x = leaf(T, 1)
    o = m(x)
    o[0].sum().backward()
    return [r, x.grad]


@program
def module_unused_input(T: Any) -> list[Any]:
    m = module(T, lambda x, y: x * 2)
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x, y = leaf(T, 1), leaf(T, 1)
    m(x, y).sum().backward()
    return [r, x.grad, y.grad]


@program
def module_nontensor(T: Any) -> list[Any]:
    m = module(T, lambda x, k, y: (x * k, None, "s", y))
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x = leaf(T, 1)
    o = m(x, 3, T.ones(1))
    o[0].sum().backward()
    return [r, x.grad, o[3].requires_grad]


@program
def module_no_input_grad(T: Any) -> list[Any]:
    w_ = leaf(T, 2)
    m = module(T, lambda x: x * w_)
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        m(T.ones(1)).sum().backward()
    return [r, w_.grad]


@program
def module_replace(T: Any) -> list[Any]:
    m = module(T, lambda x: x * 2)
    m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    m.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))
    x = leaf(T, 1)
    m(x).sum().backward()
    return [x.grad]


@program
def module_inplace_on_output(T: Any) -> list[Any]:
    m = module(T, lambda x: x * 2)
    m.register_full_backward_hook(lambda m, gi, go: None)
    x = leaf(T, 1)
    o = m(x)
    return [attempt(lambda: o.mul_(2)), attempt(lambda: o.add(1).sum().backward())]


@program
def module_inplace_on_input(T: Any) -> list[Any]:
    m = module(T, lambda x: x.mul_(2))
    m.register_full_backward_hook(lambda m, gi, go: None)
    z = leaf(T, 1)
    x = z * 1
    return [attempt(lambda: m(x))]


@program
def module_inplace_pre_only(T: Any) -> list[Any]:
    m = module(T, lambda x: x.mul_(2))
    m.register_full_backward_pre_hook(lambda m, go: None)
    z = leaf(T, 1)
    x = z * 1
    r = attempt(lambda: m(x))
    return [r, x, attempt(lambda: weighted(T, x, z))]


@program
def module_same_output_twice(T: Any) -> list[Any]:
    def forward(x):
        y = x * 2
        return y, y

    m = module(T, forward)
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x = leaf(T, 1)
    a, b = m(x)
    (a * 1 + b * 10).sum().backward()
    return [r, x.grad]


@program
def module_same_input_twice(T: Any) -> list[Any]:
    m = module(T, lambda x, y: x * 2 + y * 3)
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x = leaf(T, 1)
    m(x, x).sum().backward()
    return [r, x.grad]


@program
def module_output_is_parameter(T: Any) -> list[Any]:
    p = T.nn.Parameter(T.ones(1))
    m = module(T, lambda x: p)
    r = []
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x = leaf(T, 1)
    o = m(x)
    o.sum().backward()
    return [r, x.grad, p.grad, p.is_leaf]


@program
def module_kwargs_input(T: Any) -> list[Any]:
    m = module(T, lambda x: x * 2)
    r = []

    class Mod(T.nn.Module):
        def forward(self, x, y=None):
            return x * 2 + y

    m = Mod()
    m.register_full_backward_hook(lambda m, gi, go: r.append((lists(gi), lists(go))))
    x, y = leaf(T, 1), leaf(T, 1)
    m(x, y=y).sum().backward()
    return [r, x.grad, y.grad]


@program
def module_hook_view_then_inplace_relu(T: Any) -> list[Any]:
    m = T.nn.Sequential(T.nn.Linear(2, 2), T.nn.ReLU(inplace=True))
    m[0].register_full_backward_hook(lambda m, gi, go: None)
    return [attempt(lambda: m(T.ones(1, 2)))]


@program
def hooked_module_param_update_between(T: Any) -> list[Any]:
    m = T.nn.Linear(1, 1, bias=False)
    with T.no_grad():
        m.weight.fill_(2)
    m.register_full_backward_hook(lambda m, gi, go: r.append(lists(gi)))
    r = []
    o = T.optim.SGD(m.parameters(), lr=0.1)
    x = leaf(T, 1)
    for _ in range(2):
        o.zero_grad()
        m(x.reshape(1, 1)).sum().backward()
        o.step()
    return [r, m.weight, x.grad]


@program
def namedtuple_subfields(T: Any) -> list[Any]:
    N = namedtuple("N", "a b")
    m = module(T, lambda x: N(a=x * 2, b=None))
    m.register_full_backward_hook(lambda *a: None)
    o = m(leaf(T, 1))
    o.a.sum().backward()
    return [type(o).__name__, o.b is None, o._fields]
