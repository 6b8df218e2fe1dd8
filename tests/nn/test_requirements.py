"""Modules and layers, against PyTorch where it is installed and closed forms where that says more."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


def network(T: Any) -> Any:
    T.manual_seed(3)
    return T.nn.Sequential(
        T.nn.Linear(5, 7), T.nn.BatchNorm1d(7), T.nn.ReLU(), T.nn.Linear(7, 3, bias=False), T.nn.Sequential(T.nn.Tanh())
    )


class TestParity:
    """The same script under both libraries."""

    torch = property(lambda self: pytest.importorskip("torch"))

    def test_initial_weights_and_state_dict_keys(self) -> None:
        ours, theirs = network(tl).state_dict(), network(self.torch).state_dict()
        assert list(ours) == list(theirs)
        for key in ours:
            np.testing.assert_array_equal(ours[key].numpy(), theirs[key].numpy(), err_msg=key)

    def test_repr(self) -> None:
        assert repr(network(tl)) == repr(network(self.torch))
        for make in (
            lambda T: T.nn.Dropout(0.25),
            lambda T: T.nn.ReLU(inplace=True),
            lambda T: T.nn.BatchNorm1d(3, affine=False, momentum=None),
            lambda T: T.nn.BatchNorm1d(3, bias=False),
            lambda T: T.nn.CrossEntropyLoss(),
            lambda T: T.nn.Sequential(),
        ):
            assert repr(make(tl)) == repr(make(self.torch))

    @pytest.mark.parametrize("rule", ["SGD", "Adam"])
    def test_a_training_run(self, rule: str) -> None:
        def run(T: Any) -> tuple[list[float], Any]:
            model = network(T).double()
            optimizer = getattr(T.optim, rule)(model.parameters(), lr=0.05)
            rng = np.random.default_rng(0)
            losses = []
            for _ in range(30):
                x, target = T.tensor(rng.standard_normal((8, 5))), T.tensor(rng.integers(0, 3, 8))
                optimizer.zero_grad()
                loss = T.nn.CrossEntropyLoss()(model(x), target)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            model.eval()
            return losses, model(x).detach().numpy()

        (ours, end), (theirs, expected) = run(tl), run(self.torch)
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)
        np.testing.assert_allclose(end, expected, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize("shape", [(6, 4), (5, 4, 3)])
    @pytest.mark.parametrize("momentum", [0.1, 0.6, None])
    @pytest.mark.parametrize("affine", [True, False])
    @pytest.mark.parametrize("tracked", [True, False])
    def test_batch_norm(self, shape: tuple[int, ...], momentum: float | None, affine: bool, tracked: bool) -> None:
        def run(T: Any) -> list[Any]:
            layer = T.nn.BatchNorm1d(4, eps=0.1, momentum=momentum, affine=affine, track_running_stats=tracked).double()
            found = []
            for seed in range(3):
                x = T.tensor(np.random.default_rng(seed).standard_normal(shape) * 3 + 1, requires_grad=True)
                y = layer(x)
                (y**3).sum().backward()
                found += [y, x.grad]
            layer.eval()
            y = layer(x)
            found += [y, *T.autograd.grad((y**2).sum(), [x, *layer.parameters()]), *layer.buffers()]
            found += [p.grad for p in layer.parameters()]
            return [t.detach().numpy() for t in found]

        for ours, theirs in zip(run(tl), run(self.torch), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize("extra", [(), (3,), (2, 3)])
    @pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
    @pytest.mark.parametrize("smoothing", [0.0, 0.2])
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("kind", ["indices", "ignored", "probabilities"])
    def test_cross_entropy(
        self, extra: tuple[int, ...], reduction: str, smoothing: float, weighted: bool, kind: str
    ) -> None:
        rng = np.random.default_rng(1)
        logits = rng.standard_normal((4, 5, *extra))
        target: Any = rng.integers(0, 5, (4, *extra))
        if kind == "ignored":
            target.flat[0] = target.flat[-1] = 2
        if kind == "probabilities":
            target = rng.dirichlet(np.ones(5), (4, *extra))
            target = np.moveaxis(target, -1, 1)
        weight = rng.uniform(0.5, 2, 5)

        def run(T: Any) -> tuple[Any, Any]:
            x = T.tensor(logits, requires_grad=True)
            loss = T.nn.CrossEntropyLoss(
                weight=T.tensor(weight) if weighted else None,
                ignore_index=2 if kind == "ignored" else -100,
                reduction=reduction,
                label_smoothing=smoothing,
            )(x, T.tensor(target))
            (loss * loss).sum().backward()
            return loss.detach().numpy(), x.grad.numpy()

        for ours, theirs in zip(run(tl), run(self.torch), strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)

    def test_cross_entropy_of_one_sample_and_of_none(self) -> None:
        def run(T: Any) -> list[Any]:
            single = T.nn.functional.cross_entropy(T.tensor([1.0, 2.0, 0.5]), T.tensor(1))
            ignored = T.nn.functional.cross_entropy(T.zeros(2, 3), T.tensor([-100, -100]))
            empty = T.nn.functional.cross_entropy(T.zeros(0, 3), T.zeros(0, dtype=T.int64), reduction="sum")
            return [single.item(), ignored.item(), empty.item()]

        np.testing.assert_allclose(run(tl), run(self.torch), rtol=1e-6)

    @pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)])
    def test_linear(self, shape: tuple[int, ...]) -> None:
        def run(T: Any) -> list[Any]:
            T.manual_seed(0)
            layer = T.nn.Linear(4, 2, dtype=T.float64)
            x = T.tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)
            y = layer(x)
            (y**2).sum().backward()
            return [t.detach().numpy() for t in (y, x.grad, layer.weight.grad, layer.bias.grad)]

        for ours, theirs in zip(run(tl), run(self.torch), strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


class TestModule:
    def test_forgotten_init_says_so(self) -> None:
        class Forgetful(nn.Module):
            def __init__(self) -> None:
                self.layer = nn.Linear(1, 1)

        with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call: call super"):
            Forgetful()

    def test_registration_and_names(self) -> None:
        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.scale = nn.Parameter(tl.ones(1))
                self.register_buffer("seen", tl.zeros(1))
                self.register_buffer("scratch", tl.zeros(1), persistent=False)
                self.inner = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
                self.again = self.inner[0]

        model = Model()
        names = ["scale", "inner.0.weight", "inner.0.bias", "inner.1.weight", "inner.1.bias"]
        assert [name for name, _ in model.named_parameters()] == names
        assert [name for name, _ in model.named_buffers()] == ["seen", "scratch"]
        assert list(model.state_dict()) == ["scale", "seen", *names[1:], "again.weight", "again.bias"]
        assert model.get_parameter("inner.1.bias") is model.inner[1].bias
        del model.scale
        assert not hasattr(model, "scale")
        with pytest.raises(TypeError, match="as child module 'inner'"):
            model.inner = 3
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            model.nothing  # noqa: B018

    def test_modules_in_plain_lists_are_pointed_out(self) -> None:
        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layers = [nn.Linear(1, 1)]

        with pytest.warns(UserWarning, match="plain list 'layers' are not registered"):
            list(Model().parameters())

    def test_a_list_of_modules_that_are_registered_elsewhere_is_fine(self) -> None:
        model = nn.Sequential(nn.Linear(1, 1))
        model.layers = list(model)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(list(model.parameters())) == 2

    def test_evaluating_restores_each_modules_own_mode(self) -> None:
        model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout()))
        model[0].eval()

        def fail() -> None:
            with model.evaluating():
                assert not any(module.training for module in model.modules())
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert [module.training for module in model.modules()] == [True, False, True, True]

    def test_hooks(self) -> None:
        layer = nn.ReLU()
        before = layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,))
        after = layer.register_forward_hook(lambda module, args, result: result * args[0])
        assert layer(tl.tensor([1.0])).tolist() == [4.0]
        before.remove()
        after.remove()
        assert layer(tl.tensor([1.0])).tolist() == [1.0]

    def test_a_failed_load_names_everything_and_changes_nothing(self) -> None:
        model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
        before = {key: value.clone() for key, value in model.state_dict().items()}
        state = {key: value + 1 for key, value in before.items()}
        state["1.weight"] = tl.ones(2, 3)
        state["more"] = state.pop("0.bias")
        with pytest.raises(RuntimeError) as error:
            model.load_state_dict(state)
        for part in (
            'Unexpected key(s) in state_dict: "more"',
            'Missing key(s) in state_dict: "0.bias"',
            "[2, 3]",
            "[1, 3]",
        ):
            assert part in str(error.value)
        assert all(value.equal(before[key]) for key, value in model.state_dict().items())

    def test_state_dict_round_trip(self) -> None:
        first, second = network(tl), network(tl)
        first(tl.randn(4, 5))
        with tl.no_grad():
            for p in first.parameters():
                p += 1
        assert str(second.load_state_dict(first.state_dict())) == "<All keys matched successfully>"
        for key, value in second.state_dict().items():
            assert value.equal(first.state_dict()[key]), key

    def test_deepcopy_and_pickle(self) -> None:
        model = network(tl)
        x = tl.randn(4, 5)
        model(x).sum().backward()
        for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert twin.eval()(x).equal(model.eval()(x))
            model.train()
            assert all(a is not b for a, b in zip(twin.parameters(), model.parameters(), strict=True))
            assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in twin.parameters())

    def test_to_keeps_parameters_and_changes_their_dtype(self) -> None:
        model = network(tl)
        parameters = list(model.parameters())
        model.double()
        assert all(a is b for a, b in zip(parameters, model.parameters(), strict=True))
        assert {p.dtype for p in parameters} == {tl.float64}
        assert model[1].num_batches_tracked.dtype == tl.int64
        model(tl.randn(3, 5, dtype=tl.float64)).sum().backward()
        assert {p.grad.dtype for p in parameters} == {tl.float64}


class TestDropout:
    def test_inverted(self) -> None:
        tl.manual_seed(0)
        y = nn.Dropout(0.3)(tl.ones(100_000))
        assert set(y.unique().tolist()) == {0.0, tl.tensor(1 / 0.7).item()}
        assert abs((y == 0).float().mean().item() - 0.3) < 5 * (0.3 * 0.7 / 100_000) ** 0.5

    def test_certain_dropout_gives_zeros_and_finite_gradients(self) -> None:
        x = tl.ones(3, requires_grad=True)
        y = nn.Dropout(1.0)(x)
        y.sum().backward()
        assert y.tolist() == [0, 0, 0]
        assert x.grad.tolist() == [0, 0, 0]

    def test_gradient_passes_where_the_value_did(self) -> None:
        x = tl.ones(50, requires_grad=True)
        y = nn.Dropout(0.5)(x)
        y.sum().backward()
        assert x.grad.equal(y)

    def test_same_seed_same_mask_and_generator(self) -> None:
        masks = []
        for _ in range(2):
            generator = tl.Generator().manual_seed(5)
            masks.append(nn.functional.dropout(tl.ones(40), 0.5, generator=generator).tolist())
        assert masks[0] == masks[1]

    @pytest.mark.parametrize("p", [-0.1, 1.1])
    def test_no_probability(self, p: float) -> None:
        with pytest.raises(ValueError, match="has to be between 0 and 1"):
            nn.Dropout(p)


class TestErrors:
    def test_batch_of_one_in_training(self) -> None:
        layer = nn.BatchNorm1d(3)
        with pytest.raises(ValueError, match=r"more than 1 value per channel.*eval\(\)"):
            layer(tl.ones(1, 3))
        assert layer.num_batches_tracked.item() == 0
        assert layer.eval()(tl.ones(1, 3)).shape == (1, 3)

    def test_labels(self) -> None:
        with pytest.raises(IndexError, match="Target 7 is out of bounds"):
            nn.functional.cross_entropy(tl.zeros(1, 2), tl.tensor([7]))
        with pytest.raises(RuntimeError, match="expected target dtype to be Long or Byte, but got Float"):
            nn.functional.cross_entropy(tl.zeros(1, 2), tl.tensor([1.0]))
        with pytest.raises(ValueError, match=r"need targets of shape \[3\], not \[2\]"):
            nn.functional.cross_entropy(tl.zeros(3, 2), tl.tensor([0, 1]))

    def test_linear_names_the_shapes(self) -> None:
        with pytest.raises(RuntimeError, match=r"linear: .*\[2, 5\].*takes 3"):
            nn.Linear(3, 1)(tl.ones(2, 5))
        with pytest.raises(RuntimeError, match="same dtype"):
            nn.Linear(3, 1)(tl.ones(2, 3, dtype=tl.float64))
