"""Safetensors files: other frameworks' files load here, and ours there."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.serialization import TensorDict

from ..support.saved_files import DTYPES, again, arrays, layouts, same


class TestSafetensors:
    @given(st.dictionaries(st.text(min_size=1), st.tuples(arrays, layouts), max_size=4))
    def test_round_trip(self, tmp_path_factory: pytest.TempPathFactory, given: dict[str, Any]) -> None:
        pytest.importorskip("safetensors")
        if "__metadata__" in given:  # the format's own
            return
        path = tmp_path_factory.mktemp("files") / "x.safetensors"
        tensors = {key: tl.from_numpy(layout(np.array(array))) for key, (array, layout) in given.items()}
        tl.save(tensors, path)
        found = tl.load(path)
        assert {*found} == {*tensors}
        assert all(same(found[key], x) for key, x in tensors.items())

    def test_pytorch_users_files_load_here_and_ours_there(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        theirs = pytest.importorskip("safetensors.torch")
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
        theirs.save_file(model.state_dict(), tmp_path / "a.safetensors", metadata={"format": "pt", "by": "me"})
        ours = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        state = tl.load(tmp_path / "a.safetensors")
        assert state.metadata == {"format": "pt", "by": "me"}
        ours.load_state_dict(state)
        x = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
        np.testing.assert_allclose(
            ours.eval()(tl.tensor(x)).detach().numpy(),
            model.eval()(torch.tensor(x)).detach().numpy(),
            rtol=1e-5,
            atol=1e-6,
        )
        tl.save(ours.state_dict(), tmp_path / "b.safetensors")
        back = theirs.load_file(tmp_path / "b.safetensors")
        assert [*back] == [*theirs.load_file(tmp_path / "a.safetensors")]
        model.load_state_dict(back)

    @pytest.mark.parametrize("dtype", [*DTYPES, "bfloat16"])
    def test_every_dtype_of_pytorch(self, dtype: str, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        theirs = pytest.importorskip("safetensors.torch")
        x = torch.tensor([0.0, 1.0, -1.5, 3.25]).to(getattr(torch, dtype))
        theirs.save_file({"x": x, "one": x[1].clone()}, tmp_path / "x.safetensors")
        found = tl.load(tmp_path / "x.safetensors")
        assert found["x"].dtype == ("float32" if dtype == "bfloat16" else dtype)
        assert found["x"].tolist() == x.tolist()
        assert found["one"].shape == ()

    @pytest.mark.parametrize("length", [0x80, 0x4B50])  # as a pickle begins, and as a zip does
    def test_a_header_that_looks_like_another_file(self, length: int, tmp_path: Path) -> None:
        save = pytest.importorskip("safetensors.numpy").save
        content = next(
            content
            for n in range(length)
            if int.from_bytes((content := save({"x": np.ones(1)}, {"": "-" * n}))[:8], "little") == length
        )
        assert tl.load(io.BytesIO(content))["x"].item() == 1

    def test_a_dtype_that_there_is_not(self, tmp_path: Path) -> None:
        pytest.importorskip("safetensors.numpy").save_file({"x": np.zeros(2, np.uint32)}, tmp_path / "x.safetensors")
        with pytest.raises(RuntimeError, match="the Tensor 'x' is of U32"):
            tl.load(tmp_path / "x.safetensors")

    def test_metadata_are_kept(self, tmp_path: Path) -> None:
        safe_open = pytest.importorskip("safetensors").safe_open

        def metadata(path: Path) -> Any:
            with safe_open(path, "np") as file:
                texts = file.metadata()
            assert re.fullmatch(r"crc32 of the content: [0-9a-f]{8}", texts.pop("tinygrad_lite.crc32"))
            return texts

        first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
        tl.save({"x": tl.ones(1)}, first)
        assert metadata(first) == {"format": "pt"}
        tl.save({"x": tl.ones(1)}, first, metadata={"author": "é"})
        loaded = tl.load(first)
        assert (type(loaded), loaded.metadata) == (TensorDict, {"author": "é"})
        tl.save(loaded, second)
        assert metadata(second) == {"author": "é"}
        assert again(loaded) == dict(loaded)

    @pytest.mark.parametrize(
        ("x", "message"),
        [
            (tl.ones(1), "holds a dict of Tensors, not a Tensor"),
            ({"a": {"b": tl.ones(1)}}, "the value of 'a' is a dict; use .npz"),
            ({1: tl.ones(1)}, "Tensors by name only"),
            ({"a": 1}, "is a int"),
        ],
    )
    def test_what_the_format_cannot_hold(self, x: Any, message: str, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match=message):
            tl.save(x, tmp_path / "x.safetensors")
        assert not os.listdir(tmp_path)

    def test_without_the_package_the_error_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "safetensors.numpy", None)
        with pytest.raises(ImportError, match=r'pip install "tinygrad_lite\[safetensors\]"'):
            tl.save({}, "x.safetensors")
