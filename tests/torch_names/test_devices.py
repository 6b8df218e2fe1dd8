"""What scripts ask of devices that are not there, without PyTorch beside."""

from __future__ import annotations

import importlib
import io
import pickle

import pytest

import tinygrad_lite as tl


def test_probing_modules_can_be_imported_by_their_paths() -> None:
    for path in ("backends.cudnn", "backends.mps", "cuda.amp", "amp.autocast_mode", "accelerator", "mps", "xpu", "hub"):
        importlib.import_module(f"tinygrad_lite.{path}")
    assert not tl.backends.mps.is_available()
    with tl.backends.cudnn.flags(benchmark=True):
        assert tl.backends.cudnn.benchmark
    assert not tl.backends.cudnn.benchmark


def test_autocast_says_where_it_is_not() -> None:
    with pytest.raises(RuntimeError, match="autocast\\('cpu'\\) is not here"):
        tl.autocast("cpu")
    with pytest.warns(UserWarning, match="CUDA is not available"), tl.autocast("cuda"):
        assert (tl.ones(2, 2) @ tl.ones(2, 2)).dtype is tl.float32
    with pytest.warns(FutureWarning, match="deprecated"):
        tl.cuda.amp.autocast(enabled=False)


def test_a_scaled_loss_gives_the_same_steps() -> None:
    def train(scaler: tl.amp.GradScaler) -> list[float]:
        w = tl.ones(2, requires_grad=True)
        optimizer = tl.optim.SGD([w], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            scaler.scale((w * w).sum()).backward()
            scaler.step(optimizer)
            scaler.update()
        return w.tolist()

    assert train(tl.amp.GradScaler("cpu")) == pytest.approx(train(tl.amp.GradScaler(enabled=False)))


def test_a_device_is_a_context() -> None:
    with tl.device("cpu"):
        assert tl.ones(1).device == "cpu"
    with pytest.raises(RuntimeError, match="only device here is the CPU"):
        tl.set_default_device("cuda")
    with pytest.raises(RuntimeError, match="programs for PyTorch"):
        tl.hub.load("pytorch/vision", "resnet18")


def test_other_devices_can_be_named_but_not_used() -> None:
    for asked, kind, index, text in (
        (("cuda",), "cuda", None, "device(type='cuda')"),
        (("cuda:12",), "cuda", 12, "device(type='cuda', index=12)"),
        (("cuda", 0), "cuda", 0, "device(type='cuda', index=0)"),
        (("mps",), "mps", None, "device(type='mps')"),
    ):
        device = tl.device(*asked)
        assert (device.type, device.index, repr(device)) == (kind, index, text)
        assert pickle.loads(pickle.dumps(device)) == device == tl.device(device) != tl.device("cpu")
        file = io.BytesIO()
        tl.save(device, file)
        assert repr(tl.load(io.BytesIO(file.getvalue()))) == text
        for use in (lambda d: tl.ones(1, device=d), lambda d: tl.ones(1).to(d), tl.nn.Linear(1, 1).to, tl.Generator):
            with pytest.raises(RuntimeError, match="only device here is the CPU"):
                use(device)
        with pytest.raises(RuntimeError, match="only device here is the CPU"), device:
            pass
    for wrong in (
        ("nowhere",),
        ("cuda:x",),
        ("cuda:-1",),
        ("cuda:01",),
        ("cuda:",),
        ("",),
        ("cuda:0", 1),
        ("cuda", -1),
    ):
        with pytest.raises(RuntimeError, match="only device here is the CPU"):
            tl.device(*wrong)
