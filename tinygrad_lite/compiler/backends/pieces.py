"""A piece of a program: machine code for some calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layouts import Layout
from . import memory_access
from .loops import Kernel
from .machine_code import machine_code, numba, progress
from .nodes import Untakeable, as_indices

Array = np.ndarray[Any, Any]


class Piece:
    """Machine code for some calls: a function of arrays that returns new ones.

    Args:
        name, program: its name, and that of the program.
        layouts: those of the arrays that it is given.
        loose: the numbers of those that NumPy makes: how they lie in memory is only known when they are there.
        kernel: its text, with the arrays that it makes.

    Raises:
        Untakeable: if Numba cannot compile it.
    """

    def __init__(self, name: str, program: str, layouts: list[Layout], loose: list[int], kernel: Kernel) -> None:
        self.__name__ = name
        self.kernel = kernel
        self._code = machine_code(kernel.text, kernel.forms)
        self._made = [(node.shape, node.dtype) for node in kernel.outputs]
        self._spaces: list[tuple[Array, ...]] = []
        typeof = numba().typeof
        self._blas = memory_access.blas()[:2]
        self._loose = {*loose, *[i for i, x in enumerate(layouts) if x.number or not x.in_order]}
        arrays = [np.empty(*each) for each in (*[(x.shape, x.dtype) for x in layouts], *self._made)]
        types = [typeof(x) for x in (*self._blas, *self._space(), *arrays)]
        try:
            with progress(f"{program}: {name}"):
                self._code.compile(tuple(types))
        except Exception as error:
            raise Untakeable(f"{type(error).__name__}: {error}") from None

    def _space(self) -> tuple[Array, ...]:
        return tuple([np.empty(size, dtype) for size, dtype in self.kernel.workspaces()])

    def source(self) -> str:
        """Its text."""
        return as_indices(self.kernel.text.replace("def kernel(", f"def {self.__name__}("))

    def __call__(self, *args: Any) -> Any:
        outputs = [np.empty(*each) for each in self._made]
        if self._loose:
            args = tuple([np.ascontiguousarray(x) if i in self._loose else x for i, x in enumerate(args)])
        try:
            space = self._spaces.pop()  # another thread may have taken the last
        except IndexError:
            space = self._space()
        self._code(*self._blas, *space, *args, *outputs)
        self._spaces.append(space)
        return outputs[0] if len(outputs) == 1 else outputs
