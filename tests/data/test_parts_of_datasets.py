"""Parts of datasets: random splits, and batches that are taken at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from ..support.loader_scripts import both, seeded, squares


@pytest.mark.parametrize("n", [1, 10, 11])
@pytest.mark.parametrize("lengths", ["whole", [0.5, 0.5], [0.3, 0.3, 0.4], [0.1] * 10, [1.0, 0.0]])
@pytest.mark.parametrize("given", [False, True])
def test_random_split(n: int, lengths: Any, given: bool) -> None:
    def script(T: Any) -> Any:
        parts = T.utils.data.random_split(
            range(100, 100 + n),
            [n - n // 3, n // 3] if lengths == "whole" else lengths,
            *([seeded(T)] if given else []),
        )
        return [[part.indices, list(part)] for part in parts]

    both(script)


class TestSlices:
    """A TensorDataset gives whole batches, and only if that is the same as its items."""

    def test_items_are_not_touched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Untouchable(tl.Tensor):
            def __getitem__(self, index: Any) -> Any:
                raise AssertionError("item by item")

        t = tl.arange(6).view(3, 2)
        monkeypatch.setattr(type(t), "__getitem__", Untouchable.__getitem__)
        ((x,),) = data.DataLoader(data.Subset(data.TensorDataset(t), [2, 0]), batch_size=2)
        assert x.tolist() == [[4, 5], [0, 1]]

    def test_a_batch_is_a_copy(self) -> None:
        t = tl.arange(4)
        for shuffle in (False, True):
            ((x,),) = data.DataLoader(data.TensorDataset(t), batch_size=4, shuffle=shuffle)
            x.fill_(9)
        assert t.tolist() == [0, 1, 2, 3]

    def test_gradients_flow(self) -> None:
        t = tl.ones(4, requires_grad=True)
        for (x,) in data.DataLoader(data.TensorDataset(t), batch_size=3):
            (x * 2).sum().backward()
        assert t.grad.tolist() == [2, 2, 2, 2]

    @pytest.mark.parametrize("base", ["TensorDataset", "Subset"])
    @pytest.mark.parametrize("many", [False, True])
    def test_a_subclass_with_items_of_its_own_gives_those(self, base: str, many: bool) -> None:
        def script(T: Any) -> Any:
            kind = getattr(T.utils.data, base)

            class Negative(kind):
                if many:

                    def __getitems__(self, indices: list[int]) -> Any:
                        return [-i for i in indices]

                if base == "TensorDataset" or many:

                    def __getitem__(self, i: int) -> Any:
                        return -i

            inner = squares(T, 5)
            dataset = Negative(inner, [0, 3]) if base == "Subset" else Negative(*inner.tensors)
            return list(T.utils.data.DataLoader(dataset, 3))

        both(script)

    def test_a_part_that_changes_only_single_items_is_refused(self) -> None:
        def script(T: Any) -> Any:
            class Half(T.utils.data.Subset):
                def __getitem__(self, i: int) -> Any:
                    return 0

            return Half([1], [0])

        both(script)
        with pytest.raises(NotImplementedError, match="__getitems__"):
            script(tl)

    def test_what_is_not_a_tensor_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"not ndarray: convert it with tensor\(\)"):
            data.TensorDataset(np.ones(3))
        with pytest.raises(AssertionError, match=r"\[\[2, 5\], \[3\]\]"):
            data.TensorDataset(tl.ones(2, 5), tl.ones(3))
