"""Starting values: PyTorch's, number by number, for the same seed; and the spreads that they promise."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import init

from ..support.answers import answer
from ..support.wrong_arguments import NONE, WRONG, WrongArgument

SHAPES = ((3, 4), (40, 25), (5, 3, 2), (2, 2, 3, 3))
MATRICES = ((3, 4), (40, 25), (7, 2))
BOOK = {"book_xavier_normal_": {"nonlinearity": "linear"}, "book_he_normal_": {"nonlinearity": "relu"}}
"""The book's, and the options with which PyTorch's `kaiming_normal_` is the same."""

OF: dict[str, list[tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]] = {
    "uniform_": [((*SHAPES, (), (7,), (0,)), {}), (SHAPES, {"a": -1, "b": 0.5})],
    "normal_": [((*SHAPES, (), (7,), (0,)), {}), (SHAPES, {"mean": 2, "std": 0.1})],
    "trunc_normal_": [
        ((*SHAPES, (7,)), {}),
        (SHAPES, {"std": 0.02}),
        (SHAPES, {"mean": 1, "std": 3, "a": 0, "b": 1}),
        (SHAPES, {"mean": 1, "std": 0.5, "a": 1.7, "b": 3}),
        (SHAPES, {"mean": -0.5, "std": 0.5, "a": -2, "b": -1.3}),
    ],
    "constant_": [(SHAPES, {"val": 0.3})],
    "ones_": [(SHAPES, {})],
    "zeros_": [(SHAPES, {})],
    "eye_": [(MATRICES, {})],
    "dirac_": [(((4, 2, 3), (2, 3, 4, 3), (4, 2, 1, 2, 3)), {}), (((4, 2, 3), (4, 3, 2, 2)), {"groups": 2})],
    "xavier_uniform_": [(SHAPES, {}), (SHAPES, {"gain": 0.5})],
    "xavier_normal_": [(SHAPES, {}), (SHAPES, {"gain": 0.5})],
    **{
        name: [
            (SHAPES, {}),
            (SHAPES, {"a": math.sqrt(5)}),
            (SHAPES, {"mode": "fan_out", "nonlinearity": "relu"}),
            (SHAPES, {"nonlinearity": "tanh"}),
            (SHAPES, {"nonlinearity": "selu", "mode": "FAN_IN"}),
        ]
        for name in ("kaiming_uniform_", "kaiming_normal_")
    },
    "orthogonal_": [(SHAPES, {}), (((4, 4), (3, 7)), {"gain": 2.0})],
    "sparse_": [(MATRICES, {"sparsity": 0.3}), (MATRICES, {"sparsity": 0.5, "std": 1.0})],
    **{name: [(SHAPES, {})] for name in BOOK},
}
CASES = [
    pytest.param(name, shape, options, id=f"{name}-{shape}-{options}")
    for name, rows in OF.items()
    for shapes, options in rows
    for shape in shapes
]
DRAWING = [name for name in OF if "generator" in inspect.signature(getattr(init, name)).parameters]


def test_every_initializer_is_here() -> None:
    public = {
        n for n, x in vars(init).items() if inspect.isfunction(x) and x.__module__ == init.__name__ and n[0] != "_"
    }
    assert public == {*OF, *DEPRECATED, "calculate_gain"}


@pytest.mark.parametrize(("name", "shape", "options"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("own", [False, True])
def test_numbers_are_pytorchs(
    name: str, shape: tuple[int, ...], options: dict[str, Any], dtype: str, own: bool
) -> None:
    """From the default generator and, where it is taken, from one's own; both stand at the same place afterwards."""
    if own and name not in DRAWING:
        return

    def run(T: Any) -> tuple[Any, float]:
        T.manual_seed(11)
        generator = T.Generator().manual_seed(5)
        found, more = (getattr(T.nn.init, name), {}) if T is tl else theirs(T, name)
        if own:
            more["generator"] = generator
        x = T.nn.Parameter(T.empty(shape, dtype=getattr(T, dtype)))
        assert found(x, **options, **more) is x
        assert x.requires_grad
        assert x.is_leaf
        return x.detach().numpy(), T.rand(1, generator=generator if own else None).item()

    (ours, next_ours), (expected, next_expected) = run(tl), answer(run)
    assert ours.dtype == expected.dtype
    assert next_ours == next_expected
    exact = dtype == "float32" and name != "orthogonal_"
    tolerance = {"rtol": 0, "atol": 0} if exact else {"rtol": 1e-5, "atol": 1e-5 if dtype == "float32" else 1e-12}
    np.testing.assert_allclose(ours, expected, **tolerance)


