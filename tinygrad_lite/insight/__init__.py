"""Seeing autograd at work: record what happened, explain and step through a backward pass, and draw it.

>>> import tinygrad_lite as tl
>>> x = tl.tensor([1.0, 4.0], requires_grad=True)
>>> with tl.insight.record() as recording:
...     loss = x.sqrt().sum()
>>> print(tl.insight.explain(loss, rules=False))  # doctest: +ELLIPSIS
loss 3: 2 operations, 1 leaf; 8 B kept (inputs and parameters not counted)
#3 sum  ()    <doctest tinygrad_lite.insight[2]>:2  |g| 1
#2 sqrt (2,)  <doctest tinygrad_lite.insight[2]>:2  |g| 1.414  keeps out (2,) 8 B
     → leaf |grad| 0.559
backward pass: #3 → #2, by falling number; each frees what it kept
"""

from .drawing import draw
from .explanation import explain
from .model_summary import summary
from .recording import record
from .rules import rule
from .saved import list_saved_tensors
from .stepping import steps
from .watching import watch
from .web_page import page

__all__ = ["draw", "explain", "list_saved_tensors", "page", "record", "rule", "steps", "summary", "watch"]
