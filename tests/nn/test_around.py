"""What stands around layers, against PyTorch: averaged models, spectral norms, pruning, DataParallel, old hooks.

Each scenario is a function of the library that returns what is to be compared: Tensors, numbers, texts and errors.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.answers import answer

Scenario = Callable[[Any], Any]


def error_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:40]}"
    return "no error"


def train(T: Any, model: Any, steps: int = 3, after: Callable[[], Any] = lambda: None) -> list[Any]:
    """Some steps of training; the losses."""
    optimizer, losses = T.optim.SGD(model.parameters(), lr=0.1), []
    for i in range(steps):
        x = T.arange(12.0).reshape(4, 3) / 10 + i
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        after()
        losses.append(loss.detach())
    return losses


def averaged(T: Any, **options: Any) -> Any:
    swa = importlib.import_module(f"{T.__name__}.optim.swa_utils")
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(3, 2), T.nn.BatchNorm1d(2), T.nn.Linear(2, 1))
    rules = {name: rule for name, rule in options.items() if name != "use_buffers"}
    made = {name: getattr(swa, rule)(*args) for name, (rule, *args) in rules.items()}
    average = swa.AveragedModel(model, use_buffers=options.get("use_buffers", False), **made)
    losses = train(T, model, after=lambda: average.update_parameters(model))
    before = [x.clone() for x in average.state_dict().values()]
    average.eval()
    swa.update_bn([T.arange(12.0).reshape(4, 3), (T.ones(2, 3) * T.tensor([[1.0], [2.0]]), 7)], average)
    return losses, before, [*average.state_dict().items()], average.training, str(average)[:60]


def averaged_counts(T: Any, decay: float | None = None) -> Any:
    """The average of a buffer of whole numbers, after each update."""
    swa, seen = importlib.import_module(f"{T.__name__}.optim.swa_utils"), []
    model = T.nn.Linear(1, 1)
    model.register_buffer("counts", T.tensor([10, -7, 0]))
    rule = None if decay is None else swa.get_ema_multi_avg_fn(decay)
    average = swa.AveragedModel(model, multi_avg_fn=rule, use_buffers=True)
    for i in range(4):
        average.update_parameters(model)
        seen.append(average.module.counts.clone())
        model.counts += T.tensor([31, -44, 5 * i])
    return seen


def rates(T: Any, **options: Any) -> Any:
    swa = importlib.import_module(f"{T.__name__}.optim.swa_utils")
    groups = [{"params": [T.ones(1, requires_grad=True)]}, {"params": [T.ones(1, requires_grad=True)], "lr": 3.0}]
    optimizer = T.optim.SGD(groups, lr=1.0)
    schedule = swa.SWALR(optimizer, **options)
    found = [schedule.get_last_lr()]
    for _ in range(6):
        optimizer.step()
        schedule.step()
        found.append(schedule.get_last_lr())
    return found


def spectral(T: Any, module: str, **options: Any) -> Any:
    norm = T.nn.utils.spectral_norm if module == "utils" else T.nn.utils.parametrizations.spectral_norm
    T.manual_seed(0)
    model = T.nn.Sequential(norm(T.nn.Linear(3, 4), **options), T.nn.Tanh(), norm(T.nn.Linear(4, 1)))
    losses = train(T, model)
    x = T.ones(2, 3, requires_grad=True)
    model.train()
    (model(x) + model(x * 2)).sum().backward()  # the second forward writes to the singular vectors of the first
    (g,) = T.autograd.grad(model.eval()(x).sum(), x, create_graph=True)
    (g**2).sum().backward()
    state = [*model.state_dict().items()]
    gradients = [p.grad for p in model.parameters()]
    if module == "utils":
        T.nn.utils.remove_spectral_norm(model[0])
    return losses, state, g.detach(), x.grad, gradients, [*model.state_dict()], str(model)


def pruned(T: Any, prune: Scenario) -> Any:
    P = importlib.import_module(f"{T.__name__}.nn.utils.prune")
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(3, 4), T.nn.ReLU(), T.nn.Linear(4, 1))
    prune(P, model, T)
    state = [(key, x.clone()) for key, x in model.state_dict().items()]
    losses = train(T, model)
    removed = [P.remove(m, "weight") for m in model if hasattr(m, "weight_mask")]
    return state, losses, [*model.state_dict().items()], len(removed), P.is_pruned(model), str(model)


def hooks(T: Any) -> Any:
    T.manual_seed(0)
    layer, seen = T.nn.Sequential(T.nn.Linear(3, 2), T.nn.Tanh()), []
    handle = layer.register_backward_hook(lambda module, g_in, g_out: seen.append((g_in[0].clone(), g_out[0].clone())))
    x = T.ones(2, 3, requires_grad=True)
    layer(x).pow(2).sum().backward()
    handle.remove()
    layer(x).pow(2).sum().backward()
    changing = T.nn.Tanh()
    changing.register_backward_hook(lambda module, g_in, g_out: (g_in[0] * 2,))
    y = T.ones(2, requires_grad=True)
    changing(y).sum().backward()
    return seen, x.grad, y.grad, error_of(lambda: changing.register_full_backward_hook(lambda *a: None))


def parallel(T: Any) -> Any:
    T.manual_seed(0)
    model = T.nn.DataParallel(T.nn.Linear(3, 2))
    losses = train(T, model)
    return losses, [*model.state_dict().items()], str(model), model.module.in_features


def two_l1(P: Any, model: Any, T: Any) -> None:
    P.l1_unstructured(model[0], "weight", amount=4)
    P.l1_unstructured(model[0], "weight", amount=0.5)
    P.ln_structured(model[0], "weight", amount=1, n=2, dim=1)


SCENARIOS: dict[str, Scenario] = {
    "an equal average": averaged,
    "averaged buffers": lambda T: averaged(T, use_buffers=True, avg_fn=("get_ema_avg_fn", 0.5)),
    "an equal average of all": lambda T: averaged(T, multi_avg_fn=("get_swa_multi_avg_fn",)),
    "an exponential average": lambda T: averaged(T, multi_avg_fn=("get_ema_multi_avg_fn", 0.9)),
    "an exponential average of each": lambda T: averaged(T, avg_fn=("get_ema_avg_fn", 0.9)),
    "an equal average of each": lambda T: averaged(T, avg_fn=("get_swa_avg_fn",)),
    "rates by a cosine": lambda T: rates(T, swa_lr=0.5, anneal_epochs=4),
    "rates by a line": lambda T: rates(T, swa_lr=[0.5, 0.1], anneal_epochs=3, anneal_strategy="linear"),
    "rates at once": lambda T: rates(T, swa_lr=0.5, anneal_epochs=0),
    "rates of a group each": lambda T: rates(T, swa_lr=(2.0, 0.25), anneal_epochs=2, last_epoch=-1),
    "rates of too few groups": lambda T: error_of(lambda: rates(T, swa_lr=[0.5])),
    "an equal average of whole numbers": lambda T: averaged_counts(T),
    "an exponential average of whole numbers": lambda T: averaged_counts(T, 0.75),
    "rates in one epoch": lambda T: rates(T, swa_lr=0.5, anneal_epochs=1),
    "a decay just above 1": lambda T: error_of(lambda: averaged(T, avg_fn=("get_ema_avg_fn", 1.005))),
    "two ways to average": lambda T: error_of(
        lambda: averaged(T, avg_fn=("get_swa_avg_fn",), multi_avg_fn=("get_swa_multi_avg_fn",))
    ),
    "rates of epochs that are no whole number": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_epochs=2.0)),
    "a decay of all": lambda T: averaged(T, multi_avg_fn=("get_ema_multi_avg_fn", 1.0)),
    "a decay of nothing": lambda T: averaged(T, use_buffers=True, multi_avg_fn=("get_ema_multi_avg_fn", 0.0)),
    "all buffers averaged": lambda T: averaged(T, use_buffers=True),
    "rates of a wrong strategy": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_strategy="x")),
    "rates of wrong epochs": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_epochs=-1)),
    "a wrong decay": lambda T: error_of(lambda: averaged(T, avg_fn=("get_ema_avg_fn", 1.5))),
    "the older spectral norm": lambda T: spectral(T, "utils"),
    "the older spectral norm along 1": lambda T: spectral(T, "utils", dim=1, n_power_iterations=3),
    "spectral norm": lambda T: spectral(T, "parametrizations"),
    "spectral norm along 1": lambda T: spectral(T, "parametrizations", dim=1, n_power_iterations=2),
    "a spectral norm twice": lambda T: error_of(lambda: [T.nn.utils.spectral_norm(m) for m in [T.nn.Linear(1, 1)] * 2]),
    "a spectral norm of nothing": lambda T: error_of(lambda: T.nn.utils.parametrizations.spectral_norm(T.nn.ReLU())),
    "no spectral norm": lambda T: error_of(lambda: T.nn.utils.remove_spectral_norm(T.nn.Linear(1, 1))),
    "pruned by size": lambda T: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "weight", amount=5)),
    "pruned at random": lambda T: pruned(T, lambda P, m, T: P.random_unstructured(m[0], "weight", amount=0.3)),
    "pruned by rows": lambda T: pruned(T, lambda P, m, T: P.ln_structured(m[0], "weight", 0.5, n=1, dim=0)),
    "pruned by random columns": lambda T: pruned(T, lambda P, m, T: P.random_structured(m[0], "weight", 1, dim=1)),
    "pruned twice": lambda T: pruned(T, two_l1),
    "pruned by a mask": lambda T: pruned(
        T, lambda P, m, T: P.custom_from_mask(m[2], "weight", T.tensor([[1.0, 0, 1, 0]]))
    ),
    "pruned together": lambda T: pruned(
        T, lambda P, m, T: P.global_unstructured([(m[0], "weight"), (m[2], "weight")], P.L1Unstructured, amount=7)
    ),
    "pruned by scores": lambda T: pruned(
        T, lambda P, m, T: P.l1_unstructured(m[2], "weight", 2, importance_scores=T.tensor([[1.0, 2, 3, 4]]))
    ),
    "not pruned": lambda T: pruned(T, lambda P, m, T: P.identity(m[0], "weight")),
    "pruned too much": lambda T: error_of(lambda: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "weight", 99))),
    "pruned by a wrong part": lambda T: error_of(
        lambda: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "bias", 1.5))
    ),
    "hooks of the old kind": hooks,
    "a batch for one device": parallel,
}


def plain(x: Any) -> Any:
    """A nested result with arrays in the place of Tensors."""
    if hasattr(x, "detach"):
        return np.asarray(x.detach().numpy())
    return [plain(y) for y in x] if isinstance(x, (list, tuple)) else x


def same(ours: Any, theirs: Any, where: str) -> None:
    """Compare nested results."""
    if isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6, err_msg=where)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            same(x, y, f"{where}, {i}")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15), where
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_as_in_pytorch(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(plain(SCENARIOS[name](tl)), answer(lambda torch: plain(SCENARIOS[name](torch))), name)


# ------------------------------------------------------------------------------------------- without PyTorch


def test_an_average_is_the_mean() -> None:
    model = tl.nn.Linear(2, 1)
    average, seen = tl.optim.swa_utils.AveragedModel(model), []
    train_ = [tl.tensor([[1.0, 2.0]]), tl.tensor([[3.0, 6.0]]), tl.tensor([[5.0, 1.0]])]
    for weight in train_:
        model.weight.data = weight
        average.update_parameters(model)
        seen.append(weight)
    assert average.module.weight.tolist() == [[3.0, 3.0]]
    assert int(average.n_averaged) == 3


def test_a_spectral_norm_is_the_largest_singular_value() -> None:
    tl.manual_seed(0)
    layer = tl.nn.utils.parametrizations.spectral_norm(tl.nn.Linear(5, 4), n_power_iterations=50)
    x = layer(tl.ones(5))
    assert x.shape == (4,)
    assert np.linalg.svd(layer.weight.detach().numpy())[1][0] == pytest.approx(1, abs=1e-4)
    old = tl.nn.utils.spectral_norm(tl.nn.Linear(5, 4), n_power_iterations=50)
    old(tl.ones(5))
    assert np.linalg.svd(old.weight.detach().numpy())[1][0] == pytest.approx(1, abs=1e-4)


def test_zeros_stay_zero_in_training() -> None:
    prune = tl.nn.utils.prune
    layer = prune.l1_unstructured(tl.nn.Linear(3, 2), "weight", amount=3)
    before = layer.weight_mask.clone()
    train(tl, layer)
    assert ((layer.weight == 0) == (before == 0)).all()
    assert not prune.is_pruned(prune.remove(layer, "weight"))


def test_an_average_lies_on_the_device_that_is_asked_for() -> None:
    assert tl.optim.swa_utils.AveragedModel(tl.nn.Linear(1, 1), device="cpu").module.weight.device.type == "cpu"
    with pytest.raises(RuntimeError):
        tl.optim.swa_utils.AveragedModel(tl.nn.Linear(1, 1), device="cuda")


def test_skip_init() -> None:
    """No number is drawn, and what is no such module is refused in PyTorch's words."""
    tl.manual_seed(3)
    expected = tl.rand(2).tolist()
    tl.manual_seed(3)
    layer = tl.nn.utils.skip_init(tl.nn.Linear, 5, out_features=3, dtype=tl.float64)
    assert tl.rand(2).tolist() == expected
    assert layer.weight.shape == (3, 5) and layer.bias.dtype == tl.float64 and layer.weight.requires_grad
    batch_norm = tl.nn.utils.skip_init(tl.nn.BatchNorm1d, 2, device="cpu")
    assert [*batch_norm.state_dict()] == [*tl.nn.BatchNorm1d(2).state_dict()]
    for message, args in (
        ("Expected a Module; got <class 'int'>", (int,)),
        ("Module must support a 'device' arg to skip initialization", (tl.nn.ReLU,)),
    ):
        with pytest.raises(RuntimeError, match=message):
            tl.nn.utils.skip_init(*args)
