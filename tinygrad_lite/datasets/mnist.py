"""MNIST and Fashion-MNIST: images and labels in IDX files."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from .download import announce, checksum, fetch
from .labelled import Images

if TYPE_CHECKING:
    from pathlib import Path

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_SIDE = 28
FILES = {
    True: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    False: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class MNIST(Images):
    """The dataset of 60,000 handwritten digits to train on and 10,000 to test, of 28×28 pixels.

    An item is the tuple (image, label): float32 (1, 28, 28) with pixels in [0, 1], and int64 (). The attributes
    `images` (N, 1, 28, 28) and `labels` (N,) hold all of them, and a DataLoader takes whole batches out of these.

    The files are those of Y. LeCun, C. Cortes and C. Burges in the IDX format, compressed (`.gz`) or not. They are
    looked for in `root` and in `root/MNIST/raw`, where torchvision puts them.

    Args:
        root: the folder.
        train: True for the training set, False for the test set.
        download: whether to download files that are missing or damaged, to `root/MNIST/raw`. A download that stopped
            continues there, and only files with the right checksum are kept.
        flat: whether images are (784,) instead.

    Raises:
        FileNotFoundError: if a file is missing and `download` is False.
        RuntimeError: for a file that is truncated, corrupt or another one, and for a download that fails.

    >>> data = MNIST("data", train=False)  # doctest: +SKIP
    >>> data.images.shape, data.labels[:4]  # doctest: +SKIP
    (Size([10000, 1, 28, 28]), tensor([7, 2, 1, 0]))
    >>> MNIST("no such folder")
    Traceback (most recent call last):
    ...
    FileNotFoundError: MNIST: there is no train-images-idx3-ubyte.gz or train-images-idx3-ubyte in no such folder or
    no such folder/MNIST/raw. Put it there or pass download=True
    """

    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def __init__(
        self, root: str | os.PathLike[str], train: bool = True, download: bool = False, *, flat: bool = False
    ) -> None:
        from pathlib import Path

        self.root, self.train = Path(root), train
        pixels, labels = pixels_and_labels(type(self), root, train, download)
        images = pixels.reshape((-1, _SIDE * _SIDE) if flat else (-1, 1, _SIDE, _SIDE)).astype(np.float32)
        images /= 255
        super().__init__(wrap(images), wrap(labels.astype(np.int64)))


class FashionMNIST(MNIST):
    """The dataset of 60,000 pictures of clothes to train on and 10,000 to test, in the form of MNIST.

    Parameters, attributes, shapes and dtypes are those of `MNIST`. `classes` are the names of the ten kinds of clothes.

    H. Xiao, K. Rasul and R. Vollgraf, *Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms*, 2017. The files are looked for in `root` and in `root/FashionMNIST/raw`.

    Args:
        root: the folder.
        train: True for the training set, False for the test set.
        download: whether to download files that are missing or damaged.
        flat: whether images are (784,) instead of (1, 28, 28).

    Raises:
        FileNotFoundError: if a file is missing and `download` is False.
        RuntimeError: for a file that is truncated, corrupt or another one, and for a download that fails.

    >>> FashionMNIST.classes[:3]
    ('T-shirt/top', 'Trouser', 'Pullover')
    """

    mirrors = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    )
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    classes = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )


def load(
    root: str | os.PathLike[str] = "data/mnist",
    *,
    normalize: bool = True,
    flatten: bool = True,
    one_hot: bool = False,
    download: bool = False,
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """MNIST as arrays of NumPy, in the form in which *Deep Learning from Scratch* has it.

    Args:
        root: the folder, in which or in whose `MNIST/raw` the four files are.
        normalize: whether pixels are float32 in [0, 1]; otherwise they are uint8 from 0 to 255.
        flatten: whether an image is (784,); otherwise it is (1, 28, 28).
        one_hot: whether the label 2 is [0, 0, 1, 0, …], float32 (10,); otherwise it is the number, int64.
        download: whether to download files that are missing or damaged.

    Returns:
        (images, labels) to train on, of 60,000, and (images, labels) to test on, of 10,000.

    Raises:
        FileNotFoundError: if a file is missing and `download` is False.
        RuntimeError: for a file that is truncated, corrupt or another one, and for a download that fails.

    >>> load("no_such_folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: MNIST: there is no train-images-idx3-ubyte.gz or train-images-idx3-ubyte in no_such_folder or
    no_such_folder/MNIST/raw. Put it there or pass download=True
    >>> (x_train, t_train), (x_test, t_test) = load(one_hot=True)  # doctest: +SKIP
    >>> x_train.shape, t_train.shape, x_train.dtype  # doctest: +SKIP
    ((60000, 784), (60000, 10), dtype('float32'))
    """

    def arrays(train: bool) -> tuple[Array, Array]:
        pixels, labels = pixels_and_labels(MNIST, root, train, download)
        images = pixels.reshape((-1, _SIDE * _SIDE) if flatten else (-1, 1, _SIDE, _SIDE))
        if normalize:
            images = images.astype(np.float32) / np.float32(255)
        return images, np.eye(len(MNIST.classes), dtype=np.float32)[labels] if one_hot else labels.astype(np.int64)

    return arrays(True), arrays(False)


def pixels_and_labels(
    kind: type[MNIST], root: str | os.PathLike[str], train: bool, download: bool
) -> tuple[Array, Array]:
    """The arrays in the files of a dataset: the pixels (N, 28, 28) and the labels (N,), both in uint8.

    Raises:
        FileNotFoundError: if a file is missing and `download` is False.
        RuntimeError: for a file that is truncated, corrupt or another one, and for a download that fails.
    """
    from pathlib import Path

    pixels, labels = (_array(kind, Path(root), name, download) for name in FILES[bool(train)])
    _check_arrays(kind, Path(root), pixels, labels)
    return pixels, labels


def _array(kind: type[MNIST], root: Path, name: str, download: bool) -> Array:
    """The array in a file, which is downloaded if that is needed and wanted."""
    raw = root / kind.__name__ / "raw"
    places = (folder / f"{name}{suffix}" for suffix in (".gz", "") for folder in (raw, root))
    path = next((path for path in places if path.is_file()), None)
    if path is not None:
        try:
            _check_identity(kind, path)
            return read_idx(path)
        except RuntimeError:
            if not download:
                raise
    elif not download:
        raise FileNotFoundError(
            f"{kind.__name__}: there is no {name}.gz or {name} in {root} or {raw}. Put it there or pass download=True"
        )
    path = raw / f"{name}.gz"
    announce(path.name, path.parent)
    fetch((mirror + path.name for mirror in kind.mirrors), path, kind.checksums[path.name])
    return read_idx(path)


def _check_identity(kind: type[MNIST], path: Path) -> None:
    """Raise if the file belongs to another dataset. The files of all datasets of this form have the same names."""
    if path.suffix != ".gz":
        return
    found = checksum(path)
    for other in (MNIST, FashionMNIST):
        for name, known in other.checksums.items():
            if found == known and (name, known) not in kind.checksums.items():
                raise RuntimeError(
                    f"{path} is not the file of {kind.__name__} that it is named as, but the file {name} of "
                    f"{other.__name__}"
                )


def _check_arrays(kind: type[MNIST], root: Path, pixels: Array, labels: Array) -> None:
    name = f"{kind.__name__} in {root}"
    if pixels.shape[1:] != (_SIDE, _SIDE) or pixels.dtype != np.uint8:
        raise RuntimeError(
            f"{name}: the images should be (N, {_SIDE}, {_SIDE}) of uint8, but are {pixels.shape} of {pixels.dtype}"
        )
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise RuntimeError(f"{name}: the labels should be (N,) of uint8, but are {labels.shape} of {labels.dtype}")
    if len(pixels) != len(labels):
        raise RuntimeError(f"{name}: there are {len(pixels)} images but {len(labels)} labels")
    if labels.size and labels.max() >= len(kind.classes):
        raise RuntimeError(f"{name}: there is a label {labels.max()}, but the classes are 0 to {len(kind.classes) - 1}")


def read_idx(path: str | os.PathLike[str]) -> Array:
    """Read the array in an IDX file, compressed by gzip or not, in the byte order of this machine.

    The file consists of 2 zero bytes, one byte for the type, one for the number of dimensions, the sizes as big-endian
    32-bit numbers, and the elements.

    Raises:
        RuntimeError: if it is truncated, corrupt, or no IDX file.
    """
    content = _content(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _DTYPES:
        raise RuntimeError(f"{path} is not an IDX file: it begins with {content[:4].hex(' ') or 'nothing'}")
    dtype, ndim = np.dtype(_DTYPES[content[2]]), content[3]
    start = 4 + 4 * ndim
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    expected = start + dtype.itemsize * int(np.prod(shape, dtype=object))
    if len(content) != expected:
        state = "truncated" if len(content) < expected else "corrupt"
        raise RuntimeError(
            f"{path} is {state}: for shape {tuple(shape)} it should have {expected} bytes, not {len(content)}"
        )
    elements: Array = np.frombuffer(content, dtype, offset=start)
    return elements.reshape(shape).astype(dtype.newbyteorder("="))


def _content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file, decompressed."""
    with open(path, "rb") as file:
        raw = file.read()
    if raw[:2] != b"\x1f\x8b" and not str(path).endswith(".gz"):
        return raw
    import gzip

    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise RuntimeError(f"{path} is truncated or corrupt: {error}") from error
