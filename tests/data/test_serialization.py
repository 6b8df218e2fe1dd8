"""save and load: everything comes back as it was."""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.saved_files import again, arrays, layouts, same

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

    @pytest.mark.parametrize(
        "x",
        [set(), {3, "a", (1, None)}, frozenset({1}), b"", b"a\xff", bytearray(b"\0\xff"), 1 - 2j, [b"twice"] * 2],
        ids=lambda x: type(x).__name__,  # the order of a set is not the same in every process
    )
    def test_of_what_python_has_besides(self, x: Any) -> None:
        """The pickle in the file is one that Python reads too."""
        file = io.BytesIO()
        tl.save([x, x], file)
        theirs = pickle.loads(zipfile.ZipFile(file).read("archive/data.pkl"))
        for found, second in (tl.load(io.BytesIO(file.getvalue())), theirs):
            assert found == x
            assert type(found) is type(x)
            assert found is second

    @pytest.mark.parametrize("x", [{tl.ones(1)}, {1: {object()}}, frozenset({b"x"})], ids=["Tensor", "object", "bytes"])
    def test_not_of_sets_that_load_would_refuse(self, x: Any) -> None:
        with pytest.raises(TypeError, match="has a key that is a"):
            tl.save(x, io.BytesIO())

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
        make = lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        model, twin = make(), make()
        model(tl.randn(8, 3))
        tl.save(model.state_dict(), path)
        twin.load_state_dict(tl.load(str(path), map_location="cpu", weights_only=True))
        assert same(dict(twin.state_dict()), dict(model.state_dict()))

    @pytest.mark.parametrize("suffix", ["npz", "pt"])
    def test_the_versions_of_modules_hang_on_a_state(self, tmp_path: Path, suffix: str) -> None:
        state: Any = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).state_dict()
        tl.save({"model": state}, tmp_path / f"x.{suffix}")
        found = tl.load(tmp_path / f"x.{suffix}")["model"]
        assert found._metadata == state._metadata
        assert found._metadata["1"] == {"version": 2}

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


def test_large_numbers_of_any_sign_and_nan() -> None:
    found = again([math.inf, -math.inf, math.nan, 5e-324])
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
    assert found[3] == 5e-324


def test_every_public_name_is_known_here() -> None:
    """A name that is added is to be added here too, with its tests."""
    from tinygrad_lite import serialization

    assert set(serialization.__all__) == {
        "TensorDict",
        "add_safe_globals",
        "clear_safe_globals",
        "get_safe_globals",
        "load",
        "load_checkpoint",
        "load_weights",
        "safe_globals",
        "save",
        "save_checkpoint",
    }
    at_the_top = {name for name in serialization.__all__ if name != "TensorDict" and "safe_globals" not in name}
    assert all(getattr(tl, name) is getattr(serialization, name) for name in at_the_top)
