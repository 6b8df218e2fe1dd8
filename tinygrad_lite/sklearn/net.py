"""The base of the classifier and the regressor: a network, its training, and its parameters as scikit-learn's."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..autograd.grad_modes import no_grad
from ..creation.from_data import as_tensor, tensor
from ..functions.joining import cat
from ..nn.layers.linear import Linear
from ..nn.layers.rectifier import ReLU
from ..nn.layers.softmax import Softmax
from ..nn.losses.classification import NLLLoss
from ..nn.module.containers import Sequential
from ..nn.module.module import Module
from ..optim.sgd import SGD
from ..random.generator import get_rng_state, manual_seed, set_rng_state
from ..runtime.optional import require
from ..tensors.tensor import Tensor
from ..types.dtypes import get_default_dtype
from ..utils.data.dataloader import DataLoader
from ..utils.data.dataset import TensorDataset
from .callbacks import PrintLog, StopTraining
from .history import History
from .splitting import as_train_split

base = require("sklearn.base", extra="sklearn")
BaseEstimator: Any = base.BaseEstimator
validation = require("sklearn.utils.validation", extra="sklearn")

PARTS = ("module", "criterion", "optimizer", "iterator_train", "iterator_valid", "callbacks")


class NeuralNet(BaseEstimator):
    """An estimator that trains a Module, with skorch's parameters and attributes.

    Arguments for a part carry its name: `module__hidden=20`, `optimizer__momentum=0.9`, `iterator_train__shuffle=True`,
    `criterion__reduction="sum"`, `callbacks__EarlyStopping__patience=3`. `set_params` and grid searches take them too.
    X (N, …) and y (N, …) may be arrays, data frames or Tensors; floating-point values are converted to the default
    dtype. `fit` and `partial_fit` take a `sample_weight` (N,), by which the loss of each sample is weighted.

    After `fit` there are `module_`, `criterion_`, `optimizer_`, `callbacks_`, `history_` and `n_features_in_`.

    Args:
        module: a class of Modules, a function that makes one, or a Module, which is copied. By default one hidden
            layer of four times as many units as X has columns, but at least 16 and at most 256.
        criterion: the loss: a class of `nn`, or a function that makes one.
        optimizer: a class of `optim`.
        lr: the learning rate.
        max_epochs: how many epochs a `fit` or `partial_fit` trains for.
        batch_size: the number of samples in a batch; -1 for all of them.
        iterator_train: the loader of the batches to train on.
        iterator_valid: the loader of those to validate on, and to predict.
        train_split: the samples that validate each epoch: a number of folds or a fraction for a `ValidSplit`, a
            function of (X, y) that gives the two arrays of indices, or None.
        callbacks: a list of `Callback`s, or of pairs (name, callback).
        warm_start: whether a second `fit` goes on from the weights of the first.
        verbose: whether to print a line for each epoch.
        device: the device, which is the CPU.
        random_state: a seed for the initial weights and for what a `fit` draws; by default the library's generator.

    Raises:
        ValueError: for a parameter that is of no part, and for X and y that do not fit.
        TypeError: for weights of samples with a criterion that has no `reduction`.

    >>> import numpy as np
    >>> import tinygrad_lite as tl
    >>> net = NeuralNet(tl.nn.Linear(1, 1), tl.nn.MSELoss, lr=0.5, max_epochs=50, verbose=0)
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> [round(p.item(), 3) for p in net.fit(x, 3 * x + 1).module_.parameters()]
    [3.0, 1.0]
    """

    default_criterion: Any = None

    def __init__(
        self,
        module: Any = None,
        criterion: Any = None,
        optimizer: Any = SGD,
        lr: float = 0.01,
        max_epochs: int = 10,
        batch_size: int = 128,
        iterator_train: Any = DataLoader,
        iterator_valid: Any = DataLoader,
        train_split: Any = 5,
        callbacks: Any = None,
        warm_start: bool = False,
        verbose: int = 1,
        device: str = "cpu",
        random_state: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.module, self.criterion, self.optimizer, self.lr = module, criterion, optimizer, lr
        self.max_epochs, self.batch_size = max_epochs, batch_size
        self.iterator_train, self.iterator_valid = iterator_train, iterator_valid
        self.train_split, self.callbacks, self.warm_start = train_split, callbacks, warm_start
        self.verbose, self.device, self.random_state = verbose, device, random_state
        for name in kwargs:
            self._check_name(name)
        self.__dict__.update(kwargs)

    # ----------------------------------------------------------------------------------------------------- parameters
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters, those of the parts among them, by name."""
        params: dict[str, Any] = super().get_params(deep=False)
        return params | {name: value for name, value in vars(self).items() if _part(name)}

    def set_params(self, **params: Any) -> NeuralNet:
        """Set parameters. If the network is trained already, its optimizer, criterion or module begins anew."""
        own = {name: value for name, value in params.items() if "__" not in name}
        for name in params.keys() - own:
            self._check_name(name)
        super().set_params(**own)
        self.__dict__.update({name: value for name, value in params.items() if name not in own})
        changed = {name.partition("__")[0] for name in params}
        if hasattr(self, "module_"):
            if "criterion" in changed:
                self._initialize_criterion()
            if "module" in changed:
                self._initialize_module()
            if changed & {"module", "optimizer", "lr"}:
                self._initialize_optimizer()
            if "callbacks" in changed:
                self._initialize_callbacks()
        return self

    def _check_name(self, name: str) -> None:
        if not _part(name):
            raise ValueError(
                f"Invalid parameter {name!r} for estimator {type(self).__name__}. A parameter of a part is named "
                f"<part>__<parameter>, and the parts are {', '.join(PARTS)}"
            )

    def _given(self, part: str) -> dict[str, Any]:
        """The arguments that were given for a part."""
        prefix = f"{part}__"
        return {name.removeprefix(prefix): value for name, value in vars(self).items() if name.startswith(prefix)}

    # ------------------------------------------------------------------------------------------------------- the parts
    def initialize(self) -> NeuralNet:
        """Make the module, the criterion, the optimizer and the callbacks anew, and begin a new history."""
        self._initialize_criterion()
        self._initialize_module()
        self._initialize_optimizer()
        self._initialize_callbacks()
        self.history_ = History()
        return self

    @property
    def history(self) -> History:
        """The history of the training."""
        return self.history_

    def _initialize_module(self) -> None:
        given = self._given("module")
        if self.module is None:
            made = self._default_module(**given)
        elif isinstance(self.module, Module) and not given:
            made = copy.deepcopy(self.module)
        else:
            made = (type(self.module) if isinstance(self.module, Module) else self.module)(**given)
        self.module_ = made.to(self.device)

    def _default_module(self, hidden: int | None = None) -> Module:
        features = self.n_features_in_
        hidden = hidden or min(max(4 * features, 16), 256)
        layers: list[Module] = [Linear(features, hidden), ReLU(), Linear(hidden, self._outputs())]
        if self._takes_log():
            layers.append(Softmax(dim=-1))
        return Sequential(*layers)

    def _outputs(self) -> int:
        """The number of outputs of the network that is made by default."""
        raise ValueError(f"{type(self).__name__} needs a module: give a class of Modules, or a Module")

    def _takes_log(self) -> bool:
        """Return True if the module gives probabilities, of which the criterion is to see the logarithms."""
        return isinstance(self.criterion_, NLLLoss)

    def _initialize_criterion(self) -> None:
        criterion = self.criterion or self.default_criterion
        if criterion is None:
            raise ValueError(f"{type(self).__name__} needs a criterion: give a class such as nn.MSELoss")
        self.criterion_ = criterion(**self._given("criterion")).to(self.device)

    def _initialize_optimizer(self) -> None:
        options = {"lr": self.lr} | self._given("optimizer")
        self.optimizer_ = self.optimizer(self.module_.parameters(), **options)

    def _initialize_callbacks(self) -> None:
        named: dict[str, Any] = {}
        for entry in self.callbacks or ():
            kind = entry if isinstance(entry, type) else type(entry)
            name, callback = entry if isinstance(entry, tuple) else (kind.__name__, entry)
            unique = name
            while unique in named:
                unique = f"{name}_{sum(key.startswith(name) for key in named) + 1}"
            named[unique] = callback() if isinstance(callback, type) else copy.deepcopy(callback)
        for name, value in self._given("callbacks").items():
            callback_name, _, parameter = name.partition("__")
            if callback_name not in named:
                raise ValueError(f"there is no callback {callback_name!r}, only {', '.join(named) or 'none at all'}")
            if parameter:
                named[callback_name].set_params(**{parameter: value})
            else:
                named[callback_name] = value
        if self.verbose and not any(isinstance(callback, PrintLog) for callback in named.values()):
            named["print_log"] = PrintLog()
        made = [(name, callback.initialize()) for name, callback in named.items() if callback is not None]
        self.callbacks_ = sorted(made, key=lambda pair: isinstance(pair[1], PrintLog))  # which prints what others note

    # -------------------------------------------------------------------------------------------------------- the data
    def _checked_X(self, X: Any, reset: bool) -> Any:
        """X as an array, or an error for what cannot be one; `reset` where the number of columns is learned."""
        flat = self.module is None
        kinds: dict[str, Any] = {} if flat else {"ensure_2d": False, "allow_nd": True}
        X = X.detach().numpy() if isinstance(X, Tensor) else X
        return validation.validate_data(self, X, reset=reset, dtype="numeric", **kinds)

    def _checked_y(self, y: Any, reset: bool, classes: Any) -> Any:
        """The target as an array that the criterion takes, of as many rows as X."""
        return validation.check_array(y, ensure_2d=False, allow_nd=True, dtype=None, input_name="y")

    def _checked(self, X: Any, y: Any, sample_weight: Any, reset: bool, classes: Any) -> TensorDataset:
        """Samples with their targets and their weights, as Tensors."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__}: y cannot be None: the estimator requires y to be passed, but the target y "
                "is None"
            )
        X = self._checked_X(X, reset)
        y = self._checked_y(y.detach().numpy() if isinstance(y, Tensor) else y, reset, classes)
        validation.check_consistent_length(X, y)
        columns = [_as_tensor(X, floating=self.module is None), _as_tensor(y)]
        if sample_weight is not None:
            weights = validation._check_sample_weight(sample_weight, X, ensure_non_negative=True)
            if not weights.any():
                raise ValueError("sample_weight: the weights of the samples are all zero, so there is nothing to learn")
            columns.append(_as_tensor(weights))
        return TensorDataset(*columns)

    def samples_of(self, dataset: TensorDataset) -> tuple[Any, Any]:
        """X and y of samples, as they would be given to `predict` and `score`."""
        X, y = dataset.tensors[:2]
        return X.numpy(), y.numpy()

    def get_iterator(self, dataset: TensorDataset, training: bool = False) -> Any:
        """The loader of batches of samples, to train on or to evaluate."""
        part = "iterator_train" if training else "iterator_valid"
        options = {"batch_size": self.batch_size} | self._given(part)
        if options["batch_size"] == -1:
            options["batch_size"] = len(dataset)
        return getattr(self, part)(dataset, **options)

    # ---------------------------------------------------------------------------------------------------- the training
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> NeuralNet:
        """Train for `max_epochs`, from new weights unless `warm_start`."""
        return self._fit(X, y, sample_weight, again=not self.warm_start)

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> NeuralNet:
        """Train for `max_epochs` more."""
        return self._fit(X, y, sample_weight, again=False)

    def _fit(self, X: Any, y: Any, sample_weight: Any, again: bool, classes: Any = None) -> NeuralNet:
        again = again or not hasattr(self, "module_")
        dataset = self._checked(X, y, sample_weight, again, classes)
        with _seeded(self.random_state):
            if again:
                self.initialize()
            train, valid = self._split(dataset)
            self._notify("on_train_begin", X=X, y=y)
            # A callback may end the training.
            with contextlib.suppress(StopTraining):
                for _ in range(self.max_epochs):
                    self._epoch(train, valid)
            self._notify("on_train_end", X=X, y=y)
        return self

    def _split(self, dataset: TensorDataset) -> tuple[TensorDataset, TensorDataset | None]:
        split = as_train_split(self.train_split, stratified=base.is_classifier(self))
        if split is None:
            return dataset, None
        X, y = dataset.tensors[:2]
        parts = (tensor(np.asarray(indices)) for indices in split(X.numpy(), y.numpy()))
        train, valid = (TensorDataset(*(column[indices] for column in dataset.tensors)) for indices in parts)
        return train, valid

    def _epoch(self, train: TensorDataset, valid: TensorDataset | None) -> None:
        begun = time.perf_counter()
        row: dict[str, Any] = {"epoch": len(self.history_) + 1, "batches": []}
        self.history_.append(row)
        self._notify("on_epoch_begin", dataset_train=train, dataset_valid=valid)
        row["train_loss"] = self._pass("train", train)
        if valid is not None:
            row["valid_loss"] = self._pass("valid", valid)
            row |= self._validated(valid)
        row["dur"] = time.perf_counter() - begun
        self._notify("on_epoch_end", dataset_train=train, dataset_valid=valid)

    def _validated(self, valid: TensorDataset) -> dict[str, Any]:
        """Return further measurements of the samples that validate, by name."""
        return {}

    def _pass(self, name: str, dataset: TensorDataset) -> float:
        """Go once through samples, to train on them or not, and return the mean loss of a sample."""
        training, total, count = name == "train", 0.0, 0.0
        batches = self.history_[-1]["batches"]
        for number, batch in enumerate(self.get_iterator(dataset, training)):
            self._notify("on_batch_begin", batch=batch, training=training)
            loss = self._train_step(batch) if training else self._valid_step(batch)
            size = len(batch[0])
            if number == len(batches):
                batches.append({})
            batches[number] |= {f"{name}_loss": loss, f"{name}_batch_size": size}
            total, count = total + loss * size, count + size
            self._notify("on_batch_end", batch=batch, training=training)
        return total / count if count else float("nan")

    def _train_step(self, batch: Any) -> float:
        self.module_.train()
        values: list[float] = []

        def closure() -> Any:
            """The loss with its gradients, which an optimizer such as LBFGS asks for repeatedly."""
            self.optimizer_.zero_grad()
            loss = self._batch_loss(batch)
            loss.backward()
            self._notify("on_grad_computed", named_parameters=list(self.module_.named_parameters()), batch=batch)
            values.append(loss.item())
            return loss

        self.optimizer_.step(closure)
        return values[0]

    def _valid_step(self, batch: Any) -> float:
        self.module_.eval()
        with no_grad():
            return float(self._batch_loss(batch).item())

    def _batch_loss(self, batch: Any) -> Any:
        X, y, *weights = batch
        outputs = self.module_(X)
        if not weights:
            return self.get_loss(outputs, y)
        if not hasattr(self.criterion_, "reduction"):
            raise TypeError(
                f"sample_weight needs the loss of each sample, but {type(self.criterion_).__name__} has no reduction "
                "that could be 'none'"
            )
        reduction, self.criterion_.reduction = self.criterion_.reduction, "none"
        try:
            losses = self.get_loss(outputs, y)
        finally:
            self.criterion_.reduction = reduction
        weight = weights[0]
        if losses.ndim > 1:
            losses = losses.flatten(1).mean(1)
        total = (losses * weight).sum()
        return total if reduction == "sum" else total / weight.sum().clamp(min=1e-12)

    def get_loss(self, y_pred: Any, y_true: Any) -> Any:
        """The loss of the module's outputs, against the targets."""
        if self._takes_log():
            y_pred = (y_pred + np.finfo(y_pred.dtype).eps).log()
        return self.criterion_(y_pred, y_true)

    def _notify(self, event: str, **kwargs: Any) -> None:
        stop = None
        for _, callback in self.callbacks_:
            try:
                getattr(callback, event)(self, **kwargs)
            except StopTraining as asked:  # after the other callbacks have seen the end of the epoch
                stop = asked
        if stop is not None:
            raise stop

    # -------------------------------------------------------------------------------------------------- the prediction
    def forward(self, X: Any) -> Tensor:
        """The module's outputs for X, without gradients, the module being in evaluation mode.

        Raises:
            NotFittedError: before the first `fit`.
        """
        validation.check_is_fitted(self, "module_")
        inputs = _as_tensor(self._checked_X(X, reset=False), floating=self.module is None)
        self.module_.eval()
        with no_grad():
            parts = [self.module_(batch[0]) for batch in self.get_iterator(TensorDataset(inputs))]
        return cat([part[0] if isinstance(part, tuple) else part for part in parts])

    def predict(self, X: Any) -> Any:
        """The module's outputs for X, as an array."""
        return self.forward(X).numpy()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "module_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _part(name: str) -> bool:
    """Return True if a name is that of a part's argument."""
    part, separator, argument = name.partition("__")
    return part in PARTS and bool(separator and argument)


def _as_tensor(array: Any, floating: bool = False) -> Tensor:
    """The Tensor of an array; floating-point values, or all values if `floating`, in the default dtype."""
    array = np.asarray(array)
    dtype = get_default_dtype() if floating or array.dtype.kind == "f" else None
    if not array.flags.writeable:
        array = array.copy()
    return as_tensor(array, dtype=dtype)


@contextlib.contextmanager
def _seeded(seed: Any) -> Iterator[None]:
    """Seed the default generator for a while, and give it its state back; for None, leave it as it is."""
    if seed is None:
        yield
        return
    state = get_rng_state()
    manual_seed(int(seed) if isinstance(seed, int | np.integer) else int(seed.randint(2**31 - 1)))
    try:
        yield
    finally:
        set_rng_state(state)
