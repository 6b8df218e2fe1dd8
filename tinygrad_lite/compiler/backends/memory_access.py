"""Operations that Numba lacks: elements of arrays by their place in memory, and BLAS without Python.

Numba's own arrays, and above all their views and indices of several dimensions, take long to compile, and its `np.dot`
calls SciPy's BLAS. Here an array is memory that begins somewhere, and products are calls of a function at an address.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ...runtime.optional import require

EXTRA = "numba"

HEADER = object.__basicsize__
"""The bytes at the beginning of each object of Python. Behind them an array has its address, a float its value."""

APART = 64
"""The number of labels by which memory that lies apart is told from other memory."""


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """The functions `memory`, `number`, `apart`, `plain`, `at`, `put`, `moved`, `unknown`, `larger`, `fma`, `gemm`.

    memory(objects, k, dtype): where the elements of an array begin that is the k-th of the objects that Python passes.
    number(objects, k): the float that is the k-th. at(x, i): the element i from a place on. put(x, i, y): write it.
    apart(x, k): the same place, of which is known that no memory of another number k is there; plain(x): of which
    nothing is known. moved(x, i): the place i elements on. unknown(n): n, which LLVM shall not know. larger(x, y): the
    larger number, or NaN. fma(x, y, z): x y + z.
    gemm(address, bits, x, y, out, m, n, k, x_turned, y_turned): out (m, n) = x (m, k) y (k, n), where a matrix that is
    turned lies in memory as its transpose.
    """
    extending, types = require("numba.extending", EXTRA), require("numba.types", EXTRA)
    cgutils, ir = require("numba.core.cgutils", EXTRA), require("llvmlite.ir", EXTRA)
    pointer: Any = types.CPointer

    class Apart(pointer):  # type: ignore[misc]  # Numba has no types
        """A place in memory with a number."""

        def __init__(self, dtype: Any, number: int) -> None:
            super().__init__(dtype)
            self.number = number
            self.name = f"{dtype}* {number}"

    extending.register_model(Apart)(extending.models.PointerModel)

    def known(builder: Any, x: Any, instruction: Any) -> None:
        """Tell LLVM that a read or a write touches no memory of other numbers."""
        if isinstance(x, Apart):
            add = builder.module.add_metadata
            domain = add([builder.function.name])
            scopes = [add([f"{number}", domain]) for number in range(APART)]
            instruction.set_metadata("alias.scope", add([scopes[x.number]]))
            instruction.set_metadata("noalias", add([y for y in scopes if y is not scopes[x.number]]))

    def behind_header(builder: Any, objects: Any, k: Any, kind: Any) -> Any:
        """Load the value of a kind that follows the header with which every Python object begins."""
        begin = builder.load(builder.gep(objects, [k], inbounds=True))
        place = builder.gep(begin, [ir.IntType(64)(HEADER)], inbounds=True)
        return builder.load(builder.bitcast(place, kind.as_pointer()))

    def hidden(builder: Any, x: Any) -> Any:
        """The same number or place, of which LLVM does not know where it comes from.

        Of two places in one workspace it would know, and would not vectorize a loop that reads and writes there.
        """
        return builder.asm(ir.FunctionType(x.type, [x.type]), "", "=r,0", [x], False)

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def memory(typing: Any, objects: Any, k: Any, dtype: Any) -> Any:
        kind = pointer(dtype.dtype)

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return behind_header(builder, args[0], args[1], context.get_value_type(kind))

        return kind(objects, types.intp, dtype), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def number(typing: Any, objects: Any, k: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return behind_header(builder, args[0], args[1], ir.DoubleType())

        return types.float64(objects, types.intp), code

    @extending.intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]  # Numba has no types
    def apart(typing: Any, x: Any, number: Any) -> Any:
        kind = Apart(x.dtype, number.literal_value) if number.literal_value < APART else pointer(x.dtype)
        return kind(x, number), lambda context, builder, signature, args: hidden(builder, args[0])

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def plain(typing: Any, x: Any) -> Any:
        return pointer(x.dtype)(x), lambda context, builder, signature, args: args[0]

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def moved(typing: Any, x: Any, i: Any) -> Any:
        return x(x, types.intp), lambda context, builder, signature, args: builder.gep(
            args[0], [args[1]], inbounds=True
        )

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def unknown(typing: Any, n: Any) -> Any:
        return types.intp(types.intp), lambda context, builder, signature, args: hidden(builder, args[0])

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def at(typing: Any, x: Any, i: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value = builder.load(builder.gep(args[0], [args[1]], inbounds=True))
            known(builder, x, value)
            return context.data_model_manager[x.dtype].from_data(builder, value)

        return x.dtype(x, types.intp), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def put(typing: Any, x: Any, i: Any, value: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value = context.data_model_manager[x.dtype].as_data(builder, args[2])
            known(builder, x, builder.store(value, builder.gep(args[0], [args[1]], inbounds=True)))
            return context.get_dummy_value()

        return types.void(x, types.intp, x.dtype), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def larger(typing: Any, x: Any, y: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(args[0].type, [args[0].type] * 2)
            name = f"llvm.maximum.f{signature.return_type.bitwidth}"
            return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)

        return x(x, x), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def fma(typing: Any, x: Any, y: Any, z: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = ir.FunctionType(args[0].type, [args[0].type] * 3)
            name = f"llvm.fmuladd.f{signature.return_type.bitwidth}"
            return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)

        return x(x, x, x), code

    @extending.intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]  # Numba has no types
    def gemm(
        typing: Any, address: Any, bits: Any, x: Any, y: Any, out: Any, m: Any, n: Any, k: Any, xt: Any, yt: Any
    ) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            word = ir.IntType(bits.literal_value)
            number = context.get_data_type(x.dtype)

            def place(value: Any) -> Any:
                slot = cgutils.alloca_once(builder, value.type)
                builder.store(value, slot)
                return slot

            def whole(i: Any) -> Any:
                return place(word(i.literal_value))

            letters = [place(ir.IntType(8)(ord("T" if turned.literal_value else "N"))) for turned in (yt, xt)]
            one, zero = place(number(1.0)), place(number(0.0))
            # BLAS has its matrices by columns, so it computes the transpose of the product: outᵀ = yᵀ xᵀ.
            ldy = whole(k if yt.literal_value else n)
            ldx = whole(m if xt.literal_value else k)
            given = [
                *letters, whole(n), whole(m), whole(k), one, args[3], ldy, args[2], ldx, zero, args[4], whole(n),
            ]  # fmt: skip
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
            builder.call(builder.inttoptr(args[0], kind.as_pointer()), given)
            return context.get_dummy_value()

        literal = (bits, x, y, out, m, n, k, xt, yt)
        return types.void(types.intp, *literal), code

    return {
        "memory": memory,
        "number": number,
        "apart": apart,
        "plain": plain,
        "at": at,
        "put": put,
        "moved": moved,
        "unknown": unknown,
        "larger": larger,
        "fma": fma,
        "gemm": gemm,
    }
