"""Puts the drawings of cells into the page itself, so that they follow its theme, and trims included code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes


def _inlined(app: Any, doctree: nodes.document) -> None:
    for image in list(doctree.findall(nodes.image)):
        uri = image["uri"]
        if not uri.endswith(".svg"):
            continue
        places = (Path(uri), Path(app.srcdir) / uri.lstrip("/"), Path(app.srcdir, app.env.docname).parent / uri)
        file = next((place for place in places if place.is_file()), None)
        if file is not None and 'class="tgl"' in (text := file.read_text(encoding="utf-8")):
            image.replace_self(nodes.raw("", f'<div class="drawing">{text}</div>', format="html"))


def _trimmed(app: Any, doctree: nodes.document) -> None:
    """Take the empty lines off the end of included code."""
    for block in list(doctree.findall(nodes.literal_block)):
        if block.rawsource != (text := block.astext().rstrip()) and not block.children[1:]:
            block.rawsource = text
            block.children = []
            block += nodes.Text(text)


OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+((?:examples|benchmarks|tests)/[^)#]*|README\.md)(?:#[^)]*)?\)")


def _named(app: Any, docname: str, source: list[str]) -> None:
    """A link to a file outside of `docs`, which a code host follows, has no page here: the file is named."""
    source[0] = OUTSIDE.sub(r"\1 (`\2`)", source[0])


def setup(app: Any) -> dict[str, Any]:
    app.connect("doctree-read", _inlined, priority=100)
    app.connect("source-read", _named)
    app.connect("doctree-read", _trimmed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
