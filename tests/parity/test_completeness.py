"""Nothing public that PyTorch has too goes without a row in one of the parity tables."""

from __future__ import annotations

import inspect
import re
import types

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.types.formats import AbsentDType

from ..support.parity_tables import RANDOM, TABLES
from ..support.pytorch_parity import ONLY_NEW, torch
from . import test_calls, test_native

NAMED = {row.name for table in (*TABLES, test_native) for row in table.ROWS}
# What the lines of calls.txt call or read.
NAMED |= {name for lines in test_calls.CALLS.values() for line in lines for name in re.findall(r"\.([a-z]\w*)", line)}

# What is tested elsewhere, and why not in a table.
TYPED = {name for name in dir(tl) if name.endswith("Tensor") and name != "Tensor"}  # in test_typed_constructors
ENGINE = set(
    """
    is_inference output_nr is_anomaly_enabled is_anomaly_check_nan_enabled register_post_accumulate_grad_hook backward grad retain_grad retains_grad register_hook requires_grad enable_grad no_grad set_grad_enabled
    is_grad_enabled inference_mode is_inference_mode_enabled compile
""".split()
)  # every row's gradients go through it
FILES = {"load", "save"}
THREADS = {"get_num_threads", "set_num_threads"}  # in tests/project/test_configuration
INTEROP = {"get_num_interop_threads", "set_num_interop_threads"}  # in tests/torch_names/test_named_only, as are
ONLY_NAMED = {name for name in dir(tl) if isinstance(getattr(tl, name), AbsentDType | tl.memory_format)} | {"new"}
WINDOWS = {name for name in dir(tl) if name.endswith("_window")}  # in tests/ops/test_windows
SPARSE = {
    "dsmm", "layout", "sparse_coo", "sparse_coo_tensor", "spmm", "strided", "to_dense", "to_sparse", "to_sparse_coo",
}  # fmt: skip  # in tests/sparse
TRANSFORMS = {"vmap"}  # in tests/func
PROTOCOL = set(
    """
    __repr__ __str__ __deepcopy__ __reduce_ex__ __dlpack__ __class__ __new__ __init__ __setattr__ __getattribute__
    __delattr__ __dir__ __doc__ __module__ __dict__ __weakref__ __init_subclass__ __subclasshook__ __sizeof__ __reduce__
    __getstate__ __annotations__
""".split()
)  # Python's own, or of printing, pickling and NumPy
TABULATED = {"promote_types", "result_type", "set_printoptions"}  # in test_dtypes, test_printing
# What a row of another name runs.
BESIDE = {
    "ndimension": "dim", "is_xpu": "is_mps", "is_nested": "is_mps", "is_mkldnn": "is_mps", "share_memory_": "is_shared",
    "cuda": "pin_memory", "nelement": "dim", "mH": "mT", "itemsize": "element_size", "nbytes": "element_size",
    "is_cpu": "device", "is_cuda": "device", "get_device": "device", "trapz": "trapezoid", "__int__": "__float__",
    "e": "inf", "pi": "inf", "nan": "inf", "newaxis": "inf",
}  # fmt: skip
# The very functions of nn.functional, which tests/nn compares.
FUNCTIONAL = {name for name in tl.nn.functional.__all__ if getattr(tl, name, None) is getattr(tl.nn.functional, name)}
EXCLUDED = (
    INTEROP
    | ONLY_NAMED
    | WINDOWS
    | SPARSE
    | FUNCTIONAL - NAMED
    | RANDOM
    | TYPED
    | ENGINE
    | FILES
    | THREADS
    | TRANSFORMS
    | PROTOCOL
    | TABULATED
    | set(BESIDE)
)


def covered(name: str) -> bool:
    plain = name if name.endswith("__") else name.removesuffix("_")
    return name in NAMED or name in EXCLUDED or plain in NAMED - ONLY_NEW


def shared(ours: object, theirs: object) -> list[str]:
    """The public names of both, apart from modules, classes and dtypes."""
    return [
        name
        for name in dir(ours)
        if hasattr(theirs, name)
        and (not name.startswith("_") or name.endswith("__"))
        and not isinstance(getattr(ours, name), types.ModuleType | type | np.dtype)
    ]


def test_every_function_is_in_a_table() -> None:
    names = [name for name in shared(tl, torch) if not name.startswith("__")]
    assert len(names) > 250
    assert [name for name in names if not covered(name)] == []


def test_every_method_is_in_a_table() -> None:
    names = shared(tl.Tensor, torch.Tensor)
    assert len(names) > 350
    assert [name for name in names if not covered(name)] == []


def test_every_row_and_every_exclusion_is_of_something_we_have() -> None:
    have = {*dir(tl), *dir(tl.Tensor), *(name.removesuffix("_") for name in dir(tl.Tensor))}
    assert [r.name for table in TABLES for r in table.ROWS if r.name not in have and r.call is None] == []
    assert EXCLUDED - have == set()
    assert set(BESIDE.values()) <= NAMED
    assert [name for name in ONLY_NEW if f"{name}_" not in NAMED] == []


APART = {"where", "polygamma", "split"}
"""In PyTorch the condition and the order come first, and only the function says split_size_or_sections."""


def test_a_function_and_its_method_take_the_same_arguments() -> None:
    for name in set(dir(tl)) & set(dir(tl.Tensor)) - APART:
        function, method = getattr(tl, name), getattr(tl.Tensor, name)
        if (
            name.startswith("__")
            or isinstance(function, type | np.dtype)
            or not callable(method)
            or not callable(function)
        ):
            continue
        names = [list(inspect.signature(f).parameters)[1:] for f in (function, method)]
        assert names[0] == names[1], name
