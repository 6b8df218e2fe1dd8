"""Modules of PyTorch made into ours and back, on the same memory: every layer that both have, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn.module.lazy import LazyModuleMixin

from ..support.layer_samples import MODULES
from ..support.loss_samples import SAMPLES

Array = Any
CHANGED = "modified by an inplace operation"


def values(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


ATTENTION = values(3, 2, 4)
OTHERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[Array, ...] | None]] = [
    ("RNN", (4, 3), {"nonlinearity": "relu"}, (ATTENTION,)),
    ("CTCLoss", (), {"blank": 2, "reduction": "sum", "zero_infinity": True}, None),
    ("LSTM", (4, 3), {"num_layers": 2, "bidirectional": True, "proj_size": 2, "dropout": 0.5}, (ATTENTION,)),
    ("GRU", (4, 3), {"bias": False, "batch_first": True}, (ATTENTION,)),
    ("RNNCell", (4, 3), {}, (values(2, 4),)),
    ("LSTMCell", (4, 3), {"bias": False}, (values(2, 4),)),
    ("GRUCell", (4, 3), {}, (values(2, 4),)),
    ("MultiheadAttention", (4, 2), {"add_bias_kv": True, "add_zero_attn": True}, (ATTENTION,) * 3),
    ("MultiheadAttention", (4, 2), {"kdim": 4, "vdim": 4, "bias": False, "batch_first": True}, (ATTENTION,) * 3),
    ("TransformerEncoderLayer", (4, 2, 8), {"activation": "gelu", "norm_first": True}, (ATTENTION,)),
    ("TransformerDecoderLayer", (4, 2, 8), {}, (ATTENTION, ATTENTION)),
    ("Transformer", (4, 2, 1, 1, 8), {}, (ATTENTION, ATTENTION)),
    ("AdaptiveLogSoftmaxWithLoss", (4, 6, [2, 4], 2.0, True), {}, (values(5, 4), np.array([0, 3, 5, 1, 2]))),
]  # fmt: skip
CONTAINERS = {  # and the modules that only stand inside another one above, or cannot be called
    "DataParallel": lambda T: T.nn.DataParallel(T.nn.Linear(4, 2)),
    "Sequential": lambda T: T.nn.Sequential(T.nn.Linear(4, 2), T.nn.Sequential(T.nn.BatchNorm1d(2)), T.nn.ReLU(True)),
    "Module": lambda T: T.nn.Module(),
    "ModuleDict": lambda T: T.nn.ModuleDict({"a": T.nn.Linear(2, 1), "b": T.nn.ModuleList([T.nn.Tanh()])}),
    "ModuleList": lambda T: T.nn.ModuleList([T.nn.Linear(2, 1), T.nn.Embedding(3, 2, padding_idx=0)]),
    "ParameterDict": lambda T: T.nn.ParameterDict({"x": T.ones(2), "y": T.zeros(1)}),
    "ParameterList": lambda T: T.nn.ParameterList([T.ones(2), T.zeros(2, 0), T.ones(())]),
    "RNNBase": lambda T: T.nn.RNNBase("GRU", 3, 4),
    "RNNCellBase": lambda T: T.nn.RNNCellBase(3, 4, True, 3),
    "TransformerEncoder": lambda T: T.nn.TransformerEncoder(T.nn.TransformerEncoderLayer(4, 2, 8), 2),
    "TransformerDecoder": lambda T: T.nn.TransformerDecoder(T.nn.TransformerDecoderLayer(4, 2, 8), 1),
}


def cases(T: Any) -> Iterator[tuple[str, Any, tuple[Array, ...] | None]]:
    """A module of every class that both have, of library T, and the arrays to call it with."""

    def of(x: Any) -> Any:
        return T.tensor(x.astype(np.float32) if x.dtype == np.float64 else x) if isinstance(x, np.ndarray) else x

    seen: dict[str, int] = {}
    for sample in MODULES:
        seen[sample.name] = seen.get(sample.name, 0) + 1
        if seen[sample.name] <= 4 or "mode" in str(sample):
            arguments = {key: of(x) for key, x in sample.kwargs.items()}
            yield sample.name, getattr(T.nn, sample.name)(*map(of, sample.args), **arguments), sample.inputs
    for name, args, kwargs, inputs in OTHERS:
        yield name, getattr(T.nn, name)(*args, **kwargs), inputs
    for (name, _), samples in SAMPLES.items():
        for case in [case for case in samples if not case.only_function][-2:]:
            options = {key: of(x) for key, x in case.options.items()}
            yield name, getattr(T.nn, name)(**options), case.make(np.random.default_rng(0))
    for name, make in CONTAINERS.items():
        yield name, make(T), (values(3, 4),) if name in ("DataParallel", "Sequential") else None


def result(T: Any, module: Any, inputs: tuple[Array, ...]) -> list[Array]:
    def of(x: Array) -> Any:
        return T.tensor(np.array(x, np.float32 if x.dtype.kind == "f" else x.dtype, order="C"))

    def arrays(x: Any) -> list[Array]:
        return [y for part in x for y in arrays(part)] if isinstance(x, tuple) else [x.detach().numpy()]

    T.manual_seed(0)
    return arrays(module(*[of(np.asarray(x)) for x in inputs]))


def settings(module: Any) -> dict[str, Any]:
    """The attributes of a module and of those inside, as texts."""
    base = vars(nn.Module()).keys() | {"_non_persistent_buffers_set", "_flat_weight_refs", "_flat_weights"}
    return {
        f"{path}.{name}": getattr(x, "__name__", None) or str(x).replace("torch.", "")
        for path, inner in module.named_modules()
        for name, x in vars(inner).items()
        if name not in base
        and "_hooks" not in name
        and name not in ("_init", "_flat_weights_names", "_is_full_backward_hook")
    }


@pytest.mark.filterwarnings("ignore")
def test_every_layer_of_both_in_both_directions() -> None:
    """It has the settings, the state, the text and the results of the other, and back again as well."""
    torch = pytest.importorskip("torch")
    met = set()
    for name, theirs, inputs in cases(torch):
        met.add(name)
        own = {x: x for x in vars(theirs).values() if type(x) is type(values)}  # a distance that suits both libraries
        own = {x: x for x in own if x.__module__.startswith("tests.") or "loss_samples" in x.__module__}
        theirs.eval()
        ours = tl.from_torch(theirs, own)
        back = tl.to_torch(ours, own)
        assert type(ours) is getattr(nn, name), name
        assert type(back) is type(theirs)
        assert repr(ours) == repr(back) == repr(theirs)
        assert settings(ours) == settings(back) == settings(theirs), name
        for a, b, c in zip(
            ours.state_dict().items(), theirs.state_dict().items(), back.state_dict().items(), strict=True
        ):
            assert a[0] == b[0] == c[0]
            assert np.shares_memory(a[1].numpy(), b[1].numpy()) or not a[1].numel(), (name, a[0])
            assert b[1].data_ptr() == c[1].data_ptr()
        if inputs is not None:
            found, expected, again = (
                result(tl, ours, inputs),
                result(torch, theirs, inputs),
                result(torch, back, inputs),
            )
            for x, y, z in zip(found, expected, again, strict=True):
                np.testing.assert_allclose(x, y, 2e-4, 2e-5, err_msg=repr(theirs))
                np.testing.assert_array_equal(z, y)
    every = {name for name in nn.__all__ if isinstance(cls := getattr(nn, name), type) and issubclass(cls, nn.Module)}
    assert met == {name for name in every if not issubclass(getattr(nn, name), LazyModuleMixin)}


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_modules_once_they_have_a_shape() -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(
        torch.nn.LazyLinear(3), torch.nn.LazyBatchNorm1d(affine=False, track_running_stats=False)
    )
    with pytest.raises(
        ValueError, match=r"^0 is a torch.*LazyLinear, whose parameters have no shape yet: call the mod"
    ):
        tl.from_torch(theirs)
    with pytest.raises(ValueError, match=r"^1 is a torch.*LazyBatchNorm1d, whose parameters have no shape yet"):
        tl.from_torch(torch.nn.ModuleDict({"1": theirs[1]}))
    with pytest.raises(
        ValueError, match=r"^the module is a tinygrad_lite\.nn\.LazyConv2d, whose parameters have no shape"
    ):
        tl.to_torch(nn.LazyConv2d(2, 3))
    theirs(torch.ones(2, 4))
    ours = tl.from_torch(theirs)
    assert [type(x) for x in ours] == [nn.Linear, nn.BatchNorm1d]
    assert not any(x._forward_pre_hooks for x in ours)


class Names:
    """A network of a user's, for library T: with what a module can have besides layers."""

    @staticmethod
    def of(T: Any) -> Any:
        class Model(T.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.embedding = T.nn.Embedding(5, 3)
                self.norm = T.nn.BatchNorm1d(3)
                self.head = T.nn.Linear(3, 5, bias=False)
                self.head.weight = self.embedding.weight  # tied
                self.again = self.norm
                self.scale = T.nn.Parameter(T.ones(3), requires_grad=False)
                self.register_buffer("mask", T.tensor([1, 0, 1]), persistent=False)
                self.register_buffer("unset", None)
                self.function, self.layers, self.dtype = T.nn.functional.gelu, [self.head], T.float64
                self.options = {
                    "shape": T.Size([2]),
                    "device": T.device("cpu"),
                    "kind": T.nn.ReLU,
                    "text": ("a", 1, None),
                }
                self.offset = T.zeros(3)

            def forward(self, x: Any) -> Any:
                x = self.function(self.norm(self.embedding(x))) * self.scale * self.mask + self.offset
                return self.layers[0](x)

        return Model


def test_a_model_with_everything() -> None:
    """Tied weights, shared modules, buffers, modes, dtypes, functions, and a class that is replaced."""
    torch = pytest.importorskip("torch")
    Theirs, Ours = Names.of(torch), Names.of(tl)
    theirs = Theirs().double()
    theirs.norm.eval()
    ours = tl.from_torch(theirs, {Theirs: Ours})
    back = tl.to_torch(ours, {Ours: Theirs})
    indices = np.array([1, 4, 2])
    expected = theirs(torch.tensor(indices)).detach().numpy()
    np.testing.assert_allclose(ours(tl.tensor(indices)).detach().numpy(), expected, 1e-12)
    np.testing.assert_array_equal(back(torch.tensor(indices)).detach().numpy(), expected)
    for T, m in ((tl, ours), (torch, back)):
        assert m.head.weight is m.embedding.weight is m.layers[0].weight
        assert m.again is m.norm and m.layers[0] is m.head
        assert (m.training, m.norm.training, m.head.training) == (True, False, True)
        assert {name: p.requires_grad for name, p in m.named_parameters()} == {
            "embedding.weight": True, "norm.weight": True, "norm.bias": True, "scale": False,
        }  # fmt: skip
        assert "mask" not in m.state_dict() and m.mask.dtype == T.int64 and m.unset is None
        assert (m.function, m.dtype, m.head.weight.dtype) == (T.nn.functional.gelu, T.float64, T.float64)
        assert m.options == {"shape": T.Size([2]), "device": T.device("cpu"), "kind": T.nn.ReLU, "text": ("a", 1, None)}
        assert type(m.options["shape"]) is T.Size and m.head.weight.grad is None
    assert vars(ours).keys() == vars(Ours()).keys()
    theirs.offset.fill_(3.0)  # a plain attribute is shared too
    assert ours.offset.tolist() == [3.0, 3.0, 3.0]


def test_a_change_on_one_side_is_seen_on_the_other() -> None:
    """Steps of optimizers, running averages, load_state_dict and writes, in both directions; and the graph notices."""
    torch = pytest.importorskip("torch")
    theirs = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 1))
    ours = tl.from_torch(theirs)
    x = values(5, 4)
    for T, m in ((tl, ours), (torch, theirs), (tl, ours)):
        before = {name: p.detach().numpy().copy() for name, p in theirs.named_parameters()}
        optimizer = T.optim.Adam(m.parameters(), 0.1)
        m(T.tensor(x)).square().sum().backward()
        optimizer.step()
        for name, p in theirs.named_parameters():
            assert (before[name] != p.detach().numpy()).any() or name == "0.bias", name
    assert theirs[1].num_batches_tracked.item() == ours[1].num_batches_tracked.item() == 3
    for (name, a), b in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy(), name)
    ours.load_state_dict({name: tl.zeros_like(p) for name, p in ours.state_dict().items()})
    assert not any(p.any() for p in theirs.state_dict().values())
    out = ours[2](tl.ones(1, 3, requires_grad=True))
    with torch.no_grad():
        theirs[2].weight.add_(1)
    with pytest.raises(RuntimeError, match=CHANGED):
        out.sum().backward()
    network = nn.Linear(2, 1)
    other = tl.to_torch(network)
    out = network(tl.ones(1, 2, requires_grad=True))
    with torch.no_grad():
        other.weight.add_(1)
    with pytest.raises(RuntimeError, match=CHANGED):
        out.sum().backward()


