"""A piece of a program: machine code for some calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layouts import Layout
from . import blas
from .loops import Kernel
from .machine_code import machine_code, progress
from .nodes import Untakeable
from .signatures import as_indices

UNSEEN = ("result", "gradient")
"""The origins of arrays that may lie in memory otherwise in each call; of the others the guards know."""


class Piece:
    """Machine code for some calls: a function of arrays that returns new ones.

    Args:
        name, program: its name, and that of the program.
        layouts: those of the arrays that it is given.
        loose: the numbers of those that NumPy makes, and of gradients from outside: how they lie in memory, and whether
            one without dimensions is an array or a number, is only known when they are there.
        kernel: its text, with the arrays that it makes.
    """

    def __init__(self, name: str, program: str, layouts: list[Layout], loose: list[int], kernel: Kernel) -> None:
        self.__name__ = name
        self.kernel = kernel
        self.program = program
        self.made = [(node.shape, node.dtype) for node in kernel.outputs]
        self.layouts = layouts
        self.loose = {*loose, *[i for i, x in enumerate(layouts) if x.number or not x.in_order]}
        self._spaces: list[tuple[Any, ...]] = []
        self._code: Any = None

    def compile(self) -> None:
        """Make the machine code.

        Raises:
            Untakeable: if Numba cannot compile it.
        """
        self._code = self.compiled(self.kernel.text(), [*self.kernel.steps])

    def compiled(self, text: str, inner: Sequence[str] = ()) -> Any:
        """Machine code of a text that takes what the piece does, and perhaps more.

        Raises:
            Untakeable: if Numba cannot compile it.
        """
        try:
            with progress(f"{self.program}: {self.__name__}"):
                return machine_code(text, self.kernel.forms, inner)
        except Exception as error:
            raise Untakeable(f"{type(error).__name__}: {error}") from None

    def space(self) -> tuple[Any, ...]:
        """The addresses of BLAS, and workspaces, which are given back by `leave`."""
        try:
            return self._spaces.pop()  # another thread may have taken the last
        except IndexError:
            arrays = [np.empty(size, dtype) for size, dtype in self.kernel.workspaces()]
            return blas.gemm_addresses(), *arrays

    def leave(self, space: tuple[Any, ...]) -> None:
        """Give memory back."""
        self._spaces.append(space)

    def source(self) -> str:
        """Its text."""
        return as_indices(self.kernel.shown(self.__name__))

    def __call__(self, *args: Any) -> Any:
        outputs = [np.empty(*each) for each in self.made]
        if self.loose:
            args = self.in_order(args)
        space = self.space()
        if self._code is None:
            self.compile()
        self._code(*space, *args, *outputs)
        self.leave(space)
        return outputs[0] if len(outputs) == 1 else outputs

    def in_order(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments; those that may lie in memory in another order are copied into the usual one."""
        return tuple([np.asarray(x, order="C") if i in self.loose else x for i, x in enumerate(args)])
