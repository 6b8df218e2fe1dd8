"""save and load: everything comes back as it was, other frameworks' files load, and nothing but whole data is taken."""

from __future__ import annotations

import io
import json
import math
import os
import pickle
import stat
import zipfile
from collections import Counter, OrderedDict, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.runtime.atomic_files import replacing
from tinygrad_lite.serialization import TensorDict

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
layouts = st.sampled_from([np.ascontiguousarray, np.asfortranarray, lambda a: a[::-1] if a.ndim else a])


def same(a: Any, b: Any) -> bool:
    """Whether two results are of the same kinds, dtypes, shapes and bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tl.Tensor):
        return a.requires_grad == b.requires_grad and same(a.detach().numpy(), b.detach().numpy())
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return [*a] == [*b] and [*map(type, a)] == [*map(type, b)] and all(same(x, b[key]) for key, x in a.items())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def again(x: Any) -> Any:
    file = io.BytesIO()
    tl.save(x, file)
    file.seek(0)
    return tl.load(file)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    arrays.map(tl.tensor),
    arrays,
    arrays.filter(lambda a: a.ndim == 0).map(lambda a: a[()]),
)
keys = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.tuples(st.integers(), st.text()))
structures = st.recursive(
    scalars,
    lambda x: st.one_of(
        st.lists(x, max_size=3),
        st.lists(x, max_size=3).map(tuple),
        st.dictionaries(keys, x, max_size=3),
        st.dictionaries(st.text(), x, max_size=3).map(OrderedDict),
    ),
    max_leaves=8,
)


class TestRoundTrip:
    @given(structures)
    def test_of_any_structure(self, x: Any) -> None:
        assert same(again(x), x)

    @given(arrays, layouts)
    def test_of_tensors_in_any_layout(self, array: Any, layout: Any) -> None:
        x = tl.from_numpy(np.array(array))
        x = tl.from_numpy(layout(array))
        assert same(again(x), x)

    @pytest.mark.parametrize(
        "x",
        [
            Counter({30: 1, 80: 2}),
            tl.Size([2, 3]),
            {"dtype": tl.float64},
            {True: "bool", 2: "int", 2.5: "float"},
            -0.0,
            10**300,
            "\ud800 \0 \U0001f600",
            {
                "a/b": tl.ones(1),
                "a": {"b": tl.zeros(1)},
                "": tl.ones(2),
                "structure.json": tl.ones(3),
                "..": tl.ones(4),
            },
            {"é\0\\": tl.ones(1), "é__": tl.zeros(1), "x" * 70000: tl.ones(1)},
            np.array(["text", "é"]),
            np.array([1 + 2j]),
            np.float32(1.5),
        ],
        ids=lambda x: repr(x)[:30],
    )
    def test_of(self, x: Any) -> None:
        found = again(x)
        assert same(found, x)
        assert repr(found) == repr(x)

    def test_of_parameters_and_what_requires_gradients(self) -> None:
        frozen = nn.Parameter(tl.ones(1), requires_grad=False)
        x = [nn.Parameter(tl.ones(2)), frozen, tl.ones(1, requires_grad=True), tl.ones(1, requires_grad=True) * 2]
        found = again(x)
        assert [type(t) for t in found] == [type(t) for t in x]
        assert [t.requires_grad for t in found] == [True, False, True, True]
        assert all(t.is_leaf for t in found)

    def test_what_is_loaded_is_its_own(self) -> None:
        found = again({"a": tl.zeros(3)})
        found["a"] += 1
        assert found["a"].tolist() == [1, 1, 1]

    @pytest.mark.parametrize("suffix", ["npz", "pt", "safetensors"])
    def test_of_a_model(self, tmp_path: Path, suffix: str) -> None:
        if suffix == "safetensors":
            pytest.importorskip("safetensors")
        path = tmp_path / f"model.{suffix}"
        make = lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))  # noqa: E731
        model, twin = make(), make()
        model(tl.randn(8, 3))
        tl.save(model.state_dict(), path)
        twin.load_state_dict(tl.load(str(path), map_location="cpu", weights_only=True))
        assert same(dict(twin.state_dict()), dict(model.state_dict()))

    def test_the_same_content_gives_the_same_bytes(self, tmp_path: Path) -> None:
        for name in "ab":
            tl.save({"x": tl.arange(4)}, tmp_path / name)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()

    def test_numpy_reads_it(self, tmp_path: Path) -> None:
        tl.save({"layer": {"weight": tl.ones(2, 3)}, "step": 1}, tmp_path / "x.npz")
        with np.load(tmp_path / "x.npz", allow_pickle=False) as file:
            np.testing.assert_array_equal(file["layer/weight"], np.ones((2, 3)))

    def test_numpys_own_files_load_as_tensors(self, tmp_path: Path) -> None:
        np.savez_compressed(tmp_path / "x.npz", a=np.arange(3), b=np.ones(2, ">f4"))
        found = tl.load(tmp_path / "x.npz")
        assert same(found, {"a": tl.arange(3), "b": tl.ones(2)})

    def test_files_that_are_open(self, tmp_path: Path) -> None:
        with open(tmp_path / "x", "wb") as file:
            tl.save([1, tl.ones(1)], file)
        with open(tmp_path / "x", "rb") as file:
            assert same(tl.load(file), [1, tl.ones(1)])


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
    def test_pytorchs_pickles(self, legacy: bool, name: str, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.save({"w": torch.ones(2)}, tmp_path / name, _use_new_zipfile_serialization=not legacy)
        with pytest.raises(
            RuntimeError, match=r"is a pickled file .*can run any code(.|\n)*save_file\(model.state_dict"
        ):
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
            archive.writestr("structure.json", json.dumps({"format": "tinygrad_lite", "version": 2, "content": None}))
        with pytest.raises(RuntimeError, match="newer version"):
            tl.load(io.BytesIO(file.getvalue()))

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            tl.load(tmp_path / "none.npz")

    def test_another_device(self) -> None:
        with pytest.raises(RuntimeError, match="CPU"):
            tl.load("never opened", map_location="cuda")


WHOLE = {"weight": tl.arange(12, dtype=tl.float32).reshape(3, 4), "step": 3, "names": ["a", "b"]}


class TestDamage:
    """A damaged file is refused, or the damage was where it does not matter; never is something else loaded."""

    @staticmethod
    def content(kind: str) -> bytes:
        if kind == "npz":
            file = io.BytesIO()
            tl.save(WHOLE, file)
            return file.getvalue()
        save = pytest.importorskip("safetensors.numpy").save
        return save({"weight": WHOLE["weight"].numpy()})  # type: ignore[no-any-return]

    @pytest.mark.parametrize("kind", ["npz", "safetensors"])
    def test_cut_off_anywhere(self, kind: str) -> None:
        content = self.content(kind)
        for end in range(len(content)):
            with pytest.raises(RuntimeError, match=r"corrupt|incomplete|cut off|empty"):
                tl.load(io.BytesIO(content[:end]))

    def test_any_byte_changed(self) -> None:
        content = self.content("npz")
        refused = 0
        for place in range(len(content)):
            for flip in (0x01, 0x80, 0xFF):
                damaged = bytearray(content)
                damaged[place] ^= flip
                try:
                    assert same(tl.load(io.BytesIO(bytes(damaged))), WHOLE)
                except RuntimeError:
                    refused += 1
        assert refused > len(content)  # a third: dates and the like are not checked

    @given(st.binary(max_size=60))
    def test_any_bytes(self, content: bytes) -> None:
        pytest.importorskip("safetensors")  # which the last of these starts is taken for
        for start in (b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), (8).to_bytes(8, "little") + b"{"):
            with suppress(RuntimeError):
                tl.load(io.BytesIO(start + content))


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
                return file.metadata()

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


class TestReplacing:
    def test_an_exception_leaves_the_old_file_and_nothing_else(self, tmp_path: Path) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"old")

        def write() -> None:
            with replacing(path) as file:
                file.write(b"new")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write()
        assert path.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["x"]

    def test_the_name_comes_after_the_bytes_are_on_the_disk(self, tmp_path: Path, monkeypatch: Any) -> None:
        path = tmp_path / "x"
        path.write_bytes(b"old")
        calls = []
        fsync, replace = os.fsync, os.replace

        def noted_fsync(handle: int) -> None:
            calls.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else os.fstat(handle).st_size)
            fsync(handle)

        def noted_replace(a: str, b: str) -> None:
            calls.append("rename")
            replace(a, b)

        monkeypatch.setattr(os, "fsync", noted_fsync)
        monkeypatch.setattr(os, "replace", noted_replace)
        with replacing(path) as file:
            file.write(b"newer")
            assert path.read_bytes() == b"old"
        assert calls[:2] == [5, "rename"]
        assert calls[2:] == (["folder"] if os.name == "posix" else [])
        assert path.read_bytes() == b"newer"

    @pytest.mark.skipif(os.name != "posix", reason="links, permissions and processes as POSIX has them")
    def test_links_and_permissions_stay_and_leftovers_go(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"old")
        (tmp_path / "x").chmod(0o640)
        (tmp_path / "link").symlink_to(tmp_path / "x")
        gone, living = tmp_path / ".x.999999999-ab.part", tmp_path / f".x.{os.getpid()}-ab.part"
        gone.touch()
        living.touch()
        with replacing(tmp_path / "link") as file:
            file.write(b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "x").read_bytes() == b"new"
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640
        assert not gone.exists()
        assert living.exists()


def test_large_numbers_of_any_sign_and_nan() -> None:
    found = again([math.inf, -math.inf, math.nan, 5e-324])
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
    assert found[3] == 5e-324


def test_every_public_name_is_known_here() -> None:
    """A name that is added is to be added here too, with its tests."""
    from tinygrad_lite import serialization

    assert set(serialization.__all__) == {"TensorDict", "load", "load_checkpoint", "save", "save_checkpoint"}
    assert all(
        getattr(tl, name) is getattr(serialization, name) for name in set(serialization.__all__) - {"TensorDict"}
    )
