"""Sphinx extension: a page for every public name, and tables of them by task.

A line ``% public-api: fit Fit laws.Chinchilla`` in ``book/api.md`` becomes a table of these
names, and each gets a page of its own under ``book/api``, written when a build begins: no such
page is kept in the repository, and none is in the contents, which every page carries.
``laws.*`` stands for the names of a module that no other line has. A public name without a
line, and a line that has a name twice or one that is not public, stop the build.

In a page of `LINKED`, code such as ``rp.fit`` leads to the page of that name.
"""

import importlib
import inspect
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

PACKAGE = "replication"
SHORT = "rp"
INDEX = "book/api"
LINKED = re.compile(rf"{INDEX}|book/notes|book/howto/.*")
MARK = re.compile(r"^% public-api: (.+)$", re.MULTILINE)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
NAMED = re.compile(rf"(?<![`\w]){'`'}{SHORT}\.([A-Za-z_.]+)(\(\))?`(?!`)")
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1`*$", re.MULTILINE | re.DOTALL)
LONGEST = 157
"""Characters of a page's first paragraph, which is also on its card."""


@dataclass(frozen=True)
class Entry:
    """A public name: its path below the package, what it names, and the task it is for."""

    path: str
    value: Any
    task: str

    @property
    def page(self) -> str:
        """The page's name; a class and a function may differ in one capital letter only.

        >>> Entry("laws.Chinchilla", Exception, "").page, Entry("fit", print, "").page
        ('laws-class-Chinchilla', 'fit')
        """
        *modules, name = self.path.split(".")
        return "-".join([*modules, *(["class"] if inspect.isclass(self.value) else []), name])

    @property
    def kind(self) -> str:
        """What it is, in a word.

        >>> Entry("fit", print, "").kind, Entry("DataError", ValueError, "").kind
        ('function', 'error')
        """
        if inspect.isclass(self.value):
            return "error" if issubclass(self.value, Exception) else "class"
        if isinstance(self.value, Mapping):
            return "registry"
        return "function" if callable(self.value) else "constant"

    @property
    def summary(self) -> str:
        """What it does, as the first line of its docstring says."""
        if isinstance(self.value, Mapping):
            return "Names: " + ", ".join(self.value)
        if not callable(self.value):
            return f"The number {self.value}"
        return (inspect.getdoc(self.value) or "").split("\n")[0].rstrip(".")


def public_names(module: ModuleType) -> dict[str, Any]:
    """List what a module declares public, dunder names left out."""
    names = [name for name in getattr(module, "__all__", []) if not name.startswith("__")]
    return {name: getattr(module, name) for name in names}


def every_name(package_name: str = PACKAGE) -> dict[str, Any]:
    """Map the path of every public name to what it names; a public module gives its names."""
    found = {}
    for name, value in public_names(importlib.import_module(package_name)).items():
        if isinstance(value, ModuleType):
            found |= {f"{name}.{inner}": one for inner, one in public_names(value).items()}
        else:
            found[name] = value
    return found


def entries(text: str, names: Mapping[str, Any]) -> dict[str, list[Entry]]:
    r"""Read the tasks of the index page: for each of its marks the entries that it names.

    >>> names = {"fit": print, "laws.A": print, "laws.B": print}
    >>> text = "## Fit\n% public-api: fit laws.B\n## Rest\n% public-api: laws.*"
    >>> [[one.path for one in some] for some in entries(text, names).values()]
    [['fit', 'laws.B'], ['laws.A']]
    """
    marks = [(match.start(), match[1]) for match in MARK.finditer(text)]
    said = [path for _, line in marks for path in line.split() if not path.endswith(".*")]
    unknown = sorted(set(said) - set(names))
    twice = sorted({path for path in said if said.count(path) > 1})
    rest = {prefix[:-1] for _, line in marks for prefix in line.split() if prefix.endswith(".*")}
    lost = [n for n in names if n not in said and not any(n.startswith(prefix) for prefix in rest)]
    for found, what in (
        (unknown, "are not public names of the package"),
        (twice, "stand there twice"),
        (lost, "are public and have no `% public-api:` line: add them to the task they serve"),
    ):
        if found:
            raise ConfigError(f"{INDEX}.md: {', '.join(found)} {what}.")
    headings = [(match.start(), match[1]) for match in HEADING.finditer(text)]
    tables: dict[str, list[Entry]] = {}
    for start, line in marks:
        task = [title for at, title in headings if at < start][-1]
        paths = []
        for path in line.split():
            those = [n for n in names if n.startswith(path[:-1]) and n not in said]
            paths += those if path.endswith(".*") else [path]
        tables[line] = [Entry(path, names[path], task) for path in paths]
    return tables


def plain(text: str) -> str:
    r"""Escape what Markdown would take for markup, outside code.

    >>> print(plain("A / x**alpha of `fit`"))
    A / x\*\*alpha of `fit`
    """
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p[:1] == "`" else re.sub(r"([*_<>\[\]|$~^])", r"\\\1", p) for p in parts)


def table(those: Iterable[Entry]) -> str:
    """Write a table of names as MyST; each row keeps the anchor that its name had here."""
    lines = ["| name | what it does |", "|---|---|"]
    for one in those:
        path = f"{PACKAGE}.{one.path}"
        link = f"[`{SHORT}.{one.path}`](api/{one.page}.md)"
        lines.append(f'| <span id="{path}"></span>{link} | {plain(one.summary)} |')
    return "\n".join(lines)


