"""Functions with a fault of a kind that a hint should name, and the same without it.

A mask, repeated indices, sums and means, n and n - 1, exponents, intervals, triangles, the given gradient and
broadcasting.
"""

from __future__ import annotations

from .example_functions import draw, f64, function, right
from .published_functions import pair

# --------------------------------------------------------------------------------------------- masks and indices


@pair("without_its_mask", hint="is a mask missing?")
def dropout_of_a_fixed_mask(T, planted):
    mask = f64(T, [1.0, 0.0, 1.0, 1.0, 0.0, 1.0], grad=False)
    return function(T, lambda x: x * mask * 2, lambda g, x, y: 2 * g * (1 if planted else mask)), draw(T, 6)


@pair("without_its_mask", hint="is a mask missing?")
def masked_scores(T, planted):
    mask = T.tensor([[True, False, True], [False, True, True]])
    backward = lambda g, x, y: g * 1 if planted else g.masked_fill(~mask, 0.0)
    return function(T, lambda x: x.masked_fill(~mask, -9.0), backward), draw(T, 2, 3)


@pair("with_a_mask_of_its_own", hint="a mask that forward does not?")
def embedding_with_padding(T, planted):
    index = [0, 2, 1, 2]

    def backward(g, w, y):
        out = T.zeros_like(w)
        for i, j in enumerate(index):
            out[j] = out[j] + g[i] * (0 if planted and j == 0 else 1)
        return out

    return function(T, lambda w: w[index], backward), draw(T, 3, 2)


@pair("with_the_other_branch", hint="wrong only where mask is True")
def chosen_by_a_mask(T, planted):
    class Chosen(T.autograd.Function):
        @staticmethod
        def forward(ctx, x, mask):
            ctx.save_for_backward(x, mask)
            return T.where(mask, x * x, x)

        @staticmethod
        def backward(ctx, g):
            x, mask = ctx.saved_tensors
            return (g if planted else T.where(mask, 2 * x * g, g)), None

    return Chosen.apply, (draw(T, 8), T.tensor([True, True, False, True, False, False, True, False]))


@pair("assigned", hint="only the last counts")
def rows_of_an_index(T, planted):
    index = T.tensor([3, 0, 3, 3])

    def backward(g, x, y):
        out = T.zeros_like(x)
        if planted:
            out[index] = g
            return out
        return out.index_add(0, index, g)

    return function(T, lambda x: x[index], backward), draw(T, 4, 2)


@pair("that_keeps_one_of_two", hint="only the last counts")
def rows_gathered_and_scaled(T, planted):
    def backward(g, x, y):
        out = T.zeros_like(x)
        for i, j in enumerate((1, 2, 1)):
            out[j] = (0 if planted else out[j]) + (i + 2) * g[i]
        return out

    scale = f64(T, [[2.0], [3.0], [4.0]], grad=False)
    return function(T, lambda x: x[[1, 2, 1]] * scale, backward), draw(T, 3, 2)


# --------------------------------------------------------------------------------------------- sums and means


@pair("divided_by_one_of_two_lengths", hint="5 is the length of dimension 2 of input 0")
def mean_over_two_dimensions(T, planted):
    backward = lambda g, x, y: T.ones_like(x) * g[None, :, None] / (3 if planted else 15)
    return function(T, lambda x: x.mean((0, 2)), backward), draw(T, 3, 4, 5)


@pair("not_divided", hint="15 is that of the elements along dimensions 0 and 2")
def mean_over_batch_and_places(T, planted):
    backward = lambda g, x, y: T.ones_like(x) * g[None, :, None] / (1 if planted else 15)
    return function(T, lambda x: x.mean((0, 2)), backward), draw(T, 3, 4, 5)


@pair("summed_over_the_wrong_dimension", hint="dimensions 0 and 1 of the given gradient are exchanged")
def bias_of_a_square_batch(T, planted):
    backward = lambda g, x, b, y: (g, g.sum(1 if planted else 0))
    return function(T, lambda x, b: x + b, backward), (draw(T, 4, 4), draw(T, 4, seed=1))


