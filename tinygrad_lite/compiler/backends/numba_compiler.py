"""From Python text to object code, by Numba."""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ...runtime.optional import require
from . import elements, memory_access, object_access

EXTRA = "numba"

OPTIONS = {"nopython": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

PASSES = (
    "TranslateByteCode FixupArgs IRProcessing ReconstructSSA NopythonTypeInference PreLowerStripPhis IRLegalization "
    "AnnotateTypes NativeLowering NoPythonBackend"
).split()
"""The passes of Numba's that loops over memory need. Half of the others' time goes into closures and arrays."""


class ObjectCode(NamedTuple):
    """The result of compiling a text with Numba.

    Attributes:
        code: the content of an object file.
        symbols: the functions outside that it calls, of those that are not in every process.
    """

    code: bytes
    symbols: list[str]


def compiled(
    text: str, file: str, name: str, functions: Mapping[str, Callable[..., Any]], inner: Iterable[str]
) -> ObjectCode:
    """Object code with a function that calls the `kernel` of a text. Python can call it; it returns None or a bool.

    Args:
        text, file: the text, and the file in which it can be read.
        name: the name of the function.
        functions: the functions that the text calls beside those of `_everywhere`.
        inner: the names of functions in the text that the kernel calls.
    """
    numba, compiler = require("numba", EXTRA), require("numba.core.compiler", EXTRA)
    target = require("numba.core.registry", EXTRA).cpu_target
    names = {**_everywhere(), **{each: _inner(function) for each, function in functions.items()}}
    exec(compile(text, file, "exec"), names)
    for each in inner:
        names[each] = _inner(names[each])
    flags = target.options.parse_as_flags(compiler.Flags(), OPTIONS)
    flags.no_compile = True  # before the function that calls it is there
    objects = numba.types.CPointer(numba.types.voidptr)
    result = numba.types.boolean if "return True" in text else numba.types.void
    with require("numba.core.compiler_lock", EXTRA).global_compiler_lock:
        target.typing_context.refresh()
        target.target_context.refresh()
        kernel = compiler.compile_extra(
            target.typing_context, target.target_context, names["kernel"], (objects,), result, flags, {},
            pipeline_class=_pipeline(),
        )  # fmt: skip
        library = kernel.library
        library.add_ir_module(_entry(kernel, name))
        library.finalize()
        library.get_pointer_to_function(name)
        code = library.serialize_using_object_code()[2][0]
        declared = re.findall(r'^declare .*?@"?([\w.$]+)"?\(', library.get_llvm_str(), re.MULTILINE)
    return ObjectCode(code, [symbol for symbol in declared if not symbol.startswith("llvm.")])


def _entry(kernel: Any, name: str) -> Any:
    """The module of a function `name(self, objects, count)` that calls the kernel.

    It returns what that does, as an object of Python, or self, which is None.
    """
    ir = require("llvmlite.ir", EXTRA)
    module = kernel.library.create_ir_module(name)
    word = ir.IntType(8).as_pointer()
    entry = ir.Function(module, ir.FunctionType(word, [word, word.as_pointer(), ir.IntType(64)]), name)
    builder = ir.IRBuilder(entry.append_basic_block())
    context, described = kernel.target_context, kernel.fndesc
    function = context.declare_function(module, described)
    _, found = context.call_conv.call_function(
        builder, function, described.restype, described.argtypes, [entry.args[1]]
    )
    for instruction in builder.block.instructions:
        if isinstance(instruction, ir.CallInstr):
            instruction.attributes.add("noinline")  # it would be there twice
    if described.restype == require("numba.types", EXTRA).boolean:
        as_bool = ir.Function(module, ir.FunctionType(word, [ir.IntType(64)]), "PyBool_FromLong")
        builder.ret(builder.call(as_bool, [builder.zext(found, ir.IntType(64))]))
        return module
    builder.call(ir.Function(module, ir.FunctionType(ir.VoidType(), [word]), "Py_IncRef"), [entry.args[0]])
    builder.ret(entry.args[0])
    return module


@functools.cache
def _pipeline() -> Any:
    """A compiler that goes through `PASSES`."""
    base: Any = require("numba.core.compiler", EXTRA).CompilerBase
    modules = [require(f"numba.core.{name}", EXTRA) for name in ("untyped_passes", "typed_passes")]

    class Pipeline(base):  # type: ignore[misc]  # Numba has no types
        """Numba's compiler for loops over memory."""

        def define_pipelines(self) -> list[Any]:
            manager = require("numba.core.compiler_machinery", EXTRA).PassManager("loops over memory")
            for name in PASSES:
                manager.add_pass(next(getattr(m, name) for m in modules if hasattr(m, name)), name)
            manager.finalize()
            return [manager]

    return Pipeline


@functools.cache
def _everywhere() -> dict[str, Any]:
    """The names that every text has: those of `elements.py` are functions that become part of what calls them."""
    jit = functools.partial(
        require("numba", EXTRA).njit, error_model="numpy", forceinline=True, pipeline_class=_pipeline()
    )
    memory = memory_access.functions()
    exp32 = jit(_with(elements.exp32, fma=memory["fma"], power_of_two=jit(elements.power_of_two)))
    log_of_sum = jit(_with(elements.log_of_sum, fma=memory["fma"]))
    return {
        **object_access.functions(),
        **memory,
        "exp32": exp32,
        "log32": jit(_with(elements.log32, log_of_sum=log_of_sum)),
        "log1p32": jit(_with(elements.log1p32, log_of_sum=log_of_sum)),
        "tanh32": jit(_with(elements.tanh32, fma=memory["fma"], exp32=exp32)),
        # Of a sum of many numbers the order is free, and nothing else is: NaN, inf and -0 stay as they are.
        "added": jit(elements.added, fastmath={"reassoc"}),
    }


def _with(function: Any, **names: Any) -> Callable[..., Any]:
    """The same text, with other things under some of its names."""
    return types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)


def _inner(function: Callable[..., Any]) -> Any:
    """A function that the kernel calls, with the names that every text has."""
    return require("numba", EXTRA).njit(
        _with(function, **_everywhere()), error_model="numpy", pipeline_class=_pipeline()
    )
