import pytest

from replication.attribution import attribute
from replication.papers import pearce2024 as paper
from replication.syntheses import factorial


def test_noisy_frontiers_estimate_what_the_recount_does():
    for recipe in (*paper.EXPERIMENTS, paper.TUNED_FIRST):
        for counts in paper.COUNTS:
            plain = paper.tested_frontier("refinedweb", recipe, counts)
            noisy = factorial.noisy_frontier("refinedweb", recipe, counts)
            assert noisy.a == plain.a
            low, high = noisy.draws.interval(0.95).loc["a", ["low", "high"]]
            assert low < plain.a < high


def test_counting_takes_about_the_same_first_and_last():
    taken = attribute({made: found.a for made, found in factorial.frontiers().items()})
    assert taken["count"].first == pytest.approx(0.136, abs=1e-3)
    assert taken["count"].last == pytest.approx(0.129, abs=1e-3)
    assert taken["tuning"].first - taken["tuning"].last == pytest.approx(0.029, abs=1e-3)
    assert taken["warm-up"].most < taken["count"].least


def test_the_share_of_counting_depends_on_the_gap():
    a = {made: found.a for made, found in factorial.frontiers().items()}
    every = frozenset({"count", "warm-up", "tuning"})
    assert attribute(a)["count"].mean / (a[frozenset()] - a[every]) == pytest.approx(0.40, abs=5e-3)
    tuned = {made - {"tuning"}: value for made, value in a.items() if "tuning" in made}
    whole = tuned[frozenset()] - tuned[every - {"tuning"}]
    assert attribute(tuned)["count"].mean / whole == pytest.approx(0.66, abs=5e-3)
