"""The surface of a Tensor: conversions, new Tensors like it, operators with other classes, the names that it has."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import Tensor


def test_other_classes_get_their_turn_as_operands() -> None:
    class Other:
        def __radd__(self, left: Any) -> str:
            return f"{left.tolist()} + other"

        def __gt__(self, left: Any) -> str:
            return "other > tensor"

    x: Any = tl.tensor([1.0])
    assert x + Other() == "[1.0] + other"
    assert (x < Other()) == "other > tensor"
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for -: 'Tensor' and 'Other'"):
        x - Other()


def test_sequences_are_repeated_as_by_any_whole_number() -> None:
    n: Any = tl.tensor(2)
    assert ("ab" * n, [1] * n, (1,) * n, b"a" * n) == ("abab", [1, 1], (1, 1), b"aa")
    with pytest.raises(TypeError):
        [1] * tl.tensor(2.5)


def test_an_error_of_an_operand_that_fits_is_not_hidden() -> None:
    with pytest.raises(RuntimeError):
        tl.ones(2) + tl.ones(3)
    with pytest.raises(NotImplementedError, match="bitwise_and"):
        tl.ones(2) & tl.ones(2)


@pytest.mark.parametrize(
    ("arguments", "named", "dtype", "is_copy"),
    [
        ((), {}, tl.float32, False),
        ((None,), {}, tl.float32, False),
        ((tl.float64,), {}, tl.float64, True),
        (("float64",), {}, tl.float64, True),
        ((float,), {}, tl.float64, True),
        (("cpu",), {}, tl.float32, False),
        (("cpu", tl.int64), {}, tl.int64, True),
        ((tl.device("cpu"),), {}, tl.float32, False),
        ((tl.tensor(1),), {}, tl.int64, True),
        ((), {"copy": True}, tl.float32, True),
        ((tl.float32, False, True), {}, tl.float32, True),  # non_blocking, copy
        ((tl.float32, True), {}, tl.float32, False),
        ((), {"dtype": tl.float16, "device": "cpu"}, tl.float16, True),
    ],
)
def test_to(arguments: Any, named: Any, dtype: Any, is_copy: bool) -> None:
    x = tl.ones(2)
    y = x.to(*arguments, **named)
    assert y.dtype == dtype
    assert (y is x) is not is_copy


def test_type_understands_pytorchs_names() -> None:
    x = tl.ones(2)
    assert x.type() == "torch.FloatTensor"
    assert x.type("torch.LongTensor").dtype == tl.int64
    assert x.type("float64").dtype == tl.float64
    assert x.type(tl.bool).dtype == tl.bool


def test_negative_numbers_wrap_around_in_uint8_as_in_pytorch() -> None:
    x = tl.zeros(3, dtype=tl.uint8)
    x[0] = -1
    assert x.tolist() == [255, 0, 0]
    assert x.fill_(-2).tolist() == [254] * 3


def test_new_tensors_have_the_dtype_of_the_old_one() -> None:
    x = tl.zeros(2, dtype=tl.float64)
    for made in (
        x.new_zeros(3),
        x.new_ones((3,)),
        x.new_empty(size=(3,)),
        x.new_full((3,), 7),
        x.new_tensor([1, 2, 3]),
    ):
        assert (made.dtype, made.shape) == (tl.float64, (3,))
    assert x.new_full((), tl.tensor(2.0)).item() == 2.0
    assert x.new_tensor([True], dtype=tl.bool, requires_grad=False).dtype == tl.bool


def test_the_constructor_makes_floats_or_a_shape() -> None:
    assert Tensor([1, 2]).tolist() == [1.0, 2.0]
    assert Tensor(2, 3).shape == (2, 3)
    assert Tensor().shape == (0,)
    assert Tensor(tl.tensor([1, 2])).dtype == tl.float32


def test_values_of_several_dtypes_meet_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch")

    def values(T: Any) -> list[Any]:
        typed = [
            T.tensor(2, dtype=getattr(T, name)) for name in ("float32", "float64", "float16", "int32", "int64", "bool")
        ]
        return [1, 2.5, True, np.float64(1.5), np.float32(1.5), np.int32(3), *typed]

    for i in range(len(values(tl))):
        for j in range(len(values(tl))):
            found, expected = (T.tensor([values(T)[i], values(T)[j]]) for T in (tl, torch))
            assert (str(expected.dtype), expected.tolist()) == (f"torch.{found.dtype}", found.tolist()), (i, j)


def test_numbers_beyond_int64_become_floats_where_floats_are_wanted() -> None:
    assert tl.tensor(2**70, dtype=tl.float64).item() == 2.0**70
    assert tl.tensor([2**63, 1], dtype=tl.float32).tolist() == [2.0**63, 1.0]
    assert tl.tensor([1.0, 2**70]).dtype == tl.float32
    assert tl.tensor([-(2**63), 2**63 - 1]).tolist() == [-(2**63), 2**63 - 1]


def test_a_tensor_lists_the_names_that_there_are() -> None:
    x: Any = tl.ones(2)
    assert {"add_", "grad", "T", "item"} <= {*dir(x)} & {*dir(Tensor)}
    assert not {"eig", "istft"} & ({*dir(x)} | {*dir(Tensor)})
    assert not hasattr(x, "eig")
    with pytest.raises(AttributeError, match=r"'Tensor' object has no attribute 'prelu': .*nn\.functional\.prelu"):
        _ = x.prelu
    x.name = "weights"  # a name of PyTorch's, which a user may give to something else
    assert (x.name, "name" in dir(x), copy.deepcopy(x).name) == ("weights", True, "weights")


def test_an_in_place_form_shows_the_parameters_of_its_function() -> None:
    assert str(inspect.signature(Tensor.clamp_)) == str(inspect.signature(Tensor.clamp))
    assert Tensor.clamp_.__name__ == "clamp_"
    assert "in place" in str(Tensor.clamp_.__doc__)


def test_every_public_attribute_says_what_it_is() -> None:
    undocumented = [
        name
        for name in dir(Tensor)
        if not name.startswith("_")
        and (callable(x := inspect.getattr_static(Tensor, name)) or isinstance(x, property))
        and not inspect.getdoc(x)
    ]
    assert not undocumented


def test_the_random_functions_of_version_0_1_stand_in_the_package() -> None:
    with pytest.warns(DeprecationWarning, match=r"tinygrad_lite\.random\.rand is now tinygrad_lite\.rand"):
        assert tl.random.rand is tl.rand
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = tl.random.nothing


def test_what_shares_memory_shares_it_in_one_deep_copy() -> None:
    x = tl.arange(6.0)
    same, row, column, ends = copy.deepcopy([x, x[1:3], x.reshape(2, 3)[:, 2], x[::5]])
    same[2] = 9.0
    assert x[2] == 2.0
    assert (row.tolist(), column.tolist(), ends.tolist()) == ([1.0, 9.0], [9.0, 5.0], [0.0, 5.0])
    copied = copy.deepcopy({"a": x[:2], "b": {"c": (x[1:], x[:0])}})
    copied["a"][1] = -1.0
    assert copied["b"]["c"][0][0] == -1.0
    assert x[1] == 1.0
    first, second = copy.deepcopy(x), copy.deepcopy(x)  # two copies share nothing
    first[0] = 7.0
    assert second[0] == 0.0


def test_a_deep_copy_has_the_strides_and_the_whole_memory_of_what_it_copies() -> None:
    x = tl.arange(6.0).reshape(2, 3)
    for view in (x.T, x[:, 1:], x[0].expand(4, 3), x[:0], tl.tensor(3.0), tl.from_numpy(np.arange(6)[::-2])):
        copied = copy.deepcopy(view)
        assert copied.tolist() == view.tolist()
        assert copied.stride() == view.stride()
        assert copied.dtype == view.dtype
        assert not view.numel() or not np.shares_memory(copied.numpy(), view.numpy())
    frozen = tl.from_numpy(np.frombuffer(b"abcdefgh", np.int16))
    assert copy.deepcopy(frozen).add_(1).tolist() == (frozen + 1).tolist()


def test_a_deep_copy_of_a_module_keeps_its_ties() -> None:
    class Tied(tl.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.decoder = tl.nn.Linear(2, 2, bias=False), tl.nn.Linear(2, 2, bias=False)
            self.decoder.weight = self.encoder.weight
            self.register_buffer("row", self.encoder.weight.detach()[0])

    model = copy.deepcopy(Tied())
    assert model.encoder.weight is model.decoder.weight
    with tl.no_grad():
        model.decoder.weight.fill_(5.0)
    assert model.row.tolist() == [5.0, 5.0]
