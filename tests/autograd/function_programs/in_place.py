"""Programs in which forward changes its arguments in place, and says so with `mark_dirty`."""

from __future__ import annotations

import warnings
from typing import Any

from .common import attempt, doubling, function, leaf, program, weighted


@program
def dirty_nonview(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    out = doubling(T).apply(x)
    return [out is x, out.grad_fn.name(), weighted(T, x, z), x._version]


@program
def dirty_leaf(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    return [attempt(lambda: doubling(T).apply(x)), x]


@program
def dirty_leaf_noop(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    x = leaf(T, 1, 2)
    return [attempt(lambda: function(T, forward, lambda ctx, g: g).apply(x)), x]


@program
def dirty_parameter(T: Any) -> list[Any]:
    x = T.nn.Parameter(T.ones(2))
    return [attempt(lambda: doubling(T).apply(x)), x.is_leaf]


@program
def dirty_leaf_no_grad(T: Any) -> list[Any]:
    x = leaf(T, 1, 2, 3)
    with T.no_grad():
        out = attempt(lambda: doubling(T).apply(x))
    return [out is x, x, x._version]


@program
def dirty_no_grad_nonleaf(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    with T.no_grad():
        out = doubling(T).apply(x)
    return [out is x, x, x._version, weighted(T, x, z)]


@program
def dirty_not_returned(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x * 2

    z = leaf(T, 1, 2)
    return [attempt(lambda: function(T, forward, lambda ctx, g: g).apply(z * 1))]


@program
def dirty_not_returned_no_grad(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x * 2

    return [attempt(lambda: function(T, forward, lambda ctx, g: g).apply(T.ones(2)))]


@program
def dirty_not_input(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 2
        ctx.mark_dirty(y)
        return y

    z = leaf(T, 1, 2)
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        out = attempt(lambda: function(T, forward, lambda ctx, g: g * 2).apply(z * 1))
    return [out, [str(x.message)[:80] for x in w], weighted(T, out, z)]


@program
def dirty_buffer(T: Any) -> list[Any]:
    def forward(ctx, b, y):
        b.add_(y)
        ctx.mark_dirty(b)
        return b

    b = T.zeros(3)
    y = leaf(T, 1, 2, 3)
    out = function(T, forward, lambda ctx, g: (g, g)).apply(b, y)
    return [out is b, b, b.requires_grad, weighted(T, b, y)]


@program
def dirty_buffer_all_no_grad(T: Any) -> list[Any]:
    b = T.ones(3)
    out = doubling(T).apply(b)
    return [out is b, b, b._version]


@program
def dirty_retain_grad_before(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    x.retain_grad()
    doubling(T).apply(x)
    return [x.retains_grad, weighted(T, x * 1, z, x)]


@program
def dirty_retain_grad_after(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    doubling(T).apply(x)
    x.retain_grad()
    return [weighted(T, x * 1, z, x)]


@program
def dirty_hook_before(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    doubling(T).apply(x)
    r = weighted(T, x * 1, z)
    return [seen, r]


@program
def dirty_hook_after(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    seen = []
    doubling(T).apply(x)
    x.register_hook(lambda g: seen.append(g.tolist()))
    r = weighted(T, x * 1, z)
    return [seen, r]


@program
def dirty_two_outputs(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, y

    z = leaf(T, 1, 2)
    x = z * 1
    a, b = function(T, forward, lambda ctx, g, h: g * 2 + h * 3).apply(x)
    return [a is x, a, b, weighted(T, a + b, z)]


@program
def dirty_two_outputs_only_dirty_used(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        return y, x

    z = leaf(T, 1, 2)
    x = z * 1
    _a, b = function(T, forward, lambda ctx, h, g: g * 2 + h * 3).apply(x)
    return [b is x, weighted(T, x, z)]


@program
def dirty_two_outputs_view_of_buffer(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        o = y * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, o

    y = leaf(T, 1)
    return [attempt(lambda: function(T, forward, lambda ctx, g, h: (None, h * 3)).apply(T.ones(2)[:1], y))]


@program
def dirty_two_dirty(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        x.mul_(2)
        y.mul_(3)
        ctx.mark_dirty(x, y)
        return x, y

    z = leaf(T, 1, 2)
    x = z * 1
    y = z * 1
    a, b = function(T, forward, lambda ctx, g, h: (g * 2, h * 3)).apply(x, y)
    return [a is x, b is y, weighted(T, x + y, z)]


@program
def dirty_two_dirty_marked_twice(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        x.mul_(2)
        y.mul_(3)
        ctx.mark_dirty(x)
        ctx.mark_dirty(y)
        return x, y

    z = leaf(T, 1, 2)
    x = z * 1
    y = z * 1
    a, b = function(T, forward, lambda ctx, g, h: (g * 2, h * 3)).apply(x, y)
    return [a is x, b is y, weighted(T, x + y, z), x._version]


@program
def dirty_one_of_two(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        x.mul_(y)
        ctx.mark_dirty(x)
        ctx.save_for_backward(y)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y, None

    z = leaf(T, 1, 2)
    x = z * 1
    y = T.tensor([3.0, 5.0])
    a = function(T, forward, backward).apply(x, y)
    return [a is x, weighted(T, x, z)]


@program
def dirty_saved_dirty(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.exp_()
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    z = leaf(T, 1, 2)
    x = z * 1
    a = function(T, forward, backward).apply(x)
    return [a is x, weighted(T, x, z)]


@program
def dirty_saved_dirty_gradgrad(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.exp_()
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    z = leaf(T, 1, 2)
    x = z * 1
    function(T, forward, backward).apply(x)
    (g,) = T.autograd.grad(x.sum(), z, create_graph=True)
    (g2,) = T.autograd.grad((g * T.tensor([1.0, 10.0])).sum(), z, create_graph=True)
    (g3,) = T.autograd.grad(g2.sum(), z)
    return [g, g2, g3]


@program
def dirty_saved_before_change(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    z = leaf(T, 1, 2)
    x = z * 1
    function(T, forward, backward).apply(x)
    return [attempt(lambda: weighted(T, x, z))]


@program
def dirty_saved_then_changed_again(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.exp_()
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    z = leaf(T, 1, 2)
    x = z * 1
    function(T, forward, backward).apply(x)
    x.add_(1)
    return [attempt(lambda: weighted(T, x, z))]


@program
def dirty_saved_elsewhere(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    s = x * x
    doubling(T).apply(x)
    return [attempt(lambda: weighted(T, s, z))]


@program
def dirty_marked_not_changed_saved_elsewhere(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    z = leaf(T, 1, 2)
    x = z * 1
    s = x * x
    function(T, forward, lambda ctx, g: g).apply(x)
    return [attempt(lambda: weighted(T, s, z)), x._version]


@program
def dirty_dirty_and_nondiff(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        ctx.mark_non_differentiable(x)
        return x

    z = leaf(T, 1, 2)
    x = z * 1
    o = attempt(lambda: function(T, forward, lambda ctx, g: g * 2).apply(x))
    return [o, o is x, x, x._version]


@program
def dirty_dirty_int(T: Any) -> list[Any]:
    def forward(ctx, i, x):
        i.add_(1)
        ctx.mark_dirty(i)
        return i, x * 2

    z = leaf(T, 1, 2)
    i = T.tensor([1, 2])
    a, b = function(T, forward, lambda ctx, gi, g: (None, g * 2)).apply(i, z)
    return [a is i, a, b, weighted(T, b, z)]


@program
def dirty_dirty_same_arg_twice(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    z = leaf(T, 1, 2)
    x = z * 1
    o = function(T, forward, lambda ctx, g: (g, g)).apply(x, x)
    return [o is x, weighted(T, x, z)]


@program
def dirty_dirty_returned_twice(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, x

    z = leaf(T, 1, 2)
    x = z * 1
    a, b = function(T, forward, lambda ctx, g, h: g * 2 + h * 20).apply(x)
    return [a is x, b is x, weighted(T, x, z)]


@program
def dirty_setup_context(T: Any) -> list[Any]:
    def forward(x):
        return x.mul_(2)

    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])

    z = leaf(T, 1, 2)
    x = z * 1
    o = function(T, forward, lambda ctx, g: g * 2, setup_context=setup_context).apply(x)
    return [o is x, weighted(T, x, z)]


@program
def dirty_setup_context_saved(T: Any) -> list[Any]:
    def forward(x):
        return x.exp_()

    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])
        ctx.save_for_backward(output)

    z = leaf(T, 1, 2)
    x = z * 1
    o = attempt(
        lambda: function(T, forward, lambda ctx, g: g * ctx.saved_tensors[0], setup_context=setup_context).apply(x)
    )
    return [o is x, attempt(lambda: weighted(T, x, z))]


@program
def dirty_expanded(T: Any) -> list[Any]:
    z = leaf(T, 1)
    x = (z * 1).expand(3)

    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    return [attempt(lambda: function(T, forward, lambda ctx, g: g).apply(x)), attempt(lambda: doubling(T).apply(x))]


@program
def dirty_grad_wrt_out(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    o = doubling(T).apply(x)
    y = o * 3
    return [T.autograd.grad(y.sum(), o)[0]]


@program
def dirty_nonview_grad_none(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    z = leaf(T, 1, 2, 3)
    x = z * 1
    function(T, forward, lambda ctx, g: None).apply(x)
    return [attempt(lambda: weighted(T, x, z))]


@program
def version_of_saved_output(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.exp_()
        ctx.save_for_backward(x)
        return x

    F = function(T, forward, lambda ctx, g: g * ctx.saved_tensors[0])
    z = leaf(T, 0, 1)
    x = z * 1
    F.apply(x)
    F.apply(x)
    return [attempt(lambda: weighted(T, x, z))]


@program
def dirty_leaf_made_by_op_on_leaf_buffer(T: Any) -> list[Any]:
    b = T.zeros(3)
    y = leaf(T, 1, 2, 3)

    def forward(ctx, b, y):
        b.copy_(y)
        ctx.mark_dirty(b)
        return b

    F = function(T, forward, lambda ctx, g: (None, g))
    F.apply(b, y)
    F.apply(b, y * 2)
    return [b, b.is_leaf, weighted(T, b, y)]


@program
def dirty_then_detach_(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 1
    F = doubling(T)
    F.apply(x)
    x.detach_()
    F.apply(x)
    return [x]


@program
def dirty_retain_and_hook_multi(T: Any) -> list[Any]:
    seen = []

    def forward(ctx, x):
        y = x * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, y

    F = function(T, forward, lambda ctx, g, h: g * 2 + h * 3)
    z = leaf(T, 1, 2)
    x = z * 1
    x.retain_grad()
    x.register_hook(lambda g: seen.append(("old", g.tolist())))
    a, b = F.apply(x)
    x.register_hook(lambda g: seen.append(("new", g.tolist())))
    (a + b).sum().backward()
    return [seen, x.grad, z.grad]
