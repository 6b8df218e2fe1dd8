"""The split of the samples into those to train on and those to validate each epoch with."""

from __future__ import annotations

from typing import Any

from ..runtime.optional import require

model_selection = require("sklearn.model_selection", extra="sklearn")


class ValidSplit:
    """Choose the samples that validate: one fold of a cross-validation, or a fraction.

    Called with X (N, …), which may be of any dtype, and y, it gives the indices of the samples to train on, and those
    of the others.

    Args:
        cv: the number of folds, of which the first validates; or the fraction that does, a float below 1; or a
            splitter of scikit-learn.
        stratified: whether both parts should have the classes in the same proportion.
        random_state: seeds the choice, if `cv` is a fraction.

    Raises:
        ValueError: for a fraction that is not between 0 and 1, or for fewer samples than folds.

    >>> train, valid = ValidSplit(3)([[1.0]] * 6)
    >>> train.tolist(), valid.tolist()
    ([2, 3, 4, 5], [0, 1])
    """

    def __init__(self, cv: Any = 5, stratified: bool = False, random_state: Any = None) -> None:
        if isinstance(cv, float) and not 0 < cv < 1:
            raise ValueError(f"ValidSplit: a fraction of the samples is between 0 and 1, but cv={cv}")
        self.cv, self.stratified, self.random_state = cv, stratified, random_state

    def __repr__(self) -> str:
        return f"ValidSplit(cv={self.cv!r}, stratified={self.stratified}, random_state={self.random_state})"

    def __call__(self, X: Any, y: Any = None) -> tuple[Any, Any]:
        stratified = self.stratified and y is not None
        if isinstance(self.cv, float):
            name = "StratifiedShuffleSplit" if stratified else "ShuffleSplit"
            splitter = getattr(model_selection, name)(1, test_size=self.cv, random_state=self.random_state)
        else:
            splitter = model_selection.check_cv(self.cv, y=y, classifier=stratified)
        train, valid = next(iter(splitter.split(X, y)))
        return train, valid


def as_train_split(train_split: Any, stratified: bool) -> Any:
    """The function that splits, for the parameter `train_split`: a number means a `ValidSplit`, None no validation."""
    if train_split is None or callable(train_split):
        return train_split
    return ValidSplit(train_split, stratified=stratified)
