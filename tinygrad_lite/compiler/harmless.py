"""Lists of what is known to be harmless: instructions, functions and types of C, and folders of Python code.

A compiled function may do what stands here, beside operations on Tensors, because doing it again would give the same
and change nothing outside. Whatever does not stand here is refused.
"""

from __future__ import annotations

import builtins
import collections
import contextlib
import enum
import functools
import itertools
import operator
import os
import sys
import types
import typing
from pathlib import Path
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor

# ------------------------------------------------------------------------------------------------------- instructions

INSTRUCTIONS = frozenset(
    """
    BINARY_OP BINARY_SLICE BINARY_SUBSCR BUILD_CONST_KEY_MAP BUILD_LIST BUILD_MAP BUILD_SET BUILD_SLICE BUILD_STRING
    BUILD_TUPLE CACHE CALL CALL_FUNCTION_EX CALL_KW COMPARE_OP CONTAINS_OP CONVERT_VALUE COPY COPY_FREE_VARS DELETE_ATTR
    DELETE_DEREF DELETE_FAST DELETE_GLOBAL DELETE_SUBSCR DICT_MERGE DICT_UPDATE END_FOR END_SEND EXTENDED_ARG
    FORMAT_SIMPLE FORMAT_VALUE FORMAT_WITH_SPEC FOR_ITER GET_ITER GET_LEN GET_YIELD_FROM_ITER IS_OP JUMP_BACKWARD
    JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP KW_NAMES LIST_APPEND LIST_EXTEND
    LIST_TO_TUPLE LOAD_ASSERTION_ERROR LOAD_ATTR LOAD_CLOSURE LOAD_CONST LOAD_DEREF LOAD_FAST LOAD_FAST_AND_CLEAR
    LOAD_FAST_CHECK LOAD_FAST_LOAD_FAST LOAD_GLOBAL LOAD_METHOD LOAD_SUPER_ATTR LOAD_SUPER_METHOD LOAD_ZERO_SUPER_ATTR
    LOAD_ZERO_SUPER_METHOD MAKE_CELL MAKE_FUNCTION MAP_ADD MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE NOP POP_EXCEPT
    POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_TRUE
    POP_JUMP_FORWARD_IF_FALSE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_FORWARD_IF_TRUE
    POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_TRUE POP_TOP PRECALL PUSH_NULL RAISE_VARARGS
    RERAISE RESUME RETURN_CONST RETURN_GENERATOR RETURN_VALUE SEND SET_ADD SET_FUNCTION_ATTRIBUTE SET_UPDATE STORE_ATTR
    STORE_DEREF STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST STORE_GLOBAL STORE_SLICE STORE_SUBSCR SWAP TO_BOOL
    UNARY_INVERT UNARY_NEGATIVE UNARY_NOT UNARY_POSITIVE UNPACK_EX UNPACK_SEQUENCE WITH_EXCEPT_START YIELD_VALUE
    BEFORE_WITH IMPORT_NAME IMPORT_FROM PUSH_EXC_INFO CALL_INTRINSIC_1
    """.split()
)
"""The instructions of Python 3.11 to 3.13 that may be in a function; `bytecode` looks closer at the last few."""

_OPERATORS = [name for name in dir(operator) if name.startswith("__")]

INTRINSICS = frozenset({3, 5, 6})
"""The arguments of the instruction CALL_INTRINSIC_1 that may be: the error of a generator, +x, a tuple of a list."""

SPECIAL_NAMES = frozenset({
    *[name for name in dir(Tensor) if name.startswith("__")], *_OPERATORS,
    *"__call__ __post_init__ __name__ __qualname__ __version__ __enter__ __exit__ __iter__ __next__".split(),
    *"__annotations__ __missing__ __members__ __func__ __wrapped__ __length_hint__".split(),
}) - frozenset({
    "__dict__", "__getattribute__", "__setattr__", "__delattr__", "__getattr__", "__reduce__", "__reduce_ex__",
    "__getstate__", "__setstate__", "__dir__", "__sizeof__", "__subclasshook__", "__init_subclass__", "__weakref__",
    "__slots__", "__del__",
})  # fmt: skip
"""The attributes with double underscores that may be named. Others lead to objects that are read or changed unseen."""

# ---------------------------------------------------------------------------------------------------- functions of C

