"""Operations on Python's objects by their addresses, for machine code: it calls the functions of Python's C API.

Machine code that is called by Python has the GIL, and keeps it here: none of these functions runs code of a user.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ...runtime.optional import require

EXTRA = "numba"

FUNCTIONS = {
    "dict_item": ("PyDict_GetItem", 2),
    "dict_size": ("PyDict_Size", 1),
    "list_item": ("PyList_GetItem", 2),
    "list_size": ("PyList_Size", 1),
}
"""The functions of Python by the names that they have in machine code, and the number of their arguments."""

TYPE = object.__basicsize__ - tuple.__itemsize__
"""The bytes of an object before its type, which is the last thing in the header of all objects."""


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """The functions `dict_item`, `dict_size`, `dict_next`, `list_item`, `list_size`, `type_of` and `own_dict`.

    They take addresses. dict_item(d, key): the item of a dict, or 0. dict_next(d, entry): whether there is one more
    item in a dict, of which the key and the value are then entry[1] and entry[2]; entry[0] says where it goes on, and
    is 0 at first.
    type_of(x): the type of an object. own_dict(x): the dict of its attributes.
    """
    extending, types = require("numba.extending", EXTRA), require("numba.types", EXTRA)
    cgutils, ir = require("numba.core.cgutils", EXTRA), require("llvmlite.ir", EXTRA)
    word = ir.IntType(64)

    def call(builder: Any, name: str, args: Any, result: Any = word) -> Any:
        kind = ir.FunctionType(result, [x.type for x in args])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)

    def function(name: str, count: int) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return call(builder, name, args)

        if count == 1:
            return extending.intrinsic(prefer_literal=False)(lambda typing, x: (types.intp(types.intp), code))
        return extending.intrinsic(prefer_literal=False)(
            lambda typing, x, y: (types.intp(types.intp, types.intp), code)
        )

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def dict_next(typing: Any, values: Any, entry: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            places = [builder.gep(args[1], [word(i)], inbounds=True) for i in range(3)]
            found = call(builder, "PyDict_Next", [args[0], *places], ir.IntType(32))
            return builder.icmp_signed("!=", found, ir.IntType(32)(0))

        return types.boolean(types.intp, entry), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def type_of(typing: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.load(builder.inttoptr(builder.add(args[0], word(TYPE)), word.as_pointer()))

        return types.intp(types.intp), code

    @extending.intrinsic(prefer_literal=False)  # type: ignore[untyped-decorator]  # Numba has no types
    def own_dict(typing: Any, x: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            found = call(builder, "PyObject_GenericGetDict", [args[0], word(0)])
            call(builder, "Py_DecRef", [found], ir.VoidType())  # the object itself still holds it
            return found

        return types.intp(types.intp), code

    plain = {name: function(*each) for name, each in FUNCTIONS.items()}
    return {**plain, "dict_next": dict_next, "type_of": type_of, "own_dict": own_dict}