def theirs(T: Any, name: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    if name in BOOK:
        return T.nn.init.kaiming_normal_, dict(BOOK[name])
    return getattr(T.nn.init, name), {}


@pytest.mark.parametrize("name", [*OF, "calculate_gain"])
def test_signatures_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    if name in BOOK:
        return

    def shown(x: Any) -> list[Any]:
        return [(p.name, p.default) for p in inspect.signature(x).parameters.values()]

    assert shown(getattr(init, name)) == shown(getattr(torch.nn.init, name))


@pytest.mark.parametrize(
    ("name", "options", "std"),
    [
        ("uniform_", {"a": -1.0, "b": 3.0}, 4 / math.sqrt(12)),
        ("normal_", {"std": 0.7}, 0.7),
        ("xavier_uniform_", {}, math.sqrt(2 / 500)),
        ("xavier_normal_", {"gain": 3.0}, 3 * math.sqrt(2 / 500)),
        ("kaiming_uniform_", {}, math.sqrt(2 / 200)),
        ("kaiming_normal_", {"mode": "fan_out"}, math.sqrt(2 / 300)),
        ("kaiming_uniform_", {"a": math.sqrt(5)}, math.sqrt(1 / 600)),
        ("book_xavier_normal_", {}, math.sqrt(1 / 200)),
        ("book_he_normal_", {}, math.sqrt(2 / 200)),
    ],
)
def test_standard_deviation(name: str, options: dict[str, Any], std: float) -> None:
    """Within 4 standard errors of what the formula says (N7), for 300 outputs of 200 inputs."""
    x = getattr(init, name)(tl.empty(300, 200), **options, generator=tl.Generator().manual_seed(0)).numpy()
    kurtosis = 1.8 if "uniform" in name else 3.0
    error = std * math.sqrt((kurtosis - 1) / 4 / x.size)
    assert abs(x.std() - std) < 4 * error


def test_truncated_normal_stays_inside_and_is_symmetric() -> None:
    x = init.trunc_normal_(tl.empty(20_000), std=2.0, a=-1.0, b=1.0, generator=tl.Generator().manual_seed(0)).numpy()
    assert np.abs(x).max() <= 1
    density, mass = math.exp(-1 / 8) / math.sqrt(2 * math.pi), math.erf(0.5 / math.sqrt(2))
    variance = 4 * (1 - density / mass)  # of a standard normal between ±1/2, times 2²
    assert abs(x.mean()) < 4 * math.sqrt(variance / x.size)
    assert x.var() == pytest.approx(variance, rel=0.02)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (3, 2, 4)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    w = init.orthogonal_(tl.empty(shape, dtype=tl.float64), gain=2.0).reshape(shape[0], -1).numpy()
    gram = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_fans_by_the_names_that_copies_of_pytorchs_layers_call() -> None:
    weight = tl.empty(3, 4, 5)  # 3 outputs, each of 4 inputs at 5 places
    assert init._calculate_fan_in_and_fan_out(weight) == (20, 15)
    assert init._calculate_correct_fan(weight, "fan_in") == 20
    assert init._calculate_correct_fan(weight, "FAN_OUT") == 15
    with pytest.raises(ValueError, match=r"Mode fan not supported, please use one of \['fan_in', 'fan_out'\]"):
        init._calculate_correct_fan(weight, "fan")
    with pytest.raises(ValueError, match="Fan in and fan out can not be computed for tensor with fewer than 2 dim"):
        init._calculate_fan_in_and_fan_out(tl.empty(3))


def test_the_same_seed_gives_the_same_bytes() -> None:
    for name in DRAWING:
        options = {"sparsity": 0.5} if name == "sparse_" else {}
        drawn = []
        for _ in range(2):
            tl.manual_seed(1)  # for sparse_, whose places come from the default generator
            generator = tl.Generator().manual_seed(3)
            drawn.append(getattr(init, name)(tl.empty(6, 5), **options, generator=generator).numpy().tobytes())
        assert drawn[0] == drawn[1], name


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            (name,)
            for name in ("linear", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu")
        ),
        *(("leaky_relu", slope) for slope in (0.3, 0, 2)),
    ],
)
def test_gain(arguments: tuple[Any, ...]) -> None:
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(*arguments) == torch.nn.init.calculate_gain(*arguments)


REFUSED = [
    (lambda i, T: i.xavier_uniform_(T.empty(3)), "fewer than 2 dimensions"),
    (lambda i, T: i.kaiming_normal_(T.empty(3)), "fewer than 2 dimensions"),
    (lambda i, T: i.kaiming_uniform_(T.empty(3, 2), mode="fan"), "Mode fan not supported"),
    (lambda i, T: i.kaiming_uniform_(T.empty(3, 2), nonlinearity="gelu"), "Unsupported nonlinearity gelu"),
    (lambda i, T: i.calculate_gain("leaky_relu", "0.1"), "negative_slope 0.1 not a valid number"),
    (lambda i, T: i.calculate_gain("leaky_relu", True), "negative_slope True not a valid number"),
    (lambda i, T: i.eye_(T.empty(3)), "Only tensors with 2 dimensions are supported"),
    (lambda i, T: i.sparse_(T.empty(3), 0.1), "Only tensors with 2 dimensions are supported"),
    (lambda i, T: i.dirac_(T.empty(3, 3)), "Only tensors with 3, 4, or 5 dimensions are supported"),
    (lambda i, T: i.dirac_(T.empty(3, 3, 3), groups=2), "dim 0 must be divisible by groups"),
    (lambda i, T: i.orthogonal_(T.empty(3)), "Only tensors with 2 or more dimensions are supported"),
]


