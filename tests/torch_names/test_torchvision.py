"""The stand-in for torchvision gives what torchvision 0.28 gives; its values were compared with that, and stand here."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.torch_names import torchvision
from tinygrad_lite.torch_names.torchvision.datasets import MNIST, FashionMNIST
from tinygrad_lite.torch_names.torchvision.transforms import Compose, Lambda, Normalize, ToTensor
from tinygrad_lite.torch_names.torchvision.utils import make_grid, save_image
from tinygrad_lite.utils.data import DataLoader

from ..support.idx_files import LABELS, PIXELS, put


@pytest.fixture(params=[True, False], ids=["with Pillow", "without Pillow"])
def pillow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param:
        pytest.importorskip("PIL")
    else:
        monkeypatch.setitem(sys.modules, "PIL", None)
    return bool(request.param)


class TestDatasets:
    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize("where", ["", "MNIST/raw"])
    @pytest.mark.parametrize("train", [False, True])
    def test_an_item_is_an_image_and_its_label(
        self, where: str, packed: bool, train: bool, pillow: bool, tmp_path: Path
    ) -> None:
        put(tmp_path / where, train, packed=packed)
        data = MNIST(str(tmp_path), train=train)
        assert (len(data), data.data.shape, data.data.dtype) == (7, (7, 28, 28), tl.uint8)
        assert (data.targets.tolist(), data.targets.dtype) == (LABELS.tolist(), tl.int64)
        image: Any
        image, target = data[5]
        assert (type(target), target) == (int, 9)
        assert (getattr(image, "mode", None), getattr(image, "size", None)) == (
            ("L", (28, 28)) if pillow else (None, 784)
        )
        np.testing.assert_array_equal(np.asarray(image), PIXELS[5])

    def test_transforms_and_a_loader(self, pillow: bool, tmp_path: Path) -> None:
        put(tmp_path / "MNIST/raw", True)
        transform = Compose([ToTensor(), Normalize((0.1307,), (0.3081,))])
        data = MNIST(tmp_path, transform=transform, target_transform=Lambda(lambda y: -y))
        images, targets = next(iter(DataLoader(data, batch_size=4)))
        expected = (PIXELS[:4, None].astype(np.float32) / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
        np.testing.assert_allclose(images.numpy(), expected, rtol=1e-6, atol=1e-6)
        assert (images.dtype, targets.tolist(), targets.dtype) == (tl.float32, [-3, -1, -4, -1], tl.int64)
        assert [int(y) for _, y in data] == (-LABELS.astype(int)).tolist()

    def test_classes_and_text(self, tmp_path: Path) -> None:
        put(tmp_path / "FashionMNIST/raw", False)
        data = FashionMNIST(tmp_path, train=False, transform=ToTensor())
        assert data.classes[0] == "T-shirt/top"
        assert data.class_to_idx["Ankle boot"] == 9
        assert MNIST.classes[7] == "7 - seven"
        assert repr(data) == (
            f"Dataset FashionMNIST\n    Number of datapoints: 7\n    Root location: {tmp_path}\n    Split: Test\n"
            "    Transform: ToTensor()"
        )

    def test_files_that_are_missing(self, tmp_path: Path) -> None:
        with pytest.raises(
            RuntimeError, match=r"^Dataset not found\. You can use download=True to download it: .*t10k"
        ):
            MNIST(tmp_path, train=False, transform=None)

    def test_files_that_are_damaged(self, tmp_path: Path) -> None:
        put(tmp_path, labels=LABELS + 5)
        with pytest.raises(RuntimeError, match="a label 14"):
            MNIST(tmp_path, train=False)


class TestTransforms:
    def test_to_tensor_of_arrays(self) -> None:
        found = ToTensor()(np.arange(24, dtype=np.uint8).reshape(2, 4, 3))
        assert (found.shape, found.dtype) == ((3, 2, 4), tl.float32)
        assert found[2, 1, 3].item() == np.float32(23) / np.float32(255)
        other = ToTensor()(np.full((2, 3), 2.5))
        assert (other.shape, other.dtype, other[0, 0, 0].item()) == ((1, 2, 3), tl.float64, 2.5)

    @pytest.mark.parametrize(
        ("mode", "shape", "dtype"),
        [
            ("1", (1, 2, 3), "float32"),
            ("L", (1, 2, 3), "float32"),
            ("RGB", (3, 2, 3), "float32"),
            ("RGBA", (4, 2, 3), "float32"),
            ("I", (1, 2, 3), "int32"),
            ("F", (1, 2, 3), "float32"),
            ("I;16", (1, 2, 3), "int16"),
        ],
    )
    def test_to_tensor_of_pictures(self, mode: str, shape: Any, dtype: str) -> None:
        image = pytest.importorskip("PIL.Image")
        picture = image.new(mode, (3, 2), 1)
        found = ToTensor()(picture)
        assert (found.shape, found.dtype) == (shape, dtype)
        scale = 1 if mode in ("1", "I", "F", "I;16") else 255
        assert found[0, 0, 0].item() == pytest.approx(1 / scale)

    def test_normalize(self) -> None:
        x = tl.arange(12.0).reshape(3, 2, 2)
        found = Normalize([0.0, 1.0, 2.0], [1.0, 2.0, 4.0])(x)
        assert found[:, 0, 1].tolist() == [1, 2, 1.75]
        assert x[1, 0, 1].item() == 5
        assert Normalize(1.0, 2.0, inplace=True)(x) is x
        assert x[0].tolist() == [[-0.5, 0], [0.5, 1]]
        batch = Normalize((0.5,), (0.5,))(tl.ones(2, 1, 2, 2))
        assert batch.eq(1).all()

    @pytest.mark.parametrize(
        ("call", "error", "message"),
        [
            (lambda: Normalize(0.0, 0.0)(tl.ones(1, 1, 1)), ValueError, "std evaluated to zero after conversion to"),
            (lambda: Normalize(0.0, 1.0)(tl.ones(1, 1)), ValueError, r"tensor image of size \(..., C, H, W\)"),
            (lambda: Normalize(0.0, 1.0)(tl.ones(1, 1, 1, dtype=tl.int64)), TypeError, "should be a float tensor"),
            (lambda: Normalize(0.0, 1.0)(3), TypeError, "img should be Tensor Image"),  # type: ignore[arg-type]  # wrong on purpose
            (lambda: ToTensor()(3), TypeError, "pic should be PIL Image or ndarray"),
            (lambda: ToTensor()(np.ones(2)), ValueError, "pic should be 2/3 dimensional. Got 1 dimensions"),
            (lambda: Lambda(3), TypeError, "lambd should be callable"),  # type: ignore[arg-type]  # wrong on purpose
        ],
    )
    def test_wrong_arguments_raise(self, call: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            call()

    def test_text(self) -> None:
        text = repr(Compose([ToTensor(), Normalize((0.5,), (0.5,)), Lambda(len)]))
        assert text == "Compose(\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.5,))\n    Lambda()\n)"


class TestGrid:
    def test_where_each_image_is(self) -> None:
        images = tl.arange(1.0, 6.0).reshape(5, 1, 1, 1).expand(5, 3, 2, 3)
        grid = make_grid(images, nrow=3, padding=1, pad_value=9.0)
        row = lambda *values: [9, *(x for v in values for x in (v, v, v, 9))]
        assert grid.shape == (3, 7, 13)
        assert grid[0].tolist() == [
            [9] * 13,
            row(1, 2, 3),
            row(1, 2, 3),
            [9] * 13,
            row(4, 5, 9),
            row(4, 5, 9),
            [9] * 13,
        ]

    @pytest.mark.parametrize(
        ("shape", "options", "expected"),
        [
            ((4, 5), {}, (3, 4, 5)),
            ((1, 4, 5), {}, (3, 4, 5)),
            ((3, 4, 5), {}, (3, 4, 5)),
            ((1, 1, 4, 5), {}, (3, 4, 5)),
            ((9, 1, 4, 5), {}, (3, 14, 58)),
            ((9, 2, 4, 5), {"nrow": 3, "padding": 0}, (2, 12, 15)),
            ((2, 1, 4, 5), {"nrow": 9}, (3, 8, 16)),
        ],
    )
    def test_shapes(self, shape: Any, options: Any, expected: Any) -> None:
        assert make_grid(tl.rand(*shape), **options).shape == expected

    def test_normalized(self) -> None:
        images = tl.tensor([[0.0, 2.0], [4.0, 8.0]]).reshape(2, 1, 1, 2)
        at = lambda grid: [grid[0, 2, 2:4].tolist(), grid[0, 2, 6:8].tolist()]
        assert at(make_grid(images, normalize=True)) == [[0, 0.25], [0.5, 1]]
        assert at(make_grid(images, normalize=True, scale_each=True)) == [[0, 1], [0, 1]]
        assert at(make_grid(images, normalize=True, value_range=(0.0, 4.0))) == [[0, 0.5], [1, 1]]
        assert images.max().item() == 8
        assert not make_grid(tl.ones(2, 1, 1, 1), normalize=True, padding=0).any()  # no range to map

    def test_a_list_and_gradients(self) -> None:
        x = tl.ones(1, 2, 2, requires_grad=True)
        assert not make_grid([x, x]).requires_grad
        for wrong in ([x, 3], 3):
            with pytest.raises(TypeError, match="tensor or list of tensors expected"):
                make_grid(wrong)
        with pytest.raises(TypeError, match="value_range has to be a tuple"):
            make_grid(x, normalize=True, value_range=[0, 1])  # type: ignore[arg-type]  # wrong on purpose

    def test_save_image(self, tmp_path: Path) -> None:
        image = pytest.importorskip("PIL.Image")
        x = tl.tensor([0.0, 0.5, 1.0, 0.1, 2.0, -1.0]).reshape(1, 2, 3)
        save_image(x, tmp_path / "x.png")
        file = io.BytesIO()
        save_image(x, file, format="png")
        for source in (tmp_path / "x.png", file):
            found = np.asarray(image.open(source))
            assert found.shape == (2, 3, 3)
            assert found[:, :, 1].tolist() == [[0, 128, 255], [26, 255, 0]]  # x·255 + 1/2, cut off

    def test_save_image_without_pillow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "PIL.Image", None)
        with pytest.raises(ImportError, match=r'needs the package \'PIL\'.*pip install "tinygrad_lite\[pictures\]"'):
            save_image(tl.ones(1, 2, 2), "x.png")


@pytest.mark.parametrize("module", [torchvision, torchvision.datasets, torchvision.transforms, torchvision.utils])
def test_everything_else_is_refused_and_said(module: Any) -> None:
    with pytest.raises(AttributeError, match=r"stands for torch here, and brings of torchvision only datasets\.MNIST"):
        _ = module.RandomCrop
    assert not hasattr(module, "__wrapped__")
