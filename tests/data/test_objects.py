"""save and load(weights_only=False): whole models and other objects, by Python's own unpickler, only where it is asked for."""

from __future__ import annotations

import argparse
import copy
import enum
import io
import pickle
import random
import sys
import types
import zipfile
from collections import OrderedDict, defaultdict, namedtuple
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn import functional as F
from tinygrad_lite.serialization import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals

from ..nn.test_parity import made
from ..support.layer_samples import MODULES
from .test_files_of_pytorch import bytes_of
from .test_hostile_files import FOUR, pytorchs, storage

PHRASE = r"^Weights only load failed.*was not loaded.*not data(.|\n)*weights_only=False"


class Net(nn.Module):
    class Block(nn.Module):
        pass

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(OrderedDict(lstm=nn.LSTM(3, 4, 2, batch_first=True)))
        self.head = nn.Linear(4, 3)
        self.block, self.same = Net.Block(), [self]
        self.tied = self.head.weight
        self.activation, self.method, self.bound = F.relu, tl.tanh, self.forward
        self.register_buffer("mean", tl.ones(3).expand(2, 3), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.activation(self.head(self.method(self.body(x)[0]))) + self.mean[0]


class Colour(enum.Enum):
    RED = 1


Point = namedtuple("Point", "x y")


class Slotted:
    __slots__ = ("a", "b")


class Other(Slotted):
    pass


def again(x: Any) -> Any:
    return tl.load(bytes_of(tl, x), weights_only=False)


class TestModels:
    def test_a_model_of_ones_own(self, tmp_path: Path) -> None:
        net, x = Net(), tl.randn(2, 5, 3)
        net.eval().body.register_forward_hook(print)
        tl.save(net, tmp_path / "net.pt")
        with pytest.raises(pickle.UnpicklingError, match=PHRASE) as caught:
            tl.load(tmp_path / "net.pt")
        assert isinstance(caught.value, RuntimeError)
        assert "test_objects.Net" in str(caught.value)
        found = tl.load(tmp_path / "net.pt", weights_only=False)
        assert type(found) is Net and not found.training
        assert repr(found) == repr(net)
        assert found.tied is found.head.weight
        assert found.bound.__self__ is found.same[0] is found
        assert found.mean.stride() == (0, 1)
        assert "mean" not in found.state_dict()
        found.body._forward_hooks.clear()
        net.body._forward_hooks.clear()
        assert found(x).tolist() == net(x).tolist()
        found(x).sum().backward()
        assert net.head.weight.grad is None

    def test_every_layer(self) -> None:
        for sample in {sample.name: sample for sample in MODULES}.values():
            layer = made(tl, sample)
            found = again(layer)
            assert type(found) is type(layer)
            assert found.__dict__.keys() == layer.__dict__.keys()
            assert repr(found) == repr(layer)
            ours, theirs = layer.state_dict(), found.state_dict()
            assert ours.keys() == theirs.keys()
            assert all(
                isinstance(x, nn.parameter.UninitializedTensorMixin) or x.equal(theirs[k]) for k, x in ours.items()
            )

    def test_a_run_goes_on(self) -> None:
        layer = nn.Linear(2, 2)
        optimizer = tl.optim.Adam(layer.parameters(), lr=0.1)
        kept = again(
            {"model": layer, "optimizer": optimizer, "schedule": tl.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)}
        )
        model, optimizer, schedule = kept["model"], kept["optimizer"], kept["schedule"]
        assert optimizer.param_groups[0]["params"][0] is model.weight
        assert schedule.optimizer is optimizer
        before = model.weight.tolist()
        model(tl.ones(1, 2)).sum().backward()
        optimizer.step()
        schedule.step()
        assert model.weight.tolist() != before
        assert optimizer.param_groups[0]["lr"] == 0.05


