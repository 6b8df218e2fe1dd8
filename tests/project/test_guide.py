"""The guide in `docs/`: links into the code, pages that nobody leads to, the exercises, and the places of the how-to."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(file for file in DOCS.rglob("*.md") if "_build" not in file.parts)


def module(path: Path) -> ModuleType:
    """A file of the site as a module, without a place to import it from."""
    spec = importlib.util.spec_from_file_location(f"site_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


lines = module(DOCS / "extensions" / "lines.py")


def name_of(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


# ------------------------------------------------------------------------------------------------ links into the code


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_the_line_that_says_what_the_page_quotes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(list(lines.links(text))) == len(re.findall(r"\{at\}`", text)), "a link is not `file: text of the line`"
    for path, quoted in lines.links(text):
        lines.line_of(path, quoted)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_that_is_included_is_there(page: Path) -> None:
    found = re.findall(r"```\{literalinclude\} (\S+)\n((?::.*\n)*)", page.read_text(encoding="utf-8"))
    for path, options in found:
        file = (page.parent / path).resolve()
        assert file.is_file(), path
        code = file.read_text(encoding="utf-8")
        for text in re.findall(r":(?:start|end)-(?:at|after|before): (.*)", options):
            assert text.strip('"') in code, (path, text)


def test_a_link_to_a_line_that_is_gone_or_not_alone_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 lines"):
        lines.line_of("core/graph.py", "there is no such text")
    with pytest.raises(ValueError, match="lines with"):
        lines.line_of("core/graph.py", "return")
    with pytest.raises(ValueError, match="no file"):
        lines.line_of("core/none.py", "return")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_to_other_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#:\s]+?)(?:#[^)]*)?\)", text):
        if not target.startswith(("../reference", "reference")):  # which is written when the site is built
            assert (page.parent / target).exists(), target


# -------------------------------------------------------------------------------------------------- pages in the tree


def led_to(page: Path) -> set[Path]:
    """The pages in the tables of contents of a page."""
    found: set[Path] = set()
    for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
        for entry in (line for line in block.splitlines() if line and not line.startswith(":")):
            found.update(file.resolve() for file in page.parent.glob(entry + ".md"))
    return found


def test_every_page_is_in_a_table_of_contents() -> None:
    reached: set[Path] = set()
    new = {DOCS / "index.md"}
    while new:
        reached |= new
        new = {page for reading in new for page in led_to(reading)} - reached
    assert {name_of(page) for page in PAGES} == {name_of(page) for page in reached}


def test_every_page_of_the_guide_has_something_to_run() -> None:
    for page in (DOCS / "guide").glob("*.md"):
        assert page.stem == "index" or "```{code-cell}" in page.read_text(encoding="utf-8"), page.stem


def test_the_stages_of_machine_code_are_what_their_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The page is about inner parts of the compiler, so its cells are run here too, and compared with its words."""
    pytest.importorskip("numba", reason='machine code needs pip install -e ".[numba]"')
    page = (DOCS / "guide" / "machine_code.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    shown: list[str] = []
    for cell in re.findall(r"```\{code-cell\}\n(?::[^\n]*\n)?(.*?)\n```", page, re.S):
        exec(compile(cell, "machine_code.md", "exec"), names)
        shown.append(capsys.readouterr().out)
    program, nodes, one_loop, softmax, pieces, mixed, text, step, difference = shown
    assert program.count("\n    return") == 2
    assert [line.split()[0] for line in nodes.splitlines()[1:]] == [
        "map",
        "input",
        "map",
        "number",
        "map",
        "input",
        "input",
    ]
    assert one_loop.count("for ") == 1
    assert one_loop.count(" = ") == 4  # three maps, each a line, and the result
    assert softmax.count("for i0 ") == 3  # a pass for the maximum, for the sum and for the quotient
    assert pieces.count("def fused_") == 2
    assert "tanh32" in pieces.partition("def fused_2")[0]
    assert mixed.index("fused_1(") < mixed.index("argsort(") < mixed.index("fused_2(")
    assert "NumPy: argsort" in mixed
    assert text.count("apart(") == 3
    assert step.count("gemm(") == 2
    assert "fused_1_and_SGD_step(tensor, weight, bias)" in step
    assert float(difference.split()[-1]) < 1e-6


# --------------------------------------------------------------------------------------------------------- exercises

EXERCISES = {
    name: module(DOCS / "guide" / "exercises" / f"{name}.py") for name in ("swish", "shift", "gate", "rectify", "cube")
}


def check(name: str, version: str) -> Any:
    """What gradcheck says of an exercise. Those with a module have a function that makes one."""
    tl.manual_seed(0)
    exercise = EXERCISES[name]
    function = getattr(exercise, version)
    return tl.autograd.gradcheck(
        function() if name in ("shift", "gate") else function, *exercise.inputs(), raise_exception=False
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("swish", ["12 of 12 wrong", "culprit: Swish.backward, by its x"]),
        ("shift", ["bias           WRONG", "x              right", "culprit: Add.backward, by its bias"]),
        (
            "gate",
            [
                "gate.weight   MISSING",
                "gate.bias     MISSING",
                "x             WRONG",
                "what is computed from it, outside of Tensors",
            ],
        ),
        ("rectify", ["culprit: Rectify.backward", "not linear in the gradient that it is given"]),
    ],
)
def test_gradcheck_finds_the_planted_mistake(name: str, said: list[str]) -> None:
    report = check(name, "broken")
    assert not report
    for text in said:
        assert text in str(report)


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_the_mended_form_passes(name: str) -> None:
    assert check(name, "mended")


