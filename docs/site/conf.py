"""Sphinx: the pages of docs/ and docs/site/ as one site. Read by scripts/build-docs.sh."""

from __future__ import annotations

import sys
from pathlib import Path

import sketchntk

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "extensions"))

project = "sketchntk"
author = "the authors of sketchntk"
copyright = "the authors of sketchntk; MIT licence"
version = release = sketchntk.__version__

# The source directory is docs/, so that its pages are the site's and links between them hold both
# here and in the repository.
root_doc = "site/index"
exclude_patterns = ["site/root", "site/extensions"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "breathe",
    "site_checks",
]

# Breathe declares a namespace once for every header that opens it.
suppress_warnings = ["duplicate_declaration.cpp"]
if not (HERE.parent / "python" / "distributed.md").exists():
    suppress_warnings.append("toc.not_readable")
nitpicky = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

default_role = "py:obj"
autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

breathe_projects = {"sketchntk": str(HERE.parents[1] / "build" / "doxygen" / "xml")}
breathe_default_project = "sketchntk"

html_theme = "furo"
html_title = f"sketchntk {version}"
html_extra_path = ["root"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
