"""Columns and tables of pandas, polars, pyarrow and xarray become Tensors, and Tensors become those."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

VALUES = [[1.0, 3.0], [2.0, 4.0]]


def both_ways(table, column, tables=VALUES) -> None:
    for made in (tl.tensor(table), tl.as_tensor(table)):
        assert (made.tolist(), made.dtype) == (tables, tl.float64)
    made = tl.tensor(column)
    assert (made.tolist(), made.dtype) == ([1, 2], tl.int64)


def test_pandas() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    both_ways(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), pd.Series([1, 2]))
    assert tl.tensor(pd.Series([1, 2], dtype="Int64")).tolist() == [1, 2]
    x = tl.tensor([1.0, 2.0])
    frame = pd.DataFrame({"x": x, "y": [1, 2]})
    assert frame["x"].dtype == np.float32
    assert pd.DataFrame(tl.tensor(VALUES)).to_numpy().tolist() == VALUES
    assert frame.assign(z=x * 2)["z"].tolist() == [2, 4]
    with pytest.raises(RuntimeError, match="requires grad"):
        pd.Series(x.requires_grad_())


def test_polars() -> None:
    pl = pytest.importorskip("polars", reason="polars is not installed")
    both_ways(pl.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), pl.Series([1, 2]))
    assert pl.Series(tl.tensor([1.0, 2.0]).numpy()).dtype == pl.Float32


def test_pyarrow() -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    both_ways(pa.Tensor.from_numpy(np.array(VALUES)), pa.array([1, 2]))
    assert tl.tensor(pa.chunked_array([[1.0], [2.0]])).tolist() == [1, 2]
    column = pa.array([1.0, 2.0])
    assert tl.from_dlpack(column).data_ptr() == column.buffers()[1].address  # the same memory
    assert pa.array(tl.tensor([1.0, 2.0]).numpy()).type == pa.float32()


def test_xarray() -> None:
    xr = pytest.importorskip("xarray", reason="xarray is not installed")
    both_ways(xr.DataArray(VALUES, dims=("a", "b")), xr.DataArray([1, 2]))
    x = tl.tensor(VALUES, requires_grad=True)
    assert xr.DataArray(x.detach().numpy(), dims=("a", "b")).mean("a").values.tolist() == [1.5, 3.5]
    labelled = xr.DataArray(x.detach(), dims=("a", "b"))  # an array, so that all of xarray's methods work
    assert type(labelled.data) is np.ndarray
    assert np.shares_memory(labelled.data, x.detach().numpy())
    assert (labelled.sum().item(), labelled.std("a").dims, labelled.T.values.tolist()) == (10, ("b",), [[1, 2], [3, 4]])
    assert not hasattr(x, "__array_function__")  # which is where xarray looks; NumPy asks the class
    assert np.concatenate([x, x]).requires_grad
    with pytest.raises(RuntimeError, match="requires grad"):
        xr.DataArray(x)
