"""Make the table of PyTorch's answers anew, with the tests that ask for them.

    python -m tests.record_answers [file or folder of tests ...]

It needs PyTorch. Where a test fails the table is left as it was.
"""

from __future__ import annotations

import argparse
import sys

import pytest

from .support import answers

TESTS = [f"tests/{place}" for place in "book/test_networks.py data nn optim parity".split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*", default=TESTS)
    answers.recorded = {}
    if pytest.main(["-q", "-n0", "-p", "no:randomly", "--no-header", *parser.parse_args().tests]):
        sys.exit("tests fail: the table is left as it was")
    answers.write()
    for folder, found in answers.recorded.items():
        size = (answers.TABLES / f"{folder}.json.gz").stat().st_size
        held = sum(answer != answers.UNHELD for answer in found.values())
        print(f"{folder}: {held} of {len(found)} answers, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
