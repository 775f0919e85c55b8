"""A datastore of growing size: what the passages that a search finds are worth to a model.

`python -m lab.retrieve` trains a byte model on a fifth of two bodies of text. Once, it searches
three fifths of them for the best passages for each held-out window, and it draws the datastores of
all sizes from what was found. For comparison it trains the model on the same text. It writes
`data/shao2024/retrieval.csv` and `retrieval_blocks.csv`.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lab.ngrams import KneserNey, Mixture, match, words_before
from lab.passages import DOMAINS, Chosen, Store, Window, documents, part, passages, windows
from lab.records import write_table

SHARES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
SEEDS = range(5)
ASIDE = 3  # seeds of the comparisons
BEST = 1000  # passages that the search of the whole returns
BLOCKS = 25  # groups of held-out documents, for the errors
OVERLAPS = {"paper": 32, "none": 0, "strict": 13}  # words that a passage may not share
WINDOWS = 400  # of each body of text
PRIORS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
FALLS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


class Scorer:
    """Losses of windows by a model of their bytes and passages beside it.

    Parameters
    ----------
    model : KneserNey
        Trained on text that is in no store.
    asked : list of Window
        What is predicted.
    store : Store
        Where the passages are.
    """

    def __init__(self, model: KneserNey, asked: list[Window], store: Store) -> None:
        self.asked, self.store = asked, store
        self.texts = [np.frombuffer((w.question + w.answer).encode(), np.uint8) for w in asked]
        self.first = [len(w.question.encode()) for w in asked]
        self.bases = bases(model, self.texts, self.first)
        self._known = [words_before(text) for text in self.texts]
        self._matches: dict[tuple[int, Chosen], np.ndarray] = {}

    def matches(self, number: int, chosen: Chosen) -> np.ndarray:
        """Return what a window's answer shares with its question and with passages."""
        key = (number, tuple(sorted(chosen)))
        if key not in self._matches:
            known, first = self._known[number], self.first[number]
            texts = [known[..., :first], *map(self.store.known, chosen)]
            self._matches[key] = match(texts, known[..., first:]).astype(np.uint16)
        return self._matches[key]

    def losses(
        self, chosen: list[Chosen], mixture: Mixture, model: KneserNey | None = None
    ) -> np.ndarray:
        """Return the nats of each window's answer, by the scorer's model or another."""
        own = self.bases if model is None else bases(model, self.texts, self.first)
        return np.array(
            [
                -np.log(mixture.probability(self.matches(i, one), own[i])).sum()
                for i, one in enumerate(chosen)
            ]
        )

    @property
    def sizes(self) -> np.ndarray:
        """Bytes of each window's answer."""
        return np.array(
            [len(text) - first for text, first in zip(self.texts, self.first, strict=True)]
        )

    def tune(self, chosen: list[Chosen]) -> Mixture:
        """Return the mixture of the grid with the smallest loss."""
        tried = [Mixture(prior, fall) for prior in PRIORS for fall in FALLS]
        return min(tried, key=lambda one: self.losses(chosen, one).sum())


def bases(model: KneserNey, texts: list[np.ndarray], first: list[int]) -> list[np.ndarray]:
    """Return the model's probabilities of each answer, all windows at once."""
    found = model.probability(np.concatenate(texts))
    ends = np.cumsum([len(text) for text in texts])
    starts = ends - [len(text) for text in texts] + first
    return [found[start:end] for start, end in zip(starts, ends, strict=True)]


def kept(share: float, seed: int, passages: int) -> np.ndarray:
    """Return which passages a datastore of a share has, drawn one by one."""
    if share == 1:
        return np.ones(passages, bool)
    return np.random.default_rng((seed, round(1 / share))).random(passages) < share


