"""Programs that read Python's world, in every way that a table lists, and a change of what they read.

Each program is made of a place where a number is held and a way to use it. `python -m tests.support.staleness` runs all of
them, and then random training programs with mutations (`--random 10000`), and counts those that differ from the function
as it is written without a word.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import random
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tl

HELD: dict[str, tuple[str, str, str]] = {
    # where the number is held: what is defined, how it is read, and how it is changed
    "a global": ("k = 2.0", "k", "k = 5.0"),
    "a global of the same value": ("k = 0.0", "(1.0 / (1.0 + np.signbit(k)))", "k = -0.0"),
    "a type": ("k = 1", "(3.0 if isinstance(k, bool) else 2.0)", "k = True"),
    "a type of float": ("k = 2", "(3.0 if type(k) is float else 2.0)", "k = 2.0"),
    "a global that hides a builtin": ("", "float(max(1, 2))", "def max(*args): return 5.0"),
    "a function that is defined anew": ("def g(): return 2.0", "g()", "def g(): return 5.0"),
    "code": ("def g(): return 2.0\ndef h(): return 5.0", "g()", "g.__code__ = h.__code__"),
    "a function's globals": ("k = 2.0\ndef g(): pass", "g.__globals__['k']", "k = 5.0"),
    "a default": ("def g(k=2.0): return k", "g()", "g.__defaults__ = (5.0,)"),
    "a default by name": ("def g(*, k=2.0): return k", "g()", "g.__kwdefaults__ = {'k': 5.0}"),
    "a default's item": ("def g(k=[2.0]): return k[0]", "g()", "g.__defaults__[0][0] = 5.0"),
    "a closure": ("def make():\n    k = 2.0\n    def get(): return k\n    def put():\n        nonlocal k\n        k = 5.0\n"
                  "    return get, put\nget, put = make()", "get()", "put()"),
    "a cell": ("def make(k):\n    return lambda: k\nget = make(2.0)", "get()", "get.__closure__[0].cell_contents = 5.0"),
    "a function's attribute": ("def g(): pass\ng.k = 2.0", "g.k", "g.k = 5.0"),
    "an attribute": ("class A: pass\na = A()\na.k = 2.0", "a.k", "a.k = 5.0"),
    "an attribute by setattr": ("class A: pass\na = A()\na.k = 2.0", "a.k", "object.__setattr__(a, 'k', 5.0)"),
    "__dict__": ("class A: pass\na = A()\na.k = 2.0", "a.k", "a.__dict__['k'] = 5.0"),
    "another __dict__": ("class A: pass\na = A()\na.k = 2.0", "a.k", "a.__dict__ = {'k': 5.0}"),
    "another __dict__ where attributes are computed": (
        "class A:\n    def __getattribute__(self, n): return object.__getattribute__(self, n)\na = A()\na.k = 2.0", "a.k",
        "a.__dict__ = {'k': 5.0}"),
    "another __dict__ of a Module": ("a = nn.Softplus(beta=2.0)", "a.beta", "a.__dict__ = vars(nn.Softplus(beta=5.0))"),
    "another __dict__ of a function": ("def g(): pass\ng.k = 2.0", "g.k", "g.__dict__ = {'k': 5.0}"),
    "a function's attribute that appears": ("def g(): pass", "getattr(g, 'k', 2.0)", "g.k = 5.0"),
    "another __dict__ of a function without one": ("def g(): pass", "getattr(g, 'k', 2.0)", "g.__dict__ = {'k': 5.0}"),
    "__class__": ("class A: k = 2.0\nclass B: k = 5.0\na = A()", "a.k", "a.__class__ = B"),
    "a class attribute": ("class A: k = 2.0\na = A()", "a.k", "A.k = 5.0"),
    "a class attribute of the class": ("class A: k = 2.0", "A.k", "A.k = 5.0"),
    "a base's attribute": ("class B: k = 2.0\nclass A(B): pass\na = A()", "a.k", "B.k = 5.0"),
    "a base's attribute that is hidden": ("class B: k = 2.0\nclass A(B): pass\na = A()", "a.k", "A.k = 5.0"),
    "a class attribute that is hidden": ("class A: k = 2.0\na = A()", "a.k", "a.k = 5.0"),
    "a method that is hidden": ("class A:\n    def k(self): return 2.0\na = A()", "a.k()", "a.k = lambda: 5.0"),
    "a class attribute hidden as another goes": ("class B: k = 2.0\nclass A(B): other = 1\na = A()", "a.k",
                                                 "del A.other\nA.k = 5.0"),
    "the bases": ("class B: k = 2.0\nclass C: k = 5.0\nclass A(B): pass\na = A()", "a.k", "A.__bases__ = (C,)"),
    "a slot": ("class A: __slots__ = ('k',)\na = A()\na.k = 2.0", "a.k", "a.k = 5.0"),
    "a property": ("class A:\n    v = 2.0\n    @property\n    def k(self): return self.v\na = A()", "a.k", "a.v = 5.0"),
    "a property that is replaced": ("class A:\n    @property\n    def k(self): return 2.0\na = A()", "a.k",
                                    "A.k = property(lambda self: 5.0)"),
    "a descriptor": ("class D:\n    def __init__(self): self.v = 2.0\n    def __get__(self, *_): return self.v\n"
                     "class A: k = D()\na = A()", "a.k", "vars(A)['k'].v = 5.0"),
    "a cached property": ("import functools\nclass A:\n    @functools.cached_property\n    def k(self): return 2.0\na = A()\na.k",
                          "a.k", "a.__dict__['k'] = 5.0"),
    "__getattr__": ("class A:\n    def __init__(self): self.d = {'k': 2.0}\n    def __getattr__(self, n): return self.d[n]\n"
                    "a = A()", "a.k", "a.d['k'] = 5.0"),
    "__getattr__ that is hidden": ("class A:\n    def __getattr__(self, n): return 2.0\na = A()", "a.k", "a.k = 5.0"),
    "__getattribute__": ("v = 2.0\nclass A:\n    def __getattribute__(self, n): return v\na = A()", "a.k", "v = 5.0"),
    "a metaclass": ("class T(type):\n    v = 2.0\n    @property\n    def k(cls): return cls.v\nclass A(metaclass=T): pass",
                    "A.k", "T.v = 5.0"),
    "a static method": ("class A:\n    k = 2.0\n    @staticmethod\n    def g(): return A.k", "A.g()", "A.k = 5.0"),
    "a class method": ("class A:\n    k = 2.0\n    @classmethod\n    def g(cls): return cls.k", "A.g()", "A.k = 5.0"),
    "super()": ("class B:\n    def g(self): return 2.0\nclass A(B):\n    def g(self): return super().g()\na = A()", "a.g()",
                "B.g = lambda self: 5.0"),
    "a list": ("a = [2.0]", "a[0]", "a[0] = 5.0"),
    "a slice": ("a = [2.0, 3.0]", "a[:1][0]", "a[0] = 5.0"),
    "a length": ("a = [1, 2]", "float(len(a))", "a.append(3)"),
    "a nested list": ("a = [[{'k': (2.0, [3.0])}]]", "a[0][0]['k'][1][0]", "a[0][0]['k'][1][0] = 5.0"),
    "a list in a tuple": ("a = ([2.0],)", "a[0][0]", "a[0][0] = 5.0"),
    "a list that is replaced": ("class A: pass\na = A()\na.k = [2.0]", "a.k[0]", "a.k = [5.0]"),
    "a dict": ("a = {'k': 2.0}", "a['k']", "a['k'] = 5.0"),
    "a dict's key of another type": ("a = {1: 2.0}", "sum(3.0 if isinstance(k, bool) else 2.0 for k in a)",
                                     "a.clear()\na[True] = 2.0"),
    "a dict's get": ("a = {}", "a.get('k', 2.0)", "a['k'] = 5.0"),
    "a dict's order": ("a = {'x': 2.0, 'y': 5.0}", "[*a.values()][0]", "a['x'] = a.pop('x')"),
    "a set": ("a = {2.0}", "max(a)", "a.add(5.0)"),
    "a membership": ("a = {1}", "(5.0 if 2 in a else 2.0)", "a.add(2)"),
    "a frozenset": ("a = frozenset([2.0])", "max(a)", "a = frozenset([5.0])"),
    "a deque": ("import collections\na = collections.deque([2.0])", "a[0]", "a[0] = 5.0"),
    "a UserDict": ("import collections\na = collections.UserDict(k=2.0)", "a['k']", "a['k'] = 5.0"),
    "a UserList": ("import collections\na = collections.UserList([2.0])", "a[0]", "a[0] = 5.0"),
    "a ChainMap": ("import collections\na = collections.ChainMap({}, {'k': 2.0})", "a['k']", "a['k'] = 5.0"),
    "a Counter": ("import collections\na = collections.Counter('xx')", "float(a['x'])", "a.update('xxx')"),
    "a defaultdict": ("import collections\na = collections.defaultdict(lambda: 2.0)", "a['k']", "a['k'] = 5.0"),
    "an OrderedDict": ("import collections\na = collections.OrderedDict(x=2.0, y=5.0)", "next(iter(a.values()))",
                       "a.move_to_end('x')"),
    "a dict of a class": ("class D(dict): pass\na = D(k=2.0)", "a['k']", "a['k'] = 5.0"),
    "a dict with __missing__": ("v = 2.0\nclass D(dict):\n    def __missing__(self, k): return v\na = D()", "a['k']", "v = 5.0"),
    "a list of a class": ("class L(list): pass\na = L([2.0])", "a[0]", "a[0] = 5.0"),
    "a mappingproxy": ("import types\nd = {'k': 2.0}\na = types.MappingProxyType(d)", "a['k']", "d['k'] = 5.0"),
    "a dict view": ("d = {'k': 2.0}\na = d.values()", "[*a][0]", "d['k'] = 5.0"),
    "an iterator": ("a = iter([2.0, 3.0, 4.0, 5.0, 6.0] * 9)", "next(a)", ""),
    "a generator": ("a = (float(i) for i in range(99))", "next(a)", ""),
    "a count": ("import itertools\na = itertools.count(1)", "float(next(a))", ""),
    "a namespace": ("import types\na = types.SimpleNamespace(k=2.0)", "a.k", "a.k = 5.0"),
    "an argparse.Namespace": ("import argparse\na = argparse.Namespace(k=2.0)", "a.k", "a.k = 5.0"),
    "a dataclass": ("import dataclasses\n@dataclasses.dataclass\nclass A: k: float = 2.0\na = A()", "a.k", "a.k = 5.0"),
    "a frozen dataclass": ("import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass A: k: float = 2.0\na = A()", "a.k",
                           "object.__setattr__(a, 'k', 5.0)"),
    "astuple": ("import dataclasses\n@dataclasses.dataclass\nclass A: k: float = 2.0\na = A()", "dataclasses.astuple(a)[0]",
                "a.k = 5.0"),
    "a named tuple": ("import collections\nA = collections.namedtuple('A', 'k')\na = A(2.0)", "a.k", "a = A(5.0)"),
    "an enum": ("import enum\nclass A(enum.Enum): k = 2.0", "A.k.value", "A.k._value_ = 5.0"),
    "a module": ("import types\nm = types.ModuleType('stale_m')\nm.k = 2.0", "m.k", "m.k = 5.0"),
    "a module's __getattr__": ("import types\nm = types.ModuleType('stale_m')\nexec('v = 2.0\\ndef __getattr__(n): return v', "
                               "m.__dict__)", "m.k", "m.v = 5.0"),
    "a module's name that appears": ("import types\nm = types.ModuleType('stale_m')\nexec('def __getattr__(n): return 2.0', "
                                     "m.__dict__)", "m.k", "m.k = 5.0"),
    "an import": ("import sys, types\nm = sys.modules['stale_m'] = types.ModuleType('stale_m')\nm.k = 2.0",
                  "__import__('stale_m').k", "m.k = 5.0"),
    "sys.modules": ("import sys, types\nm = sys.modules['stale_m'] = types.ModuleType('stale_m')\nm.k = 2.0",
                    "sys.modules['stale_m'].k", "m.k = 5.0"),
    "math": ("import math\nold = math.pi", "math.pi", "math.pi = 5.0"),
    "a setting of Python": ("import sys\nsys.setrecursionlimit(3000)", "float(sys.getrecursionlimit())", "sys.setrecursionlimit(4000)"),
    "os.environ": ("import os\nos.environ['STALE'] = '2'", "float(os.environ['STALE'])", "os.environ['STALE'] = '5'"),
    "globals()": ("k = 2.0", "globals()['k']", "k = 5.0"),
    "vars": ("class A: pass\na = A()\na.k = 2.0", "vars(a)['k']", "a.k = 5.0"),
    "getattr": ("class A: pass\na = A()\na.k = 2.0", "getattr(a, 'k')", "a.k = 5.0"),
    "getattr by a name": ("class A: pass\na = A()\na.k1 = 2.0", "getattr(a, f'k{len([0])}')", "a.k1 = 5.0"),
    "getattr by a name held": ("class A: pass\na = A()\na.k = 2.0\nname = 'k'", "getattr(a, name)", "a.k = 5.0"),
    "getattr with a default": ("class A: pass\na = A()", "getattr(a, 'k', 2.0)", "a.k = 5.0"),
    "hasattr": ("class A: pass\na = A()", "(5.0 if hasattr(a, 'k') else 2.0)", "a.k = 5.0"),
    "hasattr of a class": ("class A: pass\na = A()", "(5.0 if hasattr(a, 'k') else 2.0)", "A.k = 5.0"),
    "attrgetter": ("import operator\nclass A: pass\na = A()\na.k = 2.0\ng = operator.attrgetter('k')", "g(a)", "a.k = 5.0"),
    "attrgetter inside": ("import operator\nclass A: pass\na = A()\na.k = 2.0", "operator.attrgetter('k')(a)", "a.k = 5.0"),
    "itemgetter": ("import operator\na = {'k': 2.0}\ng = operator.itemgetter('k')", "g(a)", "a['k'] = 5.0"),
    "methodcaller": ("import operator\nclass A:\n    v = 2.0\n    def k(self): return self.v\na = A()\ng = operator.methodcaller('k')",
                     "g(a)", "a.v = 5.0"),
    "a partial": ("import functools\na = [2.0]\ng = functools.partial(lambda a: a[0], a)", "g()", "a[0] = 5.0"),
    "a partial's keyword": ("import functools\ng = functools.partial(lambda k: k, k=2.0)", "g()", "g.keywords['k'] = 5.0"),
    "a bound method": ("class A:\n    v = 2.0\n    def k(self): return self.v\na = A()\ng = a.k", "g()", "a.v = 5.0"),
    "a bound method of C": ("a = {'k': 2.0}\ng = a.__getitem__", "g('k')", "a['k'] = 5.0"),
    "a bound get": ("a = {'k': 2.0}\ng = a.get", "g('k')", "a['k'] = 5.0"),
    "lru_cache": ("import functools\nv = 2.0\n@functools.lru_cache\ndef g(): return v", "g()", "v = 5.0\ng.cache_clear()"),
    "a context variable": ("import contextvars\na = contextvars.ContextVar('a', default=2.0)", "a.get()", "a.set(5.0)"),
    "a thread's": ("import threading\na = threading.local()\na.k = 2.0", "getattr(a, 'k', 7.0)", "a.k = 5.0"),
    "a weak reference": ("import weakref\nclass A: pass\na = A()\na.k = 2.0\nr = weakref.ref(a)", "r().k", "a.k = 5.0"),
    "a weak dict": ("import weakref\nclass A: pass\na = A()\nd = weakref.WeakKeyDictionary({a: 2.0})", "d[a]", "d[a] = 5.0"),
    "a singleton": ("class A: pass\n_a = A()\n_a.k = 2.0\ndef current(): return _a", "current().k", "_a.k = 5.0"),
    "a NumPy array": ("a = np.array([2.0])", "a[0]", "a[0] = 5.0"),
    "a NumPy array's item": ("a = np.array([2.0])", "a.item(0)", "a[0] = 5.0"),
    "a NumPy scalar": ("a = np.float64(2.0)", "a", "a = np.float64(5.0)"),
    "an array of another kind": ("import array\na = array.array('d', [2.0])", "a[0]", "a[0] = 5.0"),
    "bytes": ("a = bytearray([2])", "float(a[0])", "a[0] = 5"),
    "memory": ("b = bytearray([2])\na = memoryview(b)", "float(a[0])", "b[0] = 5"),
    "a simple queue": ("import queue\na = queue.Queue()\na.put(1)", "float(a.qsize())", "a.put(2)"),
    "random": ("import random\nrandom.seed(0)", "random.random()", ""),
    "from random": ("import random as r_\nr_.seed(0)\nfrom random import random", "random()", ""),
    "a Random": ("import random\na = random.Random(0)", "a.random()", ""),
    "NumPy's random": ("np.random.seed(0)", "np.random.rand()", ""),
    "NumPy's Generator": ("a = np.random.default_rng(0)", "a.random()", ""),
    "a path": ("import tempfile, pathlib\np = pathlib.Path(tempfile.mkdtemp()) / 'x'\np.write_text('2')",
               "float(p.read_text())", "p.write_text('5')"),
    "eval": ("k = 2.0", "eval('k')", "k = 5.0"),
    "__len__": ("class A:\n    n = 2\n    def __len__(self): return self.n\na = A()", "float(len(a))", "a.n = 5"),
    "__bool__": ("class A:\n    n = True\n    def __bool__(self): return self.n\na = A()", "(2.0 if a else 5.0)", "a.n = False"),
    "__bool__ that appears": ("class A: pass\na = A()", "(2.0 if a else 5.0)", "A.__bool__ = lambda self: False"),
    "__len__ as truth that appears": ("class A: pass\na = A()", "(2.0 if a else 5.0)", "A.__len__ = lambda self: 0"),
    "__iter__": ("class A:\n    def __init__(self): self.v = [2.0]\n    def __iter__(self): return iter(self.v)\na = A()",
                 "sum(a)", "a.v.append(3.0)"),
    "__contains__": ("class A:\n    def __init__(self): self.v = [2]\n    def __contains__(self, x): return x in self.v\na = A()",
                     "(5.0 if 3 in a else 2.0)", "a.v.append(3)"),
    "__float__": ("class A:\n    v = 2.0\n    def __float__(self): return self.v\na = A()", "float(a)", "a.v = 5.0"),
    "__index__": ("class A:\n    v = 0\n    def __index__(self): return self.v\na = A()", "(2.0, 5.0)[a]", "a.v = 1"),
    "__eq__": ("class A:\n    v = 2\n    def __eq__(self, other): return self.v == other\na = A()", "(2.0 if a == 2 else 5.0)",
               "a.v = 3"),
    "__add__": ("class A:\n    v = 2.0\n    def __add__(self, other): return self.v + other\na = A()", "(a + 1.0)", "a.v = 5.0"),
    "__rmul__": ("class A:\n    v = 2.0\n    def __rmul__(self, other): return self.v * other\na = A()", "(1.0 * a)", "a.v = 5.0"),
    "__neg__": ("class A:\n    v = 2.0\n    def __neg__(self): return -self.v\na = A()", "(-a)", "a.v = 5.0"),
    "__call__": ("class A:\n    v = 2.0\n    def __call__(self): return self.v\na = A()", "a()", "a.v = 5.0"),
    "__str__": ("class A:\n    v = 2.0\n    def __str__(self): return str(self.v)\na = A()", "float(f'{a}')", "a.v = 5.0"),
    "__hash__": ("class A:\n    v = 2.0\n    def __hash__(self): return int(self.v)\na = A()", "float(hash(a))", "a.v = 5.0"),
    "__getitem__": ("class A:\n    def __init__(self): self.v = {0: 2.0}\n    def __getitem__(self, k): return self.v[k]\na = A()",
                    "a[0]", "a.v[0] = 5.0"),
    "a Tensor's attribute": ("a = tl.ones(2)\na.k = 2.0", "a.k", "a.k = 5.0"),
    "a Tensor": ("a = tl.tensor(2.0)", "a", "a.fill_(5.0)"),
    "a Tensor that is replaced": ("a = tl.tensor(2.0)", "a", "a = tl.tensor(5.0)"),
    "a Tensor's shape": ("a = tl.ones(2)", "float(a.shape[0])", "a.data = tl.ones(5)"),
    "a Tensor's dtype": ("a = tl.ones(2)", "(2.0 if a.dtype == tl.float32 else 5.0)", "a.data = a.double()"),
    "a Tensor's requires_grad": ("a = tl.ones(2)", "(5.0 if a.requires_grad else 2.0)", "a.requires_grad_()"),
    "a Tensor's grad": ("a = tl.ones(2, requires_grad=True)", "(2.0 if a.grad is None else 5.0)", "a.sum().backward()"),
    "a parameter's attribute": ("m = nn.Linear(1, 1)\nm.weight.k = 2.0", "[*m.parameters()][0].k", "m.weight.k = 5.0"),
    "a parameter's attribute that appears": ("m = nn.Linear(1, 1)", "getattr(m.weight, 'k', 2.0)", "m.weight.k = 5.0"),
    "a Module's attribute": ("m = nn.Linear(1, 1)\nm.k = 2.0", "m.k", "m.k = 5.0"),
    "a Module's attribute by object": ("m = nn.Linear(1, 1)\nm.k = 2.0", "m.k", "object.__setattr__(m, 'k', 5.0)"),
    "a Module's __dict__": ("m = nn.Linear(1, 1)\nm.k = 2.0", "m.k", "m.__dict__['k'] = 5.0"),
    "a Module's mode": ("m = nn.Linear(1, 1)", "(2.0 if m.training else 5.0)", "m.eval()"),
    "a Module's mode by __dict__": ("m = nn.Linear(1, 1)", "(2.0 if m.training else 5.0)", "m.__dict__['training'] = False"),
    "how many parameters": ("m = nn.Linear(1, 1)", "float(len(list(m.parameters())))", "m.extra = nn.Parameter(tl.ones(1))"),
    "the names of modules": ("m = nn.Sequential(nn.Tanh())", "float(len(list(m.named_modules())))", "m.append(nn.Tanh())"),
    "a Module's submodules": ("m = nn.Sequential(nn.Tanh())", "float(len(m))", "m._modules['1'] = nn.Tanh()"),
    "a Module's config": ("m = nn.Linear(1, 1)\nm.config = {'k': 2.0}", "m.config['k']", "m.config['k'] = 5.0"),
    "an option of an optimizer": ("o = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=2.0)", "o.param_groups[0]['lr']",
                                  "o.param_groups[0]['lr'] = 5.0"),
    "a scheduler": ("o = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=2.0)\n"
                    "s = tl.optim.lr_scheduler.StepLR(o, 1)\no.step()", "s.get_last_lr()[0]", "s.step()"),
    "state_dict": ("o = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=2.0)", "o.state_dict()['param_groups'][0]['lr']",
                   "o.param_groups[0]['lr'] = 5.0"),
    "the default dtype": ("", "(2.0 if tl.get_default_dtype() == tl.float32 else 5.0)", "tl.set_default_dtype(tl.float64)"),
    "the grad mode": ("", "(2.0 if tl.is_grad_enabled() else 5.0)", "tl.set_grad_enabled(False)"),
    "a function of the library": ("old = F.relu", "float(F.relu(tl.ones(1)).shape[0] + 1)",
                                  "F.relu = lambda x: tl.ones(4)"),
    "a method of the library": ("old = tl.Tensor.relu", "float(tl.ones(1).relu().shape[0] + 1)",
                                "tl.Tensor.relu = lambda x: tl.ones(4)"),
    "a name that appears in a class of the library": ("m = nn.Tanh()", "getattr(m, 'k', 2.0)", "nn.Tanh.k = 5.0"),
    "a layer's forward": ("m = nn.Tanh()", "float(m(tl.ones(1)).shape[0] + 1)",
                          "m.__dict__['forward'] = lambda x: tl.ones(4)"),
}  # fmt: skip

USED: dict[str, str] = {
    # how the number {k} comes into the result
    "plainly": "def f(x): return x * {k}",
    "in a condition": "def f(x): return x + 1 if {k} < 3.0 else x - 1",
    "in a comprehension": "def f(x): return sum([x * {k} for _ in range(2)])",
    "in a generator": "def f(x): return sum(x * {k} for _ in range(2))",
    "in a function inside": "def f(x):\n    def inner(): return {k}\n    return x * inner()",
    "in a lambda": "f = lambda x: x * (lambda: {k})()",
    "through map": "def f(x): return x * list(map(lambda _: {k}, [0]))[0]",
    "in a key": "def f(x): return x * sorted([1.0, 2.0], key=lambda v: v if {k} < 3.0 else -v)[0]",
    "in a text": "def f(x):\n    k_ = {k}\n    return x * float(f'{{k_:.3f}}')",
    "in a loop": "def f(x):\n    for i in range(int({k} * 2)): x = x + 1\n    return x",
    "in a dict made inside": "def f(x): return x * dict(a={k})['a']",
    "in another function": "def inner(x): return x * {k}\ndef f(x): return inner(x)",
    "in a method": "class M_:\n    def run(self, x): return x * {k}\nm_ = M_()\nf = m_.run",
    "in a Module": "class M_(nn.Module):\n    def forward(self, x): return x * {k}\nf = M_()",
    "in a Module in a Sequential": "class M_(nn.Module):\n    def forward(self, x): return x * {k}\nf = nn.Sequential(nn.Tanh(), M_())",
    "in a hook": "f = nn.Tanh()\nf.register_forward_hook(lambda m_, a_, r_: r_ * {k})",
    "in a decorated function": "import functools\ndef deco(g):\n    @functools.wraps(g)\n    def w(x): return g(x) * {k}\n    return w\n"
                               "@deco\ndef f(x): return x + 1",
    "in a try statement": "def f(x):\n    try: return x * {k}\n    except KeyError: return x",
    "in a with statement": "import contextlib\ndef f(x):\n    with tl.no_grad(): return x * {k}",
    "in a match statement": "def f(x):\n    match {k}:\n        case 2.0: return x + 1\n        case _: return x * 3",
    "as an argument by star": "def g_(x, k): return x * k\ndef f(x): return g_(x, *[{k}])",
}  # fmt: skip

WHEN = ("before the second call", "after the tenth call", "from another thread")


class Outcome(NamedTuple):
    """What became of one program: "replayed", "as written", or what differs."""

    label: str
    found: str


def world() -> dict[str, Any]:
    return {"tl": tl, "np": np, "nn": tl.nn, "F": tl.nn.functional, "__name__": "stale_case"}


def program(held: str, used: str) -> tuple[dict[str, Any], Any, Callable[[], None]]:
    """The world of a program, its function, and what changes what it reads."""
    setup, expression, change = HELD[held]
    values = world()
    if "dataclass" in setup:
        module = sys.modules["stale_case"] = types.ModuleType("stale_case")  # where dataclasses look for names
        vars(module).update(values)
        values = vars(module)
    exec(compile(f"{setup}\n{USED[used].format(k=expression)}", "stale_case.py", "exec"), values)

    def alter() -> None:
        exec(compile(change, "stale_change.py", "exec"), values)

    return values, values["f"], alter


def restore(values: dict[str, Any]) -> None:
    """Put back what a program may have changed of the library and of Python."""
    tl.set_default_dtype(tl.float32)
    tl.set_grad_enabled(True)
    sys.setrecursionlimit(RECURSION)
    if "math" in values:
        values["math"].pi = 3.141592653589793
    tl.nn.functional.relu, tl.Tensor.relu = RELU
    if hasattr(tl.nn.Tanh, "k"):
        del tl.nn.Tanh.k


RECURSION = sys.getrecursionlimit()
RELU = tl.nn.functional.relu, tl.Tensor.relu


def story(held: str, used: str, when: str, compiled: bool) -> tuple[list[Any], Any]:
    """The results of the calls of a program, before and after the change."""
    values, function, alter = program(held, used)
    try:
        call = tl.compile(function) if compiled else function
        x, found = tl.tensor([1.0, -2.0]), []
        for i in range(14):
            if i == (1 if when == WHEN[0] else 11 if when == WHEN[1] else 3):
                if when == WHEN[2]:
                    thread = threading.Thread(target=alter)
                    thread.start(), thread.join()
                else:
                    alter()
            try:
                found.append(call(x).detach().tolist())
            except Exception as error:
                found.append(f"{type(error).__name__}: {error}")
        return found, call
    finally:
        restore(values)


def outcome(held: str, used: str, when: str) -> Outcome:
    """Compare what a program does when compiled with what it does as it is written."""
    label = f"{held}, {used}, changed {when}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            expected, _ = story(held, used, when, compiled=False)
        except Exception as error:
            return Outcome(label, f"no program: {error}")
        found, call = story(held, used, when, compiled=True)
    if found != expected:
        return Outcome(label, f"differs: {found} where {expected}")
    inner = getattr(call, "compiled", call)
    calls = [one for group in inner._calls.values() for one in group]
    return Outcome(label, "replayed" if any(one.reason is None for one in calls) else "as written")


EFFECTS: dict[str, tuple[str, str, str]] = {
    # what happens outside: what is defined, the statement, and what is to be seen afterwards
    "an append": ("a = []", "a.append(1)", "a"),
    "an append that is taken back": ("a = []", "a.append(1); a.pop()", "a"),
    "an append to a list in a list": ("a = [[]]", "a[0].append(1)", "a"),
    "an append by a bound method": ("a = []\ng = a.append", "g(1)", "a"),
    "an extension": ("a = []", "a += [1]", "a"),
    "an item of a list": ("a = [0]", "a[0] += 1", "a"),
    "a slice of a list": ("a = [0]", "a[:] = [a[0] + 1]", "a"),
    "an item of a dict": ("a = {}", "a[len(a)] = 1", "a"),
    "an item that is deleted": ("a = dict.fromkeys(range(99))", "del a[len(a) - 1]", "a"),
    "setdefault": ("a = {}", "a.setdefault(len(a), 1)", "a"),
    "a set": ("a = set()", "a.add(len(a))", "a"),
    "a deque": ("import collections\na = collections.deque()", "a.append(1)", "a"),
    "a Counter": ("import collections\na = collections.Counter()", "a['k'] += 1", "a"),
    "a defaultdict": ("import collections\na = collections.defaultdict(list)", "a['k'].append(1)", "a"),
    "a UserDict": ("import collections\na = collections.UserDict()", "a[len(a)] = 1", "a"),
    "an attribute": ("class A: n = 0\na = A()", "a.n += 1", "a.n"),
    "an attribute by setattr": ("class A: n = 0\na = A()", "setattr(a, 'n', a.n + 1)", "a.n"),
    "an attribute by a name": ("class A: n = 0\na = A()", "setattr(a, f'n', a.n + 1)", "a.n"),
    "an attribute by object": ("class A: n = 0\na = A()", "object.__setattr__(a, 'n', a.n + 1)", "a.n"),
    "an attribute of a class": ("class A: n = 0", "A.n += 1", "A.n"),
    "a slot": ("class A: __slots__ = ('n',)\na = A()\na.n = 0", "a.n += 1", "a.n"),
    "a property": ("class A:\n    v = 0\n    @property\n    def n(self): return self.v\n    @n.setter\n"
                   "    def n(self, v): self.v = v\na = A()", "a.n += 1", "a.v"),
    "__dict__": ("class A: n = 0\na = A()", "a.__dict__['n'] = a.n + 1", "a.n"),
    "vars": ("class A: n = 0\na = A()", "vars(a)['n'] = a.n + 1", "a.n"),
    "a method": ("class A:\n    n = 0\n    def more(self): self.n += 1\na = A()", "a.more()", "a.n"),
    "__setitem__": ("class A:\n    n = 0\n    def __setitem__(self, k, v): self.n += 1\na = A()", "a['k'] = 1", "a.n"),
    "__lshift__": ("class A:\n    n = 0\n    def __lshift__(self, v): self.n += 1\na = A()", "a << 1", "a.n"),
    "__call__": ("class A:\n    n = 0\n    def __call__(self): self.n += 1\na = A()", "a()", "a.n"),
    "__enter__": ("class A:\n    n = 0\n    def __enter__(self): self.n += 1\n    def __exit__(self, *_): pass\na = A()",
                  "with a: pass", "a.n"),
    "a default": ("def g(a=[]): a.append(1)", "g()", "g.__defaults__"),
    "a function's attribute": ("def g(): pass\ng.n = 0", "g.n += 1", "g.n"),
    "a closure": ("def make():\n    n = 0\n    def more():\n        nonlocal n\n        n += 1\n    return more, lambda: n\n"
                  "more, get = make()", "more()", "get()"),
    "a global": ("n = 0\ndef more():\n    global n\n    n += 1", "more()", "n"),
    "a new global": ("def more(): globals()['n'] = globals().get('n', 0) + 1", "more()", "n"),
    "an iterator": ("import itertools\na = itertools.count()", "next(a)", "a"),
    "a loop over an iterator": ("a = iter(range(99))", "[_ for _ in zip(range(1), a)]", "next(a)"),
    "a generator": ("a = (i for i in range(99))", "next(a)", "next(a)"),
    "a NumPy array": ("a = np.zeros(1)", "a[0] += 1", "a"),
    "a NumPy array in place": ("a = np.zeros(1)", "np.add(a, 1, out=a)", "a"),
    "a big NumPy array": ("a = np.zeros(300_000)", "a[0] += 1", "a[0]"),
    "print": ("import io\na = io.StringIO()", "print(1, file=a)", "a.getvalue()"),
    "a write": ("import io\na = io.StringIO()", "a.write('x')", "a.getvalue()"),
    "a file": ("import tempfile, pathlib\np = pathlib.Path(tempfile.mkdtemp()) / 'x'", "p.open('a').write('x')",
               "p.read_text()"),
    "logging": ("import logging\na = []\nclass H(logging.Handler):\n    def emit(self, r): a.append(1)\n"
                "log = logging.Logger('x')\nlog.addHandler(H())", "log.error('x')", "a"),
    "a warning": ("import warnings\na = []\nwarnings.showwarning = lambda m, *_: 'compile' in str(m) or a.append(1)",
                  "warnings.simplefilter('always'); warnings.warn('x')", "a"),
    "a context variable": ("import contextvars\na = contextvars.ContextVar('a', default=0)", "a.set(a.get() + 1)", "a.get()"),
    "a queue": ("import queue\na = queue.Queue()", "a.put(1)", "a.qsize()"),
    "random": ("import random\nrandom.seed(0)", "random.random()", "random.random()"),
    "NumPy's random": ("np.random.seed(0)", "np.random.rand()", "np.random.rand()"),
    "an environment variable": ("import os\nos.environ['STALE'] = ''", "os.environ['STALE'] += 'x'", "os.environ['STALE']"),
    "a Tensor's attribute": ("a = tl.ones(1)\na.n = 0", "a.n += 1", "a.n"),
    "a parameter's attribute": ("m = nn.Linear(1, 1)\nm.weight.n = 0", "m.weight.n += 1", "m.weight.n"),
    "an attribute of the argument": ("", "x.n = getattr(x, 'n', 0) + 1", "x.n"),
    "a Tensor in place": ("a = tl.zeros(1)", "a.add_(1)", "a.item()"),
    "a buffer": ("m = nn.Linear(1, 1)\nm.register_buffer('n', tl.zeros(1))", "m.n += 1", "m.n.item()"),
    "a Module's attribute": ("m = nn.Linear(1, 1)\nm.n = 0", "m.n += 1", "m.n"),
    "a Module's dict": ("m = nn.Linear(1, 1)\nm.n = 0", "m.__dict__['n'] = m.n + 1", "m.n"),
    "a Module's list": ("m = nn.Linear(1, 1)\nm.n = []", "m.n.append(1)", "m.n"),
    "a Module's mode": ("m = nn.Linear(1, 1)", "m.train(not m.training)", "m.training"),
    "a Module that is added": ("m = nn.Sequential()", "m.append(nn.Tanh())", "len(m)"),
    "a Module's _modules": ("m = nn.Sequential()", "m._modules[str(len(m))] = nn.Tanh()", "len(m)"),
    "a hook": ("m = nn.Tanh()", "m.register_forward_hook(lambda *_: None)", "len(m._forward_hooks)"),
    "an option of an optimizer": ("o = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=2.0)",
                                  "o.param_groups[0]['lr'] /= 2", "o.param_groups[0]['lr']"),
    "a scheduler": ("o = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=2.0)\no.step()\n"
                    "s = tl.optim.lr_scheduler.StepLR(o, 1, 0.5)", "s.step()", "o.param_groups[0]['lr']"),
    "the seed": ("tl.manual_seed(0)", "tl.rand(1)", "tl.rand(1).item()"),
    "a gradient": ("a = tl.ones(1, requires_grad=True)", "(a * 2).sum().backward()", "a.grad.item()"),
    "requires_grad": ("a = tl.ones(1)", "a.requires_grad_(not a.requires_grad)", "a.requires_grad"),
    "a dtype": ("", "tl.set_default_dtype(tl.float64)", "tl.get_default_dtype()"),
    "a method replaced": ("class A:\n    def g(self): return 1\na = A()", "a.g = lambda: a", "'g' in vars(a)"),
    "a module": ("import types\nm = types.ModuleType('stale_m')\nm.n = 0", "m.n += 1", "m.n"),
    "a weak reference's object": ("import weakref\nclass A: n = 0\na = A()\nw = weakref.ref(a)", "w().n += 1", "a.n"),
    "a thread": ("import threading\na = []", "threading.Thread(target=lambda: a.append(1)).start()", "a"),
    "a local": ("", "b = [0]; b[0] += 1; b.append(2); c = dict(a=1); c['b'] = 2; c.update(d=3)", "0"),
}  # fmt: skip

WHERE: dict[str, str] = {
    "plainly": "def f(x):\n    {e}\n    return x * 2",
    "in another function": "def g_(x):\n    {e}\ndef f(x):\n    g_(x)\n    return x * 2",
    "in a Module": "class M_(nn.Module):\n    def forward(self, x):\n        {e}\n        return x * 2\nf = M_()",
    "in a hook": "f = nn.Tanh()\ndef h_(m_, args, r):\n    x, = args\n    {e}\nf.register_forward_hook(h_)",
    "in a callback": "def g_(x):\n    {e}\n    return 2.0\ndef f(x): return x * sum(map(g_, [x]))",
}  # fmt: skip


def effects(effect: str, where: str, compiled: bool) -> Any:
    """The results of some calls, and what is to be seen of their effects."""
    setup, statement, seen = EFFECTS[effect]
    values = world()
    shown = warnings.showwarning
    try:
        names = sorted({"a", "n"} & {*re.findall(r"^(\w+) = ", setup, re.M)})
        statement = f"global {', '.join(names)}; {statement}" if "+=" in statement and names else statement
        exec(compile(f"{setup}\n{WHERE[where].format(e=statement)}", "stale_case.py", "exec"), values)
        call = tl.compile(values["f"]) if compiled else values["f"]
        x = values["x"] = tl.tensor([1.0, -2.0])
        found = [call(x).tolist() for _ in range(4)]
        return found, repr(eval(seen, values))
    finally:
        warnings.showwarning = shown
        restore(values)


def lost(effect: str, where: str) -> str | None:
    """What a compiled function does not do that it does as it is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, found = (effects(effect, where, compiled) for compiled in (False, True))
    return None if found == expected else f"{effect}, {where}: {found} where {expected}"