_BUILTINS = frozenset(
    """
    abs all any ascii bin callable chr delattr divmod format getattr hasattr hex isinstance issubclass iter len max
    min next oct ord pow repr round setattr sorted sum
    """.split()
)
_NUMPY = frozenset(
    "array asarray asanyarray ascontiguousarray zeros empty arange dot concatenate where result_type can_cast "
    "promote_types inner vdot einsum c_einsum implement_array_function normalize_axis_index bincount frombuffer".split()
)
_PURE_MODULES = frozenset({"math", "cmath", "_operator", "itertools", "_abc", "_bisect", "_stat"})
_NO_METHODS = frozenset({"__subclasses__", "__reduce__", "__reduce_ex__", "__setstate__", "__dir__", "__sizeof__"})
_ARRAY_METHODS_WITH_EFFECTS = frozenset({"tofile", "dump", "dumps", "setflags", "__setstate__", "byteswap"})

CONTAINERS = (list, dict, set, frozenset, tuple)
"""The types whose contents are compared, and of which a class may be derived."""

_WITH_METHODS: tuple[type, ...] = (
    *CONTAINERS, str, bytes, int, float, complex, range, slice, np.generic, np.dtype, types.GeneratorType,
    type({}.keys()), type({}.values()), type({}.items()),
)  # fmt: skip

WRITING_METHODS = frozenset(
    """
    append extend insert pop popitem remove clear sort reverse update setdefault add discard __setitem__ __delitem__
    difference_update intersection_update symmetric_difference_update __ior__ __iadd__ move_to_end
    """.split()
)
"""The methods that change a list, dict or set."""


def refusal_of_call(function: Any) -> str | None:
    """Why a call of this function of C is refused; None if it is known to be harmless."""
    name, owner = function.__name__, function.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        module = function.__module__ if owner is None else owner.__name__
        if module == "builtins":
            known = name in _BUILTINS
        elif module.partition(".")[0] == "numpy":
            known = name in _NUMPY
        else:
            known = module in _PURE_MODULES or function is functools.reduce or function is _namedtuple_make
        title = name if module == "builtins" else f"{module}.{name}"
    elif isinstance(owner, type):
        known = name == "__new__" or (issubclass(owner, _WITH_METHODS) and name not in _NO_METHODS)
        title = f"{owner.__name__}.{name}"
    elif isinstance(owner, str) and name in ("format", "format_map") and "." in owner:
        return f"str.{name}() may read attributes that only a text names: use an f-string"
    else:
        known = isinstance(owner, _WITH_METHODS) and name not in _NO_METHODS
        known = known or (isinstance(owner, np.ndarray) and name not in _ARRAY_METHODS_WITH_EFFECTS)
        known = known or (isinstance(owner, BaseException) and name == "with_traceback")
        known = known or name in ("__init_subclass__", "__format__")
        title = f"{type(owner).__name__}.{name}"
    if known:
        return None
    return f"{title}() is called, which may give something else next time or have an effect that a program would not"


_namedtuple_make = getattr(tuple, "__new__", None)

# -------------------------------------------------------------------------------------------------------------- types

PLAIN = (bool, int, float, complex, str, bytes, type(None))
"""The types of which equal texts mean equal values."""

_Pair = collections.namedtuple("_Pair", "first second")

IMMUTABLE = (
    *PLAIN, range, slice, type(Ellipsis), type(NotImplemented), np.dtype, np.ufunc, np.generic, type(np.mean),
    types.GenericAlias, types.UnionType, types.GetSetDescriptorType, types.MemberDescriptorType, types.CodeType,
    types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.MethodWrapperType, type(_Pair.first), typing.TypeVar, type(np._NoValue),
)  # fmt: skip
"""The types of which an object is the same as long as it is the same object."""

_BASES = frozenset({
    object, *CONTAINERS, *PLAIN, types.SimpleNamespace, collections.OrderedDict, BaseException,
    *[x for x in vars(builtins).values() if isinstance(x, type) and issubclass(x, BaseException)],
})  # fmt: skip
"""The classes of C from which the class of an object may be derived."""

CLASSES = frozenset({
    *_BASES, *IMMUTABLE, *[x for x in vars(itertools).values() if isinstance(x, type)], enumerate, filter, map, zip,
    reversed, super, type, property, staticmethod, classmethod, functools.partial, types.FunctionType, types.MethodType,
    types.ModuleType, types.BuiltinFunctionType, types.GeneratorType, np.ndarray, bytearray, memoryview,
    np.errstate, enum.property, contextlib.nullcontext,
})  # fmt: skip
"""The classes of C that may be named, and called."""