@pair("over_the_other_dimension", hint="sums over dimension 0 what it should sum over dimension 1")
def softmax_written_out(T, planted):
    backward = lambda g, x, y: y * (g - (g * y).sum(0 if planted else 1, keepdim=True))
    return function(T, lambda x: x.softmax(1), backward), draw(T, 5, 5)


@pair("over_the_other_dimension", hint="sums over dimension 0 what it should sum over dimension 1")
def centered_rows(T, planted):
    backward = lambda g, x, y: g - g.sum(0 if planted else 1, keepdim=True) / 5
    return function(T, lambda x: x - x.mean(1, keepdim=True), backward), draw(T, 5, 5)


@pair("that_sums_for_a_mean", hint="is it a sum where a mean should be?")
def centered_columns(T, planted):
    backward = lambda g, x, y: g - (g.sum(0, keepdim=True) if planted else g.mean(0, keepdim=True))
    return function(T, lambda x: x - x.mean(0, keepdim=True), backward), draw(T, 6, 3)


@pair("of_fixed_statistics", hint="lacks the term with the sum of the gradient over dimension 0")
def batch_norm_in_training_mode(T, planted):
    def backward(g, x, y):
        s = x.std(0, unbiased=False, keepdim=True)
        h = g if planted else g - g.mean(0, keepdim=True) - y * (g * y).mean(0, keepdim=True)
        return h / s

    forward = lambda x: (x - x.mean(0, keepdim=True)) / x.std(0, unbiased=False, keepdim=True)
    return function(T, forward, backward), draw(T, 6, 3)


