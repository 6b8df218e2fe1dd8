"""Every module and function of `nn` that is not a loss against PyTorch: values, derivatives, state, text and errors.

The tables are in `layer_samples`; the catalogue says which names they lack.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.answers import answer
from ..support.layer_samples import ELSEWHERE, FUNCTIONS, MODULES, Sample
from ..support.public_classes import defined_in
from ..support.pytorch_parity import SETTINGS, TOLERANCE, Row, compare

# In float64 too, PyTorch's 1/6 and 1/alpha have the precision of float32.
COARSE = ("hardsigmoid", "Hardsigmoid", "CELU")
ANOTHERS = (
    "connectionist",
    "loss",
    "margin",
    "classification",
    "distance",
    "likelihood",
    "regression",
)  # in test_losses


def home(x: Any) -> str:
    return getattr(x, "__module__", "").rpartition(".")[2]


def test_every_module_has_a_sample() -> None:
    assert defined_in("layers/*.py", "module/*.py") == {sample.name for sample in MODULES} | set(ELSEWHERE)


def test_every_function_has_a_row() -> None:
    functions = {n for n in nn.functional.__all__ if home(getattr(nn.functional, n)) not in ANOTHERS}
    assert functions == {row.name for row in FUNCTIONS}


def test_the_names_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    assert [name for name in nn.__all__ if not hasattr(torch.nn, name)] == ["book"]
    assert [name for name in nn.functional.__all__ if not hasattr(torch.nn.functional, name)] == []


@pytest.mark.filterwarnings(
    "ignore:Implicit dimension choice", "ignore:dropout.d", "ignore:.nn.functional.up", "ignore:Default grid_sample"
)
@pytest.mark.parametrize("row", FUNCTIONS, ids=str)
def test_function(row: Row) -> None:
    assert compare(row, SETTINGS[:1] if row.name in COARSE else SETTINGS)


# ----------------------------------------------------------------------------------------------------- modules


def made(T: Any, sample: Sample) -> Any:
    def of(x: Any) -> Any:
        return T.tensor(x) if isinstance(x, np.ndarray) else x

    T.manual_seed(7)
    return getattr(T.nn, sample.name)(*map(of, sample.args), **{k: of(v) for k, v in sample.kwargs.items()})


def weighted(T: Any, tensors: list[Any]) -> Any:
    """The sum of their elements, each with a weight of its own."""
    total: Any = 0
    for t in tensors:
        weights = np.random.default_rng([5, *t.shape]).uniform(0.5, 1.5, tuple(t.shape))
        total = total + (t * T.tensor(weights, dtype=t.dtype)).sum()
    return total


def smooth(sample: Sample) -> bool:
    """Return True if PyTorch has a second derivative: at a kink there is none, and at 0 its choices for it are not ours."""
    if sample.kwargs.get("scale_grad_by_freq") or sample.name == "Hardsigmoid":
        return False
    return all(x.dtype.kind != "f" or (np.isfinite(x).all() and x.all()) for x in sample.inputs)


def outcome(T: Any, sample: Sample, dtype: str, training: bool) -> dict[str, Any]:
    """The result, the first and second derivatives by inputs and parameters, and the state afterwards."""
    module = made(T, sample).to(getattr(T, dtype)).train(training)
    floats = [x.dtype.kind == "f" for x in sample.inputs]
    inputs = [
        T.tensor(x.astype(dtype) if real else x, requires_grad=real)
        for x, real in zip(sample.inputs, floats, strict=True)
    ]
    # Copies, for those that work in place.
    out = module(*[x * 1 if real else x for x, real in zip(inputs, floats, strict=True)])
    found = {"result": out}
    leaves = [x for x in (*inputs, *module.parameters()) if x.requires_grad]
    if leaves and out.requires_grad:
        options: dict[str, Any] = {"allow_unused": True, "materialize_grads": True}
        first = T.autograd.grad(weighted(T, [out]), leaves, create_graph=True, **options)
        found |= {f"first derivative {i}": g for i, g in enumerate(first)}
        total = weighted(T, list(first))
        if total.requires_grad and smooth(sample):
            second = T.autograd.grad(total, leaves, **options)
            found |= {f"second derivative {i}": g for i, g in enumerate(second)}
    return {k: v.detach().numpy() for k, v in (*found.items(), *module.state_dict().items())}


def agree(ours: dict[str, Any], theirs: dict[str, Any], dtype: str, coarse: bool = False) -> None:
    rtol, atol = TOLERANCE["float32" if coarse else dtype]
    for key in theirs:
        if key not in ours:
            assert not theirs[key].any(), f"we have no {key}"
            continue
        assert ours[key].dtype == theirs[key].dtype, key
        assert ours[key].shape == theirs[key].shape, key
        finite = np.abs(theirs[key][np.isfinite(theirs[key])])
        scale = max(1.0, float(np.max(finite, initial=0.0)))
        np.testing.assert_allclose(ours[key], theirs[key], rtol=rtol, atol=2 * atol * scale, err_msg=key)


@pytest.mark.filterwarnings("ignore:Implicit dimension choice")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("sample", "training"),
    [
        pytest.param(s, t, id=f"{s}, {'train' if t else 'eval'}")
        for s in MODULES
        for t in (True, False)
        if not (s.random and t)
    ],
)
def test_module(sample: Sample, training: bool, dtype: str) -> None:
    theirs = answer(lambda torch: outcome(torch, sample, dtype, training))
    ours = outcome(tl, sample, dtype, training)
    agree(ours, theirs, dtype, coarse=sample.name in COARSE)


@pytest.mark.parametrize("sample", {(s.name, str(s.args), str(s.kwargs)): s for s in MODULES}.values(), ids=str)
def test_state_and_text(sample: Sample) -> None:
    """The same numbers to begin with, under the same names; the same text; and the same names of the settings."""

    def described(T: Any) -> tuple[Any, ...]:
        module = made(T, sample)
        state = {key: value.numpy() for key, value in module.state_dict().items()}
        settings = sorted(k for k in vars(module) if not k.startswith("_"))
        return repr(module), state, [p.requires_grad for p in module.parameters()], settings

    (text, state, flags, settings), (their_text, their_state, their_flags, theirs) = described(tl), answer(described)
    assert text == their_text
    assert list(state) == list(their_state)
    for key, value in their_state.items():
        np.testing.assert_array_equal(state[key], value, err_msg=key)
    assert flags == their_flags
    assert set(theirs) <= set(settings), {*theirs} - {*settings}


@pytest.mark.parametrize("name", sorted({sample.name for sample in MODULES}))
def test_signature(name: str) -> None:
    """PyTorch's arguments in PyTorch's order, with its defaults; what is ours comes after, by name."""
    torch = pytest.importorskip("torch")

    def parameters(T: Any) -> list[tuple[str, Any, Any]]:
        return [
            (p.name, p.kind, p.default) for p in inspect.signature(getattr(T.nn, name).__init__).parameters.values()
        ]

    ours, theirs = parameters(tl), parameters(torch)
    if any(kind is inspect.Parameter.VAR_POSITIONAL for _, kind, _ in theirs) and name != "Identity":
        ours, theirs = ours[:1], theirs[:1]  # Module's own *args, which it refuses
    assert [p for p in ours if p in theirs] == theirs
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for p in ours if p not in theirs for kind in p[1:2])


# ------------------------------------------------------------------------------------------------------- errors


def fails(T: Any, call: Callable[[Any], Any]) -> type[BaseException] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(T)
    except Exception as error:
        return type(error)
    return None


FAILURES: dict[str, Callable[[Any], Any]] = {
    "batch norm of a vector": lambda T: T.nn.BatchNorm1d(3)(T.ones(3)),
    "batch norm of another width": lambda T: T.nn.BatchNorm1d(3)(T.ones(2, 4)),
    "batch norm of signals": lambda T: T.nn.BatchNorm2d(3)(T.ones(2, 3, 4)),
    "batch norm of images": lambda T: T.nn.BatchNorm3d(3)(T.ones(2, 3, 4, 4)),
    "instance norm of a vector": lambda T: T.nn.InstanceNorm1d(3)(T.ones(3)),
    "instance norm of another width": lambda T: T.nn.InstanceNorm2d(3, affine=True)(T.ones(2, 4, 2, 2)),
    "instance norm of one element": lambda T: T.nn.InstanceNorm1d(3)(T.ones(2, 3, 1)),
    "a convolution of other channels": lambda T: T.nn.Conv2d(3, 2, 2)(T.ones(1, 4, 5, 5)),
    "a convolution of a matrix": lambda T: T.nn.Conv2d(3, 2, 2)(T.ones(5, 5)),
    "a convolution of another dtype": lambda T: T.nn.Conv2d(3, 2, 2)(T.ones(1, 3, 5, 5, dtype=T.float64)),
    "a window larger than the image": lambda T: T.nn.Conv2d(3, 2, 7, padding=1)(T.ones(1, 3, 4, 4)),
    "groups that do not divide the channels": lambda T: T.nn.Conv2d(3, 2, 2, groups=2),
    "no groups": lambda T: T.nn.Conv2d(3, 2, 2, groups=0),
    "another padding": lambda T: T.nn.Conv2d(3, 2, 2, padding="full"),
    "same, with a stride": lambda T: T.nn.Conv2d(3, 2, 2, 2, "same"),
    "another mode of padding": lambda T: T.nn.Conv2d(3, 2, 2, padding_mode="mirror"),
    "a mode of padding for transposed ones": lambda T: T.nn.ConvTranspose2d(3, 2, 2, padding_mode="reflect"),
    "a transposed convolution of other channels": lambda T: T.nn.ConvTranspose1d(3, 2, 2)(T.ones(1, 4, 5)),
    "an output padding as large as the stride": lambda T: T.nn.ConvTranspose1d(3, 2, 2, 2, 0, 2)(T.ones(1, 3, 5)),
    "an output size that cannot be": lambda T: T.nn.ConvTranspose1d(3, 2, 2, 2)(T.ones(1, 3, 5), output_size=(20,)),
    "pooling of a matrix": lambda T: T.nn.MaxPool2d(2)(T.ones(4, 4)),
    "pooling of bools": lambda T: T.nn.MaxPool2d(2)(T.ones(1, 4, 4, dtype=T.bool)),
    "pooling with too large a padding": lambda T: T.nn.MaxPool2d(2, padding=2)(T.ones(1, 4, 4)),
    "pooling with no stride": lambda T: T.nn.AvgPool2d(2, 0)(T.ones(1, 4, 4)),
    "windows of three sizes": lambda T: T.nn.AvgPool2d((2, 2, 2))(T.ones(1, 4, 4)),
    "pooling of too small an image": lambda T: T.nn.AvgPool2d(5)(T.ones(1, 4, 4)),
    "averages of whole numbers": lambda T: T.nn.AdaptiveAvgPool2d(2)(T.ones(1, 4, 4, dtype=T.int64)),
    "adaptive pooling to less than nothing": lambda T: T.nn.AdaptiveAvgPool2d(-1)(T.ones(1, 4, 4)),
    "indices of another dtype": lambda T: T.nn.MaxUnpool2d(2)(T.ones(1, 2, 2), T.ones(1, 2, 2)),
    "a mirror behind the mirror": lambda T: T.nn.ReflectionPad1d(4)(T.ones(1, 2, 4)),
    "a circle twice": lambda T: T.nn.CircularPad1d(5)(T.ones(1, 2, 4)),
    "bilinear of signals": lambda T: T.nn.Upsample(4, mode="bilinear")(T.ones(1, 2, 2)),
    "no size": lambda T: T.nn.Upsample()(T.ones(1, 2, 2)),
    "channels that the square does not divide": lambda T: T.nn.PixelShuffle(2)(T.ones(1, 3, 2, 2)),
    "dropout of channels of a vector": lambda T: T.nn.Dropout1d()(T.ones(3)),
    "batch norm of one sample": lambda T: T.nn.BatchNorm1d(3)(T.ones(1, 3)),
    "batch norm of another dtype": lambda T: T.nn.BatchNorm1d(3)(T.ones(2, 3, dtype=T.float64)),
    "layer norm of another width": lambda T: T.nn.LayerNorm(3)(T.ones(2, 4)),
    "layer norm of another dtype": lambda T: T.nn.LayerNorm(3)(T.ones(2, 3, dtype=T.float64)),
    "groups that do not divide": lambda T: T.nn.GroupNorm(3, 4),
    "group norm of another width": lambda T: T.nn.GroupNorm(2, 4)(T.ones(2, 6)),
    "rms norm of another width": lambda T: T.nn.RMSNorm(3)(T.ones(2, 4)),
    "padding beyond the table": lambda T: T.nn.Embedding(3, 2, padding_idx=3),
    "padding before the table": lambda T: T.nn.Embedding(3, 2, padding_idx=-4),
    "a table of another shape": lambda T: T.nn.Embedding(3, 2, _weight=T.ones(2, 2)),
    "a table that is a vector": lambda T: T.nn.Embedding.from_pretrained(T.ones(2)),
    "a word that there is not": lambda T: T.nn.Embedding(3, 2)(T.tensor([3])),
    "a negative word": lambda T: T.nn.Embedding(3, 2)(T.tensor([-1])),
    "words that are no whole numbers": lambda T: T.nn.Embedding(3, 2)(T.ones(1)),
    "bilinear of nothing": lambda T: T.nn.Bilinear(0, 1, 1),
    "bilinear of two batches": lambda T: T.nn.Bilinear(2, 3, 1)(T.ones(2, 2), T.ones(3, 3)),
    "bilinear of another width": lambda T: T.nn.Bilinear(2, 3, 1)(T.ones(2, 2), T.ones(2, 2)),
    "linear of another width": lambda T: T.nn.Linear(2, 3)(T.ones(3)),
    "linear of another dtype": lambda T: T.nn.Linear(2, 3)(T.ones(2, dtype=T.float64)),
    "dropout of no probability": lambda T: T.nn.Dropout(-0.1),
    "alpha dropout of no probability": lambda T: T.nn.AlphaDropout(1.1),
    "hardtanh of bounds the wrong way": lambda T: T.nn.Hardtanh(2, 1),
    "softshrink below 0": lambda T: T.nn.Softshrink(-1)(T.ones(2)),
    "rrelu of bounds the wrong way": lambda T: T.nn.RReLU(0.5, 0.1)(T.ones(2)),
    "softmax2d of a matrix": lambda T: T.nn.Softmax2d()(T.ones(2, 2)),
    "softmax of a dim that there is not": lambda T: T.nn.Softmax(2)(T.ones(2, 2)),
    "glu of an odd width": lambda T: T.nn.GLU()(T.ones(2, 3)),
    "prelu of other channels": lambda T: T.nn.PReLU(3)(T.ones(2, 4)),
    "unflatten into what does not fit": lambda T: T.nn.Unflatten(1, (2, 2))(T.ones(2, 3)),
    "unflatten into a float": lambda T: T.nn.Unflatten(1, (2.0,)),
    "unflatten into a number": lambda T: T.nn.Unflatten(1, 2),
    "another approximation of gelu": lambda T: T.nn.GELU("erf")(T.ones(2)),
}


@pytest.mark.parametrize("call", FAILURES.values(), ids=list(FAILURES))
def test_errors_are_of_pytorchs_class(call: Callable[[Any], Any]) -> None:
    theirs = answer(lambda torch: [c.__name__ for c in fails(torch, call).__mro__])
    ours = fails(tl, call)
    assert ours is not None
    assert theirs[0] in [c.__name__ for c in ours.__mro__] or {ours.__name__, theirs[0]} <= {
        "RuntimeError",
        "NotImplementedError",
    }
