"""Files that are no files: streams that cannot seek, several objects in one stream, pipes and devices."""

from __future__ import annotations

import io
import mmap
import os
import stat
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.runtime import atomic_files

from ..support.saved_files import same

X = {"weight": tl.arange(6.0).reshape(2, 3), "step": 3}


class OnlyWrites:
    def __init__(self) -> None:
        self.content = b""

    def write(self, content: bytes) -> int:
        self.content += bytes(content)
        return len(content)


class OnlyReads:
    def __init__(self, content: bytes) -> None:
        self.file = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self.file.read(size)


class TestStreams:
    def test_that_can_only_write_and_only_read(self) -> None:
        written = OnlyWrites()
        tl.save(X, written)  # type: ignore[arg-type]  # wrong on purpose
        assert same(tl.load(OnlyReads(written.content)), X)  # type: ignore[arg-type]  # wrong on purpose
        assert same(tl.load(io.BytesIO(written.content)), X)

    def test_that_raise_when_they_are_asked_to_seek(self) -> None:
        class Pipe(io.BytesIO):
            def seek(self, *args: Any) -> int:
                raise io.UnsupportedOperation("seek")

        file = io.BytesIO()
        tl.save(X, file)
        assert same(tl.load(Pipe(file.getvalue())), X)

    def test_several_objects_come_in_their_order(self) -> None:
        file = io.BytesIO()
        file.write(b"a header of somebody else")
        begin = file.tell()
        objects = [X, tl.ones(1), [1, {"x": tl.zeros(300_000)}], None]
        for x in objects:
            tl.save(x, file)
        file.write(b"and something behind")
        file.seek(begin)
        assert all(same(tl.load(file), x) for x in objects)
        assert file.read() == b"and something behind"

    @pytest.mark.parametrize("legacy", [False, True])
    def test_several_objects_of_pytorch(self, legacy: bool) -> None:
        torch = pytest.importorskip("torch")
        file = io.BytesIO()
        for i in range(3):
            torch.save(torch.full((i + 1,), float(i)), file, _use_new_zipfile_serialization=not legacy)
        file.seek(0)
        assert [tl.load(file).tolist() for _ in range(3)] == [[0], [1, 1], [2, 2, 2]]
        with pytest.raises(RuntimeError, match="is empty"):
            tl.load(file)

    def test_a_zip_in_a_zip_is_not_taken_for_its_end(self) -> None:
        inner = io.BytesIO()
        tl.save(tl.ones(2), inner)
        content = tl.tensor([*inner.getvalue()], dtype=tl.uint8)
        outer = io.BytesIO()
        tl.save(content, outer)
        tl.save(3, outer)
        outer.seek(0)
        assert tl.load(outer).equal(content)
        assert tl.load(outer) == 3


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices as POSIX has them")
class TestPipesAndDevices:
    @pytest.fixture(params=["pt", "npz", "safetensors"])
    def pipe(self, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
        if request.param == "safetensors":
            pytest.importorskip("safetensors")
        path = tmp_path / f"pipe.{request.param}"
        os.mkfifo(path)
        return path

    def test_a_pipe_is_written_to_and_read_from(self, pipe: Path) -> None:
        found: list[Any] = []

        def read() -> None:
            time.sleep(0.1)  # save waits for its reader
            found.append(tl.load(pipe))

        reader = threading.Thread(target=read)
        reader.start()
        tl.save({"weight": tl.arange(100_000.0)}, pipe)  # more than a pipe holds
        reader.join()
        assert found[0]["weight"].equal(tl.arange(100_000.0))
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        assert os.listdir(pipe.parent) == [pipe.name]

    def test_a_pipe_that_nobody_reads(self, pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(atomic_files, "_PATIENCE", 0.1)
        with pytest.raises(OSError, match="No such device or address"):
            tl.save({"weight": tl.ones(1)}, pipe)
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_a_link_to_a_pipe(self, pipe: Path) -> None:
        link = pipe.with_name(f"link{pipe.suffix}")
        link.symlink_to(pipe)
        reader = threading.Thread(target=lambda: pipe.read_bytes())
        reader.start()
        tl.save({"weight": tl.ones(1)}, link)
        reader.join()
        assert link.is_symlink()
        assert stat.S_ISFIFO(pipe.stat().st_mode)

    def test_devices(self) -> None:
        tl.save(X, "/dev/null")
        with pytest.raises(OSError, match="No space left"):
            tl.save(X, "/dev/full")
        assert all(stat.S_ISCHR(os.stat(path).st_mode) for path in ("/dev/null", "/dev/full"))

    @pytest.mark.parametrize("suffix", ["pt", "npz"])
    def test_links_and_permissions_stay(self, suffix: str, tmp_path: Path) -> None:
        target, link = tmp_path / "target", tmp_path / f"link.{suffix}"
        target.write_bytes(b"old")
        target.chmod(0o604)
        link.symlink_to(target)
        tl.save(X, link)
        assert link.is_symlink()
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
        assert same(tl.load(link), X)

    def test_a_link_to_nothing_makes_its_target(self, tmp_path: Path) -> None:
        (tmp_path / "link.pt").symlink_to(tmp_path / "target")
        tl.save(X, tmp_path / "link.pt")
        assert (tmp_path / "link.pt").is_symlink()
        assert same(tl.load(tmp_path / "target"), X)

    def test_a_new_files_permissions_are_those_of_the_process(self, tmp_path: Path) -> None:
        tl.save(X, tmp_path / "x.pt")
        (tmp_path / "y").touch()
        assert (tmp_path / "x.pt").stat().st_mode == (tmp_path / "y").stat().st_mode

    def test_a_folder_that_cannot_be_written(self) -> None:
        user = os.geteuid()
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o555)
            try:
                if user == 0:  # nothing is forbidden to root, so be nobody for a moment
                    os.seteuid(65534)
                with pytest.raises(PermissionError):
                    tl.save(X, Path(folder) / "x.pt")
            finally:
                os.seteuid(user)
                os.chmod(folder, 0o755)
            assert os.listdir(folder) == []


def test_a_map_of_memory(tmp_path: Path) -> None:
    """Its `seek` returns nothing in older versions of Python."""
    tl.save(X, tmp_path / "x.pt")
    with open(tmp_path / "x.pt", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert same(tl.load(mapped), X)  # type: ignore[arg-type]  # wrong on purpose


def test_files_that_take_and_give_a_part_at_a_time() -> None:
    class Slow(io.BytesIO):
        def write(self, content: Any) -> int:
            return super().write(content[:100])

        def read(self, size: int | None = -1) -> bytes:
            return super().read(size if size is None or size < 0 else min(size, 77))

    file = Slow()
    x = {"weight": tl.arange(1000.0)}
    tl.save(x, file)
    file.seek(0)
    assert same(tl.load(file), x)
