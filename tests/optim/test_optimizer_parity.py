"""Optimizers in their corners: the same script under both libraries."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.same_script import check


def P(T: Any, value: float = 1.0) -> Any:
    return T.nn.Parameter(T.tensor([value]))


def G(T: Any, p: Any, slope: float = 1.0) -> Any:
    """A parameter with a gradient."""
    p.grad = T.tensor([slope])
    return p


def G2(T: Any) -> Any:
    """A matrix with a gradient."""
    p = T.nn.Parameter(T.ones(2, 3))
    p.grad = T.ones(2, 3)
    return p


def pg(optimizer: Any) -> Any:
    """The options of all groups."""
    return [{k: len(v) if k == "params" else v for k, v in g.items()} for g in optimizer.param_groups]


def show(x: Any) -> Any:
    return x


EXPRESSIONS = [
    "T.optim.SGD([])",
    "T.optim.SGD(T.ones(1))",
    "T.optim.SGD([3])",
    "T.optim.SGD([P(T) * 2])",
    "T.optim.SGD({P(T)})",
    "(lambda p: T.optim.SGD([{'params': [p]}, {'params': [p]}]))(P(T))",
    "T.optim.SGD([{'lr': 1}])",
    "T.optim.SGD([P(T)], lr=-1)",
    "T.optim.SGD([P(T)], lr='0.1').step()",
    "T.optim.SGD([P(T)], learning_rate=0.1)",
    "T.optim.SGD([P(T)], lr=None)",
    "T.optim.SGD(T.nn.Linear(1, 1))",
    "T.optim.SGD(T.nn.Linear(1, 1).parameters)",
    "T.optim.SGD([{'params': {P(T)}}])",
    "T.optim.SGD([('a', P(T)), P(T)])",
    "T.optim.SGD([('a', P(T)), ('a', P(T))]).param_groups[0]['param_names']",
    "T.optim.SGD(iter([P(T)])).param_groups[0]['lr']",
    "T.optim.Adam([P(T)], betas=(0.9,))",
    "T.optim.Adam([P(T)], lr=T.tensor([0.1, 0.2]))",
    "T.optim.SGD([P(T)], nesterov=True)",
    "T.optim.SGD([P(T)], momentum=0.9, nesterov=True, dampening=0.1)",
    "T.optim.SGD([[P(T)]])",
    "T.optim.SGD({'params': P(T)})",
    "T.optim.SGD(None)",
    "T.optim.SGD([{'params': P(T)}]).param_groups[0]['lr']",
    "T.optim.SGD([T.ones(1)]).param_groups[0]['lr']",
    "T.optim.SGD([P(T)], fused=True, foreach=True)",
    "T.optim.SGD((p for p in []))",
    "T.optim.Adam([P(T)], amsgrad='x').defaults['amsgrad']",
    "T.optim.SGD([None])",
    "T.optim.SGD([P(T)]).add_param_group([P(T)])",
    "(lambda p: T.optim.SGD([p]).add_param_group({'params': p}))(P(T))",
    "(lambda o: (o.add_param_group({'params': P(T), 'lr': 0.5, 'extra': 3}), pg(o))[1])(T.optim.SGD([P(T)], lr=0.1))",
    "T.optim.SGD([P(T)]).add_param_group({})",
    "T.optim.SGD([('a', P(T))]).add_param_group({'params': [P(T)]})",
    "T.optim.SGD([P(T)]).add_param_group({'params': [('a', P(T))]})",
    "(lambda o: (o.add_param_group({'params': []}), pg(o))[1])(T.optim.SGD([P(T)]))",
    "T.optim.SGD([P(T)]).add_param_group({'params': [3]})",
    "(lambda o: (o.add_param_group({'params': [('b', P(T))]}), [g['param_names'] for g in o.param_groups])[1])(T.optim.SGD([('a', P(T))]))",
    "(lambda o: (o.add_param_group({'params': [('a', P(T))]}), [g['param_names'] for g in o.param_groups])[1])(T.optim.SGD([('a', P(T))]))",
    "repr(T.optim.SGD([P(T)]))",
    "T.optim.ASGD([P(T)], lr=-1)",
    "T.optim.ASGD([P(T)], weight_decay=-1)",
    "T.optim.Rprop([P(T)], lr=-1)",
    "T.optim.Rprop([P(T)], etas=(1.5, 1.2))",
    "T.optim.Adafactor([P(T)], lr=-1)",
    "T.optim.Adafactor([P(T)], beta2_decay=0.5)",
    "T.optim.Adafactor([P(T)], eps=(-1, 1))",
    "T.optim.Adafactor([P(T)], eps=(None, -1))",
    "T.optim.Adafactor([P(T)], d=0.5)",
    "T.optim.Adafactor([P(T)], weight_decay=-1)",
    "T.optim.Adafactor([P(T)], lr=T.tensor([0.1, 0.2]))",
    "repr(T.optim.Rprop([P(T)]))",
    "repr(T.optim.ASGD([P(T)]))",
    "repr(T.optim.Adafactor([P(T)]))",
    "[list(getattr(T.optim, r)([P(T)]).defaults) for r in ('ASGD', 'Rprop', 'Adafactor')]",
    "(lambda o: (o.step(), [list(s) for s in o.state.values()])[1])(T.optim.Adafactor([G(T, P(T)), G2(T)]))",
    "(lambda o: (o.step(), [list(s) for s in o.state.values()])[1])(T.optim.ASGD([G(T, P(T))]))",
    "(lambda o: (o.step(), [list(s) for s in o.state.values()])[1])(T.optim.Rprop([G(T, P(T))]))",
    "repr(T.optim.Adam([{'params': [P(T)], 'lr': 1}]))",
]

SCRIPTS = {
    "step closure": r"""
        p = P(T)
        o = T.optim.SGD([p], lr=0.1)
        def c():
            o.zero_grad()
            l = (p ** 2).sum()
            l.backward()
            return l
        r = o.step(c)
        return [r.item(), p.item(), o.step.__name__]
    """,
    "step closure nograd": r"""
        p = P(T)
        o = T.optim.SGD([p], lr=0.1)
        def c():
            l = (p ** 2).sum()
            l.backward()
            return l
        with T.no_grad():
            r = o.step(c)
        return [r.item(), p.item(), r.requires_grad]
    """,
    "step closure none": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1)
        return [o.step(lambda: None), p.item()]
    """,
    "step closure bad": r"""
        T.optim.SGD([G(T, P(T))]).step(3)
    """,
    "zero": r"""
        p = G(T, P(T))
        g = p.grad
        o = T.optim.SGD([p])
        o.zero_grad(set_to_none=False)
        r = [g.tolist(), p.grad is g]
        o.zero_grad()
        return r + [p.grad]
    """,
    "group edit": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1)
        o.param_groups[0]['lr'] = 0.5
        o.step()
        r = [p.item()]
        o.param_groups[0]['momentum'] = 0.9
        o.step()
        o.step()
        r.append(p.item())
        o.param_groups[0]['params'] = []
        o.step()
        return r + [p.item(), len(o.state)]
    """,
    "group swap param": r"""
        p, q = (G(T, P(T)), G(T, P(T)))
        o = T.optim.SGD([p], lr=0.1, momentum=0.9)
        o.step()
        o.param_groups[0]['params'][0] = q
        o.step()
        return [p.item(), q.item(), len(o.state)]
    """,
    "none grads": r"""
        p, q = (G(T, P(T)), P(T))
        o = T.optim.Adam([p, q], lr=0.1)
        o.step()
        return [p.item(), q.item(), len(o.state), sorted(o.state_dict()['state'])]
    """,
    "step pre bad": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1)
        o.register_step_pre_hook(lambda o, a, k: 3)
        o.step()
    """,
    "sd hooks": r"""
        log = []
        o = T.optim.SGD([G(T, P(T))], lr=0.1, momentum=0.9)
        o.step()
        o.register_state_dict_pre_hook(lambda o: log.append('pre'))
        o.register_state_dict_post_hook(lambda o, s: {**s, 'x': 1})
        o.register_state_dict_post_hook(lambda o, s: log.append(sorted(s)), prepend=True)
        s = o.state_dict()
        o.register_load_state_dict_pre_hook(lambda o, s: (log.append('lpre'), {k: v for k, v in s.items() if k != 'x'})[1])
        o.register_load_state_dict_post_hook(lambda o: log.append('lpost'))
        o.load_state_dict(s)
        return [log, sorted(s)]
    """,
    "sd state": r"""
        p, q = (G(T, P(T)), G(T, P(T)))
        o = T.optim.Adam([{'params': [p]}, {'params': [q], 'lr': 0.5}])
        o.step()
        s = o.state_dict()
        return [list(s), show(s['param_groups']), {k: {a: show(b) for a, b in v.items()} for k, v in s['state'].items()}]
    """,
    "sd alias": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1, momentum=0.9)
        o.step()
        s = o.state_dict()
        return [s['state'][0]['momentum_buffer'] is o.state[p]['momentum_buffer'], s['param_groups'] is o.param_groups]
    """,
    "load sizes": r"""
        T.optim.SGD([P(T)]).load_state_dict(T.optim.SGD([P(T), P(T)]).state_dict())
    """,
    "load groups": r"""
        T.optim.SGD([P(T)]).load_state_dict(T.optim.SGD([{'params': [P(T)]}, {'params': [P(T)]}]).state_dict())
    """,
    "load bad": r"""
        T.optim.SGD([P(T)]).load_state_dict({})
    """,
    "load dtype": r"""
        p = G(T, P(T))
        o = T.optim.Adam([p], lr=0.1)
        o.step()
        q = T.nn.Parameter(T.ones(1, dtype=T.float64))
        o2 = T.optim.Adam([q])
        o2.load_state_dict(o.state_dict())
        return [str(o2.state[q]['exp_avg'].dtype)[-7:], str(o2.state[q]['step'].dtype)[-7:], o2.param_groups[0]['lr']]
    """,
    "load extra": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1)
        o.state[p]['mine'] = T.ones(2)
        o.state[p]['n'] = 3
        o.state[p]['l'] = [1, T.ones(1)]
        o.state['glob'] = {'a': 1}
        o.state[7] = 5
        s = o.state_dict()
        o2 = T.optim.SGD([P(T)])
        o2.load_state_dict(s)
        return [show(dict(s['state'])), sorted(map(str, [k for k in o2.state if not hasattr(k, 'grad')])), show(o2.state[o2.param_groups[0]['params'][0]])]
    """,
    "named load": r"""
        p, q = (G(T, P(T)), G(T, P(T)))
        o = T.optim.SGD([('p', p), ('q', q)], lr=0.1, momentum=0.9)
        o.step()
        return show(o.state_dict()['param_groups'])
    """,
    "pickle opt": r"""
        p = G(T, P(T))
        o = T.optim.Adam([p], lr=0.1)
        o.step()
        c = pickle.loads(pickle.dumps(o))
        return [pg(c), len(c.state), type(c).__name__]
    """,
    "deepcopy opt": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1, momentum=0.9)
        o.step()
        c = copy.deepcopy(o)
        q = c.param_groups[0]['params'][0]
        q.grad = T.ones(1)
        c.step()
        return [p.item(), q.item(), q in c.state]
    """,
    "deepcopy both": r"""
        m = T.nn.Linear(1, 1)
        o = T.optim.SGD(m.parameters(), lr=0.1)
        m2, o2 = copy.deepcopy((m, o))
        return m2.weight is o2.param_groups[0]['params'][0]
    """,
    "lr tensor": r"""
        lr = T.tensor(0.1)
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=lr)
        o.step()
        lr.fill_(0.5)
        o.step()
        return [p.item(), o.param_groups[0]['lr'] is lr]
    """,
    "wd tensor": r"""
        p = G(T, P(T))
        o = T.optim.SGD([p], lr=0.1, weight_decay=T.tensor(0.5))
        o.step()
        return p.item()
    """,
    "own opt": r"""
        class O(T.optim.Optimizer):

            def __init__(s, params, lr=0.1):
                super().__init__(params, dict(lr=lr))

            def step(s, closure=None):
                for g in s.param_groups:
                    for p in g['params']:
                        if p.grad is not None:
                            p.data.add_(p.grad, alpha=-g['lr'])
                            s.state[p]['n'] = s.state[p].get('n', 0) + 1
        p = G(T, P(T))
        o = O([p])
        o.step()
        s = o.state_dict()
        o2 = O([P(T)])
        o2.load_state_dict(s)
        return [p.item(), show(s), show(list(o2.state.values()))]
    """,
    "state defaultdict": r"""
        o = T.optim.SGD([P(T)])
        return [type(o.state).__name__, o.state[o.param_groups[0]['params'][0]]]
    """,
    "lbfgs groups": r"""
        T.optim.LBFGS([{'params': [P(T)]}, {'params': [P(T)]}])
    """,
    "lbfgs noclosure": r"""
        T.optim.LBFGS([P(T)]).step()
    """,
    "lbfgs nograd": r"""
        o = T.optim.LBFGS([T.ones(3)], tolerance_grad=-float('inf'))
        r = o.step(lambda: T.tensor([10.0]))
        return [r, o.param_groups[0]['params'][0], {k: show(v) for k, v in o.state[o.param_groups[0]['params'][0]].items() if k in ('n_iter', 'func_evals')}]
    """,
    "lbfgs zero": r"""
        p = T.zeros(2, requires_grad=True)
        o = T.optim.LBFGS([p])
        def c():
            o.zero_grad()
            l = (p ** 2).sum()
            l.backward()
            return l
        return [o.step(c).item(), p.tolist()]
    """,
    "lbfgs zero sw": r"""
        p = T.zeros(2, requires_grad=True)
        o = T.optim.LBFGS([p], line_search_fn='strong_wolfe', tolerance_grad=-1.0)
        def c():
            o.zero_grad()
            l = (p ** 2).sum()
            l.backward()
            return l
        return [o.step(c).item(), p.tolist()]
    """,
    "lbfgs partnone": r"""
        p = T.ones(2, requires_grad=True)
        q = T.ones(2, requires_grad=True)
        o = T.optim.LBFGS([p, q], max_iter=3)
        def c():
            o.zero_grad()
            l = (p ** 4).sum()
            l.backward()
            return l
        return [o.step(c).item(), [round(x, 4) for x in p.tolist()], q.tolist()]
    """,
    "zero size": r"""
        p = T.nn.Parameter(T.ones(0, 2))
        p.grad = T.ones(0, 2)
        o = T.optim.Adam([p])
        o.step()
        return list(p.shape)
    """,
    "scalar param": r"""
        p = T.nn.Parameter(T.tensor(2.0))
        p.grad = T.tensor(1.0)
        o = T.optim.Adam([p], lr=0.1)
        o.step()
        return p.item()
    """,
    "noncontig": r"""
        p = T.nn.Parameter(T.arange(6.0).reshape(2, 3).t())
        p.grad = T.ones(3, 2)
        o = T.optim.Adam([p], lr=0.1)
        o.step()
        return p
    """,
    "grad dtype": r"""
        p = P(T)
        p.grad = T.ones(1)
        p.data = p.data.double()
        o = T.optim.SGD([p], lr=0.1)
        o.step()
        return 1
    """,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_optimizers(expression: str) -> None:
    check(expression, P=P, G=G, G2=G2, pg=pg, show=show)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_about_optimizers(name: str) -> None:
    check(SCRIPTS[name], P=P, G=G, pg=pg, show=show)
