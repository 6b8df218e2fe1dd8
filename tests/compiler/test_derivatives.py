"""Compiled programs of the numpy backend: the gradients of every public form, and of large arrays, by differences.

A program is traced with some values and then runs with others. Nothing here needs PyTorch.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.tensor import wrap

from ..ops.test_large import NAMES
from ..support.function_checks import check_function, floating
from ..support.large_samples import call as large_call
from ..support.public_samples import SAMPLES, drawn, fits, forms


def compiled(f: Any, arrays: list[Any]) -> Any:
    """The program of f, traced with these values; None where a warning says why there is none."""

    def copied(*tensors: Any) -> Any:
        return [t * 1 for t in floating(f(*tensors))]  # a program returns nothing in the memory of its arguments

    program = tl.compile(copied)
    with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        program(*[wrap(np.array(x, np.float64)).requires_grad_() for x in arrays])
    return None if any("cannot be made a program" in str(w.message) for w in found) else program


WITHOUT_PROGRAM = {"repeat_interleave", "masked_select", "masked_scatter", "Tensor.__getitem__", "cov", "as_strided"}
"""Functions of which some calls run as they are written.

The shape of the result depends on values; `as_strided` with a storage_offset, on where an argument lies in its memory.
"""


@pytest.mark.parametrize("name", SAMPLES)
def test_every_public_form(name: str) -> None:
    for label, call in forms(name).items():
        for line in SAMPLES[name]:
            arguments = drawn(line, 1)
            if not fits(label, arguments):
                continue

            def f(*tensors: Any, arguments: Any = arguments, call: Any = call) -> Any:
                args, kwargs = arguments.filled(list(tensors))
                return call(*args, **kwargs)

            others = [x[::-1] if x.ndim else x for x in arguments.leaves]  # from the same domain
            program = compiled(f, others)
            assert program or name in WITHOUT_PROGRAM, f"{label}({line}) was not made a program"
            try:
                check_function(program or f, arguments.leaves, 1, second=False)
            except AssertionError as error:
                raise AssertionError(f"{label}({line}), compiled: {error}") from None


INDEXED = {"getitem", "put_at", "put_view", "setitem"}
"""Primitives that are given arrays for indices, which a program does not take."""


@pytest.mark.parametrize("name", sorted(set(NAMES) - INDEXED))
def test_large_arrays(name: str) -> None:
    for seed, elements in enumerate((300, 5000, 70_000)):
        call = large_call(name, seed, elements)
        arrays = [call.args[i] for i in call.places]
        constants = [
            wrap(x) if isinstance(x, np.ndarray) else x.item() if isinstance(x, np.generic) else x for x in call.args
        ]

        primitive, places = call.primitive, call.places  # `call` has arrays, which a program would have to compare

        def f(*tensors: Any, primitive: Any = primitive, places: Any = places, constants: Any = constants) -> Any:
            given = dict(zip(places, tensors, strict=True))
            return primitive(*[given.get(i, x) for i, x in enumerate(constants)])

        others = [np.ascontiguousarray(x[::-1]) if x.ndim else x for x in arrays]
        program = compiled(f, others)
        assert program is not None
        check_function(program, arrays, seed, second=False)
