"""Programs about the ways to call a Function and to write one."""

from __future__ import annotations

import warnings
from typing import Any

from .common import attempt, function, leaf, program, weighted


@program
def keyword_kwargs(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x, k=2):
        r.append(ctx.needs_input_grad)
        ctx.k = k
        return x * k

    F = function(T, forward, lambda ctx, g: g * 3)
    x = leaf(T, 1, 2)
    o = attempt(lambda: F.apply(x, k=3))
    return [o, attempt(lambda: o.sum().backward()), x.grad, r]


@program
def keyword_kwargs_two_grads(T: Any) -> list[Any]:
    def forward(ctx, x, k=2):
        ctx.k = k
        return x * k

    F = function(T, forward, lambda ctx, g: (g * 3, None))
    x = leaf(T, 1, 2)
    o = attempt(lambda: F.apply(x, k=3))
    return [o, attempt(lambda: o.sum().backward()), x.grad]


@program
def keyword_kwargs_tensor(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x, k=None):
        r.append(ctx.needs_input_grad)
        return x * k

    F = function(T, forward, lambda ctx, g: (g * 3, g * 5))
    x, k = leaf(T, 1, 2), leaf(T, 3, 4)
    o = attempt(lambda: F.apply(x, k=k))
    return [o, attempt(lambda: o.sum().backward()), x.grad, k.grad, r]


@program
def keyword_all_kwargs(T: Any) -> list[Any]:
    r = []

    def forward(ctx, x, k=2):
        r.append(ctx.needs_input_grad)
        return x * k

    F = function(T, forward, lambda ctx, g: g * 3)
    x = leaf(T, 1, 2)
    o = attempt(lambda: F.apply(x=x, k=3))
    return [o, r]


@program
def setup_defaults(T: Any) -> list[Any]:
    r = []

    def setup_context(ctx, inputs, output):
        r.append([len(inputs), inputs[1:], ctx.needs_input_grad])

    F = function(
        T, lambda x, k=3, m="q": x * k, setup_context=setup_context, backward=lambda ctx, g: (g * 3, None, None)
    )
    x = leaf(T, 1, 2)
    F.apply(x).sum().backward()
    F.apply(x, 5).sum().backward()
    F.apply(x, m=1).sum().backward()
    F.apply(x=x).sum().backward()
    return [r, x.grad]


@program
def setup_varargs(T: Any) -> list[Any]:
    r = []

    def setup_context(ctx, inputs, output):
        r.append(len(inputs))

    F = function(T, lambda *xs: sum(xs), setup_context=setup_context, backward=lambda ctx, g: (g, g * 2))
    x, y = leaf(T, 1, 2), leaf(T, 3, 4)
    F.apply(x, y).sum().backward()
    return [r, x.grad, y.grad]


@program
def setup_save_output(T: Any) -> list[Any]:
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    F = function(T, lambda x: x.exp(), setup_context=setup_context, backward=lambda ctx, g: g * ctx.saved_tensors[0])
    x = leaf(T, 0, 1)
    (g,) = T.autograd.grad(F.apply(x).sum(), x, create_graph=True)
    (g2,) = T.autograd.grad(g.sum(), x)
    return [g, g2]


@program
def setup_save_input_returned(T: Any) -> list[Any]:
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    F = function(T, lambda x: x, setup_context=setup_context, backward=lambda ctx, g: g * ctx.saved_tensors[0])
    x = leaf(T, 0, 1)
    return [attempt(lambda: F.apply(x)), attempt(lambda: F.apply(T.ones(2)))]


@program
def setup_output_is_raw(T: Any) -> list[Any]:
    r = []

    def setup_context(ctx, inputs, output):
        r.append([output.requires_grad, type(output).__name__, inputs[0].requires_grad])

    F = function(T, lambda x: x * 2, setup_context=setup_context, backward=lambda ctx, g: g * 2)
    x = leaf(T, 0, 1)
    F.apply(x)
    F2 = function(
        T,
        lambda x: (x * 2, 3),
        lambda ctx, g, h: g * 2,
        setup_context=lambda ctx, inputs, output: r.append([type(output).__name__, output[1]]),
    )
    F2.apply(x)
    return r


@program
def setup_returns_something(T: Any) -> list[Any]:
    F = function(T, lambda x: x * 2, lambda ctx, g: g * 2, setup_context=lambda ctx, inputs, output: 5)
    return [attempt(lambda: F.apply(leaf(T, 1)))]


@program
def setup_grad_mode(T: Any) -> list[Any]:
    r = []
    F = function(
        T,
        lambda x: x * 2,
        lambda ctx, g: g * 2,
        setup_context=lambda ctx, inputs, output: r.append(T.is_grad_enabled()),
    )
    F.apply(leaf(T, 1))
    return r


