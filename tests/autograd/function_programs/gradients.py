"""Programs about what backward returns, and about second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .common import PROGRAMS, Program, attempt, function, leaf, lists, program


@program
def gradient_nonrequired_gets_grad(T: Any) -> list[Any]:
    x, y = leaf(T, 1, 2), T.ones(2)
    function(T, lambda ctx, x, y: x + y, lambda ctx, g: (g, g)).apply(x, y).sum().backward()
    return [x.grad, y.grad]


RETURNED: dict[str, Callable[[Any, Any], Any]] = {
    "too_few": lambda T, g: g,
    "too_few_in_a_tuple": lambda T, g: (g,),
    "too_many": lambda T, g: (g, g, g),
    "too_many_none": lambda T, g: (g, g, None, None),
    "too_many_none_and_one": lambda T, g: (g, g, None, g),
    "none": lambda T, g: None,
    "none_none": lambda T, g: (None, None),
    "one_none": lambda T, g: (g, None),
    "float": lambda T, g: (1.0, g),
    "int": lambda T, g: (g, 1),
    "text": lambda T, g: "ab",
    "dict": lambda T, g: {"x": g, "y": g},
    "array": lambda T, g: (np.ones(2, np.float32), g),
    "smaller": lambda T, g: (g[:1], g),
    "scalar": lambda T, g: (g.sum(), g),
    "larger": lambda T, g: (T.ones(3, 2), g),
    "larger_by_one": lambda T, g: (T.ones(1, 2) * 3, g),
    "of_another_length": lambda T, g: (T.ones(3), g),
    "of_another_length_second": lambda T, g: (g, T.ones(3)),
    "float64": lambda T, g: (g.double(), g),
    "float16": lambda T, g: (g.half(), g),
    "int64": lambda T, g: (T.tensor([1, 2]), g),
    "bool": lambda T, g: (T.tensor([True, False]), g),
    "expanded": lambda T, g: (T.ones(1).expand(2), g),
    "the_same_twice": lambda T, g: (g, g),
}


def sum_returning(returned: Callable[[Any, Any], Any], first: Any, second: Any) -> Program:
    """A program with a sum whose backward returns what it is told to; the arguments are made by functions."""

    def run(T: Any) -> list[Any]:
        x, y = first(T), second(T)
        total = function(T, lambda ctx, x, y: x + y, lambda ctx, g: returned(T, g)).apply(x, y)
        return [attempt(lambda: total.sum().backward()), x.grad, y.grad if hasattr(y, "grad") else None]

    return run


for kind, returned in RETURNED.items():
    PROGRAMS[f"gradient_{kind}"] = sum_returning(returned, lambda T: leaf(T, 1, 2), lambda T: leaf(T, 3, 4))
for kind in ("too_few", "float", "text", "smaller", "of_another_length", "of_another_length_second", "int"):
    PROGRAMS[f"gradient_{kind}_of_constant"] = sum_returning(
        RETURNED[kind], lambda T: leaf(T, 1, 2), lambda T: T.ones(2)
    )
for kind in ("one_none", "the_same_twice", "text", "int"):
    PROGRAMS[f"gradient_{kind}_of_number"] = sum_returning(RETURNED[kind], lambda T: leaf(T, 1, 2), lambda T: 3.0)
for shape in ((1,), (), (3, 1), (3, 2)):
    PROGRAMS["_".join(map(str, ("gradient_summed_to", *shape)))] = sum_returning(
        RETURNED["the_same_twice"],
        lambda T: T.ones(3, 2, requires_grad=True),
        lambda T, shape=shape: T.ones(shape, requires_grad=True),
    )


@program
def gradient_inplace_on_incoming(T: Any) -> list[Any]:
    def backward(ctx, g):
        g.mul_(5)
        return g

    x = leaf(T, 1, 2)
    y = function(T, lambda ctx, x: x * 1, backward).apply(x)
    gr = T.ones(2)
    y.backward(gr)
    return [x.grad, gr]


@program
def gradient_returns_saved(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    x = leaf(T, 1, 2)
    y = function(T, forward, lambda ctx, g: ctx.saved_tensors[0]).apply(x)
    y.sum().backward()
    x.grad.add_(1)
    return [x, x.grad]


@program
def gradient_vjp(T: Any) -> list[Any]:
    C = type(
        "C",
        (T.autograd.Function,),
        {"forward": staticmethod(lambda ctx, x: x * 2), "vjp": staticmethod(lambda ctx, g: g * 2)},
    )
    x = leaf(T, 1, 2)
    C.apply(x).sum().backward()
    return [x.grad]


@program
def gradient_vjp_and_backward(T: Any) -> list[Any]:
    C = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2, vjp=lambda ctx, g: g * 3)
    x = leaf(T, 1, 2)
    return [attempt(lambda: C.apply(x).sum().backward()), x.grad]


@program
def gradient_jvp_ignored(T: Any) -> list[Any]:
    C = function(
        T,
        lambda ctx, x: x * 2,
        lambda ctx, g: g * 2,
        jvp=lambda ctx, t: t * 2,
        vmap=lambda info, dims, x: 1,
        generate_vmap_rule=True,
        clear_saved_tensors_on_access=False,
        boxed_grads_call=False,
    )
    x = leaf(T, 1, 2)
    C.apply(x).sum().backward()
    return [x.grad]


@program
def gradient_boxed(T: Any) -> list[Any]:
    seen = []

    def backward(ctx, grads):
        seen.append((type(grads).__name__, len(grads)))
        return grads[0] * 2 + grads[1] * 3

    C = function(T, lambda ctx, x: (x * 2, x * 3), backward, boxed_grads_call=True)
    x = leaf(T, 1, 2)
    a, b = C.apply(x)
    (a + b).sum().backward()
    return [x.grad, seen]


@program
def gradient_clear_saved(T: Any) -> list[Any]:
    seen = []

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        seen.append(attempt(lambda: len(ctx.saved_tensors)))
        return g * 2 * x

    C = function(T, forward, backward, clear_saved_tensors_on_access=True)
    x = leaf(T, 1, 2)
    C.apply(x).sum().backward()
    return [x.grad, seen]


@program
def second_order_cube(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2

    x = leaf(T, 1, 2)
    F = function(T, forward, backward)
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    (g2,) = T.autograd.grad(g.sum(), x, create_graph=True)
    (g3,) = T.autograd.grad(g2.sum(), x)
    return [g, g2, g3]


@program
def second_order_once_none_output(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    y = leaf(T, 1, 1)
    F = function(T, lambda ctx, x, y: x * y, T.autograd.function.once_differentiable(lambda ctx, g: (g * 3, None)))
    v = leaf(T, 1, 1)
    g = T.autograd.grad(F.apply(x, y), (x, y), v, create_graph=True, allow_unused=True)
    return [g[0].requires_grad, g[1]]


@program
def second_order_intermediate_saved(T: Any) -> list[Any]:
    def forward(ctx, x):
        e = x.exp()
        ctx.save_for_backward(e)
        return e + 1

    x = leaf(T, 0, 1)
    F = function(T, forward, lambda ctx, g: g * ctx.saved_tensors[0])
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    return [g.requires_grad, attempt(lambda: T.autograd.grad(g.sum(), x))]


@program
def second_order_intermediate_attr(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.e = x.exp()
        return ctx.e + 1

    x = leaf(T, 0, 1)
    v = leaf(T, 1, 1)
    F = function(T, forward, lambda ctx, g: g * ctx.e)
    (g,) = T.autograd.grad(F.apply(x), x, v, create_graph=True)
    return [g, T.autograd.grad(g.sum(), v)[0], attempt(lambda: T.autograd.grad((g * 1).sum(), x))]


@program
def second_order_attr_input(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.x = x
        return x * x

    x = leaf(T, 1, 2)
    F = function(T, forward, lambda ctx, g: g * 2 * ctx.x)
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    (g2,) = T.autograd.grad(g.sum(), x)
    return [g, g2]


@program
def second_order_attr_output(T: Any) -> list[Any]:
    def forward(ctx, x):
        ctx.y = x.exp()
        return ctx.y

    x = leaf(T, 0, 1)
    F = function(T, forward, lambda ctx, g: g * ctx.y)
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    g2 = attempt(lambda: T.autograd.grad(g.sum(), x)[0])
    return [g, g2]


@program
def second_order_intermediate_as_output(T: Any) -> list[Any]:
    def forward(ctx, x):
        e = x.exp()
        ctx.save_for_backward(e)
        return e + 1, e

    x = leaf(T, 0, 1)
    F = function(T, forward, lambda ctx, g, h: (g + h) * ctx.saved_tensors[0])
    o, _ = F.apply(x)
    (g,) = T.autograd.grad(o.sum(), x, create_graph=True)
    (g2,) = T.autograd.grad(g.sum(), x)
    return [g, g2]


@program
def second_order_materialized_differentiable(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    F = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, g, h: g * 2 + h * 3)
    a, _b = F.apply(x)
    v = leaf(T, 1, 1)
    (g,) = T.autograd.grad(a, x, v, create_graph=True)
    return [g, T.autograd.grad(g.sum(), v)[0]]


@program
def second_order_backward_calls_fn(T: Any) -> list[Any]:
    def fc(ctx, x):
        ctx.save_for_backward(x)
        return x.cos()

    def fs(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    C = function(T, fc, lambda ctx, g: -g * S.apply(ctx.saved_tensors[0]))
    S = function(T, fs, lambda ctx, g: g * C.apply(ctx.saved_tensors[0]))
    x = leaf(T, 0.5, 1.5)
    g = S.apply(x).sum()
    r = []
    for _ in range(4):
        (g,) = T.autograd.grad(g.sum(), x, create_graph=True)
        r.append(g)
    return r


@program
def returns_none(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: x * 2, lambda ctx, g: None)
    x = leaf(T, 1)
    F.apply(x).backward()
    a = x.grad
    F.apply(x**2).backward()
    b = x.grad
    return [
        a,
        b,
        attempt(lambda: T.autograd.grad(F.apply(x), x, allow_unused=True)),
        attempt(lambda: T.autograd.grad(F.apply(x), x)),
    ]


@program
def none_and_other_path(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: x * 1, lambda ctx, g: None)
    x = leaf(T, 2)
    r = F.apply(x * x)
    (r * x).sum().backward()
    return [x.grad]


@program
def broadcast_out(T: Any) -> list[Any]:
    x = T.tensor(2.0, requires_grad=True)
    function(T, lambda ctx, x: x.expand(3) * 1, lambda ctx, g: g).apply(x).sum().backward()
    return [x.grad]


def losing(T: Any) -> Any:
    """A Function whose argument gets no gradient."""
    return function(T, lambda ctx, x: x * 2, lambda ctx, g: None)


def tripling(T: Any, seen: list[Any], materialize: bool) -> Any:
    """A Function that notes the gradients which its backward is given."""

    def forward(ctx, x):
        ctx.set_materialize_grads(materialize)
        return x * 3

    def backward(ctx, g):
        seen.append(lists([g]))
        return None if g is None else g * 3

    return function(T, forward, backward)


@program
def nothing_for_a_function(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    losing(T).apply(tripling(T, seen, True).apply(x)).sum().backward()
    return [seen, x.grad]


@program
def nothing_for_a_function_that_is_given_none(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    losing(T).apply(tripling(T, seen, False).apply(x)).sum().backward()
    return [seen, x.grad]


@program
def nothing_through_an_operation(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    losing(T).apply(tripling(T, seen, True).apply(x) * 2).sum().backward()
    return [seen, x.grad]


@program
def nothing_on_one_of_two_ways(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    y = tripling(T, seen, True).apply(x)
    (losing(T).apply(y).sum() + y.sum()).backward()
    return [seen, x.grad]


@program
def nothing_for_hooks(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    y = x * 2
    y.register_hook(lambda g: seen.append(lists([g])))
    y.retain_grad()
    z = tripling(T, [], True).apply(y)
    z.register_hook(lambda g: seen.append(lists([g])))
    losing(T).apply(z).sum().backward()
    return [seen, x.grad, y.grad]


@program
def nothing_for_one_of_several_results(T: Any) -> list[Any]:
    x, seen = leaf(T, 1, 2), []
    split = function(T, lambda ctx, x: (x * 2, x * 3), lambda ctx, a, b: (seen.append(lists([a, b])), a * 2 + b * 3)[1])
    a, b = split.apply(x)
    b.register_hook(lambda g: seen.append(lists([g])))
    (losing(T).apply(b).sum() + a.sum()).backward()
    return [seen, x.grad]


@program
def nothing_for_what_is_differentiated_by(T: Any) -> list[Any]:
    x = leaf(T, 1, 2)
    y = tripling(T, [], True).apply(x)
    z = losing(T).apply(y).sum()
    return [
        attempt(lambda: T.autograd.grad(z, y, retain_graph=True)),
        T.autograd.grad(z, (x, y), allow_unused=True),
    ]
