"""Sphinx extension: the API page follows ``__all__`` and needs no edits.

A line ``% public-api: package`` in a page is replaced, before the page is parsed, by an
entry for every public name of the package in the order of its ``__all__``. A public module
gets a section of its own, with its first paragraph and its public names.
"""

import importlib
import inspect
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Generic

from sphinx.application import Sphinx

OURS = "replication."
MARK = re.compile(r"^% public-api: ([\w.]+)$", re.MULTILINE)


def entry(path: str, value: Any, indexed: set[int], public: frozenset[int]) -> list[str]:
    """Give the autodoc directive for one name; what has an entry is not indexed twice.

    A class shows what it has from bases that have no entry of their own, down to the first one
    that has.
    """
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, Exception) else "autoclass"
    else:
        kind = "autofunction" if callable(value) else "autodata"
    options = ["   :members:"] if kind == "autoclass" else []
    bases = value.__mro__[1:] if kind == "autoclass" else ()
    if any(base.__module__.startswith(OURS) and id(base) not in public for base in bases):
        ends = [base.__name__ for base in bases if id(base) in public or base is Generic]
        options.append(f"   :inherited-members: {', '.join(ends)}")
    if isinstance(value, Mapping):
        # A registry is documented by its names; autodoc would print the docstring of `dict`.
        names = ", ".join(f"``{name}``" for name in value)
        return [f".. py:data:: {path}", "", f"   Names: {names}.", ""]
    if id(value) in indexed:
        options.append("   :no-index:")
    indexed.add(id(value))
    return [f".. {kind}:: {path}", *options, ""]


def section(
    path: str, names: dict[str, Any], intro: str, indexed: set[int], public: frozenset[int]
) -> list[str]:
    """Give one section of the page as MyST: a heading and its entries."""
    lines = [f"## `{path}`", "", "```{eval-rst}", intro, ""]
    for name, value in names.items():
        lines += entry(f"{path}.{name}", value, indexed, public)
    return [*lines, "```", ""]


def public_names(module: ModuleType) -> dict[str, Any]:
    """List what a module declares public, dunder names left out."""
    names = [name for name in getattr(module, "__all__", []) if not name.startswith("__")]
    return {name: getattr(module, name) for name in names}


def generate(package_name: str) -> str:
    """Write the page's body for a package."""
    package = importlib.import_module(package_name)
    names = public_names(package)
    modules = {k: v for k, v in names.items() if isinstance(v, ModuleType)}
    plain = {k: v for k, v in names.items() if k not in modules}
    every = [plain, *map(public_names, modules.values())]
    public = frozenset(id(value) for names in every for value in names.values())
    indexed: set[int] = set()
    lines = section(package_name, plain, "", indexed, public)
    for module in modules.values():
        intro = (inspect.getdoc(module) or "").split("\n\n")[0]
        lines += section(module.__name__, public_names(module), intro, indexed, public)
    return "\n".join(lines)


def expand(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the marks in a page's source."""
    source[0] = MARK.sub(lambda match: generate(match[1]), source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("source-read", expand)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