@program
def setup_set_materialize(T: Any) -> list[Any]:
    r = []

    def setup_context(ctx, inputs, output):
        ctx.set_materialize_grads(False)

    F = function(
        T,
        lambda x: (x * 2, x * 3),
        setup_context=setup_context,
        backward=lambda ctx, g, h: (r.append(h is None), g * 2)[1],
    )
    x = leaf(T, 1)
    F.apply(x)[0].sum().backward()
    return [r, x.grad]


@program
def setup_nondiff(T: Any) -> list[Any]:
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(output[1])

    F = function(T, lambda x: (x * 2, x * 3), setup_context=setup_context, backward=lambda ctx, g, h: g * 2)
    x = leaf(T, 1)
    a, b = F.apply(x)
    return [a, b]


@program
def class_instance(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: x, lambda ctx, g: g)
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        i = F()
    return [
        [(x.category.__name__, "should not be instantiated" in str(x.message)) for x in w],
        attempt(lambda: i(leaf(T, 1))),
    ]


@program
def class_instance_apply(T: Any) -> list[Any]:
    F = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        i = F()
    return [i.apply(leaf(T, 1))]


@program
def class_oldstyle(T: Any) -> list[Any]:
    class Old(T.autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * 2

        def backward(self, g):
            return g * 2

    x = leaf(T, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        r = attempt(lambda: Old()(x))
    return [r, attempt(lambda: Old.apply(x)), attempt(lambda: Old.apply(x).sum().backward()), x.grad]


@program
def class_inplacefunction(T: Any) -> list[Any]:
    class Doubled(T.autograd.function.InplaceFunction):
        @staticmethod
        def forward(ctx, x, inplace=False):
            if inplace:
                ctx.mark_dirty(x)
                return x.mul_(2)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, None

    z = leaf(T, 1, 2)
    x = z * 1
    o = Doubled.apply(x, True)
    weighted(T, x, z)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        i = Doubled(True)
    return [o is x, z.grad, i.inplace, issubclass(Doubled, T.autograd.Function)]


@program
def class_inherit(T: Any) -> list[Any]:
    A = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2, name="A")
    B = type("B", (A,), {"backward": staticmethod(lambda ctx, g: g * 7)})
    x = leaf(T, 1)
    o = B.apply(x)
    o.sum().backward()
    return [x.grad, o.grad_fn.name(), type(o.grad_fn).__name__]


@program
def class_classmethod_extra(T: Any) -> list[Any]:
    class A(T.autograd.Function):
        k = 3

        @classmethod
        def helper(cls, x):
            return x * cls.k

        @staticmethod
        def forward(ctx, x):
            return A.helper(x)

        @staticmethod
        def backward(ctx, g):
            return g * A.k

    x = leaf(T, 1)
    A.apply(x).sum().backward()
    return [x.grad]


@program
def class_backward_cls(T: Any) -> list[Any]:
    A = function(T, lambda ctx, x: x * 2, lambda ctx, g: g * 2, name="A")
    x = leaf(T, 1)
    o = A.apply(x)
    return [attempt(lambda: A._backward_cls.__name__), attempt(lambda: isinstance(o.grad_fn, A._backward_cls))]


@program
def kwargs_setup(T: Any) -> list[Any]:
    r = []

    def setup_context(ctx, inputs, output):
        ctx.x, ctx.n = inputs

    F = function(
        T, lambda x, n=3: x**n, lambda ctx, g: (g * ctx.n * ctx.x ** (ctx.n - 1), None), setup_context=setup_context
    )
    x = leaf(T, 2)
    for c in (
        lambda: F.apply(x),
        lambda: F.apply(x, 2),
        lambda: F.apply(x=x),
        lambda: F.apply(x, n=4),
        lambda: F.apply(n=2, x=x),
    ):
        x.grad = None
        c().sum().backward()
        r.append(x.grad.tolist())
    return r


@program
def dict_arg(T: Any) -> list[Any]:
    x = leaf(T, 1)
    y = leaf(T, 2)
    F = function(T, lambda ctx, d, y: d["x"] * y, lambda ctx, g: (None, g))
    F.apply({"x": x}, y).sum().backward()
    return [x.grad, y.grad]


@program
def inheritance_of_vjp(T: Any) -> list[Any]:
    A = type(
        "A",
        (T.autograd.Function,),
        {"forward": staticmethod(lambda ctx, x: x * 2), "vjp": staticmethod(lambda ctx, g: g * 2)},
    )
    B = type("B", (A,), {})
    x = leaf(T, 1)
    B.apply(x).sum().backward()
    C = type("C", (A,), {"backward": staticmethod(lambda ctx, g: g * 5)})
    return [x.grad, attempt(lambda: C.apply(x).sum().backward())]
