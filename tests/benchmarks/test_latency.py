"""The measurement of latency gives the table that the data package describes."""

import numpy as np

from benchmarks import latency
from replication import datasets


def test_a_short_measurement_has_the_columns_of_the_table(monkeypatch):
    monkeypatch.setattr(latency, "NARROWEST", (32, 64))
    monkeypatch.setattr(latency, "DEPTHS", (4, 1))
    monkeypatch.setattr(latency, "ROUNDS", 2)
    monkeypatch.setattr(latency, "SECONDS", 1e-4)
    table = latency.measure()
    described = datasets.describe("bian2025", "cpu_latency")
    assert list(table.columns) == list(described.columns)
    shapes = table[["n_layers", "d_model"]].to_numpy().tolist()
    assert shapes == [[1, 64], [1, 128], [4, 32], [4, 64]] == sorted(shapes)
    assert (table["seconds_best"] > 0).all()
    assert (table["seconds_best"] <= table["seconds_median"]).all()


def test_shapes_of_a_size_have_the_same_weights():
    size = {}
    for depth, width in latency.places():
        size.setdefault(12 * depth * width**2, []).append(depth)
    assert [sorted(depths) for depths in size.values()] == [sorted(latency.DEPTHS)] * 4
    assert np.all(np.diff(sorted(size)) > 0)