def test_what_is_refused() -> None:
    """With the path, and the way out; nothing of it needs a copy of the memory."""
    torch = pytest.importorskip("torch")
    Theirs, T = Names.of(torch), torch.nn

    class Strange(T.Module):
        def __init__(self, **attributes: Any) -> None:
            super().__init__()
            for name, x in attributes.items():
                setattr(self, name, x)

    def hooked(register: str) -> Any:
        layer = T.Linear(1, 1)
        getattr(layer, register)(lambda *_: None)
        return T.Sequential(T.ReLU(), layer)

    def parametrized() -> Any:
        return T.utils.parametrizations.weight_norm(T.Linear(1, 1))

    strange = {Strange: Strange}
    leaf = torch.ones(2, requires_grad=True)
    rows: list[tuple[Any, Any, type[Exception], str]] = [
        (T.Sequential(T.Sequential(Theirs())), {}, TypeError,
         r"^0\.0 is a .*Model, which is not one of the layers of torch\.nn\. Write the class with the layers of "
         r"tinygrad_lite, with the same attributes, and pass replacements={Model: <your class>}; or build its parts, "
         r"with from_torch\(module\.0\.0\.<part>\)"),
        (Theirs(), {}, TypeError, r"^the module is a .*Model, which .* with from_torch\(module\.<part>\), and put them"),
        (T.Sequential(T.FractionalMaxPool2d(2, 1)), {}, TypeError, r"^0 is a .*, and tinygrad_lite\.nn has no Fr"),
        (T.Sequential(parametrized()), {}, TypeError, r"^0 is a .*: use nn\.utils\.parametrize\.remove_parametrizations be"),
        *((hooked(f"register_{hook}"), {}, ValueError, rf"^1 has {hook.replace('full_', '').replace('_', ' ')}s? ?.*remove them")
          for hook in ("forward_hook", "forward_pre_hook", "full_backward_hook", "state_dict_pre_hook")),
        (T.Linear(1, 1).to(torch.bfloat16), {}, TypeError, r"^weight is of torch\.bfloat16 on cpu, and its memory cannot"),
        (T.Linear(1, 1, device="meta"), {}, TypeError, r"^weight is of torch\.float32 on meta, and its memory cannot be"),
        (T.Sequential(T.TransformerEncoderLayer(2, 1, 2, activation=lambda x: x)), {}, TypeError,
         r"^0\.activation is <function .*, a function for torch that is not known in tinygrad_lite: pass replac"),
        (Strange(x=[{"a": torch.Generator()}]), strange, TypeError, r"^x\[0\]\['a'\] is a torch.*Generator, which means not"),
        (Strange(x=torch.qint8), strange, AttributeError, "qint8"),
        (Strange(x=leaf * 2), strange, TypeError, r"^x is the result of operations"),
        (Strange(x=torch.ones(1, dtype=torch.complex64)), strange, TypeError, r"^x is of torch\.complex64 on cpu"),
        (nn.Linear(1, 1), {}, TypeError, r"^from_torch: a torch\.nn\.Module is needed, not a tinygrad_lite\.nn\.Linear"),
        (torch.ones(1), {}, TypeError, r"^from_torch: a torch\.nn\.Module is needed, not a torch\.Tensor"),
    ]  # fmt: skip
    for module, replacements, error, message in rows:
        with pytest.raises(error, match=message):
            tl.from_torch(module, replacements)
    with pytest.raises(TypeError, match=r"^to_torch: a tinygrad_lite\.nn\.Module is needed, not a torch\.nn\.modu"):
        tl.to_torch(T.Linear(1, 1))
    with pytest.raises(
        TypeError, match=r"^0 is a tinygrad_lite\.nn\.book\.\w+, which is not one of .*with to_torch\(module\.0"
    ):
        tl.to_torch(nn.Sequential(nn.book.Dropout(0.5)))
    assert tl.from_torch(Strange(x=np.float32, y=max), strange).y is max


def test_without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that names the extra; and another where `torch` is this library."""
    monkeypatch.setitem(sys.modules, "torch", None)
    for call in (lambda: tl.from_torch(SimpleNamespace()), lambda: tl.to_torch(nn.ReLU())):
        with pytest.raises(ImportError, match=r'install it with  pip install "tinygrad_lite\[torch\]"'):
            call()
    monkeypatch.setitem(sys.modules, "torch", tl)
    with pytest.raises(ImportError, match="to_torch: `torch` is tinygrad_lite here"):
        tl.to_torch(nn.ReLU())
