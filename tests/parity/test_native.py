"""Functions of layers as `torch` itself has them, against PyTorch: by position, in the order of its native functions."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.pytorch_parity import Row, compare, f, i, row

X, IMAGE, V, W = f(4, 3), f(2, 3, 4, 4), f(3), f(3, seed=2)
SIGNS = np.array([1.0, -1.0, 1.0, -1.0], np.float32)
STEPS = (f(3, 2, 4), f(1, 2, 3), f(1, 2, 3, seed=5))


def positional(name, *rest, **kw):
    """The function with the Tensors first, and then what is no Tensor."""
    return lambda T, *xs: getattr(T, name)(*xs, *rest, **kw)


def weights(gates, layers=1, directions=1, bias=True, size=4, hidden=3):
    found = []
    for layer in range(layers):
        for _ in range(directions):
            width = size if not layer else hidden * directions
            shapes = [(gates * hidden, width), (gates * hidden, hidden), *([(gates * hidden,)] * 2 if bias else [])]
            found += [f(*shape, seed=len(found) + n) for n, shape in enumerate(shapes)]
    return found


def sequence(name, *settings, states=1):
    def call(T, x, *rest):
        h = list(rest[:2]) if states == 2 else rest[0]
        return tuple(getattr(T, name)(x, h, rest[states:], *settings))

    return call


def packed(T, x, h, *params):
    return tuple(T.gru(x, T.tensor([2, 1]), h, params, True, 1, 0.0, False, False))


def cell(name):
    return lambda T, x, h, *ws: getattr(T, name)(x, h, *ws)


ROWS: list[Row] = [
    *(row(name, X, call=positional(name, p, False)) for name in ("dropout", "alpha_dropout", "dropout_", "alpha_dropout_") for p in (0.5, 1.5)),
    row("dropout", X, grad=False, call=lambda T, x: (T.manual_seed(1), T.dropout(x, 0.3, True))[1]),
    row("batch_norm", X, V, W, call=positional("batch_norm", None, None, True, 0.1, 1e-5, False)),
    row("batch_norm", X, V, W, V * 0, V * V, call=positional("batch_norm", False, 0.1, 1e-5, True)),
    row("instance_norm", IMAGE, V, W, call=positional("instance_norm", None, None, True, 0.1, 1e-5, False)),
    *(row("embedding", X, i(2, 2), call=positional("embedding", *rest)) for rest in ((), (1,), (-1, True))),
    *(row(name, f(2, 3, 6), call=positional(name, 2, 1)) for name in ("max_pool1d", "max_pool1d_with_indices")),
    row("max_pool2d", IMAGE, call=positional("max_pool2d", 2)), row("max_pool3d", IMAGE, call=positional("max_pool3d", 2, stride=1)),
    row("adaptive_max_pool1d", f(2, 3, 6), call=positional("adaptive_max_pool1d", 3)),
    *(row("constant_pad_nd", X, call=positional("constant_pad_nd", *rest)) for rest in (([1, 2],), ((1, -1, 0, 2), 2.5), ([1],))),
    *(row("binary_cross_entropy_with_logits", X, abs(X) % 1, *more, grad=not more, call=positional("binary_cross_entropy_with_logits", **kw)) for more, kw in (((), {}), ((V,), {"reduction": 0}), ((), {"reduction": 2}))),
    *(row("cosine_embedding_loss", X, f(4, 3, seed=1), SIGNS, grad=False, call=positional("cosine_embedding_loss", *rest)) for rest in ((), (0.5, 0))),
    *(row("hinge_embedding_loss", X, np.sign(X), grad=False, call=positional("hinge_embedding_loss", *rest)) for rest in ((), (2.0, 0))),
    *(row("kl_div", X, abs(X), call=positional("kl_div", *rest, **kw)) for rest, kw in (((), {}), ((2,), {}), ((0,), {"log_target": True}))),
    *(row("margin_ranking_loss", X[:, 0], X[:, 1], SIGNS, grad=False, call=positional("margin_ranking_loss", *rest)) for rest in ((), (0.5, 2))),
    *(row("poisson_nll_loss", abs(X), abs(X), call=positional("poisson_nll_loss", *rest)) for rest in ((True, False, 1e-8, 1), (False, True, 1e-8, 0))),
    *(row("triplet_margin_loss", X, f(4, 3, seed=1), f(4, 3, seed=2), call=positional("triplet_margin_loss", *rest)) for rest in ((), (2.0, 1.0, 1e-6, True, 0))),
    row("ctc_loss", f(5, 2, 4), call=lambda T, x: T.ctc_loss(x.log_softmax(2), T.tensor([[1, 2], [3, 3]]), (5, 4), (2, 2), 0, 2)),
    *(row("grid_sampler", IMAGE, f(2, 2, 3, 2), call=positional("grid_sampler", *modes, corners)) for modes in ((0, 0), (1, 1), (2, 2)) for corners in (True, False)),
    row("affine_grid_generator", f(2, 2, 3), call=positional("affine_grid_generator", (2, 1, 2, 3), False)),
    row("lstm", *STEPS, *weights(4), call=sequence("lstm", True, 1, 0.0, True, False, False, states=2)),
    row("lstm", f(3, 2, 4), f(4, 2, 3), f(4, 2, 3), *weights(4, 2, 2, False), call=sequence("lstm", False, 2, 0.0, False, True, False, states=2)),
    *(row(name, *STEPS[:2], *weights(gates), call=sequence(name, True, 1, 0.0, False, False, False)) for name, gates in (("gru", 3), ("rnn_tanh", 1), ("rnn_relu", 1))),
    row("gru", f(2, 3, 4), f(2, 2, 3), *weights(3, 1, 2), call=sequence("gru", True, 1, 0.0, False, True, True)),
    row("gru", f(3, 4), f(1, 2, 3), *weights(3), call=packed),
    row("lstm_cell", f(2, 4), f(2, 3), f(2, 3, seed=1), *weights(4), call=lambda T, x, h, c, *ws: T.lstm_cell(x, (h, c), *ws)),
    *(row(name, f(2, 4), f(2, 3), *weights(gates, bias=bias), call=cell(name)) for name, gates in (("gru_cell", 3), ("rnn_tanh_cell", 1), ("rnn_relu_cell", 1)) for bias in (True, False)),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)


def test_how_a_sequence_may_be_given():
    params = [tl.tensor(w) for w in weights(3)]
    x, h = tl.tensor(STEPS[0]), tl.tensor(STEPS[1])
    given = {"has_biases": True, "num_layers": 1, "dropout": 0.0, "train": False, "bidirectional": False}
    named = tl.gru(x, h, params, **given, batch_first=False)
    assert tl.equal(named[0], tl.gru(x, h, params, True, 1, 0.0, False, False, False)[0])
    with pytest.raises(TypeError, match=r"gru\(\): expected the arguments input, hx, params"):
        tl.gru(x, h, params, True)
