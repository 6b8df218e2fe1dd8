"""PyTorch's files load here, and ours there: one format."""

from __future__ import annotations

import io
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

from ..support.saved_files import DTYPES, again, arrays, layouts, same
from .files_of_pytorch.write import FOLDER, content

FILES = [FOLDER / "zip.pt", FOLDER / "legacy.pt"]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def found(request: pytest.FixtureRequest) -> Any:
    return tl.load(request.param)


def bytes_of(torch: Any, x: Any, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(x, file, **options)
    file.seek(0)
    return file


def state(x: Any) -> Any:
    """Arrays, dtypes and names in the place of what the two libraries have each of their own."""
    if isinstance(x, dict):
        return [type(x).__name__, *((key, state(value)) for key, value in x.items())]
    if isinstance(x, (list, tuple)):
        return [type(x).__name__, *map(state, x)]
    if hasattr(x, "detach"):
        kind = str(x.dtype).removeprefix("torch.")
        if kind == "bfloat16":
            kind, x = "float32", x.float()
        return [type(x).__name__, kind, tuple(x.shape), x.requires_grad, x.detach().tolist()]
    return str(x).removeprefix("torch.") if type(x).__module__ in ("torch", "numpy.dtypes") else x


class TestTheirs:
    def test_every_dtype(self, found: Any) -> None:
        assert [*found["dtypes"]] == [*DTYPES, "bfloat16"]
        for name, x in found["dtypes"].items():
            assert x.dtype == ("float32" if name == "bfloat16" else name)
            assert x.tolist() == [0, 1, 1]

    def test_views_look_into_the_same_memory(self, found: Any) -> None:
        base, transposed, part, row = found["views"]
        assert part.tolist() == [[4, 6], [8, 10]]
        assert transposed.stride() == (1, 4)
        row.fill_(-1)
        assert base.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [-1, -1, -1, -1]]
        assert part.tolist() == [[4, 6], [-1, -1]]

    def test_a_write_to_memory_that_a_graph_needs_is_noticed_through_another_view(self, found: Any) -> None:
        base, _, part, _ = found["views"]
        x = tl.ones(3, 4, requires_grad=True)
        y = (x * base).sum()
        part.fill_(0)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()

    def test_what_was_expanded_cannot_be_written(self, found: Any) -> None:
        assert found["expanded"].tolist() == [1, 1, 1]
        assert found["expanded"].stride() == (0,)
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            found["expanded"].add_(1)

    def test_shapes_and_parameters(self, found: Any) -> None:
        assert [tuple(x.shape) for x in found["shapes"]] == [(), (0, 3), (2, 0)]
        assert [type(x) for x in found["parameters"]] == [nn.Parameter, nn.Parameter, tl.Tensor]
        assert [x.requires_grad for x in found["parameters"]] == [True, False, True]

    def test_everything_else(self, found: Any) -> None:
        assert found["names"][:2] == [tl.float32, tl.bool]
        assert [type(x) for x in found["names"][2:]] == [tl.Size, tl.device]
        assert found["plain"] == [None, True, 3, -1, 2**40, 10**30, 0.5, "é", (1, (2.0,)), [], {}]
        assert [type(x) for x in found["mappings"]] == [OrderedDict, Counter, dict]
        assert found["mappings"] == [OrderedDict(b=1, a=2), Counter("aab"), {1: 2, None: 3, (1, "x"): 4}]

    def test_a_run_goes_on(self, found: Any) -> None:
        layer = nn.Linear(2, 2)
        optimizer = tl.optim.Adam(layer.parameters(), lr=0.5)
        schedule = tl.optim.lr_scheduler.StepLR(optimizer, 1)
        layer.load_state_dict(found["model"])
        optimizer.load_state_dict(found["optimizer"])
        schedule.load_state_dict(found["schedule"])
        layer(tl.ones(1, 2)).sum().backward()
        optimizer.step()
        schedule.step()
        # PyTorch's values after the second step.
        np.testing.assert_allclose(layer.weight.detach(), [[0.89, -2.11], [0.39, 3.89]], atol=1e-6)
        assert schedule.get_last_lr() == [pytest.approx(0.001)]

    def test_it_is_what_pytorch_loads(self, found: Any) -> None:
        torch = pytest.importorskip("torch")
        assert state(found) == state(torch.load(FOLDER / "zip.pt", weights_only=True))

    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_by_any_protocol(self, protocol: int, legacy: bool) -> None:
        torch = pytest.importorskip("torch")
        x = {
            **content(torch), "bytes": [b"", b"a\xff", bytearray(b"xy")], "set": {1, "a"}, "complex": 1 + 2j,
            "arrays": [np.arange(6, dtype="<i2").reshape(2, 3).T, np.dtype(">u2"), np.float32(1.5), np.array("é"), np.ones((2, 0))],
        }  # fmt: skip
        x["again"] = [x["views"][0], x["set"]]
        file = bytes_of(torch, x, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
        found = tl.load(file)
        theirs = {key: value for key, value in x.items() if key not in ("bytes", "set", "complex", "arrays", "again")}
        assert state({key: found[key] for key in theirs}) == state(theirs)
        assert (found["bytes"], found["set"], found["complex"]) == (x["bytes"], x["set"], x["complex"])
        assert all(map(same, found["arrays"], x["arrays"]))
        assert found["again"][0] is found["views"][0]
        assert found["again"][1] is found["set"]
        assert file.read() == b""

    @given(arrays, st.booleans())
    def test_tensors_of_any_shape(self, array: Any, legacy: bool) -> None:
        torch = pytest.importorskip("torch")
        found = tl.load(bytes_of(torch, torch.tensor(array), _use_new_zipfile_serialization=not legacy))
        assert same(found.numpy(), np.asarray(array))

    def test_tensors_with_attributes(self) -> None:
        torch = pytest.importorskip("torch")
        x, p = torch.ones(1), torch.nn.Parameter(torch.ones(1))
        x.label, p.label = "a", [1, torch.zeros(1)]
        x, p = tl.load(bytes_of(torch, [x, p]))
        assert (type(x), x.label, type(p), p.label[0], p.label[1].item()) == (tl.Tensor, "a", nn.Parameter, 1, 0)


class TestRefused:
    """What is not data is named, and there is a way out."""

    def refusal(self, x: Any, **options: Any) -> str:
        torch = pytest.importorskip("torch")
        with pytest.raises(RuntimeError, match="was not loaded") as caught:
            tl.load(bytes_of(torch, x, **options))
        return str(caught.value)

    @pytest.mark.parametrize("legacy", [False, True])
    def test_a_module(self, legacy: bool) -> None:
        torch = pytest.importorskip("torch")
        message = self.refusal(torch.nn.Linear(1, 1), _use_new_zipfile_serialization=not legacy)
        assert "torch.nn.modules.linear.Linear" in message
        assert "torch.save(model.state_dict(), path)" in message

    def test_other_kinds_of_tensors(self) -> None:
        torch = pytest.importorskip("torch")
        assert "torch.ComplexFloatStorage, a dtype that does not exist here" in self.refusal(torch.ones(1) * 1j)
        with pytest.warns(UserWarning, match="Sparse CSR tensor support is in beta"):
            compressed = torch.eye(2).to_sparse_csr()
        assert "'torch.sparse_csr', which does not exist here" in self.refusal(compressed)
        assert "torch.uint16" in self.refusal(torch.ones(1, dtype=torch.uint16))
        assert "a storage itself; save the Tensor" in self.refusal(torch.ones(2).untyped_storage())
        assert "array of Python objects" in self.refusal(np.array([None]))
        assert "builtin__.print" in self.refusal([print])

    @pytest.mark.parametrize("protocol", range(6))
    def test_nothing_runs(self, protocol: int, tmp_path: Path) -> None:
        ran = tmp_path / "ran"

        class Bomb:
            def __reduce__(self) -> Any:
                return Path.touch, (ran,)

        pickled = pickle.dumps({"weight": Bomb()}, protocol)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", pickled)
            archive.writestr("archive/version", "3\n")
        legacy = b"".join(pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})) + pickled
        for bomb in (file.getvalue(), legacy):
            with pytest.raises(RuntimeError, match=r"pathlib|getattr|opcode"):
                tl.load(io.BytesIO(bomb))
        assert not ran.exists()


