"""What scripts ask of devices that are not there, without PyTorch beside."""

from __future__ import annotations

import importlib
import io
import math
import os
import pickle

import numpy as np
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


def test_the_scale_grows_after_good_steps_and_shrinks_after_infinity_or_nan() -> None:
    """The numbers are PyTorch 2.13's."""
    scaler = tl.amp.GradScaler("cpu", init_scale=4.0, growth_factor=4.0, backoff_factor=0.25, growth_interval=2)
    w = tl.ones(2, requires_grad=True)
    optimizer, found = tl.optim.SGD([w], lr=0.25), []
    for factor in (1.0, 1.0, math.inf, 1.0, math.nan, 1.0, 1.0):
        optimizer.zero_grad()
        scaler.scale((w * factor).sum()).backward()
        scaler.unscale_(optimizer)
        assert w.grad is not None
        np.testing.assert_array_equal(w.grad, [factor, factor])
        scaler.step(optimizer)
        scaler.update()
        found.append((scaler.get_scale(), w.tolist()[0]))
    assert found == [(4, 0.75), (16, 0.5), (4, 0.5), (4, 0.25), (1, 0.25), (1, 0), (4, -0.25)]  # a bad step is left out
    state = {"scale": 4, "growth_factor": 4, "backoff_factor": 0.25, "growth_interval": 2, "_growth_tracker": 0}
    assert scaler.state_dict() == state


def test_a_scaler_has_settings_and_refuses_calls_in_another_order() -> None:
    scaler = tl.amp.GradScaler("cpu")
    scaler.set_growth_interval(5)
    scaler.set_growth_factor(3.0)
    scaler.set_backoff_factor(0.125)
    assert (scaler.get_growth_interval(), scaler.get_growth_factor(), scaler.get_backoff_factor()) == (5, 3, 0.125)
    other = tl.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert (other.get_growth_interval(), other.get_scale(), other.is_enabled()) == (5, 65536, True)
    disabled = tl.amp.GradScaler(enabled=False)
    assert (disabled.get_scale(), disabled.is_enabled(), disabled.state_dict()) == (1, False, {})
    with pytest.raises(AssertionError, match="Attempted update but _scale is None"):
        tl.amp.GradScaler("cpu").update()
    w = tl.ones(2, requires_grad=True)
    optimizer = tl.optim.SGD([w], lr=0.25)
    scaler.scale(w.sum()).backward()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="already been called on this optimizer"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="unscale_\\(\\) is being called after step"):
        scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match="step\\(\\) has already been called"):
        scaler.step(optimizer)
    scaler.update(16.0)
    assert scaler.get_scale() == 16


def test_a_device_is_a_context() -> None:
    with tl.device("cpu"):
        assert tl.ones(1).device == "cpu"
    with pytest.raises(RuntimeError, match="only device here is the CPU"):
        tl.set_default_device("cuda")
    with pytest.raises(RuntimeError, match="programs for PyTorch"):
        tl.hub.load("pytorch/vision", "resnet18")


def test_the_folder_of_the_hub_is_that_of_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tl.hub, "_chosen", None)
    home = os.path.expanduser("~")
    for name, value, folder in (
        ("XDG_CACHE_HOME", "/caches", "/caches/torch/hub"),
        ("TORCH_HOME", "~/models", f"{home}/models/hub"),
    ):
        monkeypatch.setenv(name, value)
        assert tl.hub.get_dir() == os.path.normpath(folder)
    tl.hub.set_dir("~/mine")
    assert tl.hub.get_dir() == os.path.expanduser("~/mine")


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
