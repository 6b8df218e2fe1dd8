"""Checkpoints are loaded as a whole or not at all, and a killed writer leaves a whole file."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


class TestAllOrNothing:
    def parts(self, n: int = 2) -> dict[str, Any]:
        model = nn.Linear(3, n)
        optimizer = tl.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        model(tl.ones(1, 3)).sum().backward()
        optimizer.step()
        return {"model": model, "optimizer": optimizer, "generator": tl.Generator().manual_seed(n)}

    def file(self, **parts: Any) -> io.BytesIO:
        file = io.BytesIO()
        tl.save_checkpoint(file, **parts)
        return io.BytesIO(file.getvalue())

    def state(self, parts: dict[str, Any]) -> bytes:
        return self.file(**parts).getvalue()

    def test_values_are_returned(self) -> None:
        file = self.file(epoch=3, history=[0.5, 0.25], best=tl.ones(2), **self.parts())
        values = tl.load_checkpoint(file, **self.parts())
        assert (values["epoch"], values["history"], values["best"].tolist()) == (3, [0.5, 0.25], [1, 1])

    def test_a_part_that_does_not_fit_leaves_all_as_they_were(self) -> None:
        class Stubborn:
            def state_dict(self) -> dict[str, Any]:
                return {}

            def load_state_dict(self, state: dict[str, Any]) -> None:
                if "no" in state:
                    raise ValueError("no")

        class No(Stubborn):
            def state_dict(self) -> dict[str, Any]:
                return {"no": 1}

        file = self.file(**self.parts(), last=No())
        parts = {**self.parts(), "last": Stubborn()}
        before = self.state(parts)
        with pytest.raises(ValueError, match="no"):
            tl.load_checkpoint(file, **parts)
        assert self.state(parts) == before

    def test_so_does_a_model_of_another_shape(self) -> None:
        file = self.file(**self.parts(2))
        parts = {"generator": tl.Generator(), **self.parts(3)}
        before = self.state(parts)
        with pytest.raises(RuntimeError, match=r"size mismatch for weight"):
            tl.load_checkpoint(file, **parts)
        assert self.state(parts) == before

    @pytest.mark.parametrize(
        ("saved", "loaded", "message"),
        [
            (["model", "optimizer"], ["model"], r"\['optimizer'\] would be lost: pass them, or strict=False"),
            (
                ["model"],
                ["model", "optimizer"],
                r"has the parts \['model'\], but was to restore \['model', 'optimizer'\]",
            ),
        ],
    )
    def test_parts_that_are_not_both_there(self, saved: list[str], loaded: list[str], message: str) -> None:
        parts = self.parts()
        file = self.file(**{name: parts[name] for name in saved})
        with pytest.raises(KeyError, match=message):
            tl.load_checkpoint(file, **{name: parts[name] for name in loaded})

    def test_only_the_model(self) -> None:
        saved, model = self.parts(), nn.Linear(3, 2)
        file = self.file(**saved)
        before = tl.rand(1), tl.get_rng_state()
        tl.load_checkpoint(file, strict=False, rng=False, model=model)
        assert model.weight.equal(saved["model"].weight)
        assert tl.get_rng_state().equal(before[1])

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({"a": 1}, "is not a checkpoint"),
            ([1], "is not a checkpoint"),
            ({"checkpoint": "1"}, "is not a checkpoint"),
            ({"checkpoint": 1}, "is not a checkpoint"),
            ({"checkpoint": 1, "states": {}, "values": []}, "is not a checkpoint"),
        ],
    )
    def test_other_files(self, content: Any, message: str) -> None:
        file = io.BytesIO()
        tl.save(content, file)
        file.seek(0)
        with pytest.raises(RuntimeError, match=message):
            tl.load_checkpoint(file)

    @pytest.mark.parametrize("suffix", ["pt", "npz"])
    def test_a_run_goes_on_from_any_format_and_pytorch_reads_it(self, suffix: str, tmp_path: Path) -> None:
        parts, path = self.parts(), tmp_path / f"x.{suffix}"
        tl.save_checkpoint(path, **parts, epoch=3)
        others = self.parts()
        assert tl.load_checkpoint(path, **others) == {"epoch": 3}
        assert self.state(others) == self.state(parts)
        torch = pytest.importorskip("torch")
        if suffix == "pt":
            found = torch.load(path, weights_only=True)
            assert found["states"]["model"]["weight"].tolist() == parts["model"].weight.tolist()
            generator = torch.Generator()
            generator.set_state(found["states"]["generator"][:5056])
            assert torch.rand(2, generator=generator).tolist() == tl.rand(2, generator=parts["generator"]).tolist()

    def test_a_newer_version(self) -> None:
        file = io.BytesIO()
        tl.save({"checkpoint": 2}, file)
        file.seek(0)
        with pytest.raises(RuntimeError, match="newer version"):
            tl.load_checkpoint(file)

    def test_a_value_cannot_be_restored_into(self) -> None:
        with pytest.raises(TypeError, match=r"\['epoch'\] have no state_dict"):
            tl.load_checkpoint(self.file(epoch=1), epoch=0)


KILLER = """
import json, mmap, os, random, signal, sys, time
import tinygrad_lite as tl
from tinygrad_lite.serialization import io

