"""The estimators are held against scikit-learn's own checks, and used as its estimators are."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

import tinygrad_lite as tl

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from tinygrad_lite.sklearn import (
    Callback,
    EarlyStopping,
    EpochScoring,
    LRScheduler,
    NeuralNet,
    NeuralNetClassifier,
    NeuralNetRegressor,
    PrintLog,
    ProgressBar,
    ValidSplit,
)

KWARGS = "a misspelt argument is refused at once, and the check passes one that is called 'kwargs'"
ROUNDING = "weighted sums are rounded in float32, and the check wants 1e-7; it passes with float64 as default dtype"
FLOAT32 = "predictions have PyTorch's dtype, the default dtype, and the check wants float64"
EXPECTED = {
    NeuralNetClassifier: {
        "check_do_not_raise_errors_in_init_or_set_params": KWARGS,
        "check_sample_weight_equivalence_on_dense_data": ROUNDING,
    },
    NeuralNetRegressor: {
        "check_do_not_raise_errors_in_init_or_set_params": KWARGS,
        "check_sample_weight_equivalence_on_dense_data": ROUNDING,
        "check_regressor_multioutput": FLOAT32,
    },
}


@pytest.fixture
def doubles() -> Iterator[None]:
    tl.set_default_dtype(tl.float64)
    yield
    tl.set_default_dtype(tl.float32)


def options(**more):
    return {"optimizer": tl.optim.Adam, "lr": 0.02, "train_split": None, "verbose": 0, "random_state": 0} | more


@pytest.mark.parametrize("estimator", [NeuralNetClassifier, NeuralNetRegressor])
def test_scikit_learns_own_checks_pass(estimator) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(
            estimator(**options(max_epochs=20)), expected_failed_checks=EXPECTED[estimator], on_skip=None
        )
    by_status = {status: {r["check_name"] for r in results if r["status"] == status} for status in ("xfail", "failed")}
    assert by_status == {"xfail": set(EXPECTED[estimator]), "failed": set()}
    assert len(results) > 50


def test_a_weight_is_a_number_of_repetitions(doubles) -> None:
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(15, 3)), rng.integers(0, 4, 15)
    for estimator, y in ((NeuralNetClassifier, rng.integers(0, 3, 15)), (NeuralNetRegressor, rng.normal(size=15))):
        weighted = estimator(**options(batch_size=-1)).fit(X, y, sample_weight=weights)
        repeated = estimator(**options(batch_size=-1)).fit(np.repeat(X, weights, 0), np.repeat(y, weights))
        for p, q in zip(weighted.module_.parameters(), repeated.module_.parameters(), strict=True):
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-9)
    with pytest.raises(TypeError, match="no reduction that could be 'none'"):
        NeuralNetRegressor(criterion=Squares, **options()).fit(X, y, sample_weight=weights)


class Squares(tl.nn.Module):
    def forward(self, x, y):
        return ((x - y) ** 2).mean()


def test_least_squares_are_found(doubles) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 3))
    for y in (X @ [1.0, -2.0, 0.5] + rng.normal(size=40), X @ rng.normal(size=(3, 2)) + rng.normal(size=(40, 2))):
        outputs = y.shape[1] if y.ndim == 2 else 1
        net = NeuralNetRegressor(
            tl.nn.Linear, module__in_features=3, module__out_features=outputs, optimizer=tl.optim.LBFGS,
            optimizer__line_search_fn="strong_wolfe", optimizer__tolerance_change=0.0, optimizer__tolerance_grad=1e-12, lr=1, batch_size=-1, max_epochs=9, train_split=None, verbose=0,
        ).fit(X, y)  # fmt: skip
        np.testing.assert_allclose(net.predict(X), LinearRegression().fit(X, y).predict(X), atol=1e-6)
    with pytest.raises(ValueError, match="outputs have the shape"):
        net.fit(X, y[:, :1])


def test_a_search_over_a_pipeline_in_two_processes() -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    pipeline = make_pipeline(StandardScaler(), NeuralNetClassifier(**options(batch_size=32, max_epochs=20)))
    grid = {"neuralnetclassifier__lr": [1e-6, 0.02], "neuralnetclassifier__module__hidden": [20]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2, error_score="raise").fit(X, names)
    assert search.best_params_["neuralnetclassifier__lr"] == 0.02
    assert search.best_score_ > 0.9
    assert search.best_estimator_[-1].module_[0].weight.shape == (20, 4)
    assert set(search.predict(X)) == set(names)


def test_state_survives_a_clone_and_a_pickle() -> None:
    X, y = load_iris(return_X_y=True)
    net = NeuralNetClassifier(callbacks=[EarlyStopping], callbacks__EarlyStopping__patience=3, **options(train_split=3))
    copied = clone(net.fit(X, y))
    assert not hasattr(copied, "module_")
    assert copied.get_params() == net.get_params()
    with pytest.raises(NotFittedError):
        copied.predict(X)
    np.testing.assert_array_equal(copied.fit(X, y).predict_proba(X), net.predict_proba(X))
    again = pickle.loads(pickle.dumps(net))
    np.testing.assert_array_equal(again.predict_proba(X), net.predict_proba(X))
    for each in (net, again):  # the optimizer's state and its hold on the parameters are in the pickle
        each.partial_fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), net.predict_proba(X))


def test_training_goes_on() -> None:
    X, y = load_iris(return_X_y=True)
    once = NeuralNetClassifier(**options(max_epochs=6)).fit(X, y)
    parts = NeuralNetClassifier(**options(max_epochs=2)).partial_fit(X, y).partial_fit(X, y).partial_fit(X, y)
    warm = NeuralNetClassifier(**options(max_epochs=3, warm_start=True)).fit(X, y).fit(X, y)
    for net in (parts, warm):
        np.testing.assert_array_equal(net.predict_proba(X), once.predict_proba(X))
        assert net.history[:, "epoch"] == [1, 2, 3, 4, 5, 6]
    assert len(once.fit(X, y).history_) == 6
    stream = NeuralNetClassifier(**options()).partial_fit(X[:50], y[:50], classes=[0, 1, 2])
    assert stream.partial_fit(X, y).predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match=r"classes \[7\], which are not among \[0, 1, 2\]"):
        stream.partial_fit(X[:1], [7])


def test_criteria_and_modules() -> None:
    X, y = load_iris(return_X_y=True)
    both = [NeuralNetClassifier(criterion=c, **options()).fit(X, y) for c in (None, tl.nn.CrossEntropyLoss)]
    a, b = (net.predict_proba(X) for net in both)  # probabilities and their logarithms, or scores
    np.testing.assert_allclose(a, b, atol=1e-5)
    np.testing.assert_allclose(a.sum(1), 1, rtol=1e-6)
    images = X.astype("float32").reshape(-1, 1, 2, 2)
    tl.manual_seed(0)
    model = tl.nn.Sequential(tl.nn.Flatten(), tl.nn.Linear(4, 3))
    before = model[1].weight.detach().clone()
    net = NeuralNetClassifier(
        model, tl.nn.CrossEntropyLoss, iterator_train__shuffle=True, **options(max_epochs=60)
    ).fit(images, y)
    assert tl.equal(model[1].weight, before)  # a Module is copied
    assert net.score(tl.tensor(images), y) > 0.8
    with pytest.raises(ValueError, match="parts are module, criterion"):
        NeuralNetClassifier(max_epoch=3)
    with pytest.raises(ValueError, match="Invalid parameter"):
        net.set_params(modul__x=3)
    with pytest.raises(ValueError, match="needs a module"):
        NeuralNet(criterion=tl.nn.MSELoss).fit(X, X)
    assert net.set_params(lr=0.5).optimizer_.param_groups[0]["lr"] == 0.5


def test_callbacks(capsys) -> None:
    X, y = load_iris(return_X_y=True)
    seen = []

    class Watch(Callback):
        def on_train_begin(self, net, X=None, y=None):
            seen.append("begin")

        def on_grad_computed(self, net, named_parameters=None, batch=None):
            seen.append(sorted(name for name, _ in named_parameters)[0])

        def on_train_end(self, net, X=None, y=None):
            seen.append("end")

    lines: list[str] = []
    callbacks = [
        Watch, ("stop", EarlyStopping(patience=2, load_best=True, sink=lines.append)), ProgressBar(detect_notebook=False), PrintLog(lines.append),
        EpochScoring("f1_macro", lower_is_better=False), EpochScoring("accuracy", on_train=True, name="fit"),
        LRScheduler(tl.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5),
    ]  # fmt: skip
    net = NeuralNetClassifier(
        callbacks=callbacks, **options(train_split=ValidSplit(0.25, True, 0), verbose=1, max_epochs=40, lr=0.01)
    )
    net.fit(X, y)
    history = net.history_
    assert 2 < len(history) < 40  # the learning rate is halved each time, and so it stops
    assert seen == ["begin", *["0.bias"] * len(history), "end"]
    np.testing.assert_allclose(history[:, "event_lr"], 0.01 * 0.5 ** np.arange(len(history)))
    assert history[-1, "valid_f1_macro"] == max(history[:, "valid_f1_macro"])
    assert history[-1, "batches", 0, "train_batch_size"] == 112
    assert lines[0].split() == [
        "epoch",
        "event_lr",
        "fit",
        "train_loss",
        "valid_acc",
        "valid_f1_macro",
        "valid_loss",
        "dur",
    ]
    assert lines[-2].startswith("Stopping since valid_loss has not improved in the last 2 epochs")
    assert "0/2 [" in capsys.readouterr().err  # one batch to train on, and one to validate
    best = min(history[:, "valid_loss"])
    _, valid = ValidSplit(0.25, True, 0)(X, y)
    chosen = net.predict_proba(X[valid])[np.arange(len(valid)), y[valid]]
    assert -np.log(chosen).mean() == pytest.approx(best, rel=1e-4)  # the best weights are back
    with pytest.raises(KeyError, match="train_split keeps samples back"):
        NeuralNetClassifier(callbacks=[EarlyStopping()], **options()).fit(X, y)


def test_without_scikit_learn_the_error_says_what_to_install() -> None:
    code = """
import sys
sys.modules["sklearn"] = None
import tinygrad_lite as tl
try:
    tl.sklearn
except ImportError as error:
    print(error)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "tinygrad_lite[sklearn]"' in shown
