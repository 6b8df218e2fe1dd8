"""The text of modules, parameters and buffers."""

from __future__ import annotations

from typing import Any

from ..support.layer_scenarios import alike, small


@alike
def test_text(T: Any) -> Any:
    class Wordy(T.nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self, text: str, child: bool) -> None:
            super().__init__()
            self.text = text
            if child:
                self.child = T.nn.ModuleList([T.nn.Sequential(T.nn.ReLU())])
                self.none = None
                self.register_module("nothing", None)

        def extra_repr(self) -> str:
            return self.text

    texts = ["", "one", "one\n\ntwo\n"]
    return [
        *(repr(Wordy(text, child)) for text in texts for child in (False, True)),
        repr(small(T)),
        repr(T.nn.Parameter(T.ones(2))),
        repr(T.nn.Parameter(T.ones(2), requires_grad=False)),
        repr(T.nn.Buffer(T.ones(2))),
    ]
