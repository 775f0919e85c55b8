"""MyST as it is written: its directives with options and content, and where its roles stand."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

ROOT = Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"\{([\w:-]+)\}[ \t]*(.*)")
OPTION = re.compile(r":([\w-]+):[ \t]*(.*)")
# Inline syntax whose place is kept, and the rule of the parser that finds it.
PLACED = {"myst_role": "myst_role", "link": "link_open", "math_inline": "math_inline"}


@dataclass(frozen=True)
class Directive:
    """A directive: ``{name} argument``, its options, and its content without them."""

    name: str
    argument: str
    options: dict[str, str]
    content: str


@functools.cache
def parser() -> MarkdownIt:
    """Return the book's parser, which also keeps where roles, links and formulas stand."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(config["parse"]["myst_enable_extensions"]) - {"smartquotes", "substitution"}
    made = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
    rules = {rule.name: rule.fn for rule in made.inline.ruler.__rules__}
    for name, token in PLACED.items():
        made.inline.ruler.at(name, _placed(rules[name], token))
    return made


def _placed(rule: Callable[..., bool], token: str) -> Callable[..., bool]:
    """Make a rule write its place in its paragraph into its token."""

    def find(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            new = next(t for t in state.tokens[before:] if t.type == token)
            new.meta = new.meta | {"place": (start, state.pos)}
        return True

    return find


def directive(token: Token) -> Directive | None:
    r"""Read a fence as a directive, if it is one.

    >>> (fence,) = parser().parse("```{tip} Of note\n:class: dropdown\n\nText.\n```\n")
    >>> directive(fence)
    Directive(name='tip', argument='Of note', options={'class': 'dropdown'}, content='Text.')
    """
    found = DIRECTIVE.fullmatch(token.info.strip())
    if token.type not in ("fence", "colon_fence") or found is None:
        return None
    lines = token.content.splitlines()
    options: dict[str, Any] = {}
    if lines and lines[0] == "---":
        end = lines.index("---", 1)
        options = yaml.safe_load("\n".join(lines[1:end])) or {}
        lines = lines[end + 1 :]
    while lines and (option := OPTION.fullmatch(lines[0])):
        options[option[1]] = option[2]
        del lines[0]
    return Directive(found[1], found[2], options, "\n".join(lines).strip("\n"))


def titled(text: str) -> tuple[str, str | None]:
    """Split what a role holds, ``text <target>``, into target and text.

    >>> titled("both <order>"), titled("order")
    (('order', 'both'), ('order', None))
    """
    found = re.fullmatch(r"(.*?)\s*<([^<>]*)>", text, flags=re.DOTALL)
    return (found[2], " ".join(found[1].split())) if found else (text, None)
