"""Downloads from a server that misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tinygrad_lite.datasets import MNIST
from tinygrad_lite.datasets.mnist import FILES

from ..support.idx_files import LABELS, PIXELS, idx


class Server(ThreadingHTTPServer):
    """Files for a test, and how to misbehave: a list of faults, one for each request."""

    daemon_threads = True
    files: ClassVar[dict[str, bytes]] = {}

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.faults: list[Any] = []
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    """Sends a file, or the part asked for; or what the next fault says."""

    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.requests.append((self.path[1:], asked))
        fault = self.server.faults.pop(0) if self.server.faults else None
        content = self.server.files.get(self.path[1:])
        if isinstance(fault, int) or content is None:
            self.send_error(404 if content is None else fault)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and fault != "no ranges" else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        first = 1 if fault == "another range" else start
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        if fault != "no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "half" else bytes(len(body)) if fault == "zeros" else body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def mnist(server: Server) -> type[MNIST]:
    """MNIST with small files, at the server and with their checksums."""
    for train in (False, True):
        for name, array in zip(FILES[train], (PIXELS, LABELS), strict=True):
            server.files[f"{name}.gz"] = gzip.compress(idx(array), mtime=0)

    class Small(MNIST):
        mirrors = (server.url,)
        checksums: ClassVar[dict[str, str]] = {name: hashlib.md5(x).hexdigest() for name, x in server.files.items()}

    return Small


IMAGES, NUMBERS = (f"{name}.gz" for name in FILES[False])


class TestDownload:
    def test_once(self, mnist: type[MNIST], server: Server, tmp_path: Path) -> None:
        data = mnist(tmp_path, train=False, download=True)
        assert data.labels.tolist() == LABELS.tolist()
        assert sorted(os.listdir(tmp_path / "Small/raw")) == [IMAGES, NUMBERS]
        mnist(tmp_path, train=False, download=True)
        mnist(tmp_path, train=False)
        assert server.requests == [(IMAGES, None), (NUMBERS, None)]

    @pytest.mark.parametrize("fault", ["half", "no ranges", "no length", "zeros", "another range", 500, 404, None])
    @pytest.mark.parametrize("kept", ["nothing", "a beginning", "something else", "everything", "too much"])
    def test_through_any_fault_with_anything_kept(
        self, mnist: type[MNIST], server: Server, tmp_path: Path, fault: Any, kept: str
    ) -> None:
        content = server.files[IMAGES]
        part = tmp_path / "Small/raw" / f"{IMAGES}.part"
        part.parent.mkdir(parents=True)
        if kept != "nothing":
            part.write_bytes(
                {
                    "a beginning": content[:1000],
                    "something else": b"x" * 1000,
                    "everything": content,
                    "too much": content + b"x",
                }[kept]
            )
        server.faults = [fault]
        try:
            data = mnist(tmp_path, train=False, download=True)
        except RuntimeError as error:
            assert f"could not download {IMAGES}" in str(error)  # noqa: PT017  # no error is right too
            assert server.url in str(error)  # noqa: PT017  # no error is right too
            assert not (part.parent / IMAGES).exists()
            data = mnist(tmp_path, train=False, download=True)  # again, when the server is well
        assert data.images.numpy()[:, 0].tobytes() == (PIXELS.astype(np.float32) / np.float32(255)).tobytes()
        assert sorted(os.listdir(part.parent)) == [IMAGES, NUMBERS]

    def test_what_broke_off_goes_on_where_it_stopped(self, mnist: type[MNIST], server: Server, tmp_path: Path) -> None:
        server.faults = ["half"]
        mnist(tmp_path, train=False, download=True)
        half = len(server.files[IMAGES]) // 2
        assert server.requests == [(IMAGES, None), (IMAGES, f"bytes={half}-"), (NUMBERS, None)]

    def test_so_does_a_later_call(self, mnist: type[MNIST], server: Server, tmp_path: Path) -> None:
        server.faults = ["half", 503]
        with pytest.raises(RuntimeError, match="HTTP 503"):
            mnist(tmp_path, train=False, download=True)
        assert os.listdir(tmp_path / "Small/raw") == [f"{IMAGES}.part"]
        server.requests.clear()
        mnist(tmp_path, train=False, download=True)
        assert server.requests[0] == (IMAGES, f"bytes={len(server.files[IMAGES]) // 2}-")

    def test_a_wrong_file_is_not_left_behind(self, mnist: type[MNIST], server: Server, tmp_path: Path) -> None:
        server.files[IMAGES] = gzip.compress(idx(PIXELS[:3]))
        with pytest.raises(RuntimeError, match=r"its checksum is [0-9a-f]{32}, not [0-9a-f]{32}"):
            mnist(tmp_path, train=False, download=True)
        assert os.listdir(tmp_path / "Small/raw") == []

    def test_another_mirror_where_one_fails(self, mnist: type[MNIST], server: Server, tmp_path: Path) -> None:
        closed = "http://127.0.0.1:9/"  # nobody answers at the port of `discard`
        mnist.mirrors = (closed, f"{server.url}nowhere/", server.url)
        assert len(mnist(tmp_path, train=False, download=True)) == 7
        mnist.mirrors = mnist.mirrors[:2]
        with pytest.raises(RuntimeError, match=r"127.0.0.1:9/(.|\n)*nowhere/.*HTTP 404(.|\n)*by hand"):
            mnist(tmp_path, train=True, download=True)

    @pytest.mark.parametrize("content", [b"", b"junk", gzip.compress(idx(PIXELS))[:-9]])
    def test_a_damaged_file_is_replaced(
        self, content: bytes, mnist: type[MNIST], server: Server, tmp_path: Path
    ) -> None:
        (tmp_path / "Small/raw").mkdir(parents=True)
        (tmp_path / "Small/raw" / IMAGES).write_bytes(content)
        with pytest.raises(RuntimeError, match=r"truncated|corrupt|not an IDX file"):
            mnist(tmp_path, train=False)
        assert (tmp_path / "Small/raw" / IMAGES).read_bytes() == content  # what is the user's stays
        assert len(mnist(tmp_path, train=False, download=True)) == 7
        assert len(mnist(tmp_path, train=False)) == 7
