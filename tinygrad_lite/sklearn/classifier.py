"""A network that tells classes apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..nn.losses.classification import CrossEntropyLoss, NLLLoss
from ..runtime.optional import require
from ..utils.data.dataset import TensorDataset
from .net import NeuralNet

ClassifierMixin: Any = require("sklearn.base", extra="sklearn").ClassifierMixin
multiclass = require("sklearn.utils.multiclass", extra="sklearn")
validation = require("sklearn.utils.validation", extra="sklearn")


class NeuralNetClassifier(ClassifierMixin, NeuralNet):
    """A classifier of scikit-learn that trains a Module.

    The parameters are those of `NeuralNet`, and skorch's. With `nn.NLLLoss`, the default, the module is to give
    probabilities (N, C), of which the logarithm is taken here; with `nn.CrossEntropyLoss` scores of any size. y (N,)
    may be of any dtype, strings included: `classes_` holds the C classes in order, and the module's output c is for
    `classes_[c]`. The history has the accuracy on the samples that validate, `valid_acc`.

    Args:
        module, criterion, optimizer, lr, max_epochs, batch_size, iterator_train, iterator_valid: see `NeuralNet`.
        train_split, callbacks, warm_start, verbose, device, random_state, kwargs: see `NeuralNet`. A number for
            `train_split` splits each class in the same proportion.

    Raises:
        ValueError: for targets that are no classes, and for classes that `fit` has not seen.

    >>> import numpy as np
    >>> import tinygrad_lite as tl
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> net = NeuralNetClassifier(optimizer=tl.optim.Adam, lr=0.05, max_epochs=30, verbose=0, random_state=0)
    >>> _ = net.fit(X, X[:, 0] > 0)
    >>> net.predict_proba([[2.0, 0.0]]).round().tolist(), net.classes_.tolist()
    ([[0.0, 1.0]], [False, True])
    """

    default_criterion = NLLLoss

    def partial_fit(  # type: ignore[override]  # scikit-learn's order
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> NeuralNet:
        """Train for `max_epochs` more; the first time, `classes` are all that will ever be."""
        return self._fit(X, y, sample_weight, again=False, classes=classes)

    def _outputs(self) -> int:
        return len(self.classes_)

    def _checked_y(self, y: Any, reset: bool, classes: Any) -> Any:
        y = validation.column_or_1d(y, warn=True)
        validation.assert_all_finite(y, input_name="y")
        multiclass.check_classification_targets(y)
        if reset:
            self.classes_ = np.unique(y if classes is None else classes)
        unseen = np.setdiff1d(y, self.classes_)
        if unseen.size:
            raise ValueError(
                f"y has the classes {unseen.tolist()}, which are not among {self.classes_.tolist()}: partial_fit and "
                "warm_start cannot add classes. Give partial_fit all classes the first time"
            )
        return np.searchsorted(self.classes_, y).astype(np.int64)

    def samples_of(self, dataset: TensorDataset) -> tuple[Any, Any]:
        """X and y of samples, y as the classes themselves."""
        X, y = super().samples_of(dataset)
        return X, self.classes_[y]

    def _validated(self, valid: TensorDataset) -> dict[str, Any]:
        X, y = self.samples_of(valid)
        return {"valid_acc": float(np.mean(self.predict(X) == y))}

    def predict_proba(self, X: Any) -> Any:
        """The probabilities (N, C) of the classes, an array: the outputs, after a softmax for `nn.CrossEntropyLoss`."""
        outputs = self.forward(X)
        if isinstance(self.criterion_, CrossEntropyLoss):
            outputs = outputs.softmax(-1)
        return outputs.numpy()

    def predict(self, X: Any) -> Any:
        """The most probable class of each sample, (N,)."""
        best = self.predict_proba(X).argmax(-1)
        return self.classes_[best]
