"""A file is replaced as a whole, or stays as it was."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tinygrad_lite.runtime.atomic_files import replacing


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

    @pytest.mark.skipif(os.name != "posix", reason="the limit of names that POSIX's file systems have")
    def test_names_as_long_as_they_can_be(self, tmp_path: Path) -> None:
        name = "é" + "x" * 253
        for content in (b"old", b"new"):
            with replacing(tmp_path / name) as file:
                file.write(content)
            assert (tmp_path / name).read_bytes() == content
        assert os.listdir(tmp_path) == [name]

    @pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
    def test_links_in_a_circle_stay(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")
        with pytest.raises(OSError, match=os.strerror(errno.ELOOP)), replacing(tmp_path / "a"):
            pass
        assert (tmp_path / "a").is_symlink()
        assert (tmp_path / "b").is_symlink()
