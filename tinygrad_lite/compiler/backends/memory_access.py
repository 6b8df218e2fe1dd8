"""What Numba has no words for: elements of arrays by their place in memory, and BLAS without Python.

Numba's own views and indices of several dimensions take long to compile, and its `np.dot` calls SciPy's BLAS. Here an
array is memory that begins somewhere, and products are calls of the BLAS that NumPy itself uses, where it can be found:
two libraries would mean two sets of threads, which wait for each other.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from ...runtime.configuration import DECORATIONS, libraries
from ...runtime.optional import require

EXTRA = "numba"


class Blas(NamedTuple):
    """The functions that multiply matrices: their addresses, and the bits of their integers."""

    single: int
    double: int
    bits: int


@functools.cache
def blas() -> Blas:
    """NumPy's OpenBLAS; where it is not found, the BLAS of SciPy.

    Raises:
        ImportError: if SciPy is needed and not installed. The message names the extra that brings it.
    """
    for path in libraries():
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for before, after in DECORATIONS:
            if after:  # the integers of the others may have either size
                found = [getattr(library, f"{before}{kind}gemm_{after}", None) for kind in "sd"]
                if all(found):
                    single, double = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in found)  # type: ignore[arg-type]
                    return Blas(single, double, 64)
    require("scipy.linalg.cython_blas", EXTRA)
    address = require("numba.extending", EXTRA).get_cython_function_address
    single, double = (address("scipy.linalg.cython_blas", f"{kind}gemm") for kind in "sd")
    return Blas(single, double, 32)


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """The functions `at`, `put`, `flat` and `gemm`, by name, for machine code.

    at(array, i): the element i of memory. put(array, i, x): write it. flat(array, i, n): the n elements from i on as an
    array. gemm(address, bits, x, y, out, m, n, k, x_turned, y_turned): out (m, n) = x (m, k) y (k, n), where a matrix
    that is turned lies in memory as its transpose.
    """
    extending, types = require("numba.extending", EXTRA), require("numba.types", EXTRA)
    arrayobj, cgutils = require("numba.np.arrayobj", EXTRA), require("numba.core.cgutils", EXTRA)
    ir = require("llvmlite.ir", EXTRA)

    def pointer(context: Any, builder: Any, kind: Any, array: Any, i: Any) -> Any:
        data = arrayobj.make_array(kind)(context, builder, array).data
        return builder.gep(data, [i], inbounds=True)

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]
    def at(typing: Any, array: Any, i: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = signature.args[0]
            return arrayobj.load_item(context, builder, kind, pointer(context, builder, kind, *args))

        return array.dtype(array, types.intp), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]
    def put(typing: Any, array: Any, i: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = signature.args[0]
            arrayobj.store_item(context, builder, kind, args[2], pointer(context, builder, kind, *args[:2]))
            return context.get_dummy_value()

        return types.void(array, types.intp, array.dtype), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]
    def flat(typing: Any, array: Any, i: Any, n: Any) -> Any:
        made = types.Array(array.dtype, 1, "C")

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = signature.args[0]
            view = arrayobj.make_array(made)(context, builder)
            size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(array.dtype)))
            given = arrayobj.make_array(kind)(context, builder, args[0])
            arrayobj.populate_array(
                view, data=pointer(context, builder, kind, *args[:2]), shape=(args[2],), strides=(size,), itemsize=size,
                meminfo=given.meminfo, parent=given.parent,
            )  # fmt: skip
            return arrayobj.impl_ret_borrowed(context, builder, made, view._getvalue())

        return made(array, types.intp, types.intp), code

    @extending.intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
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

            def data(j: int) -> Any:
                return arrayobj.make_array(signature.args[j])(context, builder, args[j]).data

            letters = [place(ir.IntType(8)(ord("T" if turned.literal_value else "N"))) for turned in (yt, xt)]
            one, zero = place(number(1.0)), place(number(0.0))
            # BLAS has its matrices by columns, so it computes the transpose of the product: outᵀ = yᵀ xᵀ.
            ldy = whole(k if yt.literal_value else n)
            ldx = whole(m if xt.literal_value else k)
            given = [
                *letters, whole(n), whole(m), whole(k), one, data(3), ldy, data(2), ldx, zero, data(4), whole(n),
            ]  # fmt: skip
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
            builder.call(builder.inttoptr(args[0], kind.as_pointer()), given)
            return context.get_dummy_value()

        literal = (bits, x, y, out, m, n, k, xt, yt)
        return types.void(types.intp, *literal), code

    return {"at": at, "put": put, "flat": flat, "gemm": gemm}
