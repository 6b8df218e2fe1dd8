"""The graph of ONNX that is being built: nodes, constants, and the sizes that are computed when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..runtime.optional import require
from .errors import NotExportable
from .program import Step, Var
from .sizes import Dim, Size, affine

END = np.iinfo(np.int64).max
"""The end of a slice that goes to the end."""


class Graph:
    """Nodes that are added one after the other. Arrays are known by their names.

    Attributes:
        opset: the version of ONNX's operators.
        nodes: the nodes so far.
        initializers: the arrays that the model brings along, by name.
        path: the path of the module whose calls are being converted, with which nodes are named.
    """

    def __init__(self, opset: int) -> None:
        self.onnx = require("onnx", extra="onnx")
        self.opset = opset
        self.nodes: list[Any] = []
        self.initializers: dict[str, np.ndarray[Any, Any]] = {}
        self.path = ""
        self._names: dict[Var, str | NotExportable] = {}
        self._taken: dict[str, int] = {}
        self._constants: dict[Any, str] = {}
        self._sizes: dict[Size, str] = {}
        self._reshaped: dict[str, tuple[str, Sequence[Dim] | None]] = {}
        self._found: list[tuple[Size, str, int]] = []  # the sizes of arrays, with the array and its dimension

    # ------------------------------------------------------------------------------------------------ names

    def unused(self, name: str) -> str:
        """The name, with a number if it is taken."""
        count = self._taken.get(name, 0)
        self._taken[name] = count + 1
        return name if not count else self.unused(f"{name}_{count}")

    def bind(self, var: Var, name: str | NotExportable) -> None:
        """Let a name stand for an array of the program, or the reason why there is none."""
        self._names[var] = name
        if isinstance(name, str):
            for dim, size in enumerate(var.shape):
                if isinstance(size, Size):
                    self._found.append((size, name, dim))

    def bound(self, var: Var) -> bool:
        """Return True if an array of the program has a name."""
        return var in self._names

    def name(self, var: Var) -> str:
        """The name of an array of the program.

        Raises:
            NotExportable: if there is none.
        """
        if var not in self._names and var.constant is not None:
            self.bind(var, self.constant(var.constant))
        found = self._names.get(var, NotExportable(f"it uses what {var.step.name if var.step else 'nothing'} keeps"))
        if isinstance(found, NotExportable):
            raise found
        return found

    # ------------------------------------------------------------------------------------------------ nodes

    def add(self, operator: str, *inputs: str, results: int = 1, **attributes: Any) -> Any:
        """Add a node. The result is the name of its output, or a list of names if there are several."""
        name = self.unused(f"/{self.path.replace('.', '/')}/{operator}".replace("//", "/"))
        outputs = [f"{name}_output_{i}" for i in range(results)]
        attributes = {key: value for key, value in attributes.items() if value is not None}
        self.nodes.append(self.onnx.helper.make_node(operator, list(inputs), outputs, name, **attributes))
        return outputs[0] if results == 1 else outputs

    def constant(self, value: Any, dtype: Any = None) -> str:
        """The name of an array that is a part of the model; equal ones are one."""
        array = np.asarray(value, dtype)
        key = array.shape, array.dtype.str, array.tobytes()
        if key not in self._constants:
            name = self._constants[key] = self.unused("constant")
            self.initializers[name] = array
        return self._constants[key]

    def initializer(self, name: str, array: Any) -> str:
        """The name of an array of the model, such as a parameter."""
        name = self.unused(name)
        self.initializers[name] = np.ascontiguousarray(array)
        return name

    def cast(self, name: str, dtype: Any) -> str:
        """An array in another dtype."""
        return self.add("Cast", name, to=self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def operand(self, x: Any, dtype: Any) -> str:
        """An argument in a dtype: an array, a number, or a size."""
        if isinstance(x, Var):
            return self.name(x) if x.dtype == dtype else self.cast(self.name(x), dtype)
        if isinstance(x, Size):
            return self.cast(self.add("Squeeze", self.vector([x])), dtype)
        return self.constant(x, dtype)

    # ------------------------------------------------------------------------------------------------ sizes

    def vector(self, sizes: Sequence[Dim]) -> str:
        """Sizes as an array of one dimension."""
        if not any(isinstance(n, Size) for n in sizes):
            return self.constant([*sizes], np.int64)
        if len(sizes) == 1:
            return self._size(sizes[0])
        parts: list[str] = []
        known: list[int] = []
        for n in [*sizes, None]:
            if isinstance(n, int):
                known.append(n)
                continue
            if known:
                parts.append(self.constant(known, np.int64))
                known = []
            if n is not None:
                parts.append(self._size(n))
        return self.add("Concat", *parts, axis=0)

    def _size(self, size: Size) -> str:
        """A size, computed from those of arrays: of the inputs, if it can be."""
        if size not in self._sizes:
            found = self._computed(size)
            if found is None:
                raise NotExportable(
                    f"a size that depends on the dynamic axes ({size!r} for the sizes that were traced) follows from "
                    "no array's shape"
                )
            self._sizes[size] = found
        return self._sizes[size]

    def _computed(self, size: Size, factors: int = 3) -> str | None:
        """A size as a multiple of another one and a number, or as a product of so many of them."""
        same = [known for known in self._found if known[0] == size]
        for known, name, dim in same or self._found:
            if (terms := affine(size, known)) is not None:
                return self._scaled(self.add("Shape", name, start=dim, end=dim + 1), *terms)
        if factors == 1:
            return None
        for known, name, dim in self._found:
            if all(n and m % n == 0 for m, n in zip(size.values, known.values, strict=True)):
                rest = Size(tuple(m // n for m, n in zip(size.values, known.values, strict=True)))
                if (other := self._computed(rest, factors - 1)) is not None:
                    return self.add("Mul", self.add("Shape", name, start=dim, end=dim + 1), other)
        return None

    def _scaled(self, x: str, a: int, b: int) -> str:
        if a != 1:
            x = self.add("Mul", x, self.constant([a], np.int64))
        return self.add("Add", x, self.constant([b], np.int64)) if b else x

    # --------------------------------------------------------------------------------- what many conversions use

    def reshape(self, name: str, shape: Sequence[Dim], given: Sequence[Dim] | None = None) -> str:
        """An array in another shape; `given` is the one that it has, if it is known."""
        name, given = self._reshaped.get(name, (name, given))  # of several, one after the other, the last is enough
        if given is not None and tuple(given) == tuple(shape):
            return name
        found = self._in_shape(name, [*shape], given)
        if given is not None:
            self._reshaped[found] = name, given
        return found

    def _in_shape(self, name: str, dims: list[Dim], given: Sequence[Dim] | None) -> str:
        if 0 in dims:
            return self.add("Reshape", name, self.vector(dims), allowzero=1)
        for i, n in enumerate(dims):  # a 0 says that the size is as it was
            if isinstance(n, Size) and given is not None and i < len(given) and given[i] == n:
                dims[i] = 0
        unknown = [i for i, n in enumerate(dims) if isinstance(n, Size)]
        if unknown:
            dims[unknown[-1]] = -1
        if not any(isinstance(n, Size) for n in dims):
            return self.add("Reshape", name, self.constant(dims, np.int64))
        return self.add("Reshape", name, self.vector(dims))

    def unsqueeze(self, name: str, *dims: int) -> str:
        """An array with further dimensions of length 1."""
        return self.add("Unsqueeze", name, self.constant(dims, np.int64))

    def squeeze(self, name: str, *dims: int) -> str:
        """An array without dimensions of length 1."""
        return self.add("Squeeze", name, self.constant(dims, np.int64))

    def slice(self, name: str, dim: int, start: Dim, end: Dim, step: int = 1) -> str:
        """The elements from start to end along a dimension."""
        return self.add(
            "Slice", name, self.vector([start]), self.vector([end]), self.vector([dim]), self.vector([step])
        )

    def expand(self, name: str, shape: Sequence[Dim]) -> str:
        """An array broadcast to a shape."""
        return self.add("Expand", name, self.vector(shape))


def common_dtype(args: Sequence[Any]) -> np.dtype[Any]:
    """The dtype that NumPy computes in: numbers of Python and sizes take that of the arrays."""
    return np.result_type(*[x.dtype if isinstance(x, Var) else 1 if isinstance(x, Size) else x for x in args])


def result_of(step: Step) -> Var:
    """The result of a call that has one."""
    return step.results[0]
