"""Functions of the kinds that people publish, each with a right backward and with one in which a fault is planted.

Straight-through estimators, quantizers, spiking neurons, sparse softmaxes, normalizations, losses, attention, implicit
and reversible layers. `pair` registers both forms among the cases of `example_functions`; with the surrogates, if any,
that a check is to be told of.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .example_functions import RIGHT, WRONG, Case, draw, f64, function


def pair(fault: str, *verdicts: str, hint: str = "", good: str = "right", second: bool = False) -> Any:
    """Register `build(T, planted)` twice: the fault is named after what is wrong with it."""

    def register(build: Callable[[Any, bool], Any]) -> Any:
        name = build.__name__
        RIGHT.append(Case(name, lambda T: build(T, False), (good,), second=second))
        WRONG.append(Case(f"{name}_{fault}", lambda T: build(T, True), verdicts or ("wrong",), hint, second=second))
        return build

    return register


# ------------------------------------------------------------------------------- straight-through and quantizers


@pair("with_a_fault_before_it", hint="0.5")
def sign_straight_through(T, planted):
    sign = function(T, lambda x: x.sign(), lambda g, x, y: g * (x.abs() <= 1).to(x.dtype))
    square = function(T, lambda x: x * x, lambda g, x, y: g * x * (1 if planted else 2))
    return (lambda x: sign(square(x) - 1) * x), draw(T, 5), [sign]


@pair("with_a_fault_after_it", hint="0.666667")
def round_straight_through(T, planted):
    rounded = function(T, lambda x: x.round(), lambda g, x, y: g * 1)
    cube = function(T, lambda x: x**3, lambda g, x, y: g * (2 if planted else 3) * x**2)
    return (lambda x: cube(rounded(3 * x) / 3 + 0.2)), draw(T, 5), [rounded]


@pair("with_a_fault_beside_it", hint="sign is flipped")
def detached_difference(T, planted):
    negated = function(T, lambda x: x.exp(), lambda g, x, y: (-g if planted else g) * y)

    def quantized(x):
        return x + ((4 * x).round() / 4 - x).detach()

    return (lambda x: quantized(x) * negated(x)), draw(T, 4), [quantized]


@pair("whose_step_size_has_the_wrong_sign", hint="sign is flipped")
def learned_step_size(T, planted):
    rounded = function(T, lambda x: x.round(), lambda g, x, y: g * 1)
    scaled = function(T, lambda x, s: x / s, lambda g, x, s, y: (g / s, (g * x / s**2).sum() * (1 if planted else -1)))
    return (lambda x, s: rounded(scaled(x, s)) * s), (draw(T, 6), f64(T, 0.3)), [rounded]


@pair("with_the_slope_of_another_threshold", hint="surrogate")
def spike_with_fast_sigmoid(T, planted):
    spike = function(T, lambda v: (v > 0).to(v.dtype), lambda g, v, s: g / (1 + 10 * v.abs()) ** 2)
    return (lambda v: spike(v - 0.1) * v.sin()), draw(T, 5), ([] if planted else [spike])


@pair("whose_leak_is_forgotten")
def leaky_integrate_and_fire(T, planted):
    spike = function(T, lambda v: (v > 1).to(v.dtype), lambda g, v, s: g / (1 + (math.pi * (v - 1)) ** 2))
    leak = function(T, lambda v, x: 0.9 * v + x, lambda g, v, x, y: (g * (1 if planted else 0.9), g))

    def neuron(x):
        v, out = x[0] * 0, []
        for t in range(4):
            v = leak(v, x[t])
            s = spike(v)
            v = v - s
            out.append(s * v)
        return T.stack(out)

    return neuron, draw(T, 4, 3), [spike]


@pair("with_its_temperature_squared", hint="twice the derivative")
def gumbel_softmax_hard(T, planted):
    soft = function(
        T,
        lambda x: (x / 0.5).softmax(-1),
        lambda g, x, y: y * (g - (g * y).sum(-1, keepdim=True)) / (0.25 if planted else 0.5),
    )
    return soft, draw(T, 3, 4)


@pair("not_clipped_to_its_range", hint="| > 1 (")
def fake_quantizer_without_rounding(T, planted):
    def backward(g, x, y):
        return g * 1 if planted else g * ((x > -1) & (x < 1)).to(x.dtype)

    return function(T, lambda x: x.clamp(-1, 1), backward), f64(T, [-1.7, -0.4, 0.3, 1.2, 0.9])


# ------------------------------------------------------------------------------------------- sparse softmaxes


def sparsemax_of(T, x):
    z, _ = x.sort(dim=-1, descending=True)
    k = T.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    support = (1 + k * z > z.cumsum(-1)).to(x.dtype)
    size = support.sum(-1, keepdim=True)
    tau = ((z * support).sum(-1, keepdim=True) - 1) / size
    return (x - tau).clamp(min=0)


@pair("averaged_over_all")
def sparsemax(T, planted):
    def backward(g, x, y):
        support = (y > 0).to(x.dtype)
        count = x.shape[-1] if planted else support.sum(-1, keepdim=True)
        return support * (g - (g * support).sum(-1, keepdim=True) / count)

    return function(T, lambda x: sparsemax_of(T, x), backward), draw(T, 3, 5)


@pair("without_the_sum", hint="lacks the term with the sum of the gradient times the result over dimension 1")
def softmax_with_a_mask(T, planted):
    mask = T.tensor([[0.0, 0.0, -1e30, 0.0]], dtype=T.float64)

    def backward(g, x, y):
        return y * g if planted else y * (g - (g * y).sum(-1, keepdim=True))

    return function(T, lambda x: (x + mask).softmax(-1), backward), draw(T, 3, 4)


@pair("whose_sum_is_over_the_other_dimension", hint="sums over dimension 0 what it should sum over dimension 1")
def log_softmax_written_out(T, planted):
    def backward(g, x, y):
        return g - y.exp() * g.sum(0 if planted else 1, keepdim=True)

    return function(T, lambda x: x - x.logsumexp(1, keepdim=True), backward), draw(T, 4, 4)


@pair("of_one_step_only")
def sinkhorn(T, planted):
    def forward(x):
        for _ in range(3):
            x = x - x.logsumexp(1, keepdim=True)
            x = x - x.logsumexp(0, keepdim=True)
        return x.exp()

    def backward(g, x, y):
        h = x.detach().requires_grad_()
        with T.enable_grad():
            out = forward(h)
            if planted:
                out = ((h - h.logsumexp(1, keepdim=True)) - 0).exp()
        return T.autograd.grad(out, h, g)[0]

    return function(T, forward, backward), draw(T, 3, 3)


# ---------------------------------------------------------------------------------------------- normalizations


@pair("without_the_mean_of_the_gradient", hint="lacks the term with the sum of the gradient over dimension 0")
def batch_norm(T, planted):
    def backward(g, x, y):
        s = (x.var(0, unbiased=False, keepdim=True) + 1e-5).sqrt()
        h = g - (y * (g * y).mean(0, keepdim=True))
        return (h if planted else h - g.mean(0, keepdim=True)) / s

    def forward(x):
        return (x - x.mean(0, keepdim=True)) / (x.var(0, unbiased=False, keepdim=True) + 1e-5).sqrt()

    return function(T, forward, backward), draw(T, 6, 3)


@pair("that_divides_by_n_minus_1", hint="does it divide by n - 1")
def layer_norm(T, planted):
    def backward(g, x, y):
        n = x.shape[1]
        s = (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        h = g - g.mean(1, keepdim=True) - y * (g * y).sum(1, keepdim=True) / (n - 1 if planted else n)
        return h / s

    def forward(x):
        return (x - x.mean(1, keepdim=True)) / (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()

    return function(T, forward, backward), draw(T, 3, 5)


@pair("without_its_second_term", hint="times input 0 over dimension 1")
def rms_norm(T, planted):
    def backward(g, x, w, y):
        r = ((x * x).mean(-1, keepdim=True) + 1e-6).rsqrt()
        u = g * w
        dx = r * u if planted else r * (u - x * r * r * (u * x).mean(-1, keepdim=True))
        return dx, (g * x * r).sum(0)

    def forward(x, w):
        return x * ((x * x).mean(-1, keepdim=True) + 1e-6).rsqrt() * w

    return function(T, forward, backward), (draw(T, 3, 4), draw(T, 4, seed=1))


@pair("that_keeps_the_radial_part")
def unit_length(T, planted):
    def backward(g, x, y):
        n = x.norm(dim=-1, keepdim=True)
        return g / n if planted else (g - y * (g * y).sum(-1, keepdim=True)) / n

    return function(T, lambda x: x / x.norm(dim=-1, keepdim=True), backward), draw(T, 3, 4)


@pair("whose_gain_is_detached", "missing", "wrong")
def weight_norm(T, planted):
    def func(v, g):
        return v / v.norm(dim=1, keepdim=True) * (g.detach() if planted else g)

    return func, (draw(T, 3, 4), draw(T, 3, 1, seed=1))


# ------------------------------------------------------------------------------------------------- activations


@pair("with_the_sigmoid_twice")
def swish_that_saves_its_input_only(T, planted):
    def backward(g, x, y):
        s = x.sigmoid()
        return g * (s * (1 - s) if planted else s * (1 + x * (1 - s)))

    return function(T, lambda x: x * x.sigmoid(), backward), draw(T, 5)


@pair("without_the_chain_rule")
def mish(T, planted):
    def backward(g, x, y):
        t = T.nn.functional.softplus(x).tanh()
        return g * (t + x * (1 - t * t) * (1 if planted else x.sigmoid()))

    return function(T, lambda x: x * T.nn.functional.softplus(x).tanh(), backward), draw(T, 5)


@pair("with_a_coarse_constant", hint="wrong")
def gelu_of_tanh(T, planted):
    k = math.sqrt(2 / math.pi)

    def backward(g, x, y):
        c = 0.79 if planted else k
        t = (c * (x + 0.044715 * x**3)).tanh()
        return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x))

    forward = lambda x: 0.5 * x * (1 + (k * (x + 0.044715 * x**3)).tanh())
    return function(T, forward, backward), draw(T, 5)


@pair("whose_slope_gets_the_gradient_of_both_sides")
def prelu(T, planted):
    def backward(g, x, a, y):
        negative = (x < 0).to(x.dtype)
        return g * (1 - negative + a * negative), (g * x * (1 if planted else negative)).sum()

    return function(T, lambda x, a: T.where(x < 0, a * x, x), backward), (draw(T, 6), f64(T, 0.3))


@pair("with_its_limits_mixed_up", hint="≥ 3.1 (right up to")
def hard_swish(T, planted):
    def backward(g, x, y):
        inside = (x > -3) & (x < 3)
        return g * T.where(inside, (2 * x + 3) / 6, (x > (-3 if planted else 3)).to(x.dtype) * (2 if planted else 1))

    forward = lambda x: x * (x + 3).clamp(0, 6) / 6
    return function(T, forward, backward), f64(
        T, [-5.0, -4.0, -3.5, -2.5, -2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.1, 3.5, 4.0, 5.0]
    )


@pair("that_reverses_once", hint="half the derivative")
def gradient_reversed_twice(T, planted):
    reverse = function(T, lambda x: x * 1, lambda g, x, y: -2 * g)
    back = function(T, lambda x: x * 1, lambda g, x, y: (0.5 if planted else -0.5) * g)
    return (lambda x: back(reverse(x.sin()))), draw(T, 4), [] if planted else [reverse, back]


# ------------------------------------------------------------------------------------------------------ losses


@pair("without_the_modulation")
def focal_loss(T, planted):
    def backward(g, x, y):
        p = x.sigmoid()
        term = (1 - p) ** 2
        return g * (-term * (1 - p) if planted else 2 * (1 - p) * p * (1 - p) * p.log() - term * (1 - p))

    return function(T, lambda x: -((1 - x.sigmoid()) ** 2) * x.sigmoid().log(), backward), draw(T, 5)


@pair("not_averaged", hint="3 is the length of dimensions 0 and 1 of input 0")
def cross_entropy_with_smoothing(T, planted):
    target = T.tensor([[0.9, 0.05, 0.05], [0.05, 0.05, 0.9], [0.1, 0.8, 0.1]], dtype=T.float64)

    def backward(g, x, y):
        return g * (x.softmax(1) - target) / (1 if planted else 3)

    return function(T, lambda x: -(target * x.log_softmax(1)).sum(1).mean(), backward), draw(T, 3, 3)


@pair("whose_denominator_is_constant")
def dice_loss(T, planted):
    def backward(g, x, t, y):
        union = x.sum() + t.sum()
        slope = -2 * t / union if planted else -2 * (t * union - (x * t).sum()) / union**2
        return g * slope, None

    target = f64(T, [1.0, 0.0, 1.0, 1.0], grad=False)
    f = function(T, lambda x, t: 1 - 2 * (x * t).sum() / (x.sum() + t.sum()), backward)
    return (lambda x: f(x.sigmoid(), target)), draw(T, 4)


@pair("not_clipped", hint="wrong only where")
def huber_loss(T, planted):
    def backward(g, x, y):
        return g * (x if planted else x.clamp(-1, 1))

    return function(T, lambda x: T.where(x.abs() < 1, 0.5 * x * x, x.abs() - 0.5), backward), f64(
        T, [0.3, -0.5, 2.0, -3.0, 0.8]
    )


@pair("whose_norm_is_squared")
def cosine_similarity(T, planted):
    def backward(g, x, y, out):
        n, m = x.norm(dim=1, keepdim=True), y.norm(dim=1, keepdim=True)
        h, c = g[:, None], out[:, None]
        dx = h * (y / (n * m) - c * x / (n if planted else n**2))
        return dx, h * (x / (n * m) - c * y / m**2)

    forward = lambda x, y: (x * y).sum(1) / (x.norm(dim=1) * y.norm(dim=1))
    return function(T, forward, backward), (draw(T, 3, 4), draw(T, 3, 4, seed=1))


# ------------------------------------------------------------------------------------- indices and structure


@pair("that_loses_repeated_indices", hint="only the last counts")
def embedding(T, planted):
    index = [0, 2, 2, 1]

    def backward(g, w, y):
        out = T.zeros_like(w)
        for i, j in enumerate(index):
            out[j] = g[i] if planted else out[j] + g[i]
        return out

    return function(T, lambda w: w[index], backward), draw(T, 4, 3)


@pair("to_all_elements")
def k_winners_take_all(T, planted):
    def forward(x):
        return x * (x >= x.sort(dim=1, descending=True)[0][:, 1:2]).to(x.dtype)

    return function(T, forward, lambda g, x, y: g * (1 if planted else (y != 0).to(x.dtype))), draw(T, 3, 4)


@pair("with_the_halves_exchanged", hint="not by its transpose")
def rotary_embedding(T, planted):
    a = T.tensor([0.3, 1.1], dtype=T.float64)

    def turn(x, s):
        u, v = x[:, :2], x[:, 2:]
        return T.cat([u * a.cos() - s * v * a.sin(), s * u * a.sin() + v * a.cos()], 1)

    return function(T, lambda x: turn(x, 1), lambda g, x, y: turn(g, 1 if planted else -1)), draw(T, 3, 4)


@pair("not_scaled_back", hint="twice the derivative")
def hadamard_transform(T, planted):
    h = T.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], dtype=T.float64)
    return function(T, lambda x: x @ h / 2, lambda g, x, y: g @ h / (1 if planted else 2)), draw(T, 3, 4)


@pair("without_the_other_triangle")
def matrix_squared(T, planted):
    def backward(g, x, y):
        return g @ x.t() + (0 if planted else x.t() @ g)

    return function(T, lambda x: x @ x, backward), draw(T, 3, 3)


@pair("not_summed_over_the_batch", hint="first of 3 along dimension 0")
def bias_of_a_batch(T, planted):
    return function(T, lambda x, b: x * x + b, lambda g, x, b, y: (2 * g * x, g[0] if planted else g.sum(0))), (
        draw(T, 3, 4),
        draw(T, 4, seed=1),
    )


# ----------------------------------------------------------------------- attention, implicit and reversible layers


@pair("without_the_row_sums")
def attention_computed_again(T, planted):
    def forward(q, k, v):
        return (q @ k.t() / 2).softmax(1) @ v

    def backward(g, q, k, v, y):
        p = (q @ k.t() / 2).softmax(1)
        dp = g @ v.t()
        ds = p * (dp if planted else dp - (g * y).sum(1, keepdim=True)) / 2
        return ds @ k, ds.t() @ q, p.t() @ g

    return function(T, forward, backward), tuple(draw(T, 3, 4, seed=i) for i in range(3))


@pair("differentiated_through_one_step")
def fixed_point(T, planted):
    def forward(x):
        z = x * 0
        for _ in range(60):
            z = (0.5 * z + x).tanh()
        return z

    def backward(g, x, y):
        d = 1 - y * y
        return g * d if planted else g * d / (1 - 0.5 * d)

    return function(T, forward, backward), draw(T, 4)


@pair("with_the_transposed_system", hint="not by its transpose")
def inverse_of_two_by_two(T, planted):
    def inverse(x):
        (a, b), (c, d) = x
        return T.stack([T.stack([d, -b]), T.stack([-c, a])]) / (a * d - b * c)

    def backward(g, x, y):
        return -(y @ g @ y) if planted else -(y.t() @ g @ y.t())

    return function(T, inverse, backward), f64(T, [[1.5, 0.4], [-0.3, 2.0]])


class Coupled:
    """The halves of an additive coupling, and the way back."""

    @staticmethod
    def out(x):
        a, b = x[:, :2], x[:, 2:]
        return a, b, b + a.sin()


@pair("that_forgets_the_other_half")
def reversible_block(T, planted):
    def forward(x):
        a, _, b = Coupled.out(x)
        return T.cat([a, b], 1)

    def backward(g, x, y):
        a = y[:, :2]  # what comes out is enough to go back
        ga, gb = g[:, :2], g[:, 2:]
        return T.cat([ga if planted else ga + gb * a.cos(), gb], 1)

    return function(T, forward, backward), draw(T, 3, 4)


@pair("that_loses_the_second_run")
def old_style_checkpoint(T, planted):
    class Again(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return (x.exp() * x).sin()

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            h = x.detach().requires_grad_()
            with T.enable_grad():
                y = (h.exp() * (h.detach() if planted else h)).sin()
            T.autograd.backward(y, g)
            return h.grad

    return Again.apply, draw(T, 4)


@pair("that_steps_forward_again")
def euler_with_an_adjoint(T, planted):
    h = 0.1

    def forward(x):
        for _ in range(5):
            x = x + h * x.sin()
        return x

    def backward(g, x, y):
        states = [x]
        for _ in range(4):
            states.append(states[-1] + h * states[-1].sin())
        for s in states if planted else reversed(states):
            g = g * (1 + h * (s if not planted else 2 * s).cos())
        return g

    return function(T, forward, backward), draw(T, 4)


# -------------------------------------------------------------------------------------------- second derivatives


@pair("that_saves_what_is_detached", "missing", "wrong", second=True)
def softplus_differentiated_twice(T, planted):
    def backward(g, x, y):
        return g * (x.detach() if planted else x).sigmoid()

    return function(T, lambda x: (1 + x.exp()).log(), backward), draw(T, 4)


@pair("with_one_of_two_detached", "missing", "wrong", hint="detached", second=True)
def product_differentiated_twice(T, planted):
    def backward(g, x, y, z):
        dy = g * x
        return g * y, dy.detach() if planted else dy

    return function(T, lambda x, y: x * y, backward), (draw(T, 4), draw(T, 4, seed=1))