@pair("whose_gain_is_left_out_of_a_mean", hint="the error is the same along dimension 1")
def layer_norm_with_a_gain(T, planted):
    def backward(g, x, w, y):
        s = (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        hat, u = (x - x.mean(1, keepdim=True)) / s, g * w
        mean = (g if planted else u).mean(1, keepdim=True)
        return (u - mean - hat * (u * hat).mean(1, keepdim=True)) / s, (g * hat).sum(0)

    def forward(x, w):
        return (x - x.mean(1, keepdim=True)) / (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt() * w

    return function(T, forward, backward), (draw(T, 3, 6), draw(T, 6, seed=1))


# --------------------------------------------------------------------------------- n, n - 1, roots and exponents


@pair("divided_by_n", hint="does it divide by n, and the function by n - 1?")
def unbiased_variance(T, planted):
    backward = lambda g, x, y: 2 * g * (x - x.mean(0, keepdim=True)) / (6 if planted else 5)
    return function(T, lambda x: x.var(0), backward), draw(T, 6, 2)


@pair("whose_root_is_forgotten", hint="√5 times the derivative")
def scaled_scores(T, planted):
    k = draw(T, 5, 3, seed=1, grad=False)
    root = 5**0.5
    return function(T, lambda q: q @ k / root, lambda g, q, y: g @ k.t() / (1 if planted else root)), draw(T, 4, 5)


@pair("with_its_norm_squared", hint="times the norm of input 0 along dimension 1 to the power of -1")
def norms_of_rows(T, planted):
    backward = lambda g, x, y: g[:, None] * x / y[:, None] ** (2 if planted else 1)
    return function(T, lambda x: x.norm(dim=1), backward), draw(T, 3, 4)


@pair("of_another_power", hint="is the exponent wrong?")
def inverse_root(T, planted):
    backward = lambda g, x, y: -0.5 * g * x ** (-2.0 if planted else -1.5)
    return function(T, lambda x: x**-0.5, backward), f64(T, [0.5, 1.5, 2.5, 0.8, 3.0])


# ------------------------------------------------------------------------------------------------- intervals


@pair("without_the_upper_bound", hint="wrong only where input 0 ≥ 6.5 (right up to 5.5)")
def relu_to_6(T, planted):
    backward = lambda g, x, y: g * ((x > 0) & ((x < 6) | planted)).to(x.dtype)
    x = f64(T, [-2.0, 0.5, 6.5, 2.0, 7.0, -1.0, 3.0, 9.0, 4.5, 5.5, 8.0, 1.0, 2.5])
    return function(T, lambda x: x.clamp(0, 6), backward), x


@pair("that_is_wide_by_1", hint="≤ |input 0| ≤")
def hat_of_width_3(T, planted):
    def backward(g, x, y):
        return g * -x.sign() * (x.abs() < (4 if planted else 3)).to(x.dtype)

    x = f64(T, [-5.0, 3.2, -3.3, 1.0, -3.6, 0.5, 3.9, -2.0, 4.5, -1.5, 2.5, -3.1, 6.0, 2.9, -0.7, 1.7, -4.2])
    return function(T, lambda x: (3 - x.abs()).clamp(min=0) + 0.1 * x * 0, backward), x


@pair("of_the_wrong_side", hint="wrong only where t ≥ 0.8")
def chosen_by_another_input(T, planted):
    class Chosen(T.autograd.Function):
        @staticmethod
        def forward(ctx, x, t):
            ctx.save_for_backward(x, t)
            return T.where(t > 0.7, x, x * x)

        @staticmethod
        def backward(ctx, g):
            x, t = ctx.saved_tensors
            return g * (2 * x if planted else T.where(t > 0.7, T.ones_like(x), 2 * x)), None

    x = f64(T, [0.3, -1.2, 2.1, 0.7, -0.4, 1.5, -2.2, 0.9, 1.1, -0.6, 1.9, -1.4])
    return Chosen.apply, (x, f64(T, [0.1, 0.9, 1.4, -0.3, 0.5, 2.0, -1.0, 0.8, 0.2, 1.2, 0.6, 1.6], grad=False))


# ------------------------------------------------------------------------------------------------ matrices


@pair("given_to_both_triangles", hint="only the lower triangle of input 0")
def product_with_a_symmetric_matrix(T, planted):
    v = draw(T, 3, 2, seed=1, grad=False)
    full = lambda x: x.tril() + x.tril(-1).t()

    def backward(g, x, y):
        h = g @ v.t()
        return (h + h.t()) / 2 if planted else h.tril() + h.triu(1).t()

    return function(T, lambda x: full(x) @ v, backward), draw(T, 3, 3)


@pair("multiplied_from_the_wrong_side", hint="not by its transpose")
def reversed_cumulative_sum(T, planted):
    forward = lambda x: x.flip(0).cumsum(0).flip(0)
    return function(T, forward, lambda g, x, y: forward(g) if planted else g.cumsum(0)), draw(T, 4, 2)


# ---------------------------------------------------------------------------- the given gradient, broadcasting


@pair("clipped", hint="not linear in the gradient that it is given")
def identity_of_a_clipped_gradient(T, planted):
    return function(T, lambda x: x * 2, lambda g, x, y: 2 * (g.clamp(-0.7, 0.7) if planted else g)), draw(T, 6)


@pair("of_its_positive_part", hint="with the negative of that")
def guided(T, planted):
    return function(T, lambda x: x.exp(), lambda g, x, y: y * (g.clamp(min=0) if planted else g)), draw(T, 6)


@pair("of_its_norm", hint="with two parts of it")
def normalized_gradient(T, planted):
    return function(T, lambda x: x.sin(), lambda g, x, y: x.cos() * (g.norm() * g.sign() if planted else g)), draw(T, 6)


@pair("reduced_without_its_dimension", "shape", hint="is keepdim=True missing, or a reshape?")
def column_of_factors(T, planted):
    backward = lambda g, x, s, y: (g * s, (g * x).sum(1, keepdim=not planted))
    return function(T, lambda x, s: x * s, backward), (draw(T, 3, 4), draw(T, 3, 1, seed=1))


@pair("not_transposed", "shape", hint="is a transpose missing?")
def weight_of_a_layer(T, planted):
    backward = lambda g, x, w, y: (g @ w, x.t() @ g if planted else g.t() @ x)
    return function(T, lambda x, w: x @ w.t(), backward), (draw(T, 3, 4), draw(T, 2, 4, seed=1))


@pair("not_reduced", "shape", hint="the shape of the result")
def row_repeated(T, planted):
    backward = lambda g, x, y: g if planted else g.reshape(3, 4).sum(0)
    return function(T, lambda x: x.repeat(3), backward), draw(T, 4)


@right()
def broadcast_left_to_the_engine(T):
    """A gradient that broadcasting has made larger is summed, as in PyTorch."""
    return function(T, lambda x, s: x * s, lambda g, x, s, y: (g * s, g * x)), (draw(T, 3, 4), draw(T, 4, seed=1))
