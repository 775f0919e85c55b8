"""Spend a budget: random numbers that two languages share, purchases, and the score."""

import math

import numpy as np
import pytest

from replication import game
from replication.errors import ArgumentError
from replication.game import Purse, interval_score, normal, uniform

SEEDS = range(400)


def mulberry32(state: int) -> float:
    """Step the generator once, written after its public definition with signed words."""

    def signed(x: int) -> int:
        return (x + 2**31) % 2**32 - 2**31

    state = signed(state + 0x6D2B79F5)
    t = signed((state % 2**32 >> 15 ^ state) * (1 | state))
    t = signed(signed(t + (t % 2**32 >> 7 ^ t) * (61 | t)) ^ t)
    return ((t % 2**32 >> 14 ^ t) % 2**32) / 2**32


@pytest.mark.parametrize("counter", [0, 1, 5])
@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 - 1])
def test_uniform_is_the_named_generator(seed: int, counter: int) -> None:
    begun = seed * 0x9E3779B1 + counter * 0x85EBCA77
    assert uniform(seed, counter) == mulberry32(begun)
    assert uniform(seed, counter, 1) == mulberry32(begun + 0x6D2B79F5)


def test_uniform_numbers_are_uniform() -> None:
    drawn = [uniform(seed, counter) for seed in SEEDS for counter in range(10)]
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    expected = len(drawn) / 20
    assert ((counts - expected) ** 2 / expected).sum() < 43.8  # 0.1 % of chi-squared, 19 degrees


def test_normal_numbers_are_normal_and_apart() -> None:
    drawn = np.array([[normal(seed, counter) for counter in range(10)] for seed in SEEDS])
    assert abs(drawn.mean()) < 4 / math.sqrt(drawn.size)
    assert drawn.std() == pytest.approx(1, abs=4 / math.sqrt(2 * drawn.size))
    apart = np.corrcoef(drawn.T) - np.eye(10)
    assert np.abs(apart).max() < 4.5 / math.sqrt(len(SEEDS))


def test_every_law_is_dealt() -> None:
    dealt = {Purse(seed).commit(low=1, high=9).name for seed in range(60)}
    assert dealt == {name for _, name in game.HIDDEN}


def test_the_same_purchases_give_the_same_losses() -> None:
    sizes, lengths = [1e8, 2e8, 3e8], [2e9, 2e9, 2e9]
    at_once = Purse(3).buy(params=sizes, tokens=lengths)
    one_by_one = Purse(3)
    for size, length in zip(sizes, lengths, strict=True):
        one_by_one = one_by_one.buy(params=size, tokens=length)
    assert at_once.runs.equals(one_by_one.runs)
    assert not at_once.runs["loss"].equals(Purse(4).buy(params=sizes, tokens=lengths).runs["loss"])
    again = at_once.buy(params=1e8, tokens=2e9).runs["loss"]
    assert again.iloc[-1] != again.iloc[0]  # another run of the same size scatters anew
    assert len(at_once.runs) == 3


def test_losses_scatter_around_the_hidden_law() -> None:
    many = Purse(11).buy(params=[3e7] * 200, tokens=6e8)
    law = many.commit(low=1, high=9).law
    rest = np.log(many.runs["loss"] / law.loss(3e7, 6e8))
    assert rest.std() == pytest.approx(game.scatter(), rel=0.2)
    assert abs(rest.mean()) < 4 * game.scatter() / math.sqrt(200)


def test_a_purse_is_spent() -> None:
    half = Purse(1).buy(params=1e9, tokens=game.PURSE / 12e9)
    assert half.left == pytest.approx(game.PURSE / 2)
    assert half.buy(params=1e9, tokens=game.PURSE / 12e9).left == pytest.approx(0, abs=1)


@pytest.mark.parametrize(
    ("params", "tokens", "said"),
    [
        (1e12, 1e12, "are left"),
        (1e5, 1e9, "not sold: 1e.06 are the least"),
        (1e9, 1e3, "not sold: 1e.07 are the least"),
        (-1, 1e9, "params"),
        ([1e8, 2e8], [1e9, 1e9, 1e9], "shape|fit together"),
        ([1e6] * 201, 1e7, "more than 200"),
    ],
)
def test_what_is_not_sold(params: object, tokens: object, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        Purse(1).buy(params=params, tokens=tokens)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "one", True])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    with pytest.raises(ArgumentError, match="seed is"):
        Purse(seed)  # type: ignore[arg-type]


def test_a_forecast_begins_where_it_should() -> None:
    with pytest.raises(ArgumentError, match="Exchange them"):
        Purse(1).commit(low=3, high=2)
    with pytest.raises(ArgumentError, match="low"):
        Purse(1).commit(low=0, high=2)


def test_the_score_is_least_for_an_honest_interval() -> None:
    seen = np.exp(0.01 * np.random.default_rng(0).standard_normal(4000)) * 2

    def mean(width: float) -> float:
        low, high = 2 * math.exp(-0.01 * width), 2 * math.exp(0.01 * width)
        return float(np.mean([interval_score(low, high, float(x)) for x in seen]))

    widths = np.linspace(0.6, 2.4, 19)
    best = widths[np.argmin([mean(width) for width in widths])]
    assert best == pytest.approx(1.28, abs=0.15)


def test_a_debrief_names_the_law() -> None:
    found = Purse(5).commit(low=2.0, high=2.01)
    assert found.law.loss(*game.TARGET) == found.expected
    assert found.observed == pytest.approx(found.expected, rel=6 * game.scatter())
    assert found.inside == (found.low <= found.observed <= found.high)
    assert found.score == interval_score(2.0, 2.01, found.observed)
    assert 0 < found.best_score < 10
