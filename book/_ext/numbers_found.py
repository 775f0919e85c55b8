"""Sphinx extension: the search finds numbers and identifiers, ``0.5`` and ``C9.74M``.

Sphinx cuts a text at everything that is no letter or digit, and drops a query's bare digits: of
0.5 nothing is left. Here what a dot or a thousands' comma joins is a word as well. And it takes
the tags out of a table before it reads the words, so that those of two cells become one: here
cells are kept apart by a line's end, which no reader sees.
"""

import re
from itertools import chain
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

JOINED = re.compile(r"\w+(?:\.\w+|(?<=\d),\d{3}(?!\d))*")
ENDS = re.compile(r"</(?:td|th|tr|caption|summary|details|p|li|div)>(?!\n)|<br>(?!\n)")
# JOINED in the reader's browser, where only whole words are looked for.
JOINED_IN_QUERY = r"""
var splitQuery = (query) =>
  query.match(/[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+|(?<=\d),\d{3}(?!\d))*/gu) || [];
"""


class English(SearchEnglish):
    """English whose words may be joined by dots.

    >>> English({}).split("rp.fit gives 0.5, of 3,840 runs.")
    ['rp.fit', 'rp', 'fit', 'gives', '0.5', 'of', '3,840', 'runs']
    """

    js_splitter_code = JOINED_IN_QUERY

    def split(self, input: str) -> list[str]:
        """Split a text into words; a word joined of others, and these."""
        return list(chain.from_iterable(map(_with_parts, JOINED.findall(input))))


def _with_parts(word: str) -> list[str]:
    parts = re.findall(r"\w+", word)
    return [word, *parts] if len(parts) > 1 and not word[0].isdigit() else [word]


def keep_apart(html: str) -> str:
    """Put the end of a line after what ends a piece of text.

    >>> print(keep_apart("<td>C9.<wbr>74M</td><td>0.5<br>nats</td>"), end="")
    <td>C9.<wbr>74M</td>
    <td>0.5<br>
    nats</td>
    """
    return ENDS.sub(r"\g<0>\n", html)


def separate(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep the cells of a page's tables apart."""
    for node in doctree.findall(nodes.raw):
        if "html" in node.get("format", "") and "<table" in node.astext():
            node.children = [nodes.Text(keep_apart(node.astext()))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_search_language(English)
    app.connect("doctree-resolved", separate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
