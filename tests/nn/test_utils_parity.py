"""nn.utils in its corners: the same script under both libraries."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.same_script import check


def pr(T: Any, *grads: Any) -> Any:
    """Parameters with these gradients."""
    params = [T.nn.Parameter(T.ones(2)) for _ in grads]
    for p, grad in zip(params, grads, strict=True):
        p.grad = None if grad is None else T.tensor(grad)
    return params


def gr(params: Any) -> Any:
    return [None if p.grad is None else p.grad.tolist() for p in params]


def cl(T: Any, *args: Any, g: Any = ([3.0, 4.0], [0.0, 12.0], None), **options: Any) -> Any:
    """What clip_grad_norm_ returns, and the gradients after it."""
    params = pr(T, *g)
    return [T.nn.utils.clip_grad_norm_(params, *args, **options), gr(params)]


def Sym(T: Any) -> Any:
    class Sym(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(-1, -2)

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    return Sym()


def NoInv(T: Any) -> Any:
    class NoInv(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self, x: Any) -> Any:
            return x * 2

    return NoInv()


def Two(T: Any) -> Any:
    class Two(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self, a: Any, b: Any) -> Any:
            return a + b

        def right_inverse(self, w: Any) -> Any:
            return w / 2, w / 2

    return Two()


def Shape(T: Any) -> Any:
    class Shape(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self, x: Any) -> Any:
            return x[:1]

    return Shape()


def reg(T: Any, parametrization: Any, name: str = "weight", **options: Any) -> Any:
    """A parametrized layer."""
    layer = T.nn.Linear(2, 2)
    T.nn.init.constant_(layer.weight, 3.0)
    T.nn.init.constant_(layer.bias, 1.0)
    return T.nn.utils.parametrize.register_parametrization(layer, name, parametrization, **options)


EXPRESSIONS = [
    "cl(T, 1.0)",
    "cl(T, 100.0)",
    "cl(T, 1.0, norm_type=1)",
    "cl(T, 1.0, norm_type=float('inf'))",
    "cl(T, 1.0, norm_type=0)",
    "cl(T, 1.0, norm_type='inf')",
    "cl(T, 0.0)",
    "cl(T, 1.0, error_if_nonfinite=True, g=([float('nan'), 1.0],))",
    "cl(T, 1.0, g=())",
    "cl(T, 1.0, foreach=True)",
    "cl(T, 1.0, g=(None,))",
    "(lambda p: (T.nn.utils.clip_grad_norm_(p, 1.0), gr([p]))[1])(pr(T, [3.0, 4.0])[0])",
    "(lambda ps: (T.nn.utils.clip_grad_norm_(iter(ps), 1.0), gr(ps))[1])(pr(T, [3.0, 4.0]))",
    "cl(T, T.tensor(1.0))",
    "cl(T, 'x')",
    "cl(T, 1.0, norm_type=-1)",
    "T.nn.utils.clip_grad_norm_(T.nn.Linear(1, 1), 1.0)",
    "(lambda ps: (T.nn.utils.clip_grad_value_(ps, 2.0), gr(ps)))(pr(T, [3.0, -4.0], None))",
    "(lambda p: (T.nn.utils.clip_grad_value_(p, 2), gr([p])))(pr(T, [3.0, -4.0])[0])",
    "T.nn.utils.get_total_norm([T.ones(2), T.ones(2)])",
    "T.nn.utils.get_total_norm([])",
    "T.nn.utils.get_total_norm(T.ones(4))",
    "T.nn.utils.get_total_norm([T.ones(2) * float('nan')], error_if_nonfinite=True)",
    "(lambda ps: (T.nn.utils.clip_grads_with_norm_(ps, 1.0, T.tensor(5.0)), gr(ps)))(pr(T, [3.0, 4.0]))",
    "T.nn.utils.parameters_to_vector([T.ones(2), T.zeros(1, 2)])",
    "T.nn.utils.parameters_to_vector([])",
    "(lambda ps: (T.nn.utils.vector_to_parameters(T.arange(4.0), ps), [p.tolist() for p in ps]))(pr(T, None, None))",
    "T.nn.utils.vector_to_parameters([1], pr(T, None))",
    "(lambda ps: T.nn.utils.vector_to_parameters(T.arange(3.0), ps))(pr(T, None, None))",
    "(lambda ps: (T.nn.utils.vector_to_parameters(T.arange(9.0), ps), [p.tolist() for p in ps]))(pr(T, None, None))",
    "T.nn.utils.parameters_to_vector(T.nn.Linear(1, 1))",
    "[list(reg(T, Sym(T)).state_dict()), reg(T, Sym(T)).weight.tolist(), type(reg(T, Sym(T))).__name__]",
    "reg(T, NoInv(T)).weight.tolist()",
    "list(reg(T, Two(T)).state_dict())",
    "reg(T, Shape(T))",
    "reg(T, Shape(T), unsafe=True).weight.tolist()",
    "reg(T, Sym(T), 'zz')",
    "reg(T, NoInv(T), 'bias').bias.tolist()",
    "setattr(reg(T, NoInv(T)), 'weight', T.ones(2, 2))",
    "(lambda l: (setattr(l, 'weight', T.ones(2, 2)), l.weight.tolist())[1])(reg(T, Sym(T)))",
    "(lambda l: (T.nn.utils.parametrize.register_parametrization(l, 'weight', NoInv(T)), l.weight.tolist(), repr(l))[1:])(reg(T, Sym(T)))",
    "(lambda l: (T.nn.utils.parametrize.remove_parametrizations(l, 'weight'), l.weight.tolist(), type(l).__name__, list(l.state_dict()))[1:])(reg(T, NoInv(T)))",
    "(lambda l: (T.nn.utils.parametrize.remove_parametrizations(l, 'weight', leave_parametrized=False), l.weight.tolist())[1:])(reg(T, NoInv(T)))",
    "T.nn.utils.parametrize.remove_parametrizations(T.nn.Linear(1, 1), 'weight')",
    "(lambda l: T.nn.utils.parametrize.remove_parametrizations(l, 'weight', leave_parametrized=False))(reg(T, Two(T)))",
    "[T.nn.utils.parametrize.is_parametrized(reg(T, Sym(T))), T.nn.utils.parametrize.is_parametrized(T.nn.Linear(1, 1)), T.nn.utils.parametrize.is_parametrized(reg(T, Sym(T)), 'bias')]",
    "[k for k, _ in reg(T, Sym(T)).named_parameters()]",
    "(lambda l: (l(T.ones(1, 2)).sum().backward(), l.parametrizations.weight.original.grad.tolist())[1])(reg(T, NoInv(T)))",
    "(lambda l: copy.deepcopy(l).weight.tolist())(reg(T, Sym(T)))",
    "pickle.dumps(reg(T, NoInv(T)))",
    "(lambda l: (l.double(), str(l.weight.dtype)[-7:])[1])(reg(T, Sym(T)))",
    "(lambda a, b: (str(a.load_state_dict(b.state_dict())), a.weight.tolist()))(reg(T, Sym(T)), reg(T, Sym(T)))",
    "reg(T, 3)",
    "reg(T, lambda x: x)",
    "(lambda l: l.weight is l.weight)(reg(T, Sym(T)))",
    "reg(T, Two(T)).parametrizations.weight.original0.tolist()",
    "delattr(reg(T, Sym(T)), 'weight')",
    "(lambda l: [list(l.state_dict()), l.weight_g.tolist() != None, hasattr(l, 'weight')])(T.nn.utils.weight_norm(T.nn.Linear(2, 3)))",
    "T.nn.utils.remove_weight_norm(T.nn.Linear(2, 3))",
    "list(T.nn.utils.remove_weight_norm(T.nn.utils.weight_norm(T.nn.Linear(2, 3))).state_dict())",
    "T.nn.utils.weight_norm(T.nn.utils.weight_norm(T.nn.Linear(2, 3)))",
    "copy.deepcopy(T.nn.utils.weight_norm(T.nn.Linear(2, 3)))",
    "list(T.nn.utils.weight_norm(T.nn.Linear(2, 3), dim=None).weight_g.shape)",
    "T.nn.utils.weight_norm(T.nn.Linear(2, 3), dim=5)",
    "T.nn.utils.weight_norm(T.nn.Linear(2, 3), 'zz')",
    "list(T.nn.utils.parametrizations.weight_norm(T.nn.Linear(2, 3), dim=1).parametrizations.weight.original0.shape)",
    "T.nn.utils.parametrizations.weight_norm(T.nn.Linear(2, 3), 'zz')",
    "hasattr(T.nn.utils.parametrize, 'cached')",
    "T.nn.utils.parametrize.type_before_parametrizations(reg(T, Sym(T))).__name__",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_utils(expression: str) -> None:
    check(expression, pr=pr, gr=gr, cl=cl, Sym=Sym, NoInv=NoInv, Two=Two, Shape=Shape, reg=reg)