class TestObjects:
    def test_of_pythons(self) -> None:
        slotted = Slotted()
        slotted.a, slotted.b = 1, slotted
        counts = defaultdict(list, a=[tl.ones(2)])
        x = [
            argparse.Namespace(lr=0.5, shape=tl.Size([2])), counts, Colour.RED, Point(1, 2), Path("a") / "b", date(2020, 1, 2),
            np.random.RandomState(0), random.Random(0), partial(F.softmax, dim=1), OrderedDict, len, "x".join, slotted, range(3),
            tl.distributions.Normal(0.0, tl.ones(2)), tl.utils.data.TensorDataset(tl.ones(2)), types.SimpleNamespace(a=1), Ellipsis,
            3 + 1j, tl.float32, tl.exp, Net.Block,
        ]  # fmt: skip
        file = bytes_of(tl, x)
        found = tl.load(file, weights_only=False)
        for i in (0, 2, 3, 4, 5, 9, 10, 13, 16, 17, 18, 19, 20, 21):
            assert found[i] == x[i] or found[i] is x[i], x[i]
        assert type(found[1]) is defaultdict and found[1]["new"] == []
        assert found[1]["a"][0].tolist() == [1, 1]
        assert found[6].rand() == x[6].rand()
        assert found[7].random() == x[7].random()
        assert found[8](tl.ones(1, 2)).tolist() == [[0.5, 0.5]]
        assert found[11]("ab") == "axb"
        assert found[12].a == 1 and found[12].b is found[12]
        assert found[14].scale.tolist() == [1, 1]
        assert found[15][0][0].item() == 1

    def test_pytorch_reads_the_settings_beside_the_weights(self) -> None:
        torch = pytest.importorskip("torch")
        file = bytes_of(tl, {"state": nn.Linear(2, 1).state_dict(), "args": argparse.Namespace(lr=0.5)})
        found = torch.load(file, weights_only=False)
        assert found["args"].lr == 0.5
        assert type(found["state"]["weight"]) is torch.Tensor

    @pytest.mark.parametrize("legacy", [False, True])
    def test_what_pytorch_wrote(self, legacy: bool) -> None:
        torch = pytest.importorskip("torch")
        x = torch.arange(6.0)
        saved = {
            "args": argparse.Namespace(lr=0.5, size=torch.Size([2]), kind=torch.float64), "views": [x, x[2:]],
            "parameter": torch.nn.Parameter(x), "kind": torch.nn.Parameter, "layer": torch.nn.ReLU,
        }  # fmt: skip
        file = bytes_of(torch, saved, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(pickle.UnpicklingError, match=PHRASE):
            tl.load(file)
        file.seek(0)
        found = tl.load(file, weights_only=False)
        assert vars(found["args"]) == {"lr": 0.5, "size": tl.Size([2]), "kind": tl.float64}
        found["views"][1].fill_(0)
        assert found["views"][0].tolist() == [0, 1, 0, 0, 0, 0]
        assert type(found["parameter"]) is nn.Parameter is found["kind"]
        assert found["layer"] is nn.ReLU
        assert file.read() == b""


class TestRefused:
    def test_what_has_no_name(self) -> None:
        class Local:
            pass

        twin = type("Slotted", (), {"__module__": __name__})  # another class stands under this name
        for x, name in ((lambda: 1, "lambda"), (Local, "Local"), ([Local()], "Local"), (twin, "Slotted")):
            with pytest.raises(pickle.PicklingError, match=rf"^Can't pickle .*{name}(.|\n)*state_dict"):
                tl.save({"a": x}, io.BytesIO())
        with pytest.raises(TypeError, match="cannot pickle 'generator' object"):
            tl.save((i for i in "ab"), io.BytesIO())

    def test_a_class_that_is_gone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        file = bytes_of(tl, Slotted())
        monkeypatch.delattr(sys.modules[__name__], "Slotted")
        with pytest.raises(AttributeError, match="Slotted"):
            tl.load(file, weights_only=False)

    def test_code_runs_only_where_it_may(self, tmp_path: Path) -> None:
        class Bomb:
            def __reduce__(self) -> Any:
                return Path.touch, (tmp_path / "ran",)

        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Bomb(), 2))
            archive.writestr("archive/version", "3\n")
        for options in ({}, {"weights_only": True}, {"weights_only": None}, {"mmap": True}, {"map_location": "cpu"}):
            with pytest.raises(pickle.UnpicklingError, match=PHRASE):
                tl.load(io.BytesIO(file.getvalue()), **options)
        assert not (tmp_path / "ran").exists()
        tl.load(io.BytesIO(file.getvalue()), weights_only=False)
        assert (tmp_path / "ran").exists()

    def test_checkpoints_are_data(self) -> None:
        with pytest.raises(TypeError, match="not data"):
            tl.save_checkpoint(io.BytesIO(), args=argparse.Namespace())

    def test_a_damaged_file_is_not_trusted_with_data_either(self) -> None:
        content = bytearray(bytes_of(tl, {"x": tl.ones(100)}).getvalue())
        content[content.index(np.ones(100, np.float32).tobytes())] ^= 1
        with pytest.raises(RuntimeError, match="checksum"):
            tl.load(io.BytesIO(bytes(content)), weights_only=False)

    def test_copies_are_as_before(self) -> None:
        net = Net()
        assert copy.deepcopy(net).head.weight.equal(net.head.weight)


