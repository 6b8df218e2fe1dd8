"""Primitives as Python objects: copied and pickled by name, called with keywords, shown with a signature."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from tinygrad_lite.core.primitive import REGISTRY, Primitive
from tinygrad_lite.ops.elementwise import exp
from tinygrad_lite.ops.reduction import sum as sum_of

every_primitive = pytest.mark.parametrize("name", sorted(REGISTRY))


@every_primitive
def test_a_primitive_is_pickled_and_copied_by_reference(name: str) -> None:
    primitive = REGISTRY[name]
    assert pickle.loads(pickle.dumps(primitive)) is primitive
    assert copy.copy(primitive) is primitive
    assert copy.deepcopy([primitive])[0] is primitive


def test_a_primitive_that_no_module_holds_is_not_pickled() -> None:
    def local(x):
        return x

    made = Primitive(local)
    try:
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(made)
    finally:
        del REGISTRY["local"]


@every_primitive
def test_a_primitive_has_a_signature_and_a_docstring(name: str) -> None:
    primitive = REGISTRY[name]
    assert len(inspect.signature(primitive).parameters) == len(primitive.names)
    assert primitive.__doc__
    assert repr(primitive).startswith(f"<primitive {name}(")


def test_a_wrong_call_names_the_primitive_and_its_parameters() -> None:
    with pytest.raises(TypeError, match=r"^exp\(\) too many positional arguments; its parameters are x$"):
        exp(1.0, 2.0)
    with pytest.raises(
        TypeError, match=r"^sum\(\) got an unexpected keyword argument 'dims'; its parameters are x, dim, keepdim$"
    ):
        sum_of(1.0, dims=0)


def test_a_rule_may_name_only_what_there_is() -> None:
    def triple(x):
        return 3 * x

    made = Primitive(triple)
    try:
        with pytest.raises(TypeError, match="a rule's first parameter is g"):
            made.derivative(x=lambda x: x)
        with pytest.raises(TypeError, match="asks for 'y', which is neither out nor an argument of triple"):
            made.derivative(x=lambda g, y: g)
        with pytest.raises(TypeError, match="has no argument 'y'"):
            made.derivative(y=lambda g: g)
        made.derivative(x=lambda g, out, x_shape: 3 * g)
        with pytest.raises(ValueError, match="registered twice"):
            made.derivative(x=lambda g: g)
        with pytest.raises(ValueError, match="registered twice"):
            Primitive(triple)
    finally:
        del REGISTRY["triple"]