def every_program() -> Iterator[tuple[str, str, str]]:
    return itertools.product(HELD, USED, WHEN)


def training_program(seed: int, compiled: bool) -> list[Any]:
    """What a random training program does: some steps, with changes of what the step reads between them."""
    rng = random.Random(seed)
    tl.manual_seed(seed)
    width = rng.choice([2, 3, 5])
    layers: list[Any] = [tl.nn.Linear(3, width)]
    for _ in range(rng.randint(0, 2)):
        kind = rng.choice(["Tanh", "ReLU", "Dropout", "BatchNorm1d", "LayerNorm", "Linear"])
        sizes = {"Dropout": (0.4,), "BatchNorm1d": (width,), "LayerNorm": (width,), "Linear": (width, width)}
        layers.append(getattr(tl.nn, kind)(*sizes.get(kind, ())))
    model = tl.nn.Sequential(*layers, tl.nn.Linear(width, 2))
    make = rng.choice([tl.optim.SGD, tl.optim.Adam, functools.partial(tl.optim.SGD, momentum=0.9)])
    opt = make(model.parameters(), lr=0.1)
    config = types.SimpleNamespace(scale=1.0, clip=None, aux=0.0, square=False, weights=[1.0, 0.5])
    hooks: list[Any] = []

    def step(x: Any, y: Any, scale: float = 1.0) -> Any:
        opt.zero_grad(set_to_none=config.square)
        out = model(x) * config.scale
        loss = tl.nn.functional.cross_entropy(out, y) * config.weights[0] * scale
        if config.aux:
            loss = loss + config.aux * sum(p.pow(2).sum() for p in model.parameters() if p.requires_grad)
        if config.square:
            loss = loss**2
        loss.backward()
        if config.clip is not None:
            tl.nn.utils.clip_grad_norm_([p for p in model.parameters() if p.grad is not None], config.clip)
        opt.step()
        return loss.detach(), out.detach().argmax(1)

    changes: dict[str, Callable[[], Any]] = {
        "scale": lambda: setattr(config, "scale", rng.choice([1.0, 1, True, 0.5, -0.0])),
        "clip": lambda: setattr(config, "clip", rng.choice([None, 0.1, 1.0])),
        "aux": lambda: setattr(config, "aux", rng.choice([0.0, 0.01])),
        "square": lambda: setattr(config, "square", not config.square),
        "weight": lambda: config.weights.__setitem__(0, rng.choice([1.0, 2.0])),
        "weights": lambda: setattr(config, "weights", [rng.choice([1.0, 3.0])]),
        "lr": lambda: opt.param_groups[0].__setitem__("lr", rng.choice([0.1, 0.01])),
        "eval": model.eval,
        "train": model.train,
        "mode by dict": lambda: layers[-1].__dict__.__setitem__("training", rng.random() < 0.5),
        "freeze": lambda: model[0].requires_grad_(rng.random() < 0.5),
        "new weight": lambda: setattr(model[0], "bias", tl.nn.Parameter(tl.zeros(width))),
        "data": lambda: setattr(model[0].weight, "data", tl.ones(width, 3) * 0.1),
        "insert": lambda: model.insert(1, tl.nn.Tanh()),
        "pop": lambda: model.pop(1) if len(model) > 2 else None,
        "_modules": lambda: model._modules.__setitem__("0", layers[0]),
        "forward": lambda: model[0].__dict__.__setitem__("forward", lambda x: tl.nn.Linear.forward(layers[0], x) + 1),
        "hook": lambda: hooks.append(model[0].register_forward_hook(lambda m, a, r: r * 2)),
        "unhook": lambda: hooks and hooks.pop().remove(),
        "no grad": lambda: [setattr(p, "grad", None) for p in model.parameters()],
        "load": lambda: model.load_state_dict({k: v * 0.5 if v.is_floating_point() else v for k, v in model.state_dict().items()}),
        "nothing": lambda: None,
    }  # fmt: skip
    call, found = (tl.compile(step) if compiled else step), []
    for i in range(rng.randint(4, 9)):
        if rng.random() < 0.5:
            changes[rng.choice([*changes])]()
        x = tl.randn(rng.choice([4, 4, 4, 2]), 3, generator=tl.Generator().manual_seed(i))
        y = tl.arange(len(x)) % 2
        scale = rng.choice([1.0, 1.0, 1.0, 2.0])
        try:
            loss, out = call(x, y, scale)
            found.append((loss.numpy().tobytes(), out.tolist()))
        except Exception as error:
            found.append((type(error).__name__, str(error)))
    found += [
        (p.detach().numpy().tobytes(), None if p.grad is None else p.grad.numpy().tobytes()) for p in model.parameters()
    ]
    return found


def differs(seed: int) -> bool:
    """Return True if a random training program does something else when compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return training_program(seed, compiled=False) != training_program(seed, compiled=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=0, metavar="N", help="random training programs instead")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    arguments = parser.parse_args()
    if arguments.random:
        wrong = [seed for seed in range(arguments.seed, arguments.seed + arguments.random) if differs(seed)]
        print(f"{len(wrong)} of {arguments.random} random training programs differ: {wrong[:20]}")
        return len(wrong) > 0
    found = [outcome(*each) for each in every_program()]
    missing = [text for each in itertools.product(EFFECTS, WHERE) if (text := lost(*each)) is not None]
    count = {kind: sum(one.found == kind for one in found) for kind in ("replayed", "as written")}
    wrong = [f"{one.label}: {one.found}" for one in found if one.found not in count]
    print(f"{len(found)} programs with a change: {count}, and {len(wrong)} that differ")
    print(
        f"{len(EFFECTS) * len(WHERE)} programs with an effect, of which {len(missing)} lose it",
        *wrong,
        *missing,
        sep="\n",
    )
    return len(wrong) + len(missing) > 0


if __name__ == "__main__":
    raise SystemExit(main())
