"""Every method of the containers, in its corners: the same script under both libraries."""

from __future__ import annotations

from typing import Any

import pytest

from ..support import training_scenarios
from ..support.same_script import check


def L(T: Any, size: int) -> Any:
    """A module that is told apart by its size."""
    return T.nn.Linear(size, size)


def S(T: Any, count: int = 3) -> Any:
    return T.nn.Sequential(*[L(T, i + 1) for i in range(count)])


def ML(T: Any, count: int = 3) -> Any:
    return T.nn.ModuleList([L(T, i + 1) for i in range(count)])


def MD(T: Any) -> Any:
    return T.nn.ModuleDict({"b": L(T, 1), "a": L(T, 2)})


def PL(T: Any) -> Any:
    return T.nn.ParameterList([T.ones(1), T.ones(2), T.ones(3)])


def PD(T: Any) -> Any:
    return T.nn.ParameterDict({"b": T.ones(1), "a": T.ones(2)})


def dd(m: Any) -> Any:
    return [(k, v.in_features) for k, v in m.items()]


def pn(m: Any) -> Any:
    return contents(m)


def contents(m: Any) -> Any:
    """What is in a container, by name, in order."""
    if not hasattr(m, "named_parameters"):
        return m
    values = list(m.values()) if hasattr(m, "values") else list(m) if hasattr(m, "__iter__") else []
    shapes = [list(x.shape) if hasattr(x, "shape") else getattr(x, "in_features", type(x).__name__) for x in values]
    return [type(m).__name__, list(m._modules), [name for name, _ in m.named_parameters()], shapes]


def on(m: Any, act: Any) -> Any:
    """What an action gives, and what it leaves."""
    result = act(m)
    return [result is m, contents(result), contents(m)]


