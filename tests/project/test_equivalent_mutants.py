"""The list of faults that no test can notice: each is one that the runner plants, and has its reason."""

from __future__ import annotations

from ..mutation import EQUIVALENT, PACKAGE, mutants_of


def test_each_is_planted_and_has_a_reason() -> None:
    lines = [line for line in EQUIVALENT.read_text(encoding="utf-8").splitlines() if line[:1].strip("#")]
    listed = dict(line.split(": # ", 1) for line in lines)
    assert len(listed) == len(lines), "one is listed twice"
    files = {mutant.partition(":")[0] for mutant in listed}
    planted = {str(mutant) for file in files for mutant in mutants_of(PACKAGE / file)}
    assert set(listed) <= planted, "the code has changed: take these lines out, and run `python -m tests.mutation`"
    assert all(len(reason) > 10 for reason in listed.values())
