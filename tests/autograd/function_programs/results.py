"""Programs about what forward returns: arguments, views, the same Tensor twice, and what is no Tensor."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from .common import attempt, function, identity, leaf, program, weighted


@program
def returned_identity_no_grad_input(T: Any) -> list[Any]:
    x = T.tensor([1.0, 2.0])
    y = function(T, identity, lambda ctx, g: g * 5).apply(x)
    return [y is x, y]


@program
def returned_identity_no_grad_mode(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    with T.no_grad():
        y = function(T, identity, lambda ctx, g: g * 5).apply(x)
    return [y is x, y]


@program
def returned_identity_then_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    y = function(T, identity, lambda ctx, g: g * 5).apply(x)
    return [
        attempt(lambda: y.mul_(2)),
        attempt(lambda: x.mul_(2)),
        attempt(lambda: weighted(T, y * 1, z)),
        attempt(lambda: weighted(T, x, z)),
    ]


@program
def returned_view_base_changed(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    y = function(T, lambda ctx, x: x[:1], lambda ctx, g: T.tensor([7.0, 7.0])).apply(x)
    x.mul_(2)
    return [attempt(lambda: y.tolist()), attempt(lambda: weighted(T, y * 1, z)), attempt(lambda: y.grad_fn)]


@program
def returned_view_of_leaf(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x[:1], lambda ctx, g: T.tensor([7.0, 7.0])).apply(z)
    return [y, attempt(lambda: y.mul_(2)), attempt(lambda: weighted(T, y, z))]


@program
def returned_view_of_leaf_inplace_no_grad(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x[:1], lambda ctx, g: T.tensor([7.0, 7.0])).apply(z)
    with T.no_grad():
        r = attempt(lambda: y.mul_(2))
    return [r, z]


@program
def returned_detach_view(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x.detach(), lambda ctx, g: g * 7).apply(z)
    return [y, attempt(lambda: weighted(T, y, z)), attempt(lambda: y.mul_(2)), z]


@program
def returned_two_views_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    a, b = function(T, lambda ctx, x: (x[:1], x[1:]), lambda ctx, g, h: T.cat([g * 2, h * 3])).apply(x)
    return [attempt(lambda: a.mul_(2)), weighted(T, a + b, z)]


@program
def returned_view_of_intermediate_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: (x * 3)[:1], lambda ctx, g: T.cat([g * 3, g * 0])).apply(z)
    return [attempt(lambda: y.mul_(2)), attempt(lambda: weighted(T, y, z))]


@program
def returned_two_views_of_intermediate_inplace(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 3
        return y[:1], y[1:]

    z = leaf(T, 1, 2)
    a, b = function(T, forward, lambda ctx, g, h: T.cat([g * 3, h * 3])).apply(z)
    return [attempt(lambda: a.mul_(2)), attempt(lambda: weighted(T, a + b, z))]


@program
def returned_nonview_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x * 3, lambda ctx, g: g * 3).apply(z)
    y.mul_(2)
    return [y, weighted(T, y, z)]


@program
def returned_two_nonview_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    a, b = function(T, lambda ctx, x: (x * 3, x * 4), lambda ctx, g, h: g * 3 + h * 4).apply(z)
    a.mul_(2)
    b[:1].mul_(5)
    return [a, b, weighted(T, a + b, z)]


@program
def returned_same_twice(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 2
        return y, y

    z = leaf(T, 1, 2)
    a, b = function(T, forward, lambda ctx, g, h: g * 2 + h * 20).apply(z)
    return [a is b, a, b, weighted(T, a * 1 + b * 1, z)]


@program
def returned_same_twice_first(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 2
        return y, y

    seen = []

    def backward(ctx, g, h):
        seen.append((g.tolist(), h.tolist()))
        return g + h

    z = leaf(T, 1, 2)
    a, _b = function(T, forward, backward).apply(z)
    return [weighted(T, a, z), seen]


@program
def returned_input_twice(T: Any) -> list[Any]:
    seen = []

    def backward(ctx, g, h):
        seen.append((g.tolist(), h.tolist()))
        return g + h

    z = leaf(T, 1, 2)
    a, b = function(T, lambda ctx, x: (x, x), backward).apply(z)
    return [a is b, a is z, weighted(T, a * 2 + b * 3, z), seen]


@program
def returned_input_and_out(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    a, b = function(T, lambda ctx, x: (x, x * 2), lambda ctx, g, h: g + h * 2).apply(z)
    return [a, b, weighted(T, a + b, z)]


@program
def returned_two_inputs_swapped(T: Any) -> list[Any]:
    x, y = leaf(T, 1, 2), leaf(T, 3, 4)
    a, b = function(T, lambda ctx, x, y: (y, x), lambda ctx, g, h: (h * 2, g * 3)).apply(x, y)
    return [a, b, weighted(T, a + b * 10, x, y)]


@program
def returned_input_no_grad_returned(T: Any) -> list[Any]:
    x, y = leaf(T, 1, 2), T.tensor([3.0, 4.0])
    a, b = function(T, lambda ctx, x, y: (x * 2, y), lambda ctx, g, h: (g * 2, h)).apply(x, y)
    return [a, b, b is y, weighted(T, a + b, x)]


@program
def returned_int_input_returned(T: Any) -> list[Any]:
    x, y = leaf(T, 1, 2), T.tensor([3, 4])
    a, b = function(T, lambda ctx, x, y: (x * 2, y), lambda ctx, g, h: (g * 2, h)).apply(x, y)
    return [a, b, b is y, weighted(T, a, x)]


@program
def returned_int_output(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    a = function(T, lambda ctx, x: x.argsort(), lambda ctx, g: g).apply(x)
    return [a]


@program
def returned_nondiff_backward_sees(T: Any) -> list[Any]:
    seen = []

    def forward(ctx, x):
        y = x * 2
        ctx.mark_non_differentiable(y)
        return x * 1, y

    def backward(ctx, g, h):
        seen.append((h is None, None if h is None else h.tolist()))
        return g

    x = leaf(T, 1, 2)
    a, b = function(T, forward, backward).apply(x)
    return [b, weighted(T, a, x), seen]


@program
def returned_nondiff_no_materialize(T: Any) -> list[Any]:
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        y = x * 2
        ctx.mark_non_differentiable(y)
        return x * 1, y, x * 3

    def backward(ctx, g, h, k):
        seen.append((h is None, k is None))
        return g

    x = leaf(T, 1, 2)
    a, b, _c = function(T, forward, backward).apply(x)
    return [b, weighted(T, a, x), seen]


@program
def returned_nondiff_input(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_non_differentiable(x)
        return x

    z = leaf(T, 1, 2)
    a = function(T, forward, lambda ctx, g: g).apply(z)
    return [a, a is z, z]


@program
def returned_nondiff_input_nonleaf(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_non_differentiable(x)
        return x, x * 2

    z = leaf(T, 1, 2)
    x = z * 1
    a, b = function(T, forward, lambda ctx, g, h: h * 2).apply(x)
    return [a, a is x, x, weighted(T, b, z)]


@program
def returned_nondiff_not_output(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_non_differentiable(x * 2)
        return x * 2

    z = leaf(T, 1, 2)
    a = function(T, forward, lambda ctx, g: g * 2).apply(z)
    return [a, weighted(T, a, z)]


@program
def returned_tuple_with_none(T: Any) -> list[Any]:
    seen = []

    def backward(ctx, *g):
        seen.append([x is None for x in g])
        return g[1]

    z = leaf(T, 1, 2)
    r = function(T, lambda ctx, x: (None, x * 1, "s", 3), backward).apply(z)
    return [r, weighted(T, r[1], z), seen]


@program
def returned_nested_tuple(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, lambda ctx, x: (x * 2, (x * 3,)), lambda ctx, g, h: g * 2).apply(z))
    return [r, type(r[1]).__name__, weighted(T, r[0], z)]


@program
def returned_namedtuple(T: Any) -> list[Any]:
    N = namedtuple("N", "a b")
    z = leaf(T, 1, 2)
    r = function(T, lambda ctx, x: N(x * 2, x * 3), lambda ctx, g, h: g * 2 + h * 3).apply(z)
    return [type(r).__name__, r[0], r[1]]


@program
def returned_empty_tuple(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    return [attempt(lambda: function(T, lambda ctx, x: (), lambda ctx: None).apply(z))]


@program
def returned_one_tuple(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    r = function(T, lambda ctx, x: (x * 2,), lambda ctx, g: g * 2).apply(z)
    return [type(r).__name__, len(r), weighted(T, r[0], z)]


@program
def returned_parameter(T: Any) -> list[Any]:
    p = T.nn.Parameter(T.ones(2))
    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, lambda ctx, x: p, lambda ctx, g: g * 2).apply(z))
    return [r is p, type(r).__name__, r, p.is_leaf, p.requires_grad, attempt(lambda: weighted(T, r * 1, z))]


@program
def returned_parameter_input(T: Any) -> list[Any]:
    p = T.nn.Parameter(T.ones(2))
    r = function(T, identity, lambda ctx, g: g * 2).apply(p)
    return [r is p, type(r).__name__, r, weighted(T, r * 1, p)]


@program
def returned_foreign_nonleaf(T: Any) -> list[Any]:
    q = leaf(T, 3, 4)
    p = q * 1
    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, lambda ctx, x: p, lambda ctx, g: g * 2).apply(z))
    return [r is p, r, attempt(lambda: weighted(T, r * 1, z)), q.grad]


@program
def returned_foreign_constant(T: Any) -> list[Any]:
    c = T.ones(2)
    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, lambda ctx, x: c, lambda ctx, g: g * 2).apply(z))
    return [r is c, r, c.requires_grad, attempt(lambda: weighted(T, r * 1, z))]


@program
def returned_requires_grad_inside(T: Any) -> list[Any]:
    def forward(ctx, x):
        return (x * 2).detach().requires_grad_()

    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, forward, lambda ctx, g: g * 2).apply(z))
    return [r, attempt(lambda: weighted(T, r * 1, z))]


@program
def returned_enable_grad_inside(T: Any) -> list[Any]:
    def forward(ctx, x):
        with T.enable_grad():
            return x * 2

    z = leaf(T, 1, 2)
    r = attempt(lambda: function(T, forward, lambda ctx, g: g * 20).apply(z))
    return [r, attempt(lambda: weighted(T, r * 1, z))]


@program
def returned_no_grad_inputs(T: Any) -> list[Any]:
    x = T.ones(2)
    r = function(T, lambda ctx, x: x * 2, lambda ctx, g: g).apply(x)
    return [r]


@program
def returned_0d(T: Any) -> list[Any]:
    z = T.tensor(2.0, requires_grad=True)
    r = function(T, lambda ctx, x: x * x, lambda ctx, g: g * 4).apply(z)
    r.backward()
    return [r, z.grad]


@program
def returned_other_dtype(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    seen = []

    def backward(ctx, g):
        seen.append(str(g.dtype).split(".")[-1])
        return g

    r = function(T, lambda ctx, x: x.double() * 2, backward).apply(z)
    r.sum().backward()
    return [r, z.grad, seen]


@program
def output_used_twice(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, a, b: a * 2 + b * 3)
    x = leaf(T, 1)
    a, b = F.apply(x)
    (a * b + a).sum().backward()
    return [x.grad]


@program
def identity_gradgrad_saved(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x

    F = function(T, forward, lambda ctx, g: -g * ctx.saved_tensors[0])
    x = leaf(T, 1, 2)
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    (h,) = T.autograd.grad((g * g).sum(), x)
    return [g, h]


@program
def optimizer_step_after_identity(T: Any) -> list[Any]:
    p = T.nn.Parameter(T.ones(2))
    o = T.optim.SGD([p], lr=0.5)
    F = function(T, identity, lambda ctx, g: g * 2)
    for _ in range(2):
        o.zero_grad()
        F.apply(p).sum().backward()
        o.step()
    return [p]


@program
def grad_of_output_inputs(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, a, b: a * 2 + b * 3)
    x = leaf(T, 1)
    a, b = F.apply(x)
    l = (a * b).sum()
    return list(T.autograd.grad(l, (a, b, x)))


@program
def backward_inputs_output(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, a, b: a * 2 + b * 3)
    x = leaf(T, 1)
    a, b = F.apply(x)
    l = (a * b).sum()
    l.backward(inputs=[a])
    return [a.grad, b.grad, x.grad]


@program
def expand_view_output(T: Any) -> list[Any]:
    x = T.tensor([2.0], requires_grad=True)
    y = function(T, lambda ctx, x: x.expand(3), lambda ctx, g: g.sum(0, keepdim=True)).apply(x)
    return [y, weighted(T, y, x)]