path, kills, careless = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "careless"
if careless:
    io.replacing = lambda path: open(path, "wb")
random.seed(0)
model = tl.nn.Linear(300, 300)
optimizer = tl.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model(tl.ones(1, 300)).sum().backward()
optimizer.step()
counters = memoryview(mmap.mmap(-1, 16)).cast("q")  # shared with the child: the saves it has begun, and ended

def values():
    momenta = [state["momentum_buffer"] for state in optimizer.state_dict()["state"].values()]
    return {float(x) for t in [*model.parameters(), *momenta] for x in t.detach().numpy().flat}

def save(step):
    with tl.no_grad():
        for t in [*model.parameters(), *(s["momentum_buffer"] for s in optimizer.state_dict()["state"].values())]:
            t.fill_(step)
    tl.save_checkpoint(path, model=model, optimizer=optimizer, step=step)

def write(step):
    while True:
        step += 1
        counters[0] = step
        save(step)
        counters[1] = step

save(0)
begin = time.perf_counter()
step, interrupted, broken = 0, 0, 0
for _ in range(kills):
    counters[0] = counters[1] = step
    child = os.fork()
    if not child:
        write(step)
    time.sleep(random.uniform(0.005, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    interrupted += counters[0] > counters[1]
    try:
        step = tl.load_checkpoint(path, model=model, optimizer=optimizer)["step"]
        assert counters[1] <= step <= counters[0] and values() == {float(step)}
    except (RuntimeError, AssertionError) as error:
        broken += 1
        if careless:
            break
seconds = time.perf_counter() - begin
left = len(os.listdir(os.path.dirname(path)))
if not careless:
    save(step + 1)
names = os.listdir(os.path.dirname(path))
print(json.dumps(dict(steps=step, interrupted=interrupted, broken=broken, left=left, names=names, seconds=seconds)))
"""


@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
class TestKilled:
    def outcome(self, folder: Path, kills: int, how: str) -> dict[str, Any]:
        command = [sys.executable, "-c", KILLER, str(folder / "run.npz"), str(kills), how]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # a fork has but one thread
        shown = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert not shown.returncode, shown.stderr
        return json.loads(shown.stdout)  # type: ignore[no-any-return]  # of a known type

    def test_fifty_times_while_saving_the_old_or_the_new_file_is_whole(self, tmp_path: Path) -> None:
        found = self.outcome(tmp_path, 50, "careful")
        assert found["broken"] == 0
        assert found["interrupted"] >= 10, "the kills missed the saves, so nothing was tested"
        assert found["steps"] > 0
        assert found["names"] == ["run.npz"], "what the killed left beside was not removed"

    def test_a_careless_writer_would_be_noticed(self, tmp_path: Path) -> None:
        assert self.outcome(tmp_path, 50, "careless")["broken"]
