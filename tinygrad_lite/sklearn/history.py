"""The record of a training: the measurements of each epoch."""

from __future__ import annotations

from typing import Any


class History(list[dict[str, Any]]):
    """One row per epoch: a dict of what was measured, with the rows of its batches under `"batches"`.

    `history[-1]` is a row, `history[-1, "valid_loss"]` a value of it, `history[:, "train_loss"]` a column, and
    `history[:, ("epoch", "train_loss")]` several. `history[-1, "batches", -1, "train_loss"]` goes into the batches.

    Raises:
        KeyError: for a name that a row does not have.
        IndexError: for a row that is not there.

    >>> history = History([{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.25}])
    >>> history[:, "train_loss"], history[-1, "epoch"]
    ([0.5, 0.25], 2)
    """

    def __getitem__(self, index: Any) -> Any:
        rows, *columns = index if isinstance(index, tuple) else (index,)
        found: Any = super().__getitem__(rows)
        if not columns:
            return History(found) if isinstance(rows, slice) else found
        return [_entry(row, columns) for row in found] if isinstance(rows, slice) else _entry(found, columns)


def _entry(row: dict[str, Any], path: list[Any]) -> Any:
    """The entry of a row to which a path of names and indices leads."""
    name, *rest = path
    if isinstance(name, tuple):
        return tuple(row[key] for key in name)
    if name == "batches" and rest:
        return History(row["batches"])[tuple(rest)]
    return row[name]
