"""This library."""

import functools

import tinygrad_lite as tl

from . import eager

build = functools.partial(eager.build, tl, eager.as_written)
compiled = functools.partial(eager.build, tl, functools.partial(tl.compile, fullgraph=True))
machine_code = functools.partial(eager.build, tl, functools.partial(tl.compile, fullgraph=True, backend="numba"))
