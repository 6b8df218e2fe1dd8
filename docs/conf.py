"""The site: the guide, whose cells run while it is built, and the reference, made from the docstrings.

`python -m sphinx docs docs/_build/html -W --keep-going` builds it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS / "extensions"), str(ROOT)]
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])  # for the cells

import reference  # noqa: E402  # it stands in the folder that was put on the path above

import tinygrad_lite  # noqa: E402  # this checkout, which was put on the path above


def _state_of_the_code() -> str:
    """A digest of everything that a cell may show: when it changes, all pages are read and run again."""
    digest = hashlib.sha256()
    for folder in ("tinygrad_lite", "examples", "docs/guide", "docs/extensions"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


project = "tinygrad_lite"
author = "The tinygrad_lite authors"
release = version = tinygrad_lite.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax", "code_links", "operations", "blocks", "state"]
code_state = _state_of_the_code()
exclude_patterns = ["_build", "extensions", "**/README.md"]
reference.write(DOCS / "reference")

nb_execution_mode = "cache"
nb_execution_cache_path = str(DOCS / "_build" / "cells" / code_state)
nb_execution_timeout = 120
nb_execution_excludepatterns = [f"{name}.md" for name in ("architecture", "changelog", "contributing", "index")]
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
python_maximum_signature_line_length = 80
add_module_names = False
toc_object_entries = False

html_theme = "pydata_sphinx_theme"
html_title = "tinygrad_lite"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "show_nav_level": 1,
    "navigation_with_keys": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
copyright = "the tinygrad_lite authors, MIT licence"