class TestSafeGlobals:
    def test_only_what_is_named_and_only_inside(self) -> None:
        net = Net()
        del net.bound
        file = bytes_of(tl, net)
        named = [Net, Net.Block, nn.Sequential, nn.LSTM, nn.Linear, F.relu, tl.tanh]
        for missing in named:
            file.seek(0)
            with (
                safe_globals([x for x in named if x is not missing]),
                pytest.raises(pickle.UnpicklingError, match=missing.__qualname__),
            ):
                tl.load(file)
        file.seek(0)
        with safe_globals(named):
            net = tl.load(file)
        assert net.same[0] is net
        assert net.activation is F.relu
        file.seek(0)
        with pytest.raises(pickle.UnpicklingError, match=PHRASE):
            tl.load(file)

    def test_under_another_name(self) -> None:
        slotted = Slotted()
        slotted.a = tl.ones(2)
        content = bytes_of(tl, [slotted, Slotted]).getvalue()
        add_safe_globals([(Other, __name__ + ".Slotted"), len])
        try:
            assert get_safe_globals() == [(Other, __name__ + ".Slotted"), len]
            found, kind = tl.load(io.BytesIO(content))
        finally:
            clear_safe_globals()
        assert type(found) is kind is Other
        assert found.a.tolist() == [1, 1]
        with safe_globals([Slotted]):
            assert tl.load(io.BytesIO(content))[0].a.tolist() == [1, 1]
        with pytest.raises(TypeError, match="expected classes and functions"):
            add_safe_globals([3])

    def test_what_is_inside_is_looked_at(self) -> None:
        """A storage, or a name that is not safe, cannot hide in the state of an object that is."""
        head = f"c{__name__}\nNet\n)\x81}}U\1x".encode("latin1")
        for inside in (storage(), b"cbuiltins\nset\n"):
            with safe_globals([Net]), pytest.raises(RuntimeError, match=r"storage itself|set, which is not data"):
                tl.load(io.BytesIO(pytorchs(head + inside + b"sb", FOUR)))


class Trainer:
    """A model and its optimizer in one object, as some programs save them."""

    def __init__(self) -> None:
        self.model = nn.Linear(2, 1)
        self.optimizer = tl.optim.SGD(self.model.parameters(), lr=0.5, momentum=0.9)

    def step(self) -> list[float]:
        self.optimizer.zero_grad()
        self.model(tl.ones(1, 2)).sum().backward()
        self.optimizer.step()
        found: list[float] = self.model.weight.flatten().tolist()
        return found


def test_an_optimizer_in_an_object_goes_on_where_it_was(tmp_path: Path) -> None:
    """Its state is a dict whose keys are the parameters, which are those of the model again."""
    trainer = Trainer()
    trainer.step()
    tl.save(trainer, tmp_path / "trainer.pt")
    loaded = tl.load(tmp_path / "trainer.pt", weights_only=False)
    assert [p in loaded.optimizer.state for p in loaded.model.parameters()] == [True, True]
    assert loaded.step() == trainer.step()
    for key, kind in ((tl.ones(1), "Tensor"), ((frozenset(),), "frozenset")):  # data is read without running anything
        with pytest.raises(TypeError, match=rf"save: the object\['w'\] has a key that is a {kind}"):
            tl.save({"trainer": trainer, "w": {key: 1}}, tmp_path / "keys.pt")