EXPRESSIONS = [
    "on(PL(T), lambda m: m[0])",
    "on(PL(T), lambda m: m[-1])",
    "on(PL(T), lambda m: m[9])",
    "on(PL(T), lambda m: m[1:])",
    "on(PL(T), lambda m: m[::-1])",
    "on(PL(T), lambda m: m['0'])",
    "on(PL(T), lambda m: m.__setitem__(0, T.ones(5)))",
    "on(PL(T), lambda m: m.__setitem__(-1, T.ones(5)))",
    "on(PL(T), lambda m: m.__setitem__(9, T.ones(5)))",
    "on(PL(T), lambda m: m.__setitem__(0, 'text'))",
    "on(PL(T), lambda m: m.__setitem__(slice(0, 1), [T.ones(5)]))",
    "on(PL(T), lambda m: m.append(T.ones(4)))",
    "on(PL(T), lambda m: m.append('x'))",
    "on(PL(T), lambda m: m.append(T.tensor([1])))",
    "on(PL(T), lambda m: m.extend([T.ones(4), T.ones(5)]))",
    "on(PL(T), lambda m: m.extend(T.ones(3)))",
    "on(PL(T), lambda m: m.extend(3))",
    "on(PL(T), lambda m: m.extend(m))",
    "on(PL(T), lambda m: m.__iadd__([T.ones(4)]))",
    "on(PL(T), lambda m: m + [T.ones(4)])",
    "on(PL(T), lambda m: m.__delitem__(0))",
    "on(PL(T), lambda m: m.pop())",
    "on(PL(T), lambda m: m.insert(0, T.ones(1)))",
    "on(PL(T), lambda m: m(1))",
    "on(PL(T), lambda m: repr(m).replace('Parameter containing', 'P'))",
    "on(PL(T), lambda m: '0' in dir(m))",
    "on(PL(T), lambda m: [m[0] in m])",
    "on(PL(T), lambda m: len(m))",
    "on(PL(T), lambda m: [list(p.shape) for p in reversed(m)])",
    "on(PL(T), lambda m: list(m.state_dict()))",
    "on(PL(T), lambda m: pn(copy.deepcopy(m)))",
    "on(PL(T), lambda m: bool(m))",
    "on(PL(T), lambda m: m.append(None))",
    "on(PL(T), lambda m: [m.append(T.nn.ReLU()) and 1, list(m._modules)])",
    "on(PD(T), lambda m: m['a'])",
    "on(PD(T), lambda m: m['zz'])",
    "on(PD(T), lambda m: m[0])",
    "on(PD(T), lambda m: m.__setitem__('z', T.ones(3)))",
    "on(PD(T), lambda m: m.__setitem__(3, T.ones(3)))",
    "on(PD(T), lambda m: m.__setitem__('q', 'text'))",
    "on(PD(T), lambda m: m.__setitem__('a.b', T.ones(1)))",
    "on(PD(T), lambda m: m.__setitem__('keys', T.ones(1)))",
    "on(PD(T), lambda m: m.__delitem__('a'))",
    "on(PD(T), lambda m: m.__delitem__('zz'))",
    "on(PD(T), lambda m: m.pop('a'))",
    "on(PD(T), lambda m: m.pop('zz'))",
    "on(PD(T), lambda m: [m.popitem()[0]])",
    "on(PD(T), lambda m: m.pop('zz', None))",
    "on(PD(T), lambda m: m.clear())",
    "on(PD(T), lambda m: m.get('a'))",
    "on(PD(T), lambda m: [m.get('zz'), m.get('zz', 3)])",
    "on(PD(T), lambda m: m.setdefault('q', T.ones(1)))",
    "on(PD(T), lambda m: m.setdefault('q'))",
    "on(PD(T), lambda m: m.fromkeys(['x', 'y'], T.ones(1)))",
    "on(PD(T), lambda m: m.fromkeys(['x', 'y']))",
    "on(PD(T), lambda m: m.update({'z': T.ones(1), 'y': T.ones(2)}))",
    "on(PD(T), lambda m: m.update(OrderedDict(z=T.ones(1), y=T.ones(2))))",
    "on(PD(T), lambda m: m.update([('z', T.ones(1)), ('y', T.ones(1))]))",
    "on(PD(T), lambda m: m.update(PD(T)))",
    "on(PD(T), lambda m: m.update(3))",
    "on(PD(T), lambda m: m.update([('z',)]))",
    "on(PD(T), lambda m: m.update([3]))",
    "on(PD(T), lambda m: m | T.nn.ParameterDict({'q': T.ones(1)}))",
    "on(PD(T), lambda m: m | {'q': T.ones(1)})",
    "on(PD(T), lambda m: {'q': T.ones(1)} | m)",
    "on(PD(T), lambda m: m.__ior__({'q': T.ones(1)}))",
    "on(PD(T), lambda m: m.copy())",
    "on(PD(T), lambda m: list(reversed(m)))",
    "on(PD(T), lambda m: ['a' in m, 3 in m])",
    "on(PD(T), lambda m: repr(m))",
    "on(PD(T), lambda m: m(1))",
    "on(PD(T), lambda m: list(m.state_dict()))",
    "on(PD(T), lambda m: m.a)",
    "on(PD(T), lambda m: [k for k, _ in m.items()])",
    "on(PD(T), lambda m: 'a' in dir(m))",
    "on(PD(T), lambda m: list(m))",
    "on(PD(T), lambda m: m == m.copy())",
    "on(PD(T), lambda m: [m.__setitem__('r', T.nn.ReLU()), list(m._modules)])",
    "on(S(T), lambda m: m[0])",
    "on(ML(T), lambda m: m[0])",
    "on(S(T), lambda m: m[-1])",
    "on(ML(T), lambda m: m[-1])",
    "on(S(T), lambda m: m[3])",
    "on(ML(T), lambda m: m[3])",
    "on(S(T), lambda m: m[-4])",
    "on(ML(T), lambda m: m[-4])",
    "on(S(T), lambda m: m['0'])",
    "on(ML(T), lambda m: m['0'])",
    "on(S(T), lambda m: m[1.0])",
    "on(ML(T), lambda m: m[1.0])",
    "on(S(T), lambda m: m[T.tensor(1)])",
    "on(ML(T), lambda m: m[T.tensor(1)])",
    "on(S(T), lambda m: m[True])",
    "on(ML(T), lambda m: m[True])",
    "on(S(T), lambda m: m[1:])",
    "on(ML(T), lambda m: m[1:])",
    "on(S(T), lambda m: m[::-1])",
    "on(ML(T), lambda m: m[::-1])",
    "on(S(T), lambda m: m[-2:])",
    "on(ML(T), lambda m: m[-2:])",
    "on(S(T), lambda m: m[5:])",
    "on(ML(T), lambda m: m[5:])",
    "on(S(T), lambda m: m[::2])",
    "on(ML(T), lambda m: m[::2])",
    "on(S(T), lambda m: m.__setitem__(0, L(T, 9)))",
    "on(ML(T), lambda m: m.__setitem__(0, L(T, 9)))",
    "on(S(T), lambda m: m.__setitem__(-1, L(T, 9)))",
    "on(ML(T), lambda m: m.__setitem__(-1, L(T, 9)))",
    "on(S(T), lambda m: m.__setitem__(5, L(T, 9)))",
    "on(ML(T), lambda m: m.__setitem__(5, L(T, 9)))",
    "on(S(T), lambda m: m.__setitem__(3, L(T, 9)))",
    "on(ML(T), lambda m: m.__setitem__(3, L(T, 9)))",
    "on(S(T), lambda m: m.__setitem__(0, 3))",
    "on(ML(T), lambda m: m.__setitem__(0, 3))",
    "on(S(T), lambda m: m.__setitem__(slice(0, 1), [L(T, 9)]))",
    "on(ML(T), lambda m: m.__setitem__(slice(0, 1), [L(T, 9)]))",
    "on(S(T), lambda m: m.__delitem__(0))",
    "on(ML(T), lambda m: m.__delitem__(0))",
    "on(S(T), lambda m: m.__delitem__(-1))",
    "on(ML(T), lambda m: m.__delitem__(-1))",
    "on(S(T), lambda m: m.__delitem__(5))",
    "on(ML(T), lambda m: m.__delitem__(5))",
    "on(S(T), lambda m: m.__delitem__(slice(0, 2)))",
    "on(ML(T), lambda m: m.__delitem__(slice(0, 2)))",
    "on(S(T), lambda m: m.__delitem__(slice(None, None, 2)))",
    "on(ML(T), lambda m: m.__delitem__(slice(None, None, 2)))",
    "on(S(T), lambda m: m.__delitem__('0'))",
    "on(ML(T), lambda m: m.__delitem__('0'))",
    "on(S(T), lambda m: m.append(L(T, 7)))",
    "on(ML(T), lambda m: m.append(L(T, 7)))",
    "on(S(T), lambda m: m.append(3))",
    "on(ML(T), lambda m: m.append(3))",
    "on(S(T), lambda m: m.append(T.nn.ReLU))",
    "on(ML(T), lambda m: m.append(T.nn.ReLU))",
    "on(S(T), lambda m: m.extend([L(T, 7), L(T, 8)]))",
    "on(ML(T), lambda m: m.extend([L(T, 7), L(T, 8)]))",
    "on(S(T), lambda m: m.extend(3))",
    "on(ML(T), lambda m: m.extend(3))",
    "on(S(T), lambda m: m.extend([3]))",
    "on(ML(T), lambda m: m.extend([3]))",
    "on(S(T), lambda m: m.extend((L(T, i) for i in (4, 5))))",
    "on(ML(T), lambda m: m.extend((L(T, i) for i in (4, 5))))",
    "on(S(T), lambda m: m.extend(ML(T)))",
    "on(ML(T), lambda m: m.extend(ML(T)))",
    "on(S(T), lambda m: m.extend(T.nn.ModuleDict({'a': L(T, 1)})))",
    "on(ML(T), lambda m: m.extend(T.nn.ModuleDict({'a': L(T, 1)})))",
    "on(S(T), lambda m: m.insert(0, L(T, 7)))",
    "on(ML(T), lambda m: m.insert(0, L(T, 7)))",
    "on(S(T), lambda m: m.insert(1, L(T, 7)))",
    "on(ML(T), lambda m: m.insert(1, L(T, 7)))",
    "on(S(T), lambda m: m.insert(-1, L(T, 7)))",
    "on(S(T), lambda m: m.insert(3, L(T, 7)))",
    "on(ML(T), lambda m: m.insert(3, L(T, 7)))",
    "on(S(T), lambda m: m.insert(9, L(T, 7)))",
    "on(S(T), lambda m: m.insert(-9, L(T, 7)))",
    "on(S(T), lambda m: m.insert(0, 3))",
    "on(ML(T), lambda m: m.insert(0, 3))",
    "on(S(T), lambda m: m.insert(-3, L(T, 7)))",
    "on(S(T), lambda m: m.pop(0))",
    "on(ML(T), lambda m: m.pop(0))",
    "on(S(T), lambda m: m.pop(-1))",
    "on(ML(T), lambda m: m.pop(-1))",
    "on(S(T), lambda m: m.pop(9))",
    "on(ML(T), lambda m: m.pop(9))",
    "on(S(T), lambda m: m.pop())",
    "on(ML(T), lambda m: m.pop())",
    "on(S(T), lambda m: m.pop(slice(0, 2)))",
    "on(ML(T), lambda m: m.pop(slice(0, 2)))",
    "on(S(T), lambda m: m + S(T, 2))",
    "on(ML(T), lambda m: m + ML(T, 2))",
    "on(S(T), lambda m: m + [L(T, 4)])",
    "on(ML(T), lambda m: m + [L(T, 4)])",
    "on(S(T), lambda m: m + 3)",
    "on(ML(T), lambda m: m + 3)",
    "on(S(T), lambda m: m.__iadd__(S(T, 2)))",
    "on(ML(T), lambda m: m.__iadd__(ML(T, 2)))",
    "on(S(T), lambda m: m.__iadd__([L(T, 4)]))",
    "on(ML(T), lambda m: m.__iadd__([L(T, 4)]))",
    "on(S(T), lambda m: [L(T, 1)] + m)",
    "on(ML(T), lambda m: [L(T, 1)] + m)",
    "on(S(T), lambda m: m * 2)",
    "on(ML(T), lambda m: m * 2)",
    "on(S(T), lambda m: m * 0)",
    "on(ML(T), lambda m: m * 0)",
    "on(S(T), lambda m: m * 1.5)",
    "on(ML(T), lambda m: m * 1.5)",
    "on(S(T), lambda m: 2 * m)",
    "on(ML(T), lambda m: 2 * m)",
    "on(S(T), lambda m: m.__imul__(2))",
    "on(ML(T), lambda m: m.__imul__(2))",
    "on(S(T), lambda m: [len(m), bool(m), L(T, 1) in m, m[0] in m])",
    "on(ML(T), lambda m: [len(m), bool(m), L(T, 1) in m, m[0] in m])",
    "on(S(T), lambda m: [x.in_features for x in iter(m)])",
    "on(ML(T), lambda m: [x.in_features for x in iter(m)])",
    "on(S(T), lambda m: [x.in_features for x in reversed(m)])",
    "on(ML(T), lambda m: [x.in_features for x in reversed(m)])",
    "on(S(T), lambda m: '0' in dir(m))",
    "on(ML(T), lambda m: '0' in dir(m))",
    "on(ML(T), lambda m: m(T.ones(1)) if nm == 'ML' else 1)",
    "on(S(T), lambda m: repr(m))",
    "on(ML(T), lambda m: repr(m))",
    "on(S(T), lambda m: m.index(m[1]))",
    "on(ML(T), lambda m: m.index(m[1]))",
    "on(S(T), lambda m: m.count(m[1]))",
    "on(ML(T), lambda m: m.count(m[1]))",
    "on(S(T), lambda m: m.clear())",
    "on(ML(T), lambda m: m.clear())",
    "on(S(T), lambda m: m.remove(m[0]))",
    "on(ML(T), lambda m: m.remove(m[0]))",
    "on(S(T), lambda m: list(m.keys()))",
    "on(ML(T), lambda m: list(m.keys()))",
    "on(S(T), lambda m: copy.copy(m))",
    "on(ML(T), lambda m: copy.copy(m))",
    "repr(T.nn.Sequential(OrderedDict(a=L(T, 1), b=L(T, 2)))[1:])",
    "T.nn.Sequential([L(T, 1)])",
    "T.nn.Sequential(None)",
    "[repr(T.nn.Sequential()), T.nn.Sequential()(3)]",
    "T.nn.Sequential(L(T, 1), [L(T, 1)])",
    "T.nn.Sequential(lambda x: x)",
    "(lambda m: (m.__setitem__(0, L(T, 5)), list(m._modules))[1])(T.nn.Sequential(OrderedDict(a=L(T, 1), b=L(T, 2))))",
    "(lambda m: (m.__delitem__(0), list(m._modules))[1])(T.nn.Sequential(OrderedDict(a=L(T, 1), b=L(T, 2))))",
    "(lambda m: (m.append(L(T, 5)), list(m._modules))[1])(T.nn.Sequential(OrderedDict(a=L(T, 1), b=L(T, 2))))",
    "(lambda m: (m.pop(0), list(m._modules))[1])(T.nn.Sequential(OrderedDict(a=L(T, 1), b=L(T, 2))))",
    "list((T.nn.Sequential(OrderedDict(a=L(T, 1))) + T.nn.Sequential(OrderedDict(b=L(T, 2))))._modules)",
    "T.nn.Sequential(OrderedDict(a=L(T, 1))).a",
    "T.nn.Sequential(OrderedDict([('a.b', L(T, 1))]))",
    "T.nn.Sequential(OrderedDict([('forward', L(T, 1))]))",
    "type(type('Sub', (T.nn.Sequential,), {})(L(T, 1), L(T, 2))[:1]).__name__",
    "repr(T.nn.ModuleList())",
    "T.nn.ModuleList(3)",
    "T.nn.ModuleList([3])",
    "T.nn.ModuleList([T.nn.ReLU])",
    "T.nn.ModuleList([None])",
    "T.nn.ModuleList(L(T, 1))",
    "type(type('Sub', (T.nn.ModuleList,), {})([L(T, 1), L(T, 2)])[:1]).__name__",
    "type(type('Sub', (T.nn.ModuleList,), {})([L(T, 1)]) + [L(T, 2)]).__name__",
    "repr(T.nn.ModuleList([L(T, 1), L(T, 1), T.nn.ReLU(), S(T, 1), S(T, 1)]))",
    "dd(MD(T))",
    "MD(T)['zz']",
    "MD(T)[0]",
    "(lambda m: (m.__setitem__('c', L(T, 3)), dd(m))[1])(MD(T))",
    "MD(T).__setitem__(3, L(T, 1))",
    "MD(T).__setitem__('x', 3)",
    "MD(T).__setitem__('keys', L(T, 1))",
    "MD(T).__setitem__('a.b', L(T, 1))",
    "MD(T).pop('zz')",
    "(lambda m: (m.pop('a').in_features, dd(m)))(MD(T))",
    "MD(T).pop('zz', None)",
    "(lambda m: (m.clear(), len(m)))(MD(T))[1]",
    "(lambda m: (m.update({'z': L(T, 4), 'y': L(T, 5)}), dd(m))[1])(MD(T))",
    "(lambda m: (m.update([('z', L(T, 4)), ('y', L(T, 5))]), dd(m))[1])(MD(T))",
    "MD(T).update(3)",
    "MD(T).update([('z',)])",
    "MD(T).update([3])",
    "(lambda m: (m.update(MD(T)), dd(m))[1])(MD(T))",
    "MD(T)(1)",
    "repr(MD(T))",
    "['a' in MD(T), 3 in MD(T), len(MD(T)), list(MD(T)), list(MD(T).keys())]",
    "MD(T) | MD(T)",
    "MD(T).get('a')",
    "MD(T).copy()",
    "list(reversed(MD(T)))",
    "(lambda m: (m.__delitem__('a'), dd(m))[1])(MD(T))",
    "MD(T).__delitem__('zz')",
    "MD(T).a.in_features",
    "T.nn.ModuleDict([['a', L(T, 1)]]).a.in_features",
    "T.nn.ModuleDict({'a': None})",
    "T.nn.ModuleDict({'': L(T, 1)})",
    "MD(T).setdefault('a', 3)",
    "MD(T).popitem()",
    "T.nn.ModuleDict({'training': L(T, 1)})",
    "T.nn.ModuleDict({'type': L(T, 1)})",
    "T.nn.ModuleDict(dict(state_dict=L(T, 1)))",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_containers(expression: str) -> None:
    check(expression, L=L, S=S, ML=ML, MD=MD, PL=PL, PD=PD, dd=dd, pn=pn, on=on)


def test_data_parallel_trains_its_module_in_place() -> None:
    def parallel(T: Any) -> Any:
        T.manual_seed(0)
        model = T.nn.DataParallel(T.nn.Linear(3, 2))
        losses = training_scenarios.train(T, model)
        return losses, [*model.state_dict().items()], str(model), model.module.in_features

    training_scenarios.check(parallel, "DataParallel")
