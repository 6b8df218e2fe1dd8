"""The datasets: what is in them, which files are taken for one, and downloads from a server that misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_lite as tl
from tinygrad_lite.datasets import MNIST, FashionMNIST, digits, spiral
from tinygrad_lite.datasets.mnist import FILES, read_idx
from tinygrad_lite.utils.data import DataLoader

IDX_TYPES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx(array: Any) -> bytes:
    """An IDX file, as its description says."""
    array = np.asarray(array)
    head = struct.pack(">HBB", 0, IDX_TYPES[array.dtype.name], array.ndim) + struct.pack(
        f">{array.ndim}I", *array.shape
    )
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


PIXELS = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)


def put(folder: Path, train: bool = False, pixels: Any = PIXELS, labels: Any = LABELS, packed: bool = True) -> None:
    """A small set of files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(FILES[train], (pixels, labels), strict=True):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name).write_bytes(idx(array))


class TestGenerated:
    def test_digits(self) -> None:
        sklearn = pytest.importorskip("sklearn.datasets").load_digits()
        data = digits()
        assert data.images.dtype == tl.float32
        assert data.labels.dtype == tl.int64
        np.testing.assert_array_equal(data.images.numpy() * 16, sklearn.data)
        np.testing.assert_array_equal(data.labels.numpy(), sklearn.target)
        ((images, labels),) = DataLoader(data, batch_size=len(data))
        assert images.equal(data.images)
        assert labels.equal(data.labels)

    def test_spiral(self) -> None:
        data = spiral(50, 4, noise=0.0)
        x, label = data.inputs.numpy().astype(float), data.labels.numpy()
        assert (data.inputs.dtype, data.labels.dtype, len(data)) == (tl.float32, tl.int64, 200)
        assert np.bincount(label).tolist() == [50] * 4
        radius = np.hypot(*x.T)
        np.testing.assert_allclose(radius, np.tile(np.arange(50) / 50, 4), atol=1e-6)
        turn = np.arctan2(x[:, 0], x[:, 1]) - 4 * label - 4 * radius
        np.testing.assert_allclose(np.cos(turn[radius > 0]), 1, atol=1e-9)

    def test_spirals_noise(self) -> None:
        near, far, again = (spiral(200, noise=n, generator=tl.Generator().manual_seed(1)) for n in (0, 0.3, 0.3))
        assert far.inputs.equal(again.inputs)
        turn = np.arctan2(*far.inputs.numpy().astype(float).T) - np.arctan2(*near.inputs.numpy().astype(float).T)
        turn = (turn[near.inputs.norm(dim=1).numpy() > 0.1] + np.pi) % (2 * np.pi) - np.pi
        assert abs(turn.std() / 0.3 - 1) < 0.1
        with pytest.raises(ValueError, match="must be positive"):
            spiral(0)


