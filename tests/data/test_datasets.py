"""The datasets: what they hold, and which files are taken for one."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_lite as tl
from tinygrad_lite.datasets import MNIST, FashionMNIST, digits, spiral
from tinygrad_lite.datasets.mnist import read_idx
from tinygrad_lite.utils.data import DataLoader

from ..support.idx_files import IDX_TYPES, LABELS, PIXELS, idx, put


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


class TestLoad:
    """MNIST as the book has it."""

    def test_arguments_of_the_book(self, tmp_path: Path) -> None:
        put(tmp_path, train=True)
        put(tmp_path / "MNIST" / "raw", train=False, pixels=PIXELS[:2], labels=LABELS[:2])
        load = tl.datasets.mnist.load
        (x_train, t_train), (x_test, t_test) = load(tmp_path)
        assert [type(each) for each in (x_train, t_train, x_test, t_test)] == [np.ndarray] * 4
        assert (x_train.shape, x_test.shape) == ((7, 784), (2, 784))
        assert (x_train.dtype, t_train.dtype) == (np.float32, np.int64)
        np.testing.assert_array_equal(x_train, (PIXELS.reshape(7, 784) / np.float32(255)).astype(np.float32))
        assert (t_train.tolist(), t_test.tolist()) == (LABELS.tolist(), LABELS[:2].tolist())

        (x_train, t_train), _ = load(tmp_path, one_hot=True, flatten=False, normalize=False)
        np.testing.assert_array_equal(x_train, PIXELS[:, None])
        assert (x_train.dtype, t_train.dtype, t_train.shape) == (np.uint8, np.float32, (7, 10))
        assert t_train[2].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
        assert (t_train.argmax(1) == LABELS).all()

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"no train-images-idx3-ubyte.* pass download=True"):
            tl.datasets.mnist.load(tmp_path)


@pytest.mark.skipif("MNIST_ROOT" not in os.environ, reason="MNIST_ROOT names no folder with MNIST's files")
def test_the_real_test_set() -> None:
    data = MNIST(os.environ["MNIST_ROOT"], train=False)
    assert data.images.shape == (10000, 1, 28, 28)
    assert np.bincount(data.labels.numpy()).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.labels[:8].tolist() == [7, 2, 1, 0, 4, 1, 4, 9]
    assert (data.images.min().item(), data.images.max().item()) == (0, 1)
    with pytest.raises(FileNotFoundError, match="train-images"):
        MNIST(os.environ["MNIST_ROOT"], train=True)


def test_every_public_name_is_known_here() -> None:
    """A dataset that is added is to be added here too, with its tests."""
    assert set(tl.datasets.__all__) == {"MNIST", "FashionMNIST", "digits", "mnist", "spiral"}