class TestOurs:
    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_pytorch_reads_what_we_wrote_of_what_it_wrote(self, path: Path) -> None:
        torch = pytest.importorskip("torch")
        found = torch.load(bytes_of(tl, tl.load(path)), weights_only=True)
        assert state(found) == state(tl.load(path))
        base, transposed, *_ = found["views"]
        base.fill_(9)
        assert transposed.eq(9).all()
        expected = torch.load(FOLDER / "zip.pt", weights_only=True)
        del expected["dtypes"]["bfloat16"], found["dtypes"]["bfloat16"], expected["views"], found["views"]
        assert state(found) == state(expected)

    @given(arrays, layouts)
    def test_pytorch_reads_tensors_in_any_layout(self, array: Any, layout: Any) -> None:
        torch = pytest.importorskip("torch")
        x = tl.from_numpy(layout(np.array(array)))
        found = torch.load(bytes_of(tl, [x, x]), weights_only=True)
        assert same(found[0].numpy(), np.asarray(x.numpy(), order="C")) or found[0].numpy().tolist() == x.tolist()
        assert found[0] is found[1]

    def test_pytorch_maps_it_into_memory(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        tl.save({"x": tl.arange(6.0).reshape(2, 3).t()}, tmp_path / "x.pt")
        found = torch.load(tmp_path / "x.pt", weights_only=True, mmap=True)
        assert found["x"].tolist() == [[0, 3], [1, 4], [2, 5]]

    def test_the_versions_of_modules_stay(self) -> None:
        torch = pytest.importorskip("torch")
        theirs = torch.nn.BatchNorm1d(2).state_dict()
        ours = tl.load(bytes_of(torch, theirs))
        assert ours._metadata == theirs._metadata == {"": {"version": 2}}
        assert torch.load(bytes_of(tl, ours), weights_only=True)._metadata == theirs._metadata
        assert again(ours)._metadata == theirs._metadata

    def test_arrays_are_numpys_own_pickles(self) -> None:
        torch = pytest.importorskip("torch")
        x = [np.arange(6.0).reshape(2, 3), np.float32(2), np.array([(1, 2.0)], "i4,f8"), np.dtype(">u2")]
        assert all(map(same, torch.load(bytes_of(tl, x), weights_only=False), x))
        assert all(map(same, again(x), x))

    def test_memory_is_aligned_and_python_reads_the_zip(self) -> None:
        file = bytes_of(tl, {"x" * n: tl.ones(n) for n in range(1, 20)})
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            for entry in archive.infolist():
                file.seek(entry.header_offset)
                header = file.read(30)
                start = entry.header_offset + 30 + int.from_bytes(header[26:28], "little")
                assert (start + int.from_bytes(header[28:30], "little")) % 64 == 0
                assert entry.compress_type == zipfile.ZIP_STORED

    def test_large_files_have_numbers_of_64_bits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        torch = pytest.importorskip("torch")
        from tinygrad_lite.serialization import zip_files

        for limit in (0, 100, 700, 3000):
            monkeypatch.setattr(zip_files, "_LARGEST", limit)
            monkeypatch.setattr(zip_files, "_MOST_RECORDS", limit // 100)
            file = bytes_of(tl, {"a": tl.arange(100), "b": tl.ones(3)})
            with zipfile.ZipFile(file) as archive:
                assert archive.testzip() is None
            file.seek(0)
            assert torch.load(file, weights_only=True)["a"].tolist() == [*range(100)]
            file.seek(0)
            assert tl.load(file)["a"].tolist() == [*range(100)]

    def test_a_generators_state(self) -> None:
        torch = pytest.importorskip("torch")
        ours, theirs = tl.Generator().manual_seed(3), torch.Generator()
        tl.rand(5, generator=ours)
        theirs.set_state(torch.load(bytes_of(tl, ours.get_state()), weights_only=True)[:5056])
        assert torch.rand(3, generator=theirs).tolist() == tl.rand(3, generator=ours).tolist()


class TestSharedMemory:
    @pytest.fixture(params=["pt", "npz"])
    def path(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        return tmp_path / f"x.{request.param}"

    def test_tied_tensors_and_views(self, path: Path) -> None:
        w = tl.arange(6.0).reshape(2, 3)
        tl.save({"a": w, "b": w, "alias": w.detach(), "row": w[1], "t": w.t(), "own": w.clone()}, path)
        found = tl.load(path)
        assert {name: x.tolist() for name, x in found.items()} == {
            "a": [[0, 1, 2], [3, 4, 5]],
            "b": [[0, 1, 2], [3, 4, 5]],
            "alias": [[0, 1, 2], [3, 4, 5]],
            "row": [3, 4, 5],
            "t": [[0, 3], [1, 4], [2, 5]],
            "own": [[0, 1, 2], [3, 4, 5]],
        }
        found["row"].mul_(-1)
        for name in ("a", "b", "alias"):
            assert found[name].tolist() == [[0, 1, 2], [-3, -4, -5]]
        assert found["t"].tolist() == [[0, -3], [1, -4], [2, -5]]
        assert found["own"].tolist() == [[0, 1, 2], [3, 4, 5]]

    def test_tied_parameters(self, path: Path) -> None:
        embedding, out = nn.Embedding(4, 3), nn.Linear(3, 4, bias=False)
        out.weight = embedding.weight
        model = nn.Sequential(embedding, out)
        tl.save(model.state_dict(), path)
        found = tl.load(path)
        found["0.weight"].zero_()
        assert not found["1.weight"].any()

    def test_of_memory_that_is_not_looked_into_nothing_is_written(self, path: Path) -> None:
        secret = np.full(100_000, 7.25)
        tl.save(tl.from_numpy(secret)[5:8], path)
        assert path.stat().st_size < 4000
        assert tl.load(path).tolist() == [7.25] * 3

    def test_parts_that_do_not_overlap_are_apart(self, path: Path) -> None:
        x = tl.arange(6.0)
        tl.save([x[:3], x[3:]], path)
        first, second = tl.load(path)
        assert (first.tolist(), second.tolist()) == ([0, 1, 2], [3, 4, 5])
        assert first.numpy().base is None or first.numpy().base is not second.numpy().base

    def test_with_two_dtypes(self, path: Path) -> None:
        memory = np.zeros(2, np.float32)
        x = [tl.from_numpy(memory), tl.from_numpy(memory.view(np.int32))]
        with pytest.raises(RuntimeError, match="Cannot save multiple tensors or storages that view the same data"):
            tl.save(x, path)

    def test_negative_strides_are_copied(self, path: Path) -> None:
        memory = np.arange(4.0)
        tl.save([tl.from_numpy(memory[::-1]), tl.from_numpy(memory)], path)
        assert [x.tolist() for x in tl.load(path)] == [[3, 2, 1, 0], [0, 1, 2, 3]]


class TestArguments:
    """PyTorch's arguments are taken."""

    @pytest.mark.parametrize(
        "options",
        [
            {"map_location": "cpu"},
            {"map_location": tl.device("cpu")},
            {"map_location": lambda storage, location: storage},
            {"map_location": {"cuda:0": "cpu"}},
            {"weights_only": False},
            {"weights_only": None},
            {"mmap": True},
            {"pickle_module": pickle, "encoding": "latin1"},
        ],
    )
    def test_of_load(self, options: dict[str, Any]) -> None:
        assert tl.load(FILES[0], **options)["plain"][1] is True

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"map_location": "cuda"}, "only device here is the CPU"),
            ({"map_location": {"cpu": "cuda:1"}}, "only device here is the CPU"),
            ({"pickle_module": io}, "explicit pickle_module"),
        ],
    )
    def test_of_load_that_cannot_be_followed(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(RuntimeError, match=message):
            tl.load(FILES[0], **options)

    def test_of_save(self) -> None:
        file = io.BytesIO()
        tl.save(1, file, pickle, 4, True)
        tl.save(1, file, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True)
        for options, message in (
            ({"pickle_module": io}, "pickle_module"),
            ({"pickle_protocol": 77}, "pickle_protocol"),
            ({"_use_new_zipfile_serialization": False}, "before PyTorch 1.6"),
        ):
            with pytest.raises(ValueError, match=message):
                tl.save(1, file, **options)  # type: ignore[arg-type]  # wrong on purpose