def experiment() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run everything; return the losses by condition, and those of the main one by block."""
    texts = documents()
    training = [text for name in DOMAINS for text in part(texts[name], "train")]
    store = Store(
        [p for name in DOMAINS for text in part(texts[name], "store") for p in passages(text)]
    )
    model = KneserNey(joined(training))
    rows, tests = Rows(store), {}
    for name in DOMAINS:
        scorers = [
            Scorer(model, windows(part(texts[name], which), name, WINDOWS), store)
            for which in ("tune", "test")
        ]
        tests[name] = scorers[1], search(rows, *scorers)
    for share in SHARES[::2]:
        lots = kept(share, 0, len(store.texts))
        larger = KneserNey(joined([*training, *np.array(store.texts)[lots]]))
        for test, mixture in tests.values():
            losses = test.losses([()] * len(test.asked), mixture, larger)
            rows.add("trained", share, 0, test, losses)
    return pd.DataFrame(rows.means), pd.DataFrame(rows.blocks)


def joined(texts: list[str]) -> np.ndarray:
    """Return texts as the bytes of one."""
    return np.frombuffer(" ".join(texts).encode(), np.uint8)


class Rows:
    """What was measured: means by condition, and sums by block of the main ones.

    Parameters
    ----------
    store : Store
        The whole datastore.
    """

    def __init__(self, store: Store) -> None:
        self.sizes = np.array([len(text) for text in store.texts])
        self.means: list[dict[str, object]] = []
        self.blocks: list[dict[str, object]] = []

    def add(
        self, how: str, share: float, seed: int, test: Scorer, losses: np.ndarray,
        chosen: list[Chosen] | None = None,
    ) -> None:  # fmt: skip
        """Add one condition; where passages were chosen, also how often fewer than three were."""
        tokens = int(self.sizes[kept(share, seed, len(self.sizes))].sum()) if share else 0
        row: dict[str, object] = {"domain": test.asked[0].domain, "how": how, "share": share}
        row |= {"seed": seed, "tokens": tokens}
        few = np.mean([len(one) < 3 for one in chosen]) if chosen else np.nan
        self.means.append(row | {"loss": losses.sum() / test.sizes.sum(), "fewer": few})
        if how in ("alone", "paper", "trained"):
            own = np.array([window.document % BLOCKS for window in test.asked])
            for block in range(BLOCKS):
                sums = {"bytes": test.sizes[own == block].sum(), "nats": losses[own == block].sum()}
                self.blocks.append(row | {"block": block} | sums)


def search(rows: Rows, tuning: Scorer, test: Scorer) -> Mixture:
    """Add all conditions with passages on one body of text; return the mixture without any."""
    store = test.store
    found = {one: store.search(one.asked, BEST) for one in (tuning, test)}

    def choose(one: Scorer, lots: np.ndarray, overlap: int) -> list[Chosen]:
        pairs = zip(found[one], one.asked, strict=True)
        return [store.choose(best[lots[best]], window, overlap) for best, window in pairs]

    alone = tuning.tune([()] * len(tuning.asked))
    everything = kept(1, 0, len(store.texts))
    mixture = tuning.tune(choose(tuning, everything, OVERLAPS["paper"]))
    print(test.asked[0].domain, "alone", alone, "with passages", mixture, flush=True)
    rows.add("alone", 0.0, 0, test, test.losses([()] * len(test.asked), alone))
    for share in SHARES:
        for seed in SEEDS if share < 1 else [0]:
            lots = kept(share, seed, len(store.texts))
            for how, overlap in OVERLAPS.items():
                if how != "paper" and seed >= ASIDE:
                    continue
                chosen = choose(test, lots, overlap)
                rows.add(how, share, seed, test, test.losses(chosen, mixture), chosen)
            if seed >= ASIDE:
                continue
            rng, inside = np.random.default_rng((seed, 1)), np.flatnonzero(lots)
            drawn = [tuple(map(int, rng.choice(inside, 3, replace=False))) for _ in test.asked]
            rows.add("random", share, seed, test, test.losses(drawn, mixture), drawn)
        print(test.asked[0].domain, f"{share:.4f} {rows.means[-1]['loss']:.4f}", flush=True)
    return alone


def main() -> None:
    """Run the experiment and write both tables."""
    parser = argparse.ArgumentParser(prog="python -m lab.retrieve", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("data/shao2024"))
    to = parser.parse_args().to
    rows, by_block = experiment()
    key = ["domain", "how", "share", "seed"]
    rows, by_block = rows.sort_values(key), by_block.sort_values([*key, "block"])
    for table, place in ((rows, "retrieval"), (by_block, "retrieval_blocks")):
        write_table(table, to / f"{place}.csv", digits=7)
    print(f"{time.process_time():.0f} CPU seconds")


if __name__ == "__main__":
    main()