class TestFiles:
    @given(
        st.sampled_from(sorted(IDX_TYPES)).flatmap(
            lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
        ),
        st.booleans(),
    )
    def test_idx_round_trip(self, tmp_path_factory: pytest.TempPathFactory, array: Any, packed: bool) -> None:
        path = tmp_path_factory.getbasetemp() / "x"
        path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
        found = read_idx(path)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert found.tobytes() == array.tobytes()
        assert found.flags.writeable

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("where", ["", "MNIST/raw"])
    @pytest.mark.parametrize("train", [False, True])
    def test_they_are_found_and_read(self, where: str, packed: bool, train: bool, tmp_path: Path) -> None:
        put(tmp_path / where, train, packed=packed)
        data = MNIST(str(tmp_path), train=train)
        assert (data.images.shape, data.images.dtype) == ((7, 1, 28, 28), tl.float32)
        np.testing.assert_array_equal(data.images.numpy()[:, 0], PIXELS.astype(np.float32) / np.float32(255))
        assert (data.labels.tolist(), data.labels.dtype) == (LABELS.tolist(), tl.int64)
        image, label = data[5]
        assert (image.shape, label.item()) == ((1, 28, 28), 9)
        flat = MNIST(tmp_path, train=train, flat=True)
        assert flat.images.equal(data.images.flatten(1))
        batch = next(iter(DataLoader(data, batch_size=4)))
        assert batch[0].equal(data.images[:4])

    def test_each_dataset_has_its_own_folder(self, tmp_path: Path) -> None:
        put(tmp_path / "FashionMNIST/raw")
        assert FashionMNIST(tmp_path, train=False).classes[9] == "Ankle boot"
        with pytest.raises(
            FileNotFoundError, match=r"MNIST: there is no t10k-images-idx3-ubyte.gz or .* download=True"
        ):
            MNIST(tmp_path, train=False)

    @pytest.mark.parametrize("packed", [False, True])
    def test_cut_off_anywhere(self, packed: bool, tmp_path: Path) -> None:
        whole = idx(LABELS)
        content = gzip.compress(whole) if packed else whole
        path = tmp_path / ("x.gz" if packed else "x")
        for end in range(len(content)):
            path.write_bytes(content[:end])
            with pytest.raises(RuntimeError, match=r"truncated|not an IDX file"):
                read_idx(path)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"<html>not found</html>", "not an IDX file: it begins with 3c 68 74 6d"),
            (b"\0\0\x0a\x01\0\0\0\0", "not an IDX file"),
            (idx(LABELS) + b"\0", "corrupt: for shape .7,. it should have 15 bytes, not 16"),
        ],
    )
    def test_other_files(self, content: bytes, message: str, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(RuntimeError, match=message):
            read_idx(tmp_path / "x")

    def test_a_damaged_gz(self, tmp_path: Path) -> None:
        content = bytearray(gzip.compress(idx(PIXELS)))
        content[2000] ^= 1
        (tmp_path / "x.gz").write_bytes(content)
        with pytest.raises(RuntimeError, match="truncated or corrupt"):
            read_idx(tmp_path / "x.gz")

    @pytest.mark.parametrize(
        ("pixels", "labels", "message"),
        [
            (LABELS, LABELS, r"images should be \(N, 28, 28\)"),
            (PIXELS, PIXELS, r"labels should be \(N,\)"),
            (PIXELS[:, :20], LABELS, r"but are \(7, 20, 28\)"),
            (PIXELS.astype(np.int32), LABELS, "but are .* of int32"),
            (PIXELS, LABELS[:5], "7 images but 5 labels"),
            (PIXELS, LABELS + 5, "a label 14"),
        ],
    )
    def test_files_of_something_else(self, pixels: Any, labels: Any, message: str, tmp_path: Path) -> None:
        put(tmp_path, pixels=pixels, labels=labels)
        with pytest.raises(RuntimeError, match=message):
            MNIST(tmp_path, train=False)

    def test_another_datasets_files_by_the_same_names(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        put(tmp_path)
        name = "t10k-images-idx3-ubyte.gz"
        known = hashlib.md5((tmp_path / name).read_bytes()).hexdigest()
        monkeypatch.setitem(FashionMNIST.checksums, name, known)
        assert len(FashionMNIST(tmp_path, train=False)) == 7
        with pytest.raises(
            RuntimeError, match=r"is not the file of MNIST .* but the file t10k-images.* of FashionMNIST"
        ):
            MNIST(tmp_path, train=False)


@pytest.mark.skipif("MNIST_ROOT" not in os.environ, reason="MNIST_ROOT names no folder with MNIST's files")
def test_the_real_test_set() -> None:
    data = MNIST(os.environ["MNIST_ROOT"], train=False)
    assert data.images.shape == (10000, 1, 28, 28)
    assert np.bincount(data.labels.numpy()).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.labels[:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    assert (data.images.min().item(), data.images.max().item()) == (0, 1)
    with pytest.raises(FileNotFoundError, match="train-images"):
        MNIST(os.environ["MNIST_ROOT"], train=True)


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
            assert f"could not download {IMAGES}" in str(error)  # noqa: PT017
            assert server.url in str(error)  # noqa: PT017
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


def test_every_public_name_is_known_here() -> None:
    """A dataset that is added is to be added here too, with its tests."""
    assert set(tl.datasets.__all__) == {"MNIST", "FashionMNIST", "digits", "spiral"}
