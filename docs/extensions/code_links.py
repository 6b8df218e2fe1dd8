"""The role `at`, a link to a line of the code by what the line says, and a page for each file that is linked to.

    {at}`core/graph.py: for node in order:`

is shown as `core/graph.py:208`. If no line has the text, or several do, the build warns, and so fails.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from lines import line_of, source_file
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxRole


class LineRole(SphinxRole):
    """A link to the line of a file that has a text."""

    def run(self) -> tuple[list[nodes.Node], list[Any]]:
        path, _, text = (part.strip() for part in self.text.partition(": "))
        try:
            line = line_of(path, text)
        except ValueError as error:
            message = self.inliner.reporter.warning(f"at: {error}", line=self.lineno)
            return [nodes.literal(text=path)], [message]
        files: dict[str, set[str]] = self.env.code_files  # type: ignore[attr-defined]  # set by _begin
        files.setdefault(path, set()).add(self.env.docname)
        up = "../" * self.env.docname.count("/")
        place = nodes.literal(text=f"{path}:{line}")
        link = nodes.reference("", "", place, refuri=f"{up}code/{path}.html#line-{line}", internal=True)
        link["classes"].append("code-line")
        link["reftitle"] = text
        return [link], []


def _begin(app: Any) -> None:
    if not hasattr(app.env, "code_files"):
        app.env.code_files = {}


def _merge(app: Any, env: Any, docnames: Any, other: Any) -> None:
    for path, pages in other.code_files.items():
        env.code_files.setdefault(path, set()).update(pages)


def _pages(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that a page links to."""
    formatter = HtmlFormatter(linenos="inline", linespans="line", cssclass="highlight code-file")
    for path in sorted(app.env.code_files):
        text = source_file(path).read_text(encoding="utf-8")
        body = f"<h1><code>{html.escape(path)}</code></h1>{highlight(text, PythonLexer(), formatter)}"
        yield f"code/{path}", {"title": path, "body": body}, "page.html"


def setup(app: Any) -> dict[str, Any]:
    app.add_role("at", LineRole())
    app.connect("builder-inited", _begin)
    app.connect("env-merge-info", _merge)
    app.connect("html-collect-pages", _pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
