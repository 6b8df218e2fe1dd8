"""This library."""

import functools

import tinygrad_lite as tl

from . import eager

build = functools.partial(eager.build, tl)
