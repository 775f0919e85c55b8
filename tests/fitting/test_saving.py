"""A saved fit is the fit: to the last digit, with its runs, and nothing else can pass for one."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

import replication as rp
from replication.errors import DataError, ReplicationError
from replication.laws import Law, coefficient

RUNS = rp.load("hoffmann2022", "figure4_isoflop_points")[::4]
CURVE = {"params": [1e7, 1e8, 1e9, 1e10], "loss": [4.0, 3.2, 2.6, 2.2]}
FITS = {
    "plain": lambda: rp.fit("Chinchilla", RUNS),
    "tied": lambda: rp.fit("Chinchilla", RUNS, tied={"beta": "alpha"}, fixed={"E": 1.7}),
    "weights": lambda: rp.fit("Chinchilla", RUNS, weights=np.linspace(1, 2, len(RUNS))),
    "groups": lambda: rp.fit("Chinchilla", RUNS, group="isoflop_budget", objective="log-lsq"),
    "column": lambda: rp.fit(rp.laws.PowerLaw.of("params"), CURVE, objective="lsq"),
    "bounds": lambda: rp.fit(
        rp.laws.PowerLawOffset.of("params"), CURVE, bounds={"E": (1.0, 1.5), "alpha": (0, np.inf)}
    ),
}


@pytest.mark.parametrize("name", FITS)
def test_it_comes_back_to_the_last_digit(tmp_path, name):
    fit = FITS[name]()
    path = tmp_path / "fit.json"
    rp.save_fit(fit, path, {"file": "runs.csv"})
    back = rp.load_fit(path)
    assert back.law == fit.law
    assert type(back.law) is type(fit.law)
    assert back.value == fit.value
    assert back.notes == fit.notes
    assert back.to_frame().equals(fit.to_frame())
    assert back.bootstrap(5, seed=1).to_frame().equals(fit.bootstrap(5, seed=1).to_frame())
    assert json.loads(path.read_text())["about"] == {"file": "runs.csv"}


def test_a_law_of_ones_own_is_refused(tmp_path):
    @dataclass(frozen=True)
    class Flat(Law):
        E: float = coefficient()
        inputs = ("params",)

        def loss(self, params):
            return self.E + 0 * np.asarray(params)

    with pytest.raises(ReplicationError, match="Flat is a law of your own"):
        rp.save_fit(rp.fit(Flat, CURVE, objective="lsq"), tmp_path / "fit.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d | {"version": 2}, "saved fit of version 2; this package reads version 1"),
        (lambda d: d | {"format": "other"}, "is no saved fit"),
        (lambda d: {k: v for k, v in d.items() if k != "runs"}, "damaged saved fit"),
        (lambda d: d | {"coordinates": [1.0, 0.1]}, "was changed after it was saved"),
        (lambda d: d | {"law": d["law"] | {"name": "PowerLow"}}, "Did you mean 'PowerLaw'"),
    ],
)
def test_what_is_not_that_fit_is_refused(tmp_path, change, said):
    path = tmp_path / "fit.json"
    rp.save_fit(FITS["column"](), path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ReplicationError, match=said):
        rp.load_fit(path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x80"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "fit.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(DataError, match="is no saved fit"):
        rp.load_fit(path)
