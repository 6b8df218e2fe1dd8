"""Backwards that are wrong in every way we could think of, and right ones that look wrong.

Each case is built for a framework `T`, tinygrad_lite or PyTorch, and gives a function and its inputs; and the surrogates
among its functions, if there are any, of which only our check can be told.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Build = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Case:
    """A case, with what must be said of it: one of some verdicts, words of a hint, and the tensors that are wrong."""

    name: str
    build: Build
    verdicts: tuple[str, ...]
    hint: str = ""
    tensors: tuple[str, ...] = ()
    second: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


WRONG: list[Case] = []
RIGHT: list[Case] = []


def wrong(*verdicts: str, hint: str = "", tensors: tuple[str, ...] = (), second: bool = False, **settings: Any) -> Any:
    def register(build: Build) -> Build:
        WRONG.append(Case(build.__name__, build, verdicts or ("wrong",), hint, tensors, second, settings))
        return build

    return register


def right(*verdicts: str, second: bool = False, **settings: Any) -> Any:
    def register(build: Build) -> Build:
        RIGHT.append(Case(build.__name__, build, verdicts or ("right",), second=second, settings=settings))
        return build

    return register


def f64(T: Any, values: Any, grad: bool = True) -> Any:
    return T.tensor(values, dtype=T.float64, requires_grad=grad)


def draw(T: Any, *shape: int, seed: int = 0, dtype: Any = None, grad: bool = True) -> Any:
    values = np.random.default_rng(seed).uniform(-2, 2, shape)
    return (
        T.tensor(values.tolist(), dtype=dtype or T.float64, requires_grad=grad)
        .reshape(shape)
        .detach()
        .requires_grad_(grad)
    )


def function(T: Any, forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """The apply of a Function: `backward` gets the incoming gradients and then forward's arguments and results."""

    class Planted(T.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            out = forward(*args)
            results = out if isinstance(out, tuple) else (out,)
            ctx.save_for_backward(*args, *results)
            ctx.count = len(results)
            return out

        @staticmethod
        def backward(ctx: Any, *g: Any) -> Any:
            return backward(*g, *ctx.saved_tensors)

    return Planted.apply


def layer(T: Any, apply: Any, *shapes: tuple[int, ...], dtype: Any = None) -> Any:
    """A module that applies a function to its input and to parameters `weight`, `bias` of some shapes."""

    class Planted(T.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for i, (name, shape) in enumerate(zip(("weight", "bias"), shapes, strict=False)):
                setattr(self, name, T.nn.Parameter(draw(T, *shape, seed=i + 1, dtype=dtype or T.float32, grad=False)))

        def forward(self, x: Any) -> Any:
            return apply(x, *self.parameters())

    return Planted()


# ------------------------------------------------------------------------------------------- wrong: one factor


@wrong(hint="0.666667 times")
def cube_with_2_for_3(T):
    return function(T, lambda x: x**3, lambda g, x, y: g * 2 * x**2), draw(T, 4)


@wrong(hint="sign is flipped")
def exp_negated(T):
    return function(T, lambda x: x.exp(), lambda g, x, y: -g * y), draw(T, 4)


@wrong(hint="sign is flipped")
def tiny_gradient_negated(T):
    return function(T, lambda x: 1e-6 * x, lambda g, x, y: -1e-6 * g), draw(T, 4)


@wrong(hint="half the derivative")
def square_without_2(T):
    return function(T, lambda x: x * x, lambda g, x, y: g * x), draw(T, 4)


@wrong(hint="5 times the derivative")
def mean_not_divided(T):
    return function(T, lambda x: x.mean(), lambda g, x, y: g * T.ones_like(x)), draw(T, 5)


@wrong(hint="1/5 of the derivative")
def sum_divided(T):
    return function(T, lambda x: x.sum(), lambda g, x, y: g * T.ones_like(x) / 5), draw(T, 5)


@wrong(hint="lacks a factor")
def multiplication_without_the_other(T):
    return function(T, lambda x, y: x * y, lambda g, x, y, z: (g, g * x)), (draw(T, 4), draw(T, 4, seed=1))


@wrong(hint="derivative plus")
def constant_added(T):
    return function(T, lambda x: x * x, lambda g, x, y: g * 2 * x + 0.5), draw(T, 4)


# ------------------------------------------------------------------------------------- wrong: the formula


@wrong()
def tanh_of_the_input(T):
    return function(T, lambda x: x.tanh(), lambda g, x, y: g * (1 - x * x)), draw(T, 4)


@wrong()
def sigmoid_of_the_input(T):
    return function(T, lambda x: x.sigmoid(), lambda g, x, y: g * x * (1 - x)), draw(T, 4)


@wrong()
def softmax_without_its_sum(T):
    return function(T, lambda x: x.softmax(1), lambda g, x, y: g * y * (1 - y)), draw(T, 3, 4)


@wrong()
def log_softmax_of_a_one_hot_gradient(T):
    return function(T, lambda x: x.log_softmax(1), lambda g, x, y: g - y.exp()), draw(T, 3, 4)


@wrong(hint="< 0 (")
def relu_lets_all_through(T):
    return function(T, lambda x: x.clamp(min=0), lambda g, x, y: g), f64(T, [-1.0, 2.0, -0.5, 1.5, 0.3])


@wrong(hint="< 0 (")
def leaky_relu_with_another_slope(T):
    forward = lambda x: T.where(x > 0, x, 0.01 * x)
    return function(T, forward, lambda g, x, y: T.where(x > 0, g, 0.1 * g)), f64(T, [-1.0, 2.0, -0.5, 1.5])


@wrong(hint="< 0 (")
def abs_without_sign(T):
    return function(T, lambda x: x.abs(), lambda g, x, y: g), f64(T, [-1.0, 2.0, -0.5, 1.5])


@wrong(hint="| > 1 (")
def clamp_lets_all_through(T):
    return function(T, lambda x: x.clamp(-1, 1), lambda g, x, y: g), f64(T, [-1.5, 0.2, -0.5, 1.5])


@wrong()
def power_with_the_wrong_exponent(T):
    return function(T, lambda x: x**1.5, lambda g, x, y: g * 1.5 * x**1.5), f64(T, [0.5, 1.5, 2.5])


@wrong(hint="clipped at 1")
def gradient_clipped_inside(T):
    return function(T, lambda x: x**3, lambda g, x, y: (g * 3 * x**2).clamp(-1, 1)), f64(
        T, [0.1, 2.0, -0.2, 1.5, 0.3, -3.0]
    )


@wrong()
def sharp_turn_between_its_slopes(T):
    sharp = lambda x: T.where(x > 0, 1e6 * x, 0 * x) + (1 + (-(1e6 * x).abs()).exp()).log()
    return function(T, sharp, lambda g, x, y: 0.9e6 * g), f64(T, [0.0])


@wrong()
def half_a_percent_too_much(T):
    return function(T, lambda x: x.sin(), lambda g, x, y: g * x.cos() * 1.005), draw(T, 4)


# ------------------------------------------------------------------------------ wrong: reductions, broadcasting


@wrong(hint="first of 3 along dimension 0")
def bias_of_the_first_row(T):
    return function(T, lambda x, b: x + b, lambda g, x, b, y: (g, g[0])), (draw(T, 3, 4), draw(T, 4, seed=1))


@wrong(hint="1/3 of the derivative")
def bias_averaged(T):
    return function(T, lambda x, b: x + b, lambda g, x, b, y: (g, g.mean(0))), (draw(T, 3, 4), draw(T, 4, seed=1))


@wrong()
def sum_along_the_other_dimension(T):
    return function(T, lambda x: x.sum(0), lambda g, x, y: g.reshape(3, 1).expand(3, 3)), draw(T, 3, 3)


@wrong()
def max_to_every_element(T):
    return function(T, lambda x: x.amax(1), lambda g, x, y: g[:, None] * T.ones_like(x)), draw(T, 3, 4)


@wrong()
def each_of_equal_maxima_claims_all(T):
    backward = lambda g, x, y: g * (x == y).to(x.dtype)
    return function(T, lambda x: x.amax(), backward), f64(T, [1.0, 1.0, 0.0, 1.0])


@wrong("shape")
def not_reduced_to_the_row(T):
    return function(T, lambda x, w: x @ w, lambda g, x, w, y: (g @ w.t(), x * 1)), (
        draw(T, 3, 4),
        draw(T, 4, 2, seed=1),
    )


@wrong("shape")
def transposed_gradient_of_a_matrix(T):
    return function(T, lambda x, w: x @ w, lambda g, x, w, y: (g @ w.t(), g.t() @ x)), (
        draw(T, 3, 4),
        draw(T, 4, 2, seed=1),
    )


@wrong(hint="transpose")
def transposed_gradient_of_a_square(T):
    return function(T, lambda x, w: x @ w, lambda g, x, w, y: (g @ w.t(), g.t() @ x)), (
        draw(T, 3, 4),
        draw(T, 4, 4, seed=1),
    )


@wrong()
def weight_not_transposed(T):
    return function(T, lambda x, w: x @ w, lambda g, x, w, y: (g @ w, x.t() @ g)), (
        draw(T, 3, 4),
        draw(T, 4, 4, seed=1),
    )


@wrong(hint="swapped")
def gradients_swapped(T):
    return function(T, lambda x, y: x * y, lambda g, x, y, z: (g * x, g * y)), (draw(T, 4), draw(T, 4, seed=1))


# -------------------------------------------------------------------------------------------- wrong: indices


@wrong(hint="reverse order")
def flip_not_flipped_back(T):
    return function(T, lambda x: x.flip(0) * 2, lambda g, x, y: g * 2), draw(T, 5)


@wrong(hint="places further")
def roll_rolled_on(T):
    return function(T, lambda x: x.roll(1, 0), lambda g, x, y: g.roll(1, 0)), draw(T, 6)


@wrong(hint="wrong places")
def permutation_not_inverted(T):
    order = [2, 0, 3, 1, 4]
    return function(T, lambda x: x[order], lambda g, x, y: g[order]), draw(T, 5)


@wrong()
def repeated_index_assigned(T):
    def backward(g, x, y):
        out = T.zeros_like(x)
        for i, j in enumerate((0, 1, 1, 3)):
            out[j] = g[i]
        return out

    return function(T, lambda x: x[[0, 1, 1, 3]], backward), draw(T, 4)


@wrong()
def cumsum_forward_again(T):
    return function(T, lambda x: x.cumsum(0), lambda g, x, y: g.cumsum(0)), draw(T, 5)


@wrong(hint="only at index 4 of dimension 0")
def last_element_forgotten(T):
    def backward(g, x, y):
        out = g * 2 * x
        out[4] = 0
        return out

    return function(T, lambda x: x * x, backward), draw(T, 5)


@wrong()
def convolution_not_flipped(T):
    def forward(x, w):
        return T.stack([(x[i : i + 3] * w).sum() for i in range(4)])

    def backward(g, x, w, y):
        dx = T.zeros_like(x)
        for i in range(4):
            dx[i : i + 3] += g[i] * w.flip(0)
        return dx, T.stack([(g * x[k : k + 4]).sum() for k in range(3)])

    return function(T, forward, backward), (draw(T, 6), draw(T, 3, seed=1))


# ------------------------------------------------------------------------------- wrong: the incoming gradient


@wrong(hint="ignores the gradient")
def incoming_gradient_ignored(T):
    return function(T, lambda x: x * x, lambda g, x, y: 2 * x), draw(T, 4)


@wrong(hint="mean of the gradient")
def incoming_gradient_averaged(T):
    return function(T, lambda x: x * x, lambda g, x, y: g.mean() * 2 * x), draw(T, 4)


@wrong(hint="loses the sign")
def incoming_gradient_without_sign(T):
    return function(T, lambda x: x * x, lambda g, x, y: g.abs() * 2 * x), draw(T, 4)


@wrong(hint="not linear")
def incoming_gradient_squared(T):
    return function(T, lambda x: x * x, lambda g, x, y: g * g * 2 * x), draw(T, 4)


@wrong(hint="leaves out the gradient of result 1")
def second_result_forgotten(T):
    return function(T, lambda x: (x.sin(), x.cos()), lambda g, h, x, y, z: g * z), draw(T, 4)


@wrong(hint="writes into the gradient")
def incoming_gradient_overwritten(T):
    return function(T, lambda x: x * x, lambda g, x, y: g.mul_(2 * x)), draw(T, 4)


# -------------------------------------------------------------------------------------- wrong: None, dtype, state


@wrong("missing", tensors=("input 1",))
def none_for_an_input_that_matters(T):
    return function(T, lambda x, y: x * y, lambda g, x, y, z: (g * y, None)), (draw(T, 4), draw(T, 4, seed=1))


@wrong("dtype")
def computed_in_half_precision(T):
    return function(T, lambda x: x * 3, lambda g, x, y: (g * 3).to(T.float16)), draw(T, 4)


@wrong("wrong")
def forward_writes_into_its_input(T):
    def forward(x):
        x += 1
        return x * 2

    return function(T, forward, lambda g, x, y: g * 2), draw(T, 4)


@wrong("error")
def saved_array_overwritten(T):
    def func(x):
        y = x.exp()
        z = y * y
        y += 1
        return z

    return func, draw(T, 4)


@wrong()
def attribute_overwritten(T):
    class Square(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.x.detach()

    def func(x):
        h = x * 1
        y = Square.apply(h)
        h.detach().add_(1)
        return y

    return func, draw(T, 4)


@wrong("nondeterministic")
def backward_counts_its_calls(T):
    calls = []

    def backward(g, x, y):
        calls.append(1)
        return g * 2 * x * (1 + 1e-3 * len(calls))

    return function(T, lambda x: x * x, backward), draw(T, 4)


@wrong("nondeterministic")
def noise_that_nobody_can_replay(T):
    return (lambda x: x * (1 + int.from_bytes(os.urandom(2), "little") / 2**16)), draw(T, 4)


@wrong("error")
def backward_raises(T):
    return function(T, lambda x: x * x, lambda g, x, y: g * 2 * x[:2]), draw(T, 4)


@wrong("error")
def too_few_gradients(T):
    return function(T, lambda x, y: x * y, lambda g, x, y, z: g * y), (draw(T, 4), draw(T, 4, seed=1))


# -------------------------------------------------------------------------------------- wrong: not finite


@wrong("non-finite")
def root_in_the_branch_not_taken(T):
    return (lambda x: T.where(x > 0, x.sqrt(), 0 * x)), f64(T, [-1.0, 4.0])


@wrong("non-finite")
def product_divided_by_zero(T):
    return function(T, lambda x: x.prod(), lambda g, x, y: g * y / x), f64(T, [2.0, 0.0, 3.0])


@wrong("non-finite")
def length_of_nothing(T):
    return (lambda x: (x * x).sum().sqrt()), f64(T, [0.0, 0.0])


# ------------------------------------------------------------------------------------- wrong: composed graphs


@wrong(hint="detach()")
def mean_detached(T):
    def func(x):
        h = x.exp()
        return h - h.detach().mean()

    return func, draw(T, 4)


@wrong(hint="no_grad()")
def mean_without_grad(T):
    def func(x):
        h = x.exp()
        with T.no_grad():
            m = h.mean()
        return h / m

    return func, draw(T, 4)


@wrong(hint=".data")
def scaled_by_its_data(T):
    return (lambda x: x.exp() * x.sum().data), draw(T, 4)


@wrong(hint="outside of Tensors")
def mean_as_a_number(T):
    return (lambda x: x * x.mean().item()), draw(T, 4)


@wrong(hint="hook")
def hook_doubles(T):
    def func(x):
        h = x.sin()
        h.register_hook(lambda g: 2 * g)
        return h * x

    return func, draw(T, 4)


@wrong(hint="0.666667 times")
def wrong_cube_deep_inside(T):
    cube = function(T, lambda x: x**3, lambda g, x, y: g * 2 * x**2)

    def func(x, w):
        h = (x @ w).tanh()
        return (cube(h) + h).softmax(1)

    return func, (draw(T, 3, 4), draw(T, 4, 4, seed=1))


@wrong()
def one_wrong_of_a_thousand(T):
    def backward(g, x, y):
        out = 2 * g * x
        out[777] = 0
        return out

    return function(T, lambda x: x * x, backward), draw(T, 1000)


@wrong("missing", second=True)
def second_derivative_cut(T):
    class Cube(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.slope = 3 * x.detach() ** 2
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * ctx.slope

    return Cube.apply, draw(T, 4)


# ------------------------------------------------------------------------------------------ wrong: modules


@wrong(hint="7 times", tensors=("weight",))
def weight_of_a_layer_7_times(T):
    backward = lambda g, x, w, b, y: (g @ w, 7 * g.t() @ x, g.sum(0))
    apply = function(T, lambda x, w, b: x @ w.t() + b, backward)
    return layer(T, apply, (2, 4), (2,), dtype=T.float64), draw(T, 3, 4)


@wrong(hint="first of 3", tensors=("1.bias",))
def bias_of_a_layer_in_a_model(T):
    apply = function(T, lambda x, b: x + b, lambda g, x, b, y: (g, g[0]))
    model = T.nn.Sequential(
        T.nn.Linear(4, 5), layer(T, lambda x, w, b: apply(x * w, b), (5,), (5,)), T.nn.Tanh()
    ).double()
    return model, draw(T, 3, 4)


@wrong(hint="0 everywhere")
def batch_norm_gives_zero(T):
    forward = lambda x: (x - x.mean(0)) / (x.var(0) + 1e-5).sqrt()
    return function(T, forward, lambda g, x, y: 0 * g), draw(T, 5, 3)


@wrong()
def batch_norm_of_fixed_statistics(T):
    forward = lambda x: (x - x.mean(0)) / (x.var(0) + 1e-5).sqrt()
    return function(T, forward, lambda g, x, y: g / (x.var(0) + 1e-5).sqrt()), draw(T, 5, 3)


@wrong()
def layer_norm_without_the_variance(T):
    forward = lambda x: (x - x.mean(1, True)) / x.std(1, keepdim=True)
    return function(T, forward, lambda g, x, y: (g - g.mean(1, True)) / x.std(1, keepdim=True)), draw(T, 3, 5)


@wrong("missing", tensors=("weight",))
def weight_detached_in_a_layer(T):
    return layer(T, lambda x, w, b: x @ w.detach().t() + b, (2, 4), (2,), dtype=T.float64), draw(T, 3, 4)


# ------------------------------------------------------------------------------------------- right: kinks


def simple(name: str, func: Callable[[Any], Any], values: Any, *verdicts: str, **settings: Any) -> None:
    """A right case of one function and the values of its input."""

    def build(T: Any) -> tuple[Any, Any]:
        return func(T), f64(T, values)

    RIGHT.append(Case(name, build, verdicts or ("right",), settings=settings))


simple("relu_at_0", lambda T: T.relu, [0.0, 1.0, -1.0], "kink")
simple("relu_near_0", lambda T: T.relu, [1e-9, -1e-9, 3e-7, 1.0])
simple("abs_at_0", lambda T: T.abs, [0.0, 1.0, -1.0], "kink")
simple("clamp_at_its_bounds", lambda T: lambda x: x.clamp(-1, 1), [-1.0, 1.0, 0.5, 2.0], "kink")
simple("max_tied", lambda T: lambda x: x.max(), [1.0, 1.0, 0.0, 1.0], "kink")
simple("amax_tied", lambda T: lambda x: x.amax(0), [[1.0, 2.0], [1.0, 0.0]], "kink")
simple("min_along_tied", lambda T: lambda x: x.min(1)[0], [[1.0, 1.0], [1.0, 0.0]], "kink")
simple("norm_of_0", lambda T: lambda x: x.norm(), [0.0, 0.0, 0.0], "kink")
simple("maximum_tied", lambda T: lambda x: T.maximum(x, 2 * x), [0.0, 1.0], "kink")
simple("kink_after_a_matrix", lambda T: lambda x: (T.relu(x) @ x.t()).tanh(), [[0.0, 1.0], [2.0, 0.0]], "kink")
simple("relu_to_the_1.5", lambda T: lambda x: T.relu(x) ** 1.5, [0.0, 1.0, -1.0])
simple("x_abs_x", lambda T: lambda x: x * x.abs(), [0.0, 1.0, -1.0])

# ------------------------------------------------------------------------------------------- right: scales

simple("log_at_1e-6", lambda T: T.log, [1e-6, 1.0])
simple("log_at_1e-12", lambda T: T.log, [1e-12, 1.0])
simple("square_at_1e9", lambda T: T.square, [1e9, -3e8])
simple("square_at_1e9_and_1e-6", lambda T: T.square, [1e9, 1.0, 1e-6])
simple("root_at_1e-10", lambda T: T.sqrt, [1e-10, 1.0])
simple("reciprocal_at_1e-8", lambda T: lambda x: 1 / x, [1e-8, 1.0, -1e-5])
simple("gradients_of_1e-20", lambda T: lambda x: 1e-20 * x.sin(), [0.3, 1.0])
simple("gradients_of_1e20", lambda T: lambda x: 1e20 * x.sin(), [0.3, 1.0])
simple("gradients_of_1e-20_beside_1", lambda T: lambda x: 1 + 1e-20 * x, [0.3, 1.0], "vacuous")
simple("tanh_as_a_step", lambda T: lambda x: (1e6 * x).tanh(), [0.0, 1e-7, 1.0])
simple("sine_of_frequency_300", lambda T: lambda x: (300 * x).sin(), [0.3, 1.0, -2.0])
simple("exp_of_exp", lambda T: lambda x: x.exp().exp(), [0.3, 2.5, -2.0])
simple("sigmoid_saturated", lambda T: T.sigmoid, [40.0, -745.0, 0.5])
simple("rounded", lambda T: T.round, [0.3, 1.2], "vacuous")
simple("logsumexp_of_1e4", lambda T: lambda x: x.logsumexp(0), [1e4, 1e4 + 1, -1e4])
simple("masked_softmax", lambda T: lambda x: T.where(x > 0, x, -float("inf")).softmax(0), [1.0, 2.0, -1.0])
simple("infinite_results", lambda T: lambda x: T.where(x > 0, x * x, -float("inf")), [1.0, 2.0, -1.0])
simple("cancelled", lambda T: lambda x: (x + 1e6) - 1e6, [1.0, 2.0])
simple("high_order_zero", lambda T: lambda x: x**4, [0.0, 1.0])
simple("cumprod_with_0", lambda T: lambda x: x.cumprod(0), [2.0, 0.0, 3.0])
simple("prod_with_0", lambda T: lambda x: x.prod(), [2.0, 0.0, 3.0])
simple("float32_inside", lambda T: lambda x: (x.float() ** 2).double(), [1.2, 0.4], "right", "precision-limited")
simple("one_result_of_1e12", lambda T: lambda x: T.stack([1e12 * x, x.sin()]), [0.3, 1.0])

# ------------------------------------------------------------------------------------------- right: shapes


@right()
def transposed_input(T):
    return (lambda x: x.sin() @ x.t()), draw(T, 3, 4).detach().t().requires_grad_()


@right()
def expanded_input(T):
    return T.sin, draw(T, 1, 4).detach().expand(3, 4).requires_grad_()


@right()
def empty_input(T):
    return T.sin, T.zeros(0, 3, dtype=T.float64, requires_grad=True)


@right()
def empty_beside_full(T):
    return (lambda x, y: T.cat([x, y]).sin()), (T.zeros(0, dtype=T.float64, requires_grad=True), draw(T, 3))


@right()
def zero_dimensions(T):
    return T.sin, f64(T, 0.5)


@right()
def broadcast(T):
    return (lambda x, y, z: x * y + z), (draw(T, 3, 1), draw(T, 1, 4, seed=1), f64(T, 2.0))


@right()
def the_same_input_twice(T):
    x = draw(T, 4)
    return (lambda x, y: x * y.sin()), (x, x)


@right()
def integers_and_numbers_beside(T):
    return (lambda x, i, k: x[i] * k), (draw(T, 4), T.tensor([0, 1, 1, 3]), 2)


@right()
def results_of_several_kinds(T):
    return (lambda x: (x.sin(), x.argmax(), x.cos().detach(), x.max(0)[0])), draw(T, 4)


@right()
def result_marked_as_not_differentiable(T):
    class Both(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y, z = x * x, x * 2
            ctx.save_for_backward(x)
            ctx.mark_non_differentiable(z)
            return y, z

        @staticmethod
        def backward(ctx, g, h):
            return g * 2 * ctx.saved_tensors[0]

    return Both.apply, draw(T, 4)


@right()
def gradients_not_materialized(T):
    class Both(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x)
            return x * x, x * 2

        @staticmethod
        def backward(ctx, g, h):
            (x,) = ctx.saved_tensors
            return (0 if g is None else g * 2 * x) + (0 if h is None else h * 2)

    return Both.apply, draw(T, 4)


@right()
def changed_in_place_on_a_copy(T):
    def func(x):
        y = x.clone()
        y[1] = x[0] * x[2]
        y.mul_(2)
        return y

    return func, draw(T, 4)


@right()
def five_hundred_operations(T):
    return (lambda x: functools.reduce(lambda h, _: (h * 1.01).sin() + x, range(170), x)), draw(T, 2)


@right()
def differentiates_inside(T):
    def func(x):
        (g,) = T.autograd.grad((x**3).sum(), x, create_graph=True)
        return g * x

    return func, draw(T, 4)


# ---------------------------------------------------------------------------------------- right: randomness, state


@right()
def dropout(T):
    return (lambda x: T.nn.functional.dropout(x.sin(), 0.5)), draw(T, 20)


@right()
def noise_of_its_own_generator(T):
    generator = T.Generator().manual_seed(0)
    return (lambda x: x * T.rand(4, generator=generator, dtype=T.float64)), draw(T, 4)


@right()
def noise_of_numpy(T):
    return (lambda x: x * float(np.random.rand())), draw(T, 4)  # noqa: NPY002  # NumPy's older generator is what is meant


@right()
def noise_of_a_numpy_generator(T):
    rng = np.random.default_rng(0)
    return (lambda x: x * float(rng.random())), draw(T, 4)


@right()
def counts_its_calls(T):
    calls = []

    def func(x):
        calls.append(1)
        return x.sin()

    return func, draw(T, 4)


# ---------------------------------------------------------------------------------------------- right: modules


@right("right", "vacuous")
def float32_model_in_training(T):
    T.manual_seed(0)
    nn = T.nn
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))
    return model, draw(T, 8, 4, dtype=T.float32)


@right("right", "vacuous")
def model_in_a_lambda(T):
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(4, 6), T.nn.BatchNorm1d(6), T.nn.Tanh()).double()
    return (lambda x: model(x)), draw(T, 8, 4)


@right("right")
def parameters_as_inputs(T):
    T.manual_seed(0)
    model = T.nn.Linear(4, 3).double()
    x = draw(T, 5, 4, grad=False)
    return (lambda *parameters: model(x).tanh()), tuple(model.parameters())


@right("right", "vacuous")
def batch_norm_in_training(T):
    return T.nn.BatchNorm1d(3).double(), draw(T, 6, 3)


@right("right", "vacuous")
def batch_norm_far_from_0(T):
    return T.nn.BatchNorm1d(3).double(), (draw(T, 6, 3).detach() + 1e4).requires_grad_()


@right()
def tied_weights(T):
    T.manual_seed(0)
    first, second = T.nn.Linear(4, 4), T.nn.Linear(4, 4)
    second.weight = first.weight
    return T.nn.Sequential(first, T.nn.Tanh(), second).double(), draw(T, 3, 4)


@right()
def frozen_weight(T):
    model = T.nn.Linear(4, 3).double()
    model.weight.requires_grad_(False)
    return model, draw(T, 3, 4)


@right()
def cross_entropy_of_1e4(T):
    loss = T.nn.CrossEntropyLoss()
    target = T.tensor([0, 2])
    return (lambda x: loss(x, target)), f64(T, [[1e4, 1e4 + 1, 0.0], [0.5, 1.0, 2.0]])


@right()
def float32_function(T):
    return (lambda x: (x.exp() * x.sin()).sum()), draw(T, 10, dtype=T.float32)


@right("vacuous")
def relu_that_is_dead(T):
    return (lambda x: T.relu(x - 10)), draw(T, 4)


@right()
def second_derivative_of_a_model(T):
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(3, 4), T.nn.Tanh(), T.nn.Linear(4, 2)).double()
    return model, draw(T, 4, 3)


RIGHT[-1] = Case(RIGHT[-1].name, RIGHT[-1].build, ("right", "vacuous"), second=True)
