"""A language model of bytes by interpolated Kneser-Ney, and its mixture with a short text.

Strings of up to `ORDER` bytes are kept as 64-bit hashes in sorted arrays, so that training is a
few sorts and scoring a few binary searches. Nothing here needs more than numpy.
"""

from dataclasses import dataclass

import numpy as np

ORDER = 10  # bytes of the longest string that the model counts, the predicted one included
LEVELS = 3  # contexts that are looked for in a short text: the word so far, and two words more
SYMBOLS = 128  # cleaned text is plain ASCII
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))

_IN_WORDS = np.array([chr(symbol).isalnum() for symbol in range(256)])


def _symbols(text: np.ndarray) -> np.ndarray:
    """Return a large odd number for each byte, zero for none."""
    with np.errstate(over="ignore"):
        return (np.uint64(2) * text.astype(np.uint64) + np.uint64(1)) * np.uint64(
            0xD6E8FEB86659FD93
        )


def hashes(text: np.ndarray, longest: int) -> list[np.ndarray]:
    """Return the hashes of the last 0, 1, ... `longest` bytes that end at each place.

    Parameters
    ----------
    text : ndarray of uint8, shape (n,)
        The bytes.
    longest : int
        Bytes of the longest string.

    Returns
    -------
    list of ndarray of uint64, shape (n,)
        One array a length. Places before which a string is too short share its shorter hash.
    """
    symbols = _symbols(text)
    found = [np.zeros(len(text), np.uint64)]
    power = np.uint64(1)
    with np.errstate(over="ignore"):
        for length in range(1, longest + 1):
            longer = found[-1].copy()
            longer[length - 1 :] += symbols[: len(text) - length + 1] * power
            found.append(longer)
            power = power * _BASE
    return found


def counts(keys: np.ndarray, values: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the values of the keys asked for, zero where a key is not among the sorted ones."""
    place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    return np.where(keys[place] == asked, values[place], 0)


@dataclass(frozen=True)
class _Level:
    """Strings of one length: their counts, and those of their contexts."""

    strings: np.ndarray
    times: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray
    discount: float


class KneserNey:
    """Interpolated Kneser-Ney with one discount a length, trained on a text.

    The longest strings count how often they occur, shorter ones after how many different bytes.

    Parameters
    ----------
    text : ndarray of uint8, shape (n,)
        The training text.
    order : int
        Bytes of the longest string.
    """

    def __init__(self, text: np.ndarray, order: int = ORDER) -> None:
        known = hashes(text, order)
        places = np.arange(order, len(text))
        self.levels: list[_Level] = []
        for length in range(order, 0, -1):
            strings, first, times = np.unique(
                known[length][places], return_index=True, return_counts=True
            )
            before = known[length - 1]
            contexts, totals = np.unique(before[places - 1], return_counts=True)
            places = places[first]  # one place of each string: what the shorter ones count
            kinds = np.unique(before[places - 1], return_counts=True)[1]
            once, twice = (times == 1).sum(), (times == 2).sum()
            discount = float(once / max(1, once + 2 * twice)) or 0.5
            self.levels.append(_Level(strings, times, contexts, totals, kinds, discount))
        self.levels.reverse()

    def probability(self, text: np.ndarray) -> np.ndarray:
        """Return the probability of each byte of a text, given those before it."""
        known = hashes(text, len(self.levels))
        found = np.full(len(text), 1 / SYMBOLS)
        for length, level in enumerate(self.levels, 1):
            context = np.concatenate([known[0][:1], known[length - 1][:-1]])
            total = counts(level.contexts, level.totals, context)
            kinds = counts(level.contexts, level.kinds, context)
            times = counts(level.strings, level.times, known[length])
            seen = (np.arange(len(text)) >= length - 1) & (total > 0)
            mixed = np.maximum(times - level.discount, 0) + level.discount * kinds * found
            found = np.where(seen, mixed / np.maximum(total, 1), found)
        return found


@dataclass(frozen=True)
class Mixture:
    """How far a short text is trusted: prior counts of each level of context.

    Parameters
    ----------
    prior : float
        Prior count where the context is the word so far.
    fall : float
        What each further word of context multiplies it by.
    """

    prior: float
    fall: float

    def probability(self, matches: np.ndarray, base: np.ndarray) -> np.ndarray:
        """Return the mixed probability, one level of context after the other.

        Each level is the mean of a Dirichlet posterior whose prior is the level before, so the
        probabilities of all bytes add up to one.

        Parameters
        ----------
        matches : ndarray, shape (levels, 2, n)
            Occurrences of each string and of its context in the short text, as `match` gives.
        base : ndarray, shape (n,)
            Probability by the model.
        """
        found, prior = base, self.prior
        for times, total in matches:
            found = (times + prior * found) / (total + prior)
            prior *= self.fall
        return found


def words_before(text: np.ndarray) -> np.ndarray:
    """Return the hashes of the string that ends at each place, and of its context.

    The context of a byte is the word so far, from the sign before it on (a space, a bracket),
    alone, with what is back to the sign before that, and so on.

    Parameters
    ----------
    text : ndarray of uint8, shape (n,)
        The text.

    Returns
    -------
    ndarray of uint64, shape (LEVELS, 2, n)
        Hashes of string and context; zero for both where the text begins too late.
    """
    size, found = len(text), np.zeros((LEVELS, 2, len(text)), np.uint64)
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.r_[np.uint64(1), np.full(size, _BASE)])
        inverse = np.cumprod(np.r_[np.uint64(1), np.full(size, _INVERSE)])
        sums = np.r_[np.uint64(0), np.cumsum(_symbols(text) * powers[:size])]
        spaces = np.flatnonzero(~_IN_WORDS[text])
        before = np.searchsorted(spaces, np.arange(size))  # spaces ahead of each place
        for level in range(LEVELS):
            fits = before > level
            start = spaces[before[fits] - 1 - level]
            place = np.flatnonzero(fits)
            found[level, 0, place] = (sums[place + 1] - sums[start]) * inverse[start]
            found[level, 1, place] = (sums[place] - sums[start]) * inverse[start]
    return found


def match(texts: list[np.ndarray], asked: np.ndarray) -> np.ndarray:
    """Return how often the strings that end at places of a text occur in short texts.

    Parameters
    ----------
    texts : list of ndarray, shape (LEVELS, 2, n)
        `words_before` of the short texts.
    asked : ndarray, shape (LEVELS, 2, m)
        The same of the places that are predicted.

    Returns
    -------
    ndarray, shape (LEVELS, 2, m)
        Occurrences of context and byte, and of the context with any byte behind it.
    """
    found = np.zeros(asked.shape)
    for row in range(LEVELS):
        for column in range(2):
            keys = np.sort(np.concatenate([one[row, column] for one in texts]))
            keys = keys[np.searchsorted(keys, np.uint64(0), "right") :]  # zero stands for no string
            wanted = asked[row, column]
            right = np.searchsorted(keys, wanted, "right")
            found[row, column] = right - np.searchsorted(keys, wanted, "left")
    return found
