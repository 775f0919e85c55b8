"""The model of the retrieval experiment, its mixture and its filters; what searches needs bm25s."""

import numpy as np
import pytest

from lab import passages
from lab.ngrams import LEVELS, SYMBOLS, KneserNey, Mixture, hashes, match, words_before
from lab.retrieve import SHARES, kept

TEXT = (
    "the house of representatives and the senate of the united states met in the house and sent "
    "the message to the states of the union, which the president of the senate read to the house "
) * 3


def encoded(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


def endings(start: str) -> np.ndarray:
    """A text once with every byte at its end, one after the other."""
    return [encoded(start + chr(last)) for last in range(SYMBOLS)]


@pytest.mark.parametrize("start", ["the house of re", "the states zz", "q", "of the united"])
def test_the_probabilities_of_all_bytes_add_up_to_one(start):
    model = KneserNey(encoded(TEXT), order=6)
    assert sum(model.probability(one)[-1] for one in endings(start)) == pytest.approx(1)


def test_a_string_of_one_kind_of_continuation_is_nearly_certain():
    model = KneserNey(encoded(TEXT), order=6)
    assert model.probability(encoded("the united"))[-1] > 0.6  # "unite" is followed by d alone
    assert model.probability(encoded("the unitex"))[-1] < 0.02


def test_hashes_are_those_of_equal_strings():
    text = encoded("abcabcab")
    known = hashes(text, 3)
    assert known[3][5] == known[3][2] != known[3][3]
    assert known[2][7] == known[2][4] == known[2][1]
    assert len({int(known[n][7]) for n in range(4)}) == 4


def test_matches_are_counts():
    """By other means: the strings themselves."""
    store, text = "the red house and the red hose, ", "a red house"
    found = match([words_before(encoded(store))], words_before(encoded(text)))
    last = len(text) - 2  # the s of "house": its context is " hou"
    assert found[0, :, last].tolist() == [store.count(" hous"), store.count(" hou")]
    assert found[1, :, last].tolist() == [store.count(" red hous"), store.count(" red hou")]
    third = text.index("u")
    assert found[0, :, third].tolist() == [store.count(" hou"), store.count(" ho")]
    assert found.shape == (LEVELS, 2, len(text))


def test_the_mixture_adds_up_to_one_and_leaves_the_model_where_nothing_matches():
    mixture, known = Mixture(5.0, 0.3), [words_before(encoded(TEXT))]
    for start, certain in (("the house of re", True), ("zzz", False)):
        total = []
        for one in endings(start):
            matches = match(known, words_before(one))[..., -1:]
            total.append(float(mixture.probability(matches, np.array([1 / SYMBOLS]))[0]))
        assert sum(total) == pytest.approx(1)
        assert (max(total) > 0.3) == certain


def test_parts_share_no_document_and_lose_none():
    texts = [str(number) for number in range(137)]
    parts = [passages.part(texts, which) for which in ("test", "tune", "train", "store")]
    assert sorted((text for one in parts for text in one), key=int) == texts


def test_passages_lose_no_word_and_are_short():
    text = " ".join(str(number) for number in range(731))
    cut = list(passages.passages(text))
    assert " ".join(cut) == text
    assert max(len(one.split()) for one in cut) <= passages.WORDS


def test_a_window_asks_with_its_first_half():
    text = " ".join(str(number) for number in range(1000))
    found = passages.windows([text, text], "messages", 6)
    assert [one.document for one in found] == [0, 0, 0, 1, 1, 1]
    for one in found:
        words = [int(word) for word in (one.question + one.answer).split()]
        assert words == list(range(words[0], words[0] + 2 * passages.SCORED))
        assert len(one.question.split()) == passages.SCORED


def store_of(texts: list[str]) -> passages.Store:
    found = passages.Store.__new__(passages.Store)  # without an index: only the filters are used
    found.texts, found._known, found._strings = texts, {}, {}
    return found


def test_filters_leave_out_copies_of_the_window_and_of_each_other():
    words = [f"w{number}" for number in range(200)]
    window = passages.Window("messages", 0, " ".join(words[:40]), " " + " ".join(words[40:80]))
    copy = " ".join(words[30:70])  # 40 words of the window
    part = " ".join(words[60:80] + words[150:190])  # 20 of them
    other, twin = " ".join(words[100:160]), " ".join(words[100:159])
    store, ranked = store_of([copy, part, other, twin, "short"]), np.arange(5)
    assert store.choose(ranked, window, 0) == (0, 1, 2)
    assert store.choose(ranked, window, 32) == (1, 2, 4)
    assert store.choose(ranked, window, 13) == (2, 4)


def test_datastores_have_their_share_and_draws_differ():
    for share in SHARES:
        lots = kept(share, 0, 20_000)
        assert lots.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 2e4))
        assert share == 1 or (lots != kept(share, 1, 20_000)).any()


def test_the_search_finds_a_rare_word():
    pytest.importorskip("bm25s", reason="only `make retrieve` installs it")
    texts = [f"a passage of common words number {number}" for number in range(30)]
    store = passages.Store([*texts, "here stands the word palimpsest among common words"])
    window = passages.Window("articles", 0, "what is a palimpsest", " no idea")
    assert store.search([window], 3)[0, 0] == 30
