"""Every method of Module, in its corners: the same script under both libraries."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.same_script import check


def net(T: Any) -> Any:
    """A module with all kinds of members: shared, nested, None, not persistent."""
    nn = T.nn
    m = nn.Sequential()
    m.a, m.b, m.c = nn.Linear(2, 2), nn.ReLU(), nn.Sequential(nn.Linear(2, 1))
    m.tied = m.a
    m.register_buffer("buf", T.ones(2))
    m.register_buffer("np", T.ones(1), persistent=False)
    m.register_buffer("none", None)
    m.register_parameter("pn", None)
    m.none_mod = None
    return m


def show(x: Any) -> Any:
    """Gradients as lists."""
    return [g if g is None else g.tolist() for g in x]


EXPRESSIONS = [
    "[k for k, _ in net(T).named_parameters()]",
    "[k for k, _ in net(T).named_parameters(prefix='x', recurse=False)]",
    "[k for k, _ in net(T).named_parameters(remove_duplicate=False)]",
    "[k for k, _ in net(T).named_buffers(prefix='q')]",
    "[k for k, _ in net(T).named_buffers('q', False, False)]",
    "[k for k, _ in net(T).named_modules(remove_duplicate=False)]",
    "[k for k, _ in net(T).named_modules(prefix='z')]",
    "(lambda m: [k for k, _ in m.named_modules(memo={m.a})])(net(T))",
    "[k for k, _ in net(T).named_children()]",
    "net(T).get_submodule('c.0')",
    "net(T).get_submodule('c.5')",
    "net(T).get_submodule('a.weight')",
    "type(net(T).get_submodule('')).__name__",
    "net(T).get_submodule('buf')",
    "net(T).get_submodule('none_mod')",
    "list(net(T).get_parameter('a.weight').shape)",
    "net(T).get_parameter('a.nope')",
    "net(T).get_parameter('buf')",
    "net(T).get_parameter('pn')",
    "net(T).get_parameter('a')",
    "net(T).get_buffer('buf')",
    "net(T).get_buffer('a.weight')",
    "net(T).get_buffer('none')",
    "net(T).get_buffer('np')",
    "(lambda m: (m.set_submodule('c.0', T.nn.Tanh()), repr(m))[1])(net(T))",
    "net(T).set_submodule('', T.nn.Tanh())",
    "net(T).set_submodule('a', 3)",
    "net(T).set_submodule('q.r', T.nn.Tanh())",
    "(lambda m: (m.set_submodule('q', T.nn.Tanh()), repr(m))[1])(net(T))",
    "net(T).set_submodule('q', T.nn.Tanh(), strict=True)",
    "net(T).set_submodule('buf', T.nn.Tanh())",
    "net(T).set_submodule('a.weight', T.nn.Tanh())",
    "net(T).add_module('a.b', T.nn.Tanh())",
    "net(T).add_module('', T.nn.Tanh())",
    "net(T).add_module('buf', T.nn.Tanh())",
    "net(T).add_module(3, T.nn.Tanh())",
    "net(T).add_module('x', 3)",
    "net(T).add_module('forward', T.nn.Tanh())",
    "net(T).add_module('x', T.nn.Tanh)",
    "(lambda m: (m.add_module('a', None), repr(m))[1])(net(T))",
    "net(T).register_buffer('a', T.ones(1))",
    "net(T).register_buffer('x', 3)",
    "net(T).register_buffer('x.y', None)",
    "net(T).register_buffer('', None)",
    "net(T).register_buffer(3, None)",
    "(lambda m: (m.register_buffer('np', T.ones(1)), list(m.state_dict()))[1])(net(T))",
    "net(T).register_parameter('a', T.nn.Parameter(T.ones(1)))",
    "net(T).register_parameter('x', T.ones(1))",
    "net(T).register_parameter('x.y', None)",
    "net(T).register_parameter('x', T.nn.Parameter(T.ones(1)) * 2)",
    "T.nn.Module().register_parameter('x', 3)",
    "net(T).register_parameter('', None)",
    "setattr(net(T).a, 'weight', T.ones(2, 2))",
    "setattr(net(T), 'a', 3)",
    "setattr(net(T), 'buf', 3)",
    "T.nn.Module()(1)",
    "net(T).qwerty",
    "net(T).train(1)",
    "net(T).train('x')",
    "[m.training for m in net(T).train(False).modules()]",
    "[p.requires_grad for p in net(T).requires_grad_(False).parameters()]",
    "(lambda l, m: (m.apply(lambda x: l.append(type(x).__name__)), l)[1])([], net(T))",
    "str(net(T).to(T.float64).a.weight.dtype)[-7:]",
    "net(T).to(T.int64)",
    "str(net(T).to('cpu', T.float16).a.weight.dtype)[-7:]",
    "str(net(T).to(T.ones(1, dtype=T.float64)).buf.dtype)[-7:]",
    "net(T).to(dtype=T.float64, device='cpu', non_blocking=True).training",
    "net(T).to()",
    "net(T).to('nonsense')",
    "net(T).to(T.float64, T.float64)",
    "net(T).to(T.device('cpu')).training",
    "net(T).to(T.float32, True).training",
    "net(T).to(None).training",
    "net(T).to(device=None, dtype=None).training",
    "str(net(T).type(T.float64).buf.dtype)[-7:]",
    "str(net(T).half().buf.dtype)[-7:]",
    "net(T).requires_grad_(False).type(T.int32).a.weight.dtype == T.int32",
    "(lambda m: (m.a(T.ones(1, 2)).sum().backward(), m.zero_grad(), m.a.weight.grad)[2])(net(T))",
    "(lambda m: (m.a(T.ones(1, 2)).sum().backward(), m.zero_grad(set_to_none=False), m.a.weight.grad)[2])(net(T))",
    "[x in dir(net(T)) for x in ('a', 'buf', 'np', 'none', 'pn', 'weight', '0', 'forward', 'none_mod')]",
    "[x in dir(T.nn.Sequential(T.nn.ReLU())) for x in ('0',)]",
    "repr(net(T))",
    "[hasattr(net(T), x) for x in ('buf', 'zz', 'none', 'pn', 'none_mod')]",
]

SCRIPTS = {
    "set none": r"""
        m = net(T)
        m.a.weight = None
        m.buf = None
        m.c = None
        return [list(m.state_dict()), [k for k, _ in m.named_parameters()], repr(m), m.a.weight]
    """,
    "del attrs": r"""
        m = net(T)
        del m.buf
        del m.a
        del m.np
        del m.pn
        return [list(m.state_dict()), sorted(m._buffers), repr(m)]
    """,
    "del missing": r"""
        del net(T).zzz
    """,
    "replace kinds": r"""
        m = T.nn.Module()
        m.x = 3
        m.x = T.nn.Parameter(T.ones(1))
        m.x = None
        r = [list(m._parameters), m.x]
        m.y = T.ones(1)
        r.append(list(m._buffers))
        m.y = T.nn.Linear(1, 1)
        m.y = T.nn.Parameter(T.ones(1))
        r += [list(m._modules), list(m._parameters)]
        m.z = T.nn.Buffer(T.ones(1))
        m.z = T.ones(2)
        r += [list(m._buffers)]
        m.z = T.nn.Parameter(T.ones(1))
        r += [list(m._buffers), list(m._parameters)]
        return r
    """,
    "buffer reassign persist": r"""
        m = T.nn.Module()
        m.register_buffer('x', T.ones(1), persistent=False)
        m.x = T.nn.Buffer(T.ones(1))
        r = [list(m.state_dict())]
        m.x = T.nn.Buffer(T.ones(1), persistent=False)
        r.append(list(m.state_dict()))
        m.x = T.ones(2)
        r.append(list(m.state_dict()))
        return r
    """,
    "init missing": r"""
        class M(T.nn.Module):

            def __init__(self):
                self.a = T.nn.Linear(1, 1)
        M()
    """,
    "init missing2": r"""
        class M(T.nn.Module):

            def __init__(self):
                self.p = T.nn.Parameter(T.ones(1))
        M()
    """,
    "init missing3": r"""
        class M(T.nn.Module):

            def __init__(self):
                self.register_buffer('p', T.ones(1))
        M()
    """,
    "init missing4": r"""
        class M(T.nn.Module):

            def __init__(self):
                self.p = 3
        return M().p
    """,
    "init missing5": r"""
        class M(T.nn.Module):

            def __init__(self):
                self.b = T.nn.Buffer(T.ones(1))
        M()
    """,
    "extra repr multi": r"""
        class M(T.nn.Module):

            def __init__(s):
                super().__init__()
                s.l = T.nn.Linear(1, 1)

            def extra_repr(s):
                return 'one\ntwo'
        return [repr(M()), repr(T.nn.Sequential(M()))]
    """,
    "extra repr single child": r"""
        class M(T.nn.Module):

            def __init__(s):
                super().__init__()
                s.l = T.nn.Linear(1, 1)

            def extra_repr(s):
                return 'one'
        return repr(M())
    """,
    "deepcopy grad": r"""
        l = T.nn.Linear(1, 1)
        l(T.ones(1, 1)).sum().backward()
        c = copy.deepcopy(l)
        return [c.weight.grad, c.weight is l.weight, c.weight.requires_grad, type(c.weight).__name__]
    """,
    "deepcopy nonleaf": r"""
        l = T.nn.Linear(1, 1)
        l.x = l.weight * 2
        return copy.deepcopy(l).x.tolist() != None
    """,
    "pickle mod": r"""
        m = net(T)
        c = pickle.loads(pickle.dumps(m))
        return [list(c.state_dict()), c.tied is c.a, [k for k, _ in c.named_buffers()], c.training]
    """,
    "setstate super": r"""
        class M(T.nn.Linear):

            def __setstate__(self, s):
                super().__setstate__(s)
                self.got = True
        m = M(1, 1)
        c = copy.deepcopy(m)
        return c.got
    """,
    "getstate": r"""
        class M(T.nn.Linear):

            def __getstate__(self):
                d = super().__getstate__() if hasattr(T.nn.Module, '__getstate__') else self.__dict__.copy()
                d = dict(d)
                d['x'] = 1
                return d
        return copy.deepcopy(M(1, 1)).x
    """,
    "shared names": r"""
        m = T.nn.Module()
        p = T.nn.Parameter(T.ones(1))
        m.a = p
        m.b = p
        return [[k for k, _ in m.named_parameters()], [k for k, _ in m.named_parameters(remove_duplicate=False)], list(m.state_dict()), len(list(m.parameters()))]
    """,
    "buffer dups": r"""
        m = T.nn.Module()
        p = T.ones(1)
        m.register_buffer('a', p)
        m.register_buffer('b', p)
        return [[k for k, _ in m.named_buffers()], [k for k, _ in m.named_buffers(remove_duplicate=False)], list(m.state_dict())]
    """,
    "eq hash": r"""
        a, b = (T.nn.ReLU(), T.nn.ReLU())
        return [a == b, a == a, len({a, b})]
    """,
    "kwargs hooks": r"""
        log = []
        class M(T.nn.Module):

            def forward(self, x, *, k=1):
                return x * k
        m = M()
        m.register_forward_pre_hook(lambda mod, a, k: ((a[0] + 1,), {'k': 5}), with_kwargs=True)
        m.register_forward_pre_hook(lambda mod, a: log.append(('second', a[0].tolist())))
        m.register_forward_pre_hook(lambda mod, a: log.append(('first', a[0].tolist())), prepend=True)
        m.register_forward_hook(lambda mod, a, k, o: (log.append((a[0].tolist(), k, o.tolist())), o * 10)[1], with_kwargs=True)
        m.register_forward_hook(lambda mod, a, o: log.append(o.tolist()), prepend=True)
        return [m(T.ones(1), k=2), log]
    """,
    "pre hook bad": r"""
        class M(T.nn.Module):

            def forward(self, x):
                return x
        m = M()
        m.register_forward_pre_hook(lambda mod, a, k: 3, with_kwargs=True)
        return m(T.ones(1))
    """,
    "always call": r"""
        log = []
        class M(T.nn.Module):

            def forward(self, x):
                raise ValueError('no')
        m = M()
        m.register_forward_hook(lambda mod, a, o: log.append(('always', o)), always_call=True)
        m.register_forward_hook(lambda mod, a, o: log.append('never'))
        try:
            m(T.ones(1))
        except ValueError:
            log.append('raised')
        return log
    """,
    "always call raises": r"""
        class M(T.nn.Module):

            def forward(self, x):
                raise ValueError('no')
        def h(m, a, o):
            raise KeyError('x')
        m = M()
        m.register_forward_hook(h, always_call=True)
        return m(T.ones(1))
    """,
    "hook remove inside": r"""
        log = []
        m = T.nn.ReLU()
        h = m.register_forward_hook(lambda *a: (log.append(1), h.remove())[0])
        m(T.ones(1))
        m(T.ones(1))
        h.remove()
        return log
    """,
    "handle with": r"""
        m = T.nn.ReLU()
        log = []
        with m.register_forward_hook(lambda *a: log.append(1)):
            m(T.ones(1))
        m(T.ones(1))
        return log
    """,
    "bw hook": r"""
        m = T.nn.Linear(2, 1)
        T.nn.init.ones_(m.weight)
        log = []
        m.register_full_backward_hook(lambda mod, gi, go: (log.append([show(gi), show(go)]), (gi[0] * 2,))[1])
        m.register_full_backward_pre_hook(lambda mod, go: (go[0] * 3,))
        m.register_full_backward_hook(lambda mod, gi, go: log.append('first'), prepend=True)
        x = T.ones(1, 2, requires_grad=True)
        m(x).sum().backward()
        return [log, x.grad, m.weight.grad]
    """,
    "bw hook noinput": r"""
        m = T.nn.Linear(2, 1)
        log = []
        m.register_full_backward_hook(lambda mod, gi, go: log.append([show(gi), show(go)]))
        m(T.ones(1, 2)).sum().backward()
        return log
    """,
    "bw hook dictout": r"""
        class M(T.nn.Module):

            def forward(self, x):
                return {'a': x * 2}
        m = M()
        m.register_full_backward_hook(lambda *a: None)
        return m(T.ones(1, requires_grad=True))['a'].tolist()
    """,
    "hook not callable": r"""
        m = T.nn.ReLU()
        m.register_forward_hook(3)
        return m(T.ones(1))
    """,
    "modules kw": r"""
        return [type(x).__name__ for x in net(T).modules(remove_duplicate=False)]
    """,
    "classes": r"""
        T.nn.Sequential(T.nn.ReLU)
    """,
    "cls tensor": r"""
        T.nn.Linear(T.ones(2, 2))
    """,
    "cls attr": r"""
        class M(T.nn.Module):

            def __init__(s):
                super().__init__()
                s.l = T.nn.Linear

            def forward(s, x):
                return s.l(x)
        M()(T.ones(2, 2))
    """,
    "relu forward": r"""
        return T.nn.ReLU()(T.ones(2), T.ones(2))
    """,
    "param str": r"""
        return [repr(T.nn.Parameter(T.ones(1))), T.nn.Parameter(T.ones(1), requires_grad=False).requires_grad]
    """,
    "param int": r"""
        T.nn.Parameter(T.tensor([1]))
    """,
    "param none": r"""
        return list(T.nn.Parameter().shape)
    """,
    "param param": r"""
        p = T.nn.Parameter(T.ones(1))
        q = T.nn.Parameter(p)
        return [q is p, q.is_leaf, q.data_ptr() == p.data_ptr()]
    """,
    "param deepcopy": r"""
        p = T.nn.Parameter(T.ones(1))
        q = copy.deepcopy(p)
        r = copy.copy(p)
        return [type(q).__name__, q.requires_grad, type(r).__name__]
    """,
    "isinst": r"""
        return [isinstance(T.ones(1), T.nn.Parameter), isinstance(T.nn.Buffer(T.ones(1)), T.nn.Buffer), isinstance(T.nn.Parameter(T.ones(1)) * 1, T.nn.Parameter), isinstance(T.nn.Parameter(T.ones(1)).data, T.nn.Parameter), isinstance(T.nn.Parameter(T.ones(1)).detach(), T.nn.Parameter)]
    """,
    "zero grad nonp": r"""
        m = T.nn.Module()
        m.x = T.nn.Parameter(T.ones(1))
        m.x.grad = T.ones(1)
        g = m.x.grad
        m.zero_grad(False)
        return [g, m.x.grad is g]
    """,
    "strict false": r"""
        m = net(T)
        r = m.load_state_dict({'a.weight': T.ones(2, 2), 'zz': T.ones(1)}, strict=False)
        return [list(r.missing_keys), list(r.unexpected_keys), r[0], str(r)]
    """,
    "load none": r"""
        T.nn.Linear(1, 1).load_state_dict(None)
    """,
    "load generator": r"""
        T.nn.Linear(1, 1).load_state_dict([('weight', T.ones(1, 1)), ('bias', T.ones(1))])
    """,
    "assign keeps": r"""
        m = T.nn.Linear(1, 1)
        s = {'weight': T.ones(1, 1), 'bias': T.nn.Parameter(T.ones(1), requires_grad=False)}
        m.load_state_dict(s, assign=True)
        return [m.bias is s['bias'], m.bias.requires_grad, m.weight.data_ptr() == s['weight'].data_ptr()]
    """,
    "empty keys none module": r"""
        m = net(T)
        s = m.state_dict()
        s['none_mod.x'] = T.ones(1)
        s['none'] = T.ones(1)
        s['pn'] = T.ones(1)
        return str(m.load_state_dict(s, strict=False))
    """,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_modules(expression: str) -> None:
    check(expression, net=net, show=show)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_about_modules(name: str) -> None:
    check(SCRIPTS[name], net=net, show=show)