def test_the_cube_is_right_once_and_gradgradcheck_finds_the_rest() -> None:
    cube = EXERCISES["cube"]
    assert check("cube", "broken")
    report = tl.autograd.gradgradcheck(cube.broken, *cube.inputs(), raise_exception=False)
    assert not report
    assert "MISSING" in str(report)
    assert tl.autograd.gradgradcheck(cube.mended, *cube.inputs())


def test_the_drawing_shows_the_path_that_is_cut() -> None:
    gate = EXERCISES["gate"]
    broken, mended = gate.broken(), gate.mended()
    (x,) = gate.inputs()
    assert "gate.weight" not in str(tl.insight.draw(broken(x).sum(), format="mermaid", model=broken))
    assert "gate.weight" in str(tl.insight.draw(mended(x).sum(), format="mermaid", model=mended))


def test_a_test_with_a_sum_does_not_see_the_rectifier_and_the_steps_do() -> None:
    rectify = EXERCISES["rectify"]
    (x,) = rectify.inputs()
    rectify.broken(x).sum().backward()
    assert x.grad.tolist() == (x > 0).double().tolist()
    g = tl.tensor([[1.0, 1.0, -1.0], [-1.0, 1.0, 1.0]], dtype=tl.float64)
    (step,) = tl.insight.steps(rectify.broken(x), g)
    assert (step.gradients["argument 0"] != step.g * (x.detach().numpy() > 0)).sum() == 2


# ------------------------------------------------------------------------------------------------- add a primitive


def test_the_how_to_names_every_file_that_has_a_part_of_a_primitive() -> None:
    """What holds for acosh, an elementwise function of one argument such as the how-to adds."""
    page = (DOCS / "guide" / "add_primitive.md").read_text(encoding="utf-8")
    named = {lines.source_file(path) for path, _ in lines.links(page)}
    folders = [ROOT / "tinygrad_lite", ROOT / "tests" / "support", ROOT / "tests" / "parity"]
    files = [file for folder in folders for file in folder.rglob("*.py*") if file.suffix in (".py", ".pyi")]
    parts = {file for file in files if re.search(r"\bacosh\b", file.read_text(encoding="utf-8"))}
    assert len(parts) == 10
    assert parts <= named


def test_the_primitive_of_the_how_to_was_taken_out_again() -> None:
    assert "sinc2" not in REGISTRY


# ------------------------------------------------------------------------------------------- the site's own programs


def test_docstrings_become_restructured_text() -> None:
    docstrings = module(DOCS / "extensions" / "docstrings.py")
    text = docstrings.to_rest(
        "Sum |x| * y_i of `a * b`.\n\n    y = x_1 * |z|\n\nArgs:\n    x, y: what\n        is added.\n\nReturns:\n"
        "    A Tensor.\n\nRaises:\n    TypeError: never.\n\n>>> 1 + 1\n2"
    )
    assert r"Sum \|x\| \* y\_i of ``a * b``\ ." in text
    assert ".. code-block:: text\n\n   y = x_1 * |z|" in text
    assert ":Parameters:\n\n   - ``x``, ``y``: what is added." in text
    assert ":Returns: A Tensor." in text
    assert ":Raises:\n\n   - ``TypeError``: never." in text
    assert ".. code-block:: pycon\n\n   >>> 1 + 1\n   2" in text


def test_the_reference_has_every_public_name() -> None:
    sys.path.insert(0, str(DOCS / "extensions"))
    try:
        reference = module(DOCS / "extensions" / "reference.py")
    finally:
        sys.path.remove(str(DOCS / "extensions"))
    spaces = module(ROOT / "tests" / "project" / "test_docstrings.py").NAMESPACES
    assert list(reference.NAMESPACES) == spaces
    for space in spaces:
        page = reference._page(space, "about")
        for name, _ in reference.public(space):
            assert re.search(rf"\.\. py:\w+:: {re.escape(name)}\b", page), (space, name)


def test_the_table_has_every_operation() -> None:
    pytest.importorskip("sphinx", reason='the site needs pip install -e ".[docs]"')
    table = module(DOCS / "extensions" / "operations.py")
    page = (DOCS / "guide" / "operations.md").read_text(encoding="utf-8")
    listed = re.findall(r"```\{operations\} (\S+)", page)
    assert sorted(listed) == sorted({table.place(primitive)[0] for primitive in table.of_library()})
    assert sum(len(table.of_file(file)) for file in listed) == len(table.of_library())
    assert '<path class="slope"' in table.plot(REGISTRY["tanh"])


@pytest.mark.parametrize(
    ("text", "status"), [("def walk(", 0), ("def walk_away(", 1)], ids=["a line that is there", "one that is not"]
)
def test_the_build_makes_a_page_of_the_code_and_fails_where_a_link_is_wrong(
    tmp_path: Path, text: str, status: int
) -> None:
    for name in ("sphinx", "myst_nb"):
        pytest.importorskip(name, reason='the site needs pip install -e ".[docs]"')
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(DOCS / 'extensions')!r})\n"
        "extensions = ['myst_nb', 'code_links']\nhtml_theme = 'basic'\nnb_execution_mode = 'off'\n"
    )
    (tmp_path / "index.md").write_text(f"# A page\n\nSee {{at}}`core/graph.py: {text}`.\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(tmp_path), str(tmp_path / "built")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    built = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert built.returncode == status, built.stderr
    if status:
        assert "core/graph.py has 0 lines with 'def walk_away('" in built.stderr
    else:
        line = lines.line_of("core/graph.py", text)
        assert f'href="code/core/graph.py.html#line-{line}"' in (tmp_path / "built" / "index.html").read_text("utf-8")
        assert f'id="line-{line}"' in (tmp_path / "built" / "code" / "core" / "graph.py.html").read_text("utf-8")
