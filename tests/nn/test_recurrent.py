"""Recurrent layers and packed sequences: against PyTorch, and against the recurrences written out."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]  # not installed

needs_torch = pytest.mark.skipif(torch is None, reason="needs PyTorch: pip install torch==2.13.0")

rng = np.random.default_rng(0)
X = rng.standard_normal((5, 3, 4))  # (T, N, inputs)
LENGTHS = [3, 5, 2]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def steps_of_lstm(x: Any, w_ih: Any, w_hh: Any, bias: Any, hidden: int) -> tuple[Any, Any, Any]:
    h = c = np.zeros((x.shape[1], hidden))
    outputs = []
    for step in x:
        z = step @ w_ih.T + h @ w_hh.T + bias
        i, f, k, o = (z[:, n * hidden : (n + 1) * hidden] for n in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(k)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs), h, c


def steps_of_gru(x: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, hidden: int) -> Any:
    h = np.zeros((x.shape[1], hidden))
    outputs = []
    for step in x:
        a, b = step @ w_ih.T + b_ih, h @ w_hh.T + b_hh
        r, z = (sigmoid(a[:, p] + b[:, p]) for p in (slice(0, hidden), slice(hidden, 2 * hidden)))
        n = np.tanh(a[:, 2 * hidden :] + r * b[:, 2 * hidden :])
        h = (1 - z) * n + z * h
        outputs.append(h)
    return np.stack(outputs)


def numbers(parameter: Any) -> Any:
    return parameter.detach().numpy()


def test_an_lstm_written_out() -> None:
    layer = nn.LSTM(4, 2, dtype=tl.float64)
    w_ih, w_hh, b_ih, b_hh = map(numbers, layer.parameters())
    output, (h, c) = layer(tl.tensor(X))
    expected, last_h, last_c = steps_of_lstm(X, w_ih, w_hh, b_ih + b_hh, 2)
    np.testing.assert_allclose(numbers(output), expected, rtol=1e-12)
    np.testing.assert_allclose(numbers(h[0]), last_h, rtol=1e-12)
    np.testing.assert_allclose(numbers(c[0]), last_c, rtol=1e-12)


def test_a_gru_written_out() -> None:
    layer = nn.GRU(4, 2, dtype=tl.float64)
    output, h = layer(tl.tensor(X))
    expected = steps_of_gru(X, *map(numbers, layer.parameters()), 2)
    np.testing.assert_allclose(numbers(output), expected, rtol=1e-12)
    np.testing.assert_allclose(numbers(h[0]), expected[-1], rtol=1e-12)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_an_rnn_written_out(nonlinearity: str) -> None:
    layer = nn.RNN(4, 2, nonlinearity=nonlinearity, bias=False, dtype=tl.float64)
    w_ih, w_hh = map(numbers, layer.parameters())
    h = np.zeros((3, 2))
    expected = []
    for step in X:
        z = step @ w_ih.T + h @ w_hh.T
        h = np.tanh(z) if nonlinearity == "tanh" else np.maximum(z, 0)
        expected.append(h)
    np.testing.assert_allclose(numbers(layer(tl.tensor(X))[0]), np.stack(expected), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("layer", "cell"), [("RNN", "RNNCell"), ("LSTM", "LSTMCell"), ("GRU", "GRUCell")])
def test_a_cell_is_one_step(layer: str, cell: str) -> None:
    whole, one = getattr(nn, layer)(4, 2, dtype=tl.float64), getattr(nn, cell)(4, 2, dtype=tl.float64)
    one.load_state_dict({name: whole.state_dict()[name + "_l0"] for name in one.state_dict()})
    output, _ = whole(tl.tensor(X))
    state = None
    for step, expected in zip(tl.tensor(X), output, strict=True):
        state = one(step, state)
        h = state[0] if layer == "LSTM" else state
        np.testing.assert_allclose(numbers(h), numbers(expected), rtol=1e-12)


def test_the_other_direction_is_the_sequence_turned_around() -> None:
    both = nn.GRU(4, 2, bidirectional=True, dtype=tl.float64)
    alone = nn.GRU(4, 2, dtype=tl.float64)
    alone.load_state_dict({name: both.state_dict()[name + "_reverse"] for name in alone.state_dict()})
    output, h = both(tl.tensor(X))
    expected, last = alone(tl.tensor(X).flip(0))
    np.testing.assert_allclose(numbers(output[..., 2:]), numbers(expected.flip(0)), rtol=1e-12)
    np.testing.assert_allclose(numbers(h[1]), numbers(last[0]), rtol=1e-12)


def test_packed_sequences_end_where_they_end() -> None:
    layer = nn.LSTM(4, 2, 2, bidirectional=True, dtype=tl.float64)
    packed = nn.utils.rnn.pack_padded_sequence(tl.tensor(X), LENGTHS, enforce_sorted=False)
    output, (h, c) = layer(packed)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(output)
    assert lengths.tolist() == LENGTHS
    for i, length in enumerate(LENGTHS):
        expected, (last_h, last_c) = layer(tl.tensor(X[:length, i]))
        np.testing.assert_allclose(numbers(padded[:length, i]), numbers(expected), rtol=1e-12)
        np.testing.assert_allclose(numbers(h[:, i]), numbers(last_h), rtol=1e-12)
        np.testing.assert_allclose(numbers(c[:, i]), numbers(last_c), rtol=1e-12)
        assert (numbers(padded[length:, i]) == 0).all()


def test_padding_gets_no_gradient() -> None:
    x = tl.tensor(X, requires_grad=True)
    layer = nn.GRU(4, 2, bidirectional=True, dtype=tl.float64)
    output, _ = layer(nn.utils.rnn.pack_padded_sequence(x, LENGTHS, enforce_sorted=False))
    output.data.sum().backward()
    assert x.grad is not None
    for i, length in enumerate(LENGTHS):
        assert (x.grad[length:, i] == 0).all()
        assert (x.grad[:length, i] != 0).all()


def test_dropout_stands_between_the_layers_in_training() -> None:
    layer = nn.RNN(4, 3, 2, dropout=1.0)
    top = layer(tl.ones(5, 2, 4))[0]
    layer.eval()
    assert not tl.equal(layer(tl.ones(5, 2, 4))[0], top)
    with tl.no_grad():
        layer.weight_ih_l1.zero_()
    assert tl.equal(layer(tl.ones(5, 2, 4))[0], layer.train()(tl.ones(5, 2, 4))[0])


def test_it_compiles() -> None:
    layer = nn.LSTM(4, 3)

    @tl.compile(fullgraph=True)
    def loss(x: Any) -> Any:
        return layer(x)[0].square().sum()

    gradients = []
    for i in range(3):
        layer.zero_grad()
        x = tl.tensor(X[:, :, :] * (1 + i // 2), dtype=tl.float32)
        loss(x).backward()
        gradients.append(numbers(layer.weight_hh_l0.grad).copy())
    assert np.array_equal(gradients[0], gradients[1])
    assert not np.array_equal(gradients[1], gradients[2])


# ------------------------------------------------------------------------------------------------- with PyTorch


def pair(name: str, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    """The same layer in both libraries, with the same initial values, in float64."""
    torch.manual_seed(3)
    tl.manual_seed(3)
    theirs, ours = getattr(torch.nn, name)(*args, **kwargs), getattr(nn, name)(*args, **kwargs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    for key, value in theirs.state_dict().items():
        assert np.array_equal(ours.state_dict()[key].numpy(), value.numpy()), key
    return ours.double(), theirs.double()


def flat(result: Any) -> list[Any]:
    return [result] if not isinstance(result, tuple) else [x for part in result for x in flat(part)]


SHAPES: dict[str, Any] = {
    name: {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": first}
    for name, layers, both, bias, first in (
        ("one", 1, False, True, False), ("no bias", 1, False, False, False), ("both ways", 1, True, True, False),
        ("two", 2, False, True, True), ("two, both ways", 2, True, False, True),
    )
}  # fmt: skip


@needs_torch
@pytest.mark.parametrize("options", [*SHAPES.values()], ids=[*SHAPES])
@pytest.mark.parametrize("name", ["RNN", "relu", "LSTM", "projected", "GRU"])
@pytest.mark.parametrize("kind", ["batch", "alone", "packed", "states"])
def test_values_and_derivatives(name: str, options: Any, kind: str) -> None:
    layer = {"relu": "RNN", "projected": "LSTM"}.get(name, name)
    more = {"relu": {"nonlinearity": "relu"}, "projected": {"proj_size": 2}}.get(name, {})
    ours, theirs = pair(layer, 4, 3, **options, **more)
    count = options["num_layers"] * (2 if options["bidirectional"] else 1)
    results = []
    for library, module in ((tl, ours), (torch, theirs)):
        x = library.tensor(X.swapaxes(0, 1).copy() if options["batch_first"] else X, requires_grad=True)
        given: list[Any] = []
        states: Any = None
        if kind == "alone":
            x = library.tensor(X[:, 0], requires_grad=True)
        elif kind == "states":
            draw = np.random.default_rng(1)
            sizes = [2 if name == "projected" else 3, 3][: 2 if layer == "LSTM" else 1]
            given = [library.tensor(draw.standard_normal((count, 3, size)), requires_grad=True) for size in sizes]
            states = tuple(given) if layer == "LSTM" else given[0]
        value: Any = x
        if kind == "packed":
            pack = library.nn.utils.rnn.pack_padded_sequence
            value = pack(x, LENGTHS, batch_first=options["batch_first"], enforce_sorted=False)
        out = module(value, states)
        values = flat((out[0].data if kind == "packed" else out[0], out[1]))
        weights = [library.tensor(np.cos(np.arange(v.numel())).reshape(tuple(v.shape))) for v in values]
        loss = sum((v * v * w).sum() for v, w in zip(values, weights, strict=True))
        inputs = [x, *given, *module.parameters()]
        first = library.autograd.grad(loss, inputs, create_graph=True)
        second = library.autograd.grad(sum((g * g).sum() for g in first), inputs)
        results.append([v.detach().numpy() for v in (*values, *first, *second)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


@needs_torch
@pytest.mark.parametrize("name", ["RNNCell", "relu", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize(("alone", "bias", "given"), [*itertools.product([False, True], repeat=3)])
def test_cells(name: str, alone: bool, bias: bool, given: bool) -> None:
    kind = "RNNCell" if name == "relu" else name
    ours, theirs = pair(kind, 4, 3, bias=bias, **({"nonlinearity": "relu"} if name == "relu" else {}))
    results = []
    for library, module in ((tl, ours), (torch, theirs)):
        x = library.tensor(X[0, 0] if alone else X[0], requires_grad=True)
        h = library.tensor(
            np.sin(np.arange(3.0)) if alone else np.sin(np.arange(9.0)).reshape(3, 3), requires_grad=True
        )
        state = None if not given else (h, h * 2) if name == "LSTMCell" else h
        values = flat(module(x, state))
        gradients = library.autograd.grad(sum((v * v).sum() for v in values), [x, *module.parameters()])
        results.append([v.detach().numpy() for v in (*values, *gradients)])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@needs_torch
def test_training_with_dropout_has_pytorchs_losses() -> None:
    losses = []
    for library in (tl, torch):
        library.manual_seed(0)
        model = library.nn.LSTM(4, 8, 2, dropout=0.3)
        head = library.nn.Linear(8, 1)
        optimizer = library.optim.Adam([*model.parameters(), *head.parameters()], lr=0.01)
        x, target = library.tensor(X).float(), library.tensor(X.sum((0, 2))).float()
        history = []
        for _ in range(30):
            optimizer.zero_grad()
            loss = library.nn.functional.mse_loss(head(model(x)[0][-1]).squeeze(1), target)
            loss.backward()
            optimizer.step()
            history.append(loss.item())
        losses.append(history)
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)


WRONG = """
nn.LSTM(3, 4)(T.ones(3))
nn.GRU(3, 4)(T.ones(2, 3, 4, 3))
nn.RNN(3, 4)(T.ones(2, 5, 4))
nn.LSTM(3, 4)(T.ones(2, 5, 3), (T.ones(1, 5, 4), T.ones(1, 4, 4)))
nn.GRU(3, 4)(T.ones(2, 5, 3), T.ones(1, 5, 3))
nn.GRU(3, 4)(T.ones(2, 5, 3), T.ones(5, 4))
nn.GRU(3, 4)(T.ones(2, 3), T.ones(1, 5, 4))
nn.LSTM(3, 4)(T.ones(2, 3), (T.ones(1, 5, 4), T.ones(1, 5, 4)))
nn.LSTM(3, 4)(T.ones(2, 5, 3), (T.ones(5, 4), T.ones(5, 4)))
nn.LSTM(3, 4)(T.ones(2, 5, 3).double())
nn.GRU(3, 4)(T.ones(2, 5, 3).long())
nn.LSTM(3, 4)(T.ones(0, 5, 3))
nn.LSTM(3, 0)
nn.LSTM(0, 4)
nn.LSTM(3, 4, 0)
nn.LSTM(3, 4.0)
nn.LSTM(3, 4, dropout=2)
nn.LSTM(3, 4, dropout=True)
nn.LSTM(3, 4, dropout='a')
nn.LSTM(3, 4, proj_size=4)
nn.LSTM(3, 4, proj_size=-1)
nn.GRU(3, 4, proj_size=2)
nn.RNN(3, 4, proj_size=2)
nn.RNN(3, 4, nonlinearity='x')
nn.RNNBase('X', 3, 4)
nn.RNNCell(3, 4)(T.ones(2, 2, 3))
nn.RNNCell(3, 4, nonlinearity='x')(T.ones(2, 3))
nn.LSTMCell(3, 4)(T.ones(2, 4))
nn.LSTMCell(3, 4)(T.ones(2, 3), T.ones(2, 4))
nn.LSTMCell(3, 4)(T.ones(2, 3), (T.ones(2, 4), T.ones(4)))
nn.GRUCell(3, 4)(T.ones(2, 3), T.ones(2, 3))
nn.GRUCell(3, 4)(T.ones(2, 3), T.ones(3, 4))
rnn.pack_padded_sequence(T.ones(3, 2, 1), [3, 0])
rnn.pack_padded_sequence(T.ones(3, 2, 1), [2, 3])
rnn.pack_padded_sequence(T.ones(3, 2, 1), [3])
rnn.pad_packed_sequence(rnn.pack_padded_sequence(T.ones(3, 2, 1), [3, 2]), total_length=2)
rnn.pad_sequence([])
rnn.pad_sequence(3)
rnn.pad_sequence([T.ones(2), T.ones(3)], padding_side='x')
rnn.pack_sequence([T.ones(2), T.ones(3)])
""".strip().splitlines()


@needs_torch
@pytest.mark.parametrize("call", WRONG)
def test_wrong_arguments_raise_as_in_pytorch(call: str) -> None:
    found = []
    for library in (tl, torch):
        names = {"T": library, "nn": library.nn, "rnn": library.nn.utils.rnn}
        with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
            eval(call, names)
        found.append((type(caught.value), str(caught.value).replace("torch.", "")))
    assert found[0][0] is found[1][0]
    assert found[0][1].startswith(found[1][1][:160])


def test_a_dropout_that_drops_nothing_warns() -> None:
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        nn.LSTM(3, 4, dropout=0.5)


PACKED = """
rnn.pack_padded_sequence(T.arange(6).reshape(3, 2), [3, 2])
rnn.pack_padded_sequence(T.arange(6).reshape(3, 2), [2, 3], enforce_sorted=False)
rnn.pack_padded_sequence(T.arange(6).reshape(2, 3), T.tensor([3, 2]), batch_first=True)
rnn.pack_padded_sequence(T.arange(12).reshape(3, 2, 2), [3, 1])
rnn.pad_packed_sequence(rnn.pack_sequence([T.ones(2, 2), T.ones(1, 2)]), padding_value=-1.0)
rnn.pad_packed_sequence(rnn.pack_sequence([T.arange(2), T.arange(3)], enforce_sorted=False), True, 7, 5)
rnn.pad_sequence([T.arange(2), T.arange(3)])
rnn.pad_sequence([T.arange(2), T.arange(3)], True, -1.0, 'left')
rnn.pad_sequence(T.ones(2, 3))
rnn.pad_sequence([T.ones(0, 2), T.ones(1, 2)])
rnn.pack_sequence([T.ones(3), T.ones(1)])
rnn.unpack_sequence(rnn.pack_sequence([T.arange(2), T.arange(3)], enforce_sorted=False))
rnn.unpad_sequence(T.arange(6).reshape(3, 2), T.tensor([3, 1]))
rnn.invert_permutation(T.tensor([2, 0, 1]))
rnn.invert_permutation(None)
rnn.PackedSequence(T.ones(3), T.tensor([2, 1]))
rnn.PackedSequence(T.ones(3), T.tensor([2, 1]), T.tensor([1, 0]))
rnn.pack_sequence([T.ones(2)]).to(T.float64)
rnn.pack_sequence([T.ones(2)]).double().data.dtype == T.float64
rnn.pack_sequence([T.ones(2)]).is_cuda
""".strip().splitlines()


@needs_torch
@pytest.mark.parametrize("call", PACKED)
def test_packing(call: str) -> None:
    ours, theirs = (eval(call, {"T": x, "rnn": x.nn.utils.rnn}) for x in (tl, torch))
    assert repr(ours) == repr(theirs).replace("torch.", "")
