"""load takes nothing but whole data: other files, pickles and damaged files are refused."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.saved_files import again, same


class TestRefusals:
    @pytest.mark.parametrize(
        ("x", "error", "message"),
        [
            ({"a": [object()]}, TypeError, r"the object\['a'\]\[0\] is a builtins.object, which is not data"),
            ({"model": nn.Linear(1, 1)}, TypeError, r"\['model'\].*Linear.*Save its state_dict\(\) instead"),
            (defaultdict(int), TypeError, r"defaultdict.*Save dict\(...\) of it"),
            ({1, 2}, TypeError, "builtins.set"),
            (len, TypeError, "is not data"),
            ({object(): 1}, TypeError, "has a key that is a object"),
            ({np.int64(1): 1}, TypeError, "has a key that is a int64"),
            (np.array([None]), TypeError, "array of Python objects"),
            (np.ma.array([1]), TypeError, "MaskedArray"),
        ],
    )
    def test_what_is_not_data(self, x: Any, error: type[Exception], message: str, tmp_path: Path) -> None:
        (tmp_path / "x.npz").write_bytes(b"old")
        with pytest.raises(error, match=message):
            tl.save(x, tmp_path / "x.npz")
        assert (tmp_path / "x.npz").read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["x.npz"]

    def test_what_contains_itself(self) -> None:
        x: list[Any] = []
        x.append(x)
        with pytest.raises(ValueError, match="contains itself"):
            again(x)

    def test_metadata_where_there_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match=r"only \.safetensors files have metadata"):
            tl.save({}, tmp_path / "x.npz", metadata={"a": "b"})

    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("name", ["x.pt", "x.npz", "x.safetensors"])
    def test_pytorchs_pickles_of_data_load_and_others_do_not(self, legacy: bool, name: str, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.save({"w": torch.ones(2)}, tmp_path / name, _use_new_zipfile_serialization=not legacy)
        assert same(tl.load(tmp_path / name), {"w": tl.ones(2)})
        torch.save(torch.nn.Linear(1, 1), tmp_path / name, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(RuntimeError, match=r"not data: to make one could run any code(.|\n)*model.state_dict"):
            tl.load(tmp_path / name)

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_pickles(self, protocol: int, tmp_path: Path) -> None:
        ran = tmp_path / "ran"

        class Bomb:
            def __reduce__(self) -> Any:
                return Path.touch, (ran,)

        (tmp_path / "x.pkl").write_bytes(pickle.dumps(Bomb(), protocol))
        with pytest.raises(RuntimeError, match="is a pickled file"):
            tl.load(tmp_path / "x.pkl")
        np.savez(tmp_path / "x.npz", a=np.array([Bomb()], object))
        with pytest.raises(RuntimeError, match=r"nothing was loaded.*allow_pickle"):
            tl.load(tmp_path / "x.npz")
        assert not ran.exists()

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "is empty"),
            (b"hello", "neither a .npz nor a .safetensors"),
            (b"PK\x03\x04 and no more", "corrupt or incomplete"),
            (b"\x93NUMPY\x01\x00", "one array of NumPy's"),
        ],
    )
    def test_other_files(self, content: bytes, message: str) -> None:
        with pytest.raises(RuntimeError, match=message):
            tl.load(io.BytesIO(content))

    def test_zips_of_other_things(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("readme.txt", "hello")
        with pytest.raises(RuntimeError, match=r"not of arrays: it has \['readme.txt'\]"):
            tl.load(io.BytesIO(file.getvalue()))

    def test_arrays_that_tensors_cannot_be(self) -> None:
        file = io.BytesIO()
        np.savez(file, a=np.array(["text"]))
        with pytest.raises(RuntimeError, match="cannot be a Tensor"):
            tl.load(io.BytesIO(file.getvalue()))

    def test_a_newer_version(self) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("structure.json", json.dumps({"format": "tinygrad_lite", "version": 3, "content": None}))
        with pytest.raises(RuntimeError, match="newer version"):
            tl.load(io.BytesIO(file.getvalue()))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            tl.load(tmp_path / "none.npz")

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda f: tl.load(None), TypeError, "'NoneType' object has no attribute 'seek'.*or from a path"),
            (lambda f: tl.load(3), TypeError, "'int' object has no attribute 'seek'"),
            (lambda f: tl.load(io.StringIO("text")), TypeError, "Expected bytes, got str: the file is open for text"),
            (lambda f: tl.save("x.npz", {"a": 1}), TypeError, "with a 'write' attribute.*first the object"),
            (lambda f: tl.save({}, io.StringIO()), TypeError, "open for text; open it for bytes"),
            (lambda f: tl.save({}, f / "none" / "x.npz"), FileNotFoundError, "Parent directory .*none does not exist"),
            (lambda f: tl.save({}, f), IsADirectoryError, "is a folder"),
        ],
    )
    def test_what_is_not_a_file(self, call: Any, error: type[Exception], message: str, tmp_path: Path) -> None:
        with pytest.raises(error, match=message):
            call(tmp_path)
        assert not os.listdir(tmp_path)

    def test_another_device(self) -> None:
        with pytest.raises(RuntimeError, match="CPU"):
            tl.load("never opened", map_location="cuda")


WHOLE = {"weight": tl.arange(12, dtype=tl.float32).reshape(3, 4), "step": 3, "names": ["a", "b"]}


class TestDamage:
    """A damaged file is refused, or the damage was where it does not matter; never is something else loaded."""

    @staticmethod
    def content(kind: str, folder: Path) -> bytes:
        whole: Any = WHOLE
        if kind == "safetensors":
            pytest.importorskip("safetensors")
            whole = {"weight": WHOLE["weight"]}
        tl.save(whole, folder / f"x.{kind}")
        return (folder / f"x.{kind}").read_bytes()

    @pytest.mark.parametrize("kind", ["pt", "npz", "safetensors"])
    def test_cut_off_anywhere(self, kind: str, tmp_path: Path) -> None:
        content = self.content(kind, tmp_path)
        for end in range(len(content)):
            with pytest.raises(RuntimeError, match=r"corrupt|incomplete|cut off|empty"):
                tl.load(io.BytesIO(content[:end]))

    @pytest.mark.parametrize("kind", ["pt", "npz", "safetensors"])
    def test_any_byte_changed(self, kind: str, tmp_path: Path) -> None:
        content = self.content(kind, tmp_path)
        whole, refused = tl.load(io.BytesIO(content)), 0
        for place in range(len(content)):
            for flip in (0x01, 0x80, 0xFF):
                damaged = bytearray(content)
                damaged[place] ^= flip
                try:
                    found = tl.load(io.BytesIO(bytes(damaged)))
                    assert same(found, whole)
                    assert getattr(found, "metadata", None) == getattr(whole, "metadata", None)
                except RuntimeError:
                    refused += 1
        assert refused > len(content)  # a third: dates and the like are not checked

    @given(st.binary(max_size=60))
    def test_any_bytes(self, content: bytes) -> None:
        pytest.importorskip("safetensors")  # the last of these beginnings is that of such a file
        for start in (b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), (8).to_bytes(8, "little") + b"{"):
            with suppress(RuntimeError):
                tl.load(io.BytesIO(start + content))
