"""Programs about ctx: what it saves, what it is told, and its attributes."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

from .common import attempt, function, leaf, program


@program
def ctx_saved_variables(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    def backward(ctx, g):
        with warnings.catch_warnings(record=True) as w:
            warnings.simplefilter("always")
            r.append(attempt(lambda: ctx.saved_variables[0].tolist()))
            r.append([(i.category.__name__, str(i.message)[:60]) for i in w])
        return g

    r = []
    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x).sum().backward()
    return r


@program
def ctx_save_nontensor(T: Any) -> list[Any]:
    r = []
    for bad in (3, "s", [1], (T.ones(1),), np.ones(1)):

        def forward(ctx, x, bad=bad):
            ctx.save_for_backward(x, bad)
            return x * x

        saving = function(T, forward, lambda ctx, g: g)
        r.append(attempt(partial(saving.apply, leaf(T, 1))))
        r.append(attempt(partial(saving.apply, T.ones(1))))
    return r


@program
def ctx_save_none(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(None, x, None)
        return x * x

    def backward(ctx, g):
        r.append([t is None for t in ctx.saved_tensors])
        return g

    r = []
    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x).sum().backward()
    return r


@program
def ctx_save_twice(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_backward(x * 2, x * 3)
        return x * x

    def backward(ctx, g):
        r.append([t.tolist() for t in ctx.saved_tensors])
        return g

    r = []
    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x).sum().backward()
    return r


@program
def ctx_save_is_same_object(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.x = x
        return x * x

    def backward(ctx, g):
        r.append(
            [
                ctx.saved_tensors[0] is ctx.x,
                ctx.saved_tensors[0] is x0,
                ctx.x is x0,
                ctx.saved_tensors[0].requires_grad,
                ctx.saved_tensors[0].is_leaf,
            ]
        )
        return g

    r = []
    x0 = leaf(T, 1, 2)
    function(T, forward, backward).apply(x0).sum().backward()
    return r


@program
def ctx_save_nonleaf_same_object(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.x = x
        return x * x

    def backward(ctx, g):
        r.append(
            [ctx.saved_tensors[0] is x0, ctx.x is x0, ctx.saved_tensors[0].requires_grad, ctx.saved_tensors[0].is_leaf]
        )
        return g

    r = []
    z = leaf(T, 1, 2)
    x0 = z * 1
    function(T, forward, backward).apply(x0).sum().backward()
    return r


@program
def ctx_save_const_same_object(T: Any) -> list[Any]:
    def forward(ctx, x, c):
        ctx.save_for_backward(c)
        return x * c

    def backward(ctx, g):
        r.append([ctx.saved_tensors[0] is c0, ctx.saved_tensors[0].requires_grad])
        return g, None

    r = []
    x0 = leaf(T, 1, 2)
    c0 = T.ones(2)
    function(T, forward, backward).apply(x0, c0).sum().backward()
    return r


@program
def ctx_save_output(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        r.append([y.requires_grad, y.is_leaf, y.grad_fn is out.grad_fn])
        return g * y

    r = []
    x = leaf(T, 0, 1)
    out = function(T, forward, backward).apply(x)
    out.sum().backward()
    return [r, x.grad]


@program
def ctx_save_intermediate(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y + 1

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        r.append([y.requires_grad, y.is_leaf])
        return g * y

    r = []
    x = leaf(T, 0, 1)
    out = function(T, forward, backward).apply(x)
    out.sum().backward()
    return [r, x.grad]


@program
def ctx_second_backward(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    x = leaf(T, 1, 2)
    y = function(T, forward, lambda ctx, g: g * 2 * ctx.saved_tensors[0]).apply(x).sum()
    y.backward()
    return [attempt(lambda: y.backward()), x.grad]


@program
def ctx_second_backward_nothing_saved(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x * 1, lambda ctx, g: g).apply(x)
    y.sum().backward()
    y.sum().backward()
    return [x.grad]


@program
def ctx_second_backward_attr(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.x = x
        return x * 1

    x = leaf(T, 1, 2)
    y = function(T, forward, lambda ctx, g: g * ctx.x).apply(x)
    y.sum().backward()
    y.sum().backward()
    return [x.grad]


@program
def ctx_saved_after_free(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    x = leaf(T, 1, 2)
    y = function(T, forward, lambda ctx, g: g * 2 * ctx.saved_tensors[0]).apply(x)
    n = y.grad_fn
    a = n.saved_tensors[0].tolist()
    y.sum().backward()
    return [a, attempt(lambda: n.saved_tensors)]


@program
def ctx_needs_input_grad(T: Any) -> list[Any]:
    r = []

    def forward(ctx, *a):
        r.append(ctx.needs_input_grad)
        return a[0] * 1

    x = leaf(T, 1, 2)
    F = function(T, forward, lambda ctx, g: (g,) + (None,) * 3)
    F.apply(x, 3, None, T.ones(2))
    F.apply(T.ones(1), x, x.detach(), x * 1)
    with T.no_grad():
        F.apply(x, 3, None, T.ones(2))
    F.apply(T.ones(1))
    return r


@program
def ctx_needs_input_grad_write(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.needs_input_grad = (False,)
        return x * 1

    x = leaf(T, 1, 2)
    return [attempt(lambda: function(T, forward, lambda ctx, g: g).apply(x))]


@program
def ctx_needs_input_grad_partial(T: Any) -> list[Any]:
    r = []

    def backward(ctx, g):
        r.append(ctx.needs_input_grad)
        return g, g

    x, y = leaf(T, 1, 2), leaf(T, 1, 2)
    o = function(T, lambda ctx, x, y: x + y, backward).apply(x, y)
    T.autograd.grad(o.sum(), x, retain_graph=True)
    o.sum().backward(inputs=[y])
    return [r, x.grad, y.grad]


@program
def ctx_two_applies(T: Any) -> list[Any]:
    def forward(ctx, x, k):
        ctx.k = k
        ctx.save_for_backward(x)
        return x * k

    x = leaf(T, 1, 2)
    F = function(T, forward, lambda ctx, g: (g * ctx.k, None))
    (F.apply(x, 2) + F.apply(x, 10)).sum().backward()
    return [x.grad]


@program
def ctx_nested_apply(T: Any) -> list[Any]:
    In = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2)

    def forward(ctx, x):
        ctx.save_for_backward(x)
        r.append(In.apply(x).requires_grad)
        return In.apply(x)

    r = []
    x = leaf(T, 1, 2)
    function(T, forward, lambda ctx, g: In.apply(g)).apply(x).sum().backward()
    return [r, x.grad]


@program
def ctx_grad_mode_in_forward_backward(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x):
        r.append(T.is_grad_enabled())
        return x * 1

    def backward(ctx, g):
        r.append(T.is_grad_enabled())
        return g

    x = leaf(T, 1, 2)
    F = function(T, forward, backward)
    F.apply(x).sum().backward()
    T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    return r


@program
def ctx_enable_grad_in_backward(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        with T.enable_grad():
            x = x.detach().requires_grad_()
            y = x**3
        return T.autograd.grad(y, x, g)[0]

    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x).sum().backward()
    return [x.grad]


@program
def ctx_materialize_shapes(T: Any) -> list[Any]:
    r = []

    def backward(ctx, *g):
        r.append([(list(t.shape), str(t.dtype).split(".")[-1]) for t in g])
        return g[0]

    x = leaf(T, 1, 2)
    a, _b, _c = function(T, lambda ctx, x: (x * 1, x.double().reshape(1, 2), x.sum()), backward).apply(x)
    a.sum().backward()
    return r


@program
def ctx_mark_shared_storage(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_shared_storage((x, x))
        return x * 1

    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        r = attempt(lambda: function(T, forward, lambda ctx, g: g).apply(leaf(T, 1)))
    return [r, [(i.category.__name__, str(i.message)[:60]) for i in w]]


@program
def ctx_save_for_forward(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_forward(x, None)
        return x * 1

    def h(ctx, x):
        ctx.save_for_forward(3)
        return x * 1

    return [
        attempt(lambda: function(T, forward, lambda ctx, g: g).apply(leaf(T, 1))),
        attempt(lambda: function(T, h, lambda ctx, g: g).apply(leaf(T, 1))),
    ]


@program
def ctx_saved_in_forward(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x):
        r.append(attempt(lambda: ctx.saved_tensors))
        ctx.save_for_backward(x)
        r.append(attempt(lambda: ctx.saved_tensors))
        r.append(attempt(lambda: ctx.to_save))
        return x * 1

    function(T, forward, lambda ctx, g: g).apply(leaf(T, 1))
    return r


@program
def ctx_changed_before_backward(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    z = leaf(T, 1, 2)
    x = z * 1
    y = function(T, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    x.add_(1)
    return [attempt(lambda: y.sum().backward())]


@program
def ctx_changed_before_backward_unused(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    z = leaf(T, 1, 2)
    x = z * 1
    y = function(T, forward, lambda ctx, g: g).apply(x)
    x.add_(1)
    return [attempt(lambda: y.sum().backward()), z.grad]


@program
def ctx_output_changed_before_backward(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    z = leaf(T, 1, 2)
    y = function(T, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(z)
    y.add_(1)
    return [attempt(lambda: y.sum().backward())]


@program
def save_output_nr(T: Any) -> list[Any]:
    A = function(T, lambda ctx, x: (x[:2].clone(), x[2:].clone()), lambda ctx, g, h: T.cat([g, h]))
    r = []

    def forward(ctx, a, b):
        ctx.save_for_backward(b)
        r.append(b.output_nr)
        return a * 1

    B_ = function(T, forward, lambda ctx, g: (r.append(ctx.saved_tensors[0].output_nr), (g, g))[1])
    x = leaf(T, 1, 2, 3, 4)
    a, b = A.apply(x)
    B_.apply(a, b).sum().backward()
    return [r, x.grad]


@program
def tensor_subclass_parameter_saved(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * w

    def backward(ctx, g):
        x, w = ctx.saved_tensors
        r.append((type(w).__name__, hasattr(w, "main")))
        return g * w, g * x

    p = T.nn.Parameter(T.ones(2))
    p.main = 1
    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x, p).sum().backward()
    return [r, p.grad]


@program
def save_same_twice(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x, x)
        return x * x

    x = leaf(T, 1, 2)
    function(T, forward, lambda ctx, g: g * (ctx.saved_tensors[0] + ctx.saved_tensors[1])).apply(x).sum().backward()
    return [x.grad]


@program
def backward_modifies_output_attr(T: Any) -> list[Any]:
    def backward(ctx, g):
        ctx.count = getattr(ctx, "count", 0) + 1
        r.append(ctx.count)
        return g

    r = []
    x = leaf(T, 1)
    y = function(T, lambda ctx, x: x * 1, backward).apply(x)
    y.backward(retain_graph=True)
    y.backward()
    return r


@program
def reentrant(T: Any) -> list[Any]:
    def forward(ctx, x):
        with T.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.y = ctx.x**3
        return ctx.y.detach()

    def backward(ctx, g):
        with T.enable_grad():
            ctx.y.backward(g)
        return ctx.x.grad

    x = leaf(T, 1, 2)
    function(T, forward, backward).apply(x).sum().backward()
    return [x.grad]


@program
def kw_materialize(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.set_materialize_grads(value=False)
        return x * 1, x * 2

    r = []
    a, _b = function(T, forward, lambda ctx, g, h: (r.append(h is None), g)[1]).apply(leaf(T, 1))
    a.sum().backward()
    return r