NAMED_BY = (operator.attrgetter, operator.itemgetter, operator.methodcaller)
"""The types of objects that read attributes and items whose names they hold."""

_DESCRIPTORS = (
    types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
)  # fmt: skip
_OF_ALL = ("__dict__", "__weakref__")
_HEAP = 1 << 9


@functools.cache
def is_of_c(kind: type) -> bool:
    """True for a class that is not written in Python."""
    if not kind.__flags__ & _HEAP:
        return True
    return any(
        isinstance(x, _DESCRIPTORS) and name not in _OF_ALL and x.__objclass__ is kind for name, x in vars(kind).items()
    )


@functools.cache
def unknown_base(kind: type) -> type | None:
    """The first class of C, in the order of inheritance, that is not known; None if all of them are."""
    return next((base for base in kind.__mro__ if is_of_c(base) and base not in _BASES), None)


# ------------------------------------------------------------------------------------------------------------ folders

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"
_TRUSTED = (
    "core", "types", "ops", "runtime/__init__", "runtime/absent_names", "runtime/allocator", "runtime/closures",
    "runtime/optional", "runtime/public_names",  # not runtime/settings and threads, which can be changed
    "random", "functions", "tensors", "creation", "linalg", "cuda", "autograd", "nn",
    "optim/base", "compiler", "torch_names", "insight", "testing", "special", "amp/autocast_mode", "__init__",
    "func/batching", "func/custom_functions", "func/derivatives", "func/draws", "func/graphs", "func/levels",
    "func/operands", "func/pytrees", "func/rules", "func/fused_rules", "func/indexing_rules", "func/linalg_rules",
    "func/window_rules", "func/vectorizing",  # not func/stateless, which exchanges what Modules have
)  # fmt: skip
_ROOMS = tuple([_PACKAGE + room.replace("/", os.sep) for room in _TRUSTED])
_NN = tuple([f"{_PACKAGE}nn{os.sep}{room}{os.sep}" for room in ("module", "layers", "losses", "utils")])
_PYTHON = f"{Path(functools.__file__).parent}{os.sep}"
_INSTALLED = tuple([f"{_PYTHON}{name}{os.sep}" for name in ("site-packages", "dist-packages")])
_ARRAYS = f"{Path(np.__file__).parent}{os.sep}"
_ARRAY_ROOMS = tuple([
    _ARRAYS + room.replace("/", os.sep)
    for room in (
        "_core/", "linalg/", "lib/_function_base_impl", "lib/_twodim_base_impl", "lib/_shape_base_impl",
        "lib/_index_tricks_impl", "lib/_stride_tricks_impl", "lib/_nanfunctions_impl", "lib/_type_check_impl",
    )
])  # fmt: skip


_LOOKING_UP = tuple([_PYTHON + name for name in ("enum.py", f"collections{os.sep}__init__.py", "os.py", "types.py")])


def only_looks_up(file: str) -> bool:
    """True for files of Python whose functions do nothing but look up names and items in what is compared."""
    return file.startswith(_LOOKING_UP) or file in ("<frozen os>", "<frozen abc>", "<frozen _collections_abc>")


def home_of(code: types.CodeType, variables: dict[str, Any]) -> str:
    """Whose code this is: see `home`. `variables` are the global ones of its function.

    A text that was executed has no file: what `python -c` runs, and what dataclasses and named tuples are made of. It
    belongs to the module in whose variables it runs.
    """
    if code.co_filename != "<string>":
        return home(code.co_filename)
    name = variables.get("__name__")
    if isinstance(name, str) and name.startswith("namedtuple_"):
        return "python"
    return home(getattr(sys.modules.get(name), "__file__", None) or "") if isinstance(name, str) else "user"


@functools.cache
def home(file: str) -> str:
    """Whose code a file holds.

    "library": operations on Tensors, of which the tracer knows. "modules": those files of it that read the attributes
    of Modules. "arrays": functions of NumPy that compute. "python": Python's own, of which nothing is known where a
    user's function calls it. "user": everything else, installed packages too.
    """
    if file.startswith(_ROOMS):
        return "modules" if file.startswith(_NN) else "library"
    if file.startswith(_PACKAGE):
        return "other rooms"
    if file.startswith(_ARRAY_ROOMS):
        return "arrays"
    if file.startswith("<frozen importlib"):
        return "library"
    if file.startswith(("<frozen ", _ARRAYS)):
        return "python"
    return "python" if file.startswith(_PYTHON) and not file.startswith(_INSTALLED) else "user"