def directive(one: Entry, indexed: set[int], public: frozenset[int]) -> list[str]:
    """Give the autodoc directive for one name; what has an entry is not indexed twice.

    A class shows what it has from bases that have no page of their own, down to the first one
    that has.
    """
    path, value = f"{PACKAGE}.{one.path}", one.value
    if isinstance(value, Mapping):
        # A registry is documented by its names; autodoc would print the docstring of `dict`.
        names = ", ".join(f"``{name}``" for name in value)
        return [f".. py:data:: {path}", "", f"   Names: {names}.", ""]
    kinds = {"error": "autoexception", "class": "autoclass", "function": "autofunction"}
    kind = kinds.get(one.kind, "autodata")
    options = ["   :members:"] if kind == "autoclass" else []
    bases = value.__mro__[1:] if kind == "autoclass" else ()
    if any(base.__module__.startswith(f"{PACKAGE}.") and id(base) not in public for base in bases):
        ends = [base.__name__ for base in bases if id(base) in public or base is Generic]
        options.append(f"   :inherited-members: {', '.join(ends)}")
    if id(value) in indexed:
        options.append("   :no-index:")
    indexed.add(id(value))
    return [f".. {kind}:: {path}", *options, ""]


def about(one: Entry) -> str:
    """Say what a page is about, in a sentence that fits on its card."""
    path = f"`{SHORT}.{one.path}`"
    text = f"{path}, a {one.kind} of the package: {one.summary}."
    if len(text) > LONGEST:
        text = f"{path}: {one.summary}."
    if len(text) > LONGEST:
        text = f"{path}: {one.summary[: LONGEST - len(path) - 6].rsplit(' ', 1)[0].rstrip(',')} ..."
    return plain(text)


def label(task: str) -> str:
    """Name the section of a task, for references.

    >>> label("Fit a law")
    'api-fit-a-law'
    """
    return "api-" + re.sub(r"\W+", "-", task.lower()).strip("-")


def to_task(task: str) -> str:
    """Write a reference to the section of a task."""
    return f"{{ref}}`{task[0].lower()}{task[1:]} <{label(task)}>`"


def written(one: Entry, others: Iterable[Entry], indexed: set[int], public: frozenset[int]) -> str:
    """Write the page of one name."""
    also = [f"[`{SHORT}.{o.path}`]({o.page}.md)" for o in others if o.path != one.path]
    lines = [
        "---",
        "orphan: true",
        "---",
        "",
        f"# `{SHORT}.{one.path}`",
        "",
        about(one),
        "",
        "```{eval-rst}",
        *directive(one, indexed, public),
        "```",
        "",
        f"For the same task, {to_task(one.task)}: {', '.join(also)}."
        if also
        else f"Back to the package: {to_task(one.task)}.",
        "",
    ]
    return "\n".join(lines)


def write_pages(root: Path) -> list[str]:
    """Write the pages under `INDEX`, those only that have changed, and give their names."""
    names = every_name()
    tables = entries((root / f"{INDEX}.md").read_text(encoding="utf-8"), names)
    folder, indexed = root / INDEX, set[int]()
    public = frozenset(id(value) for value in names.values())
    pages = {
        f"{one.page}.md": written(one, those, indexed, public)
        for those in tables.values()
        for one in those
    }
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            beside = folder / f".{name}"
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, path)
    return [f"{INDEX}/{name}" for name in pages]


def linked(text: str, names: Mapping[str, Any]) -> str:
    """Lead from code that names something public to its page.

    >>> linked("Call `rp.fit` or `rp.nothing`.", {"fit": print})
    'Call {py:obj}`rp.fit <replication.fit>` or `rp.nothing`.'
    """

    def link(match: re.Match[str]) -> str:
        name, call = match[1], match[2] or ""
        owner = name if name in names else name.rpartition(".")[0]
        if name not in names and not (
            owner in names and hasattr(names[owner], name[len(owner) + 1 :])
        ):
            return match[0]
        return f"{{py:obj}}`{SHORT}.{name}{call} <{PACKAGE}.{name}>`"

    parts, at = [], 0
    for fence in FENCED.finditer(text):
        parts += [NAMED.sub(link, text[at : fence.start()]), fence[0]]
        at = fence.end()
    return "".join([*parts, NAMED.sub(link, text[at:])])


def expand(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put tables in the place of marks, and lead from names to pages."""
    if not LINKED.fullmatch(docname):
        return
    names = every_name()
    if docname == INDEX:
        tables = entries(source[0], names)
        source[0] = linked(source[0], names)
        source[0] = MARK.sub(lambda match: table(tables[match[1]]), source[0])
        source[0] = HEADING.sub(lambda match: f"({label(match[1])})=\n{match[0]}", source[0])
        for value in names.values():  # the first line of any docstring is shown here
            if file := getattr(inspect.getmodule(value), "__file__", None):
                app.env.note_dependency(file)
    else:
        source[0] = linked(source[0], names)


def begin(app: Sphinx, config: Config) -> None:
    """Write the pages, and take them from the list of files that are in no contents."""
    if not (Path(app.srcdir) / f"{INDEX}.md").exists() or not app.config.master_doc:
        return
    pages = set(write_pages(Path(app.srcdir)))
    config["exclude_patterns"] = [p for p in config["exclude_patterns"] if p not in pages]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", begin, priority=950)  # 900 reads the contents
    app.connect("source-read", expand)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