@pytest.mark.parametrize(("call", "pattern"), REFUSED)
def test_refusals(call: Any, pattern: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(ValueError, match=pattern):
            call(T.nn.init, T)


@pytest.mark.parametrize("wrong", [*WRONG, NONE], ids=lambda wrong: wrong.kind)
@pytest.mark.parametrize("name", OF)
def test_what_is_not_a_tensor_is_named(name: str, wrong: WrongArgument) -> None:
    """A layer, most often, instead of its weight."""
    options = {"constant_": {"val": 1.0}, "sparse_": {"sparsity": 0.5}}.get(name, {})
    with pytest.raises(TypeError) as caught:
        getattr(init, name)(wrong.value, **options)
    called = name if name not in BOOK else "kaiming_normal_"
    message = str(caught.value)
    assert message.startswith(f"{called}(): argument 'tensor' (position 1) must be Tensor, not {wrong.kind}")
    assert wrong.way_out in message


@pytest.mark.parametrize(
    ("call", "kind", "pattern"),
    [
        (lambda i, T: i.trunc_normal_(T.empty(3), std=0), ZeroDivisionError, "^float division by zero"),
        (lambda i, T: i.xavier_uniform_(T.empty(0, 0)), ZeroDivisionError, "division by zero"),
        (lambda i, T: i.uniform_(T.empty(3), 1, 0), RuntimeError, r"uniform_ expects to return a \[from, to\) range"),
        (lambda i, T: i.normal_(T.empty(3), 0, -1), RuntimeError, "normal expects std >= 0.0, but found std -1"),
        (lambda i, T: i.constant_(T.empty(3), T.ones(3)), RuntimeError, "fill_ only supports 0-dimension value tensor"),
        (lambda i, T: i.constant_(T.empty(3), "a"), TypeError, None),
        (lambda i, T: i.xavier_uniform_(T.empty(3, 3), gain="a"), TypeError, None),
        (lambda i, T: i.sparse_(T.empty(3, 3), "a"), TypeError, None),
        (lambda i, T: i.uniform_(T.ones(3, dtype=T.int64)), NotImplementedError, '^"check_uniform_bounds" not implemented'),
        (lambda i, T: i.orthogonal_(T.ones(3, 3, dtype=T.int64)), NotImplementedError, '^"normal_kernel_cpu" not implemented'),
    ],
)  # fmt: skip
def test_errors_are_pytorchs(call: Any, kind: type[Exception], pattern: str | None) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(kind, match=pattern):
            call(T.nn.init, T)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda i: i.constant_(tl.empty(3), None), r"constant_\(\): argument 'val' \(position 2\)"),
        (lambda i: i.uniform_(tl.empty(3), "0"), r"uniform_\(\): argument 'a' \(position 2\)"),
        (lambda i: i.normal_(tl.empty(3), std="1"), r"normal_\(\): argument 'std' \(position 3\)"),
        (lambda i: i.trunc_normal_(tl.empty(3), b="1"), r"trunc_normal_\(\): argument 'b' \(position 5\)"),
        (lambda i: i.orthogonal_(tl.empty(3, 3), "1"), r"orthogonal_\(\): argument 'gain' \(position 2\)"),
    ],
)
def test_what_is_not_a_number_is_named(call: Any, argument: str) -> None:
    with pytest.raises(TypeError, match=f"^{argument} must be float, not "):
        call(init)


@pytest.mark.parametrize(
    ("call", "pattern"),
    [
        (lambda i, T: i.kaiming_uniform_(T.empty(0, 3)), "zero-element tensors is a no-op"),
        (lambda i, T: i.kaiming_normal_(T.empty(3, 0)), "zero-element tensors is a no-op"),
        (lambda i, T: i.trunc_normal_(T.empty(3), mean=5), "mean is more than 2 std from"),
    ],
)
def test_warnings(call: Any, pattern: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.warns(UserWarning, match=pattern):
            call(T.nn.init, T)


DEPRECATED = {
    "uniform": (2.0, 3.0),
    "normal": (2.0, 3.0),
    "constant": (0.25,),
    "eye": (),
    "dirac": (1,),
    "xavier_uniform": (2.0,),
    "xavier_normal": (2.0,),
    "kaiming_uniform": (0.5, "fan_out"),
    "kaiming_normal": (0.5, "fan_out"),
    "orthogonal": (2.0,),
    "sparse": (0.5, 3.0),
}


def test_the_names_without_a_line_warn_and_do_the_same() -> None:
    for name, arguments in DEPRECATED.items():
        given = tl.zeros((3, 4, 2) if name == "dirac" else (3, 4))
        tl.manual_seed(3)
        wanted = getattr(init, f"{name}_")(tl.empty_like(given), *arguments)
        tl.manual_seed(3)
        said = f"^`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.$"
        with pytest.warns(FutureWarning, match=said) as warned:
            assert getattr(init, name)(given, *arguments) is given
        assert warned[0].filename == __file__, "the warning points at the caller"
        assert given.tolist() == wanted.tolist(), name
        assert getattr(init, name).__name__ == name
