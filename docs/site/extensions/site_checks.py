"""What the site says about code, bound to that code: C++ rooms by their headers, and a check that
every public name of the Python package is documented."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
REPOSITORY = Path(__file__).resolve().parents[3]
HEADERS = REPOSITORY / "include" / "sketchntk"
MODULES = ("sketchntk", "sketchntk.sketches", "sketchntk.distributed")
VALUES = {"sketchntk.__version__"}
# Everything but private and protected members.
SECTIONS = (
    "briefdescription detaileddescription innerclass innernamespace define enum func typedef var "
    "public-attrib public-func public-static-attrib public-static-func public-type user-defined"
)


class CppRoom(SphinxDirective):
    """All public headers of a room, a section each: a new header needs no line in the site."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        room = self.arguments[0]
        headers = sorted((HEADERS / room).glob("*.hpp"))
        if not headers:
            raise self.error(f"no headers in {HEADERS / room}")
        concepts = concepts_by_header(Path(self.config.breathe_projects["sketchntk"]))
        lines: list[str] = []
        for header in headers:
            # Breathe knows files by their last names only.
            if len(list(HEADERS.glob(f"*/{header.name}"))) > 1:
                raise self.error(f"{header.name} is in several rooms")
            self.env.note_dependency(str(header))
            title = f"``{header.name}``"
            lines += [title, "-" * len(title), ""]
            lines += [f".. doxygenfile:: {header.name}", f"   :sections: {SECTIONS}", ""]
            # What doxygenfile passes over.
            for concept in concepts.get(f"sketchntk/{room}/{header.name}", []):
                lines += [f".. doxygenconcept:: {concept}", ""]
        parsed = nodes.Element()
        parsed += self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)
        for namespace in list(parsed.findall(_is_namespace)):
            place = namespace.parent.index(namespace)
            namespace.parent[place : place + 1] = namespace.children[-1].children
        for section in parsed.findall(nodes.section):
            if len(section.children) == 1:
                logger.warning("%s: nothing of it is shown", section.astext(), location=section)
        return parsed.children


class OptionalModule(SphinxDirective):
    """A Python module, where the package that the site is built of has it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module = self.arguments[0]
        if importlib.util.find_spec(module) is None:
            return [nodes.paragraph(text=f"This build has no {module}.")]
        return self.parse_text_to_nodes(f".. automodule:: {module}\n   :members:\n")


def concepts_by_header(xml: Path) -> dict[str, list[str]]:
    """Names of the C++ concepts that Doxygen found in each header."""
    concepts: dict[str, list[str]] = {}
    for file in sorted(xml.glob("concept*.xml")):
        compound = ElementTree.parse(file).getroot().find("compounddef")
        assert compound is not None
        location = compound.find("location")
        assert location is not None
        name = compound.findtext("compoundname", "")
        concepts.setdefault(location.attrib["file"], []).append(name)
    return concepts


def _is_namespace(node: nodes.Node) -> bool:
    """Breathe wraps the contents of every header in the namespaces that it opens."""
    return (
        isinstance(node, addnodes.desc)
        and node["domain"] == "cpp"
        and node.children[0].astext().startswith("namespace ")
    )


def documented_modules() -> list[str]:
    """Those modules that this version of the package has."""
    return [name for name in MODULES if importlib.util.find_spec(name) is not None]


def check_public_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, which fails the build, of public names that no page documents."""
    known = set(env.domains["py"].objects)  # type: ignore[attr-defined]
    for module in documented_modules():
        for name in importlib.import_module(module).__all__:
            if f"{module}.{name}" not in known | VALUES | set(MODULES):
                logger.warning("%s.%s is public, and no page documents it", module, name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("cpp-room", CppRoom)
    app.add_directive("optional-module", OptionalModule)
    app.connect("env-check-consistency", check_public_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
