"""The study of the corpus: what is stored comes out again, and what the package ships of it."""

import json
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from replication import study
from replication.backtest import held, off, quantile
from replication.backtest.scores import weighted, weights

NUMBERS = list(study.STORED[6:])
CASES = [
    ("observed", "Chinchilla", "sardana", 0.5),
    ("observed", "tied", "sardana", 0.5),
    ("observed", "outer", "olmo-ladder", 0.5),
    ("observed", "KaplanJoint", "sardana", 1.0),
    ("null", "Chinchilla", "olmo-ladder", 0.5),
    ("outer", "Chinchilla", "olmo-ladder", 0.5),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case)))
def test_a_stored_fit_comes_out_again(case):
    control, law, design, cut = case
    kept = study.stored(control, law)
    kept = kept[(kept["design"] == design) & (kept["cut"] == cut)].set_index("run").sort_index()
    again = study.rows_of(study.Task(control, law, "log-huber", design, cut))
    again = again.set_index("run").sort_index()
    assert len(kept) >= 2
    assert list(again.index) == list(kept.index)
    pd.testing.assert_frame_equal(again[NUMBERS], kept[NUMBERS], rtol=2e-3)


def test_stored_costs_of_advice_come_out_again():
    names = ["design", "cut", "budget", "approach"]
    kept = study.regrets().query("design == 'llama3'").set_index(names).sort_index()
    again = study.regrets_of("llama3").set_index(names).sort_index()
    assert list(again.index) == list(kept.index)
    assert np.abs(again["extra"] - kept["extra"]).max() < 2e-3
    assert (again["clipped"] == kept["clipped"]).all()


def test_what_is_shipped_follows_from_what_is_stored():
    text = resources.files("replication.fitting").joinpath("drift.json").read_text("utf-8")
    assert json.loads(text) == {"corpus": study.corpus_hash(), "drifts": study.drifts()}


def test_held_out_runs_are_in_no_fit_of_the_study():
    kept = study.hold_outs()
    fitted = study.runs()
    for design, rows in kept.groupby("design"):
        assert not set(rows["run"]) & set(fitted.loc[fitted["design"] == design, "run"])


def test_the_count_of_parameters_moves_forecasts_of_held_out_runs():
    # Both counts miss the six large runs of one laboratory; without the embedding by half.
    total, bare = (study.hold_outs(count) for count in ("total", "nonembedding"))
    total = total[total["family"] == "kempner"]
    assert set(bare["design"]) == set(total["design"])
    assert held(total, "run").sum() == held(bare, "run").sum() == 0
    assert 0.3 < off(bare).mean() / off(total).mean() < 0.6


def test_weights_give_every_family_and_every_cut_one_voice():
    rows = study.stored()
    value = held(rows, "run")
    known = ~np.isnan(value)
    assert weights(rows[known]) @ value[known] == pytest.approx(weighted(rows, value))
    share = weights(rows)[(rows["family"] == "kempner").to_numpy()].sum()
    assert share == pytest.approx(1 / rows["family"].nunique())


def test_a_quantile_is_a_value_that_occurs():
    rows = study.regrets()
    found = [quantile(rows, rows["extra"], share) for share in (0.0, 0.5, 1.0)]
    assert found[0] == rows["extra"].min()
    assert found[2] == rows["extra"].max()
    assert found[1] in set(rows["extra"])
