"""Programs in which forward changes a view in place, and says so with `mark_dirty`."""

from __future__ import annotations

from typing import Any

from .common import attempt, doubling, function, leaf, program, weighted


@program
def dirty_view(T: Any) -> list[Any]:
    z = leaf(T, 0, 1, 2, 3)
    x = z * 1
    v = x[1:3]
    out = doubling(T).apply(v)
    return [out is v, out, x, weighted(T, x, z), out._version, x._version, v._version]


@program
def dirty_view_of_view(T: Any) -> list[Any]:
    z = leaf(T, 0, 1, 2, 3)
    x = z * 1
    v = x.view(2, 2)[1]
    out = doubling(T).apply(v)
    return [out is v, x, weighted(T, x, z)]


@program
def dirty_view_other_view(T: Any) -> list[Any]:
    z = leaf(T, 0, 1, 2, 3)
    x = z * 1
    v = x[1:3]
    o = x[2:]
    doubling(T).apply(v)
    return [o, weighted(T, o, z)]


@program
def dirty_twice(T: Any) -> list[Any]:
    z = leaf(T, 0, 1, 2, 3)
    x = z * 1
    D = doubling(T)
    D.apply(x[1:3])
    D.apply(x[:2])
    D.apply(x)
    return [x, weighted(T, x, z), x._version]


@program
def dirty_view_of_leaf(T: Any) -> list[Any]:
    x = leaf(T, 1, 2, 3)
    return [attempt(lambda: doubling(T).apply(x[:2])), x]


@program
def dirty_view_of_leaf_no_grad(T: Any) -> list[Any]:
    x = leaf(T, 1, 2, 3)
    with T.no_grad():
        attempt(lambda: doubling(T).apply(x[:2]))
    return [x, x._version]


@program
def dirty_buffer_view(T: Any) -> list[Any]:
    def forward(ctx, b, y):
        b.add_(y)
        ctx.mark_dirty(b)
        return b

    b = T.zeros(4)
    y = leaf(T, 1, 2)
    function(T, forward, lambda ctx, g: (g, g)).apply(b[1:3], y)
    return [b, weighted(T, b, y)]


@program
def dirty_buffer_view_made_before(T: Any) -> list[Any]:
    def forward(ctx, b, y):
        b.add_(y)
        ctx.mark_dirty(b)
        return b

    b = T.zeros(4)
    y = leaf(T, 1, 2)
    o = b[2:]
    function(T, forward, lambda ctx, g: (g, g)).apply(b[1:3], y)
    return [o, weighted(T, o, y)]


@program
def dirty_buffer_view_all_no_grad(T: Any) -> list[Any]:
    b = T.ones(3)
    v = b[:2]
    out = doubling(T).apply(v)
    return [out is v, b, b._version]


