"""The backends of `compile`: readers of a traced program, each of which returns calls that compute the same.

`numpy` makes the recorded calls as they are, and so has the same bits. `numba` makes machine code of runs of calls.
"""