@program
def dirty_detached_view(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    v = x.detach()[:2]
    out = doubling(T).apply(v)
    return [out is v, v, x, x._version]


@program
def dirty_detached_with_y(T: Any) -> list[Any]:
    def forward(ctx, b, y):
        b.add_(y)
        ctx.mark_dirty(b)
        return b

    z = leaf(T, 1, 2, 3)
    x = z * 1
    v = x.detach()
    y = leaf(T, 1, 1, 1)
    out = function(T, forward, lambda ctx, g: (g, g)).apply(v, y)
    return [out is v, v, x, weighted(T, v, y), z.grad]


@program
def dirty_retain_grad_out(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    doubling(T).apply(x[:1])
    x.retain_grad()
    return [weighted(T, x * 1, z, x)]


@program
def dirty_retain_grad_view(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    v = x[:1]
    v.retain_grad()
    out = doubling(T).apply(v)
    return [v.retains_grad, weighted(T, out * 1, z, v)]


@program
def dirty_retain_grad_base(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    x.retain_grad()
    doubling(T).apply(x[:1])
    return [x.retains_grad, weighted(T, x * 1, z, x)]


@program
def dirty_hook_base_before(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z * 3
    seen = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    doubling(T).apply(x[:1])
    r = weighted(T, x * 1, z)
    return [seen, r]


@program
def dirty_two_outputs_view(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, y

    z = leaf(T, 1, 2)
    x = z * 1
    return [attempt(lambda: function(T, forward, lambda ctx, g, h: g * 2 + h * 3).apply(x[:1]))]


@program
def dirty_two_outputs_view_other_nondiff(T: Any) -> list[Any]:
    def forward(ctx, x):
        y = x * 3
        x.mul_(2)
        ctx.mark_dirty(x)
        ctx.mark_non_differentiable(y)
        return x, y

    z = leaf(T, 1, 2)
    x = z * 1
    return [attempt(lambda: function(T, forward, lambda ctx, g, h: g * 2).apply(x[:1]))]


@program
def dirty_two_outputs_view_other_nontensor(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x, 3

    z = leaf(T, 1, 2)
    x = z * 1
    return [attempt(lambda: function(T, forward, lambda ctx, g, h: g * 2).apply(x[:1]))]


@program
def dirty_saved_dirty_view_gradgrad(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.exp_()
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y

    z = leaf(T, 1, 2, 3)
    x = z * 1
    function(T, forward, backward).apply(x[1:])
    (g,) = T.autograd.grad(x.sum(), z, create_graph=True)
    (g2,) = T.autograd.grad((g * T.tensor([1.0, 10.0, 100.0])).sum(), z)
    return [g, g2]


@program
def dirty_exp_saved(T: Any) -> list[Any]:
    z = leaf(T, 1, 2)
    x = z.exp()
    v = x[:1]
    doubling(T).apply(v)
    return [attempt(lambda: weighted(T, x, z))]


@program
def dirty_transposed_view(T: Any) -> list[Any]:
    z = T.arange(6.0).reshape(2, 3).requires_grad_()
    x = z * 1
    doubling(T).apply(x.t()[1:])
    return [x, weighted(T, x, z)]


@program
def dirty_diag_view(T: Any) -> list[Any]:
    z = T.arange(9.0).reshape(3, 3).requires_grad_()
    x = z * 1
    doubling(T).apply(x.diagonal())
    return [x, weighted(T, x, z)]


@program
def dirty_view_then_plain_inplace(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    v = x[:2]
    doubling(T).apply(v)
    v.mul_(5)
    x.add_(1)
    return [x, v, weighted(T, x, z)]


@program
def dirty_plain_inplace_then_view(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    v = x[:2]
    x.mul_(3)
    doubling(T).apply(v)
    return [x, v, weighted(T, x, z)]


@program
def dirty_grad_wrt_view_out(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    o = doubling(T).apply(x[:2])
    y = o * 3
    return [T.autograd.grad(y.sum(), o)[0], attempt(lambda: T.autograd.grad((x * 3).sum(), o)[0])]


@program
def dirty_view_dtype(T: Any) -> list[Any]:
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    z = T.tensor([1.0, 2.0, 3.0], dtype=T.float64, requires_grad=True)
    x = z * 1
    function(T, forward, lambda ctx, g: (g * 2).to(T.float32)).apply(x[:2])
    (x * T.tensor([1.0, 10.0, 100.0], dtype=T.float64)).sum().backward()
    return [z.grad]


@program
def dirty_view_second_arg_gets_grad(T: Any) -> list[Any]:
    def forward(ctx, x, y):
        x.mul_(y)
        ctx.mark_dirty(x)
        ctx.save_for_backward(y)
        ctx.old = x / y
        return x

    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y, g * ctx.old

    z = leaf(T, 1, 2, 3)
    x = z * 1
    y = leaf(T, 5, 7)
    function(T, forward, backward).apply(x[1:], y)
    return [x, weighted(T, x, z, y)]


@program
def dirty_needs_input_grad_buffer(T: Any) -> list[Any]:
    seen = []

    def forward(ctx, x, y):
        seen.append(ctx.needs_input_grad)
        x.copy_(y)
        ctx.mark_dirty(x)
        return x

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return None, g

    b = T.zeros(3)
    y = leaf(T, 5, 7)
    function(T, forward, backward).apply(b[1:], y)
    return [seen, b, weighted(T, b, y), seen]


@program
def dirty_create_graph(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x.clone())
        x.pow_(3)
        ctx.mark_dirty(x)
        return x

    def backward(ctx, g):
        return g * 3

    z = leaf(T, 1, 2, 3)
    x = z * z
    function(T, forward, backward).apply(x[1:])
    (g,) = T.autograd.grad(x.sum(), z, create_graph=True)
    (g2,) = T.autograd.grad(g.sum(), z)
    return [g, g2]


@program
def dirty_backward_twice(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    doubling(T).apply(x[1:])
    y = x.sum()
    y.backward(retain_graph=True)
    y.backward()
    return [z.grad]


@program
def dirty_chain(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(3)
        return x

    F = function(T, forward, lambda ctx, g: g * 3)
    z = leaf(T, 1, 1)
    x = z * 1
    for _ in range(3):
        F.apply(x)
    v = x[:1]
    F.apply(v)
    w = v.view(1, 1)
    F.apply(w)
    return [x, v, w, weighted(T, x, z)]


@program
def dirty_two_views_args(T: Any) -> list[Any]:
    def forward(ctx, a, b):
        a.add_(b)
        ctx.mark_dirty(a)
        return a

    F = function(T, forward, lambda ctx, g: (g, g))
    z = leaf(T, 1, 2, 3, 4)
    x = z * 1
    F.apply(x[:2], x[2:])
    return [x, weighted(T, x, z)]


@program
def dirty_two_dirty_views(T: Any) -> list[Any]:
    def forward(ctx, a, b):
        a.mul_(2)
        b.mul_(3)
        ctx.mark_dirty(a, b)
        return a, b

    F = function(T, forward, lambda ctx, g, h: (g * 2, h * 3))
    z = leaf(T, 1, 2, 3, 4)
    x = z * 1
    return [attempt(lambda: F.apply(x[:2], x[2:]))]


@program
def dirty_base_and_view(T: Any) -> list[Any]:
    def forward(ctx, a, b):
        a.mul_(2)
        ctx.mark_dirty(a)
        return a

    F = function(T, forward, lambda ctx, g: (g * 2, T.ones(2) * 5))
    z = leaf(T, 1, 2, 3, 4)
    x = z * 1
    v = x[:2]
    F.apply(x, v)
    return [x, v, weighted(T, x, z)]


@program
def dirty_view_and_base(T: Any) -> list[Any]:
    def forward(ctx, a, b):
        a.mul_(2)
        ctx.mark_dirty(a)
        return a

    F = function(T, forward, lambda ctx, g: (g * 2, T.ones(4) * 5))
    z = leaf(T, 1, 2, 3, 4)
    x = z * 1
    v = x[:2]
    F.apply(v, x)
    return [x, v, attempt(lambda: weighted(T, x, z))]


@program
def dirty_expand_strided(T: Any) -> list[Any]:
    z = T.arange(12.0).reshape(3, 4).requires_grad_()
    x = z * 1
    doubling(T).apply(x[::2, 1::2])
    return [x, weighted(T, x, z)]


@program
def dirty_squeeze_permute(T: Any) -> list[Any]:
    z = T.arange(6.0).reshape(1, 2, 3).requires_grad_()
    x = z * 1
    doubling(T).apply(x.squeeze(0).permute(1, 0)[1:].unsqueeze(0))
    return [x, weighted(T, x, z)]


@program
def dirty_select_scalar(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    doubling(T).apply(x[1])
    return [x, weighted(T, x, z)]


@program
def dirty_detach_alias_of_saved(T: Any) -> list[Any]:
    z = leaf(T, 1, 2, 3)
    x = z * 1
    y = x * x
    with T.no_grad():
        doubling(T).apply(x.detach())
    return [attempt(lambda: weighted(T, y, z))]


@program
def dirty_double_backward_view(T: Any) -> list[Any]:
    def forward(ctx, x, k):
        ctx.save_for_backward(k, x.clone())
        x.mul_(k)
        ctx.mark_dirty(x)
        return x

    def backward(ctx, g):
        k, x = ctx.saved_tensors
        return g * k, (g * x)

    F = function(T, forward, backward)
    z = leaf(T, 1, 2, 3)
    k = leaf(T, 5, 7)
    x = z * z
    F.apply(x[1:], k)
    o = (x * x).sum()
    g = T.autograd.grad(o, (z, k), create_graph=True)
    h = T.autograd.grad(g[0].sum(), (z, k))
    return [list(g), list(h)]
