"""Ways to widen the interval of a run, each tested on families that it has not seen."""

import numpy as np
import pandas as pd
from scipy.stats import t

from replication.hindcast.protocol import LEVEL
from replication.hindcast.scores import by_distance, held, interval_score, weighted, weights
from replication.hindcast.widening import by_own_past, drift_of, left_out, widen


def rules(rows: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Return how several ways to widen an interval did on families that were left out.

    Parameters
    ----------
    rows : DataFrame
        As `replication.study.stored` returns it, with intervals of a run at the level.
    level : float
        Coverage that is promised.

    Returns
    -------
    DataFrame
        A row a rule: ``rule``, the number of scored ``runs`` it serves, the share of them held in
        each bin of distances, and the interval ``score`` in percent (smaller is better; to be
        compared only where the runs are as many). Families count equally.

    Examples
    --------
    >>> from replication.study import stored
    >>> rules(stored())["rule"].tolist()[:2]
    ['interval of a run', 'the same, about the estimate']
    """
    listed = []
    for name, found in _widened(rows, level).items():
        shares = by_distance(found, held(found, "forecast")).set_index("decades")["mean"]
        score = weighted(found, interval_score(found, "forecast", level))
        listed.append({"rule": name, "runs": len(found)} | shares.to_dict() | {"score": score})
    return pd.DataFrame(listed)


def _widened(rows: pd.DataFrame, level: float) -> dict[str, pd.DataFrame]:
    families = rows["family"].unique()
    others = {name: rows[rows["family"] != name] for name in families}
    new = {name: drift_of(part, level, draws=1).new_family for name, part in others.items()}
    rooted = rows.assign(decades=np.sqrt(rows["decades"]))
    by_root = left_out(rooted, level).assign(decades=rows["decades"])
    found = {
        "interval of a run": rows.assign(
            forecast_low=rows["run_low"], forecast_high=rows["run_high"]
        ),
        "the same, about the estimate": widen(rows, 0.0),
        "average drift": left_out(rows, level),
        "average drift, root of the distance": by_root,
        "mean error taken off, its spread added": _signed(rows, level),
    }
    if np.isfinite(list(new.values())).all():
        found["drift for a new family"] = widen(rows, rows["family"].map(new).to_numpy(float))
    return found | {"drift of the design's own earlier cuts": by_own_past(rows, level)}


def _signed(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Shift by the mean error per decade of other families, and widen by what it varies."""
    error = np.log(rows["predicted"].to_numpy(float) / rows["observed"].to_numpy(float))
    k, share = rows["decades"].to_numpy(), weights(rows)
    table = pd.DataFrame({"family": rows["family"].to_numpy(), "up": share * error * k})
    sums = table.assign(down=share * k * k).groupby("family")[["up", "down"]].sum()
    slope = sums["up"] / sums["down"]
    shift, spread = {}, {}
    for name in slope.index:
        other = slope.drop(name)
        shift[name] = other.mean()
        reach = t.ppf(0.5 + level / 2, len(other) - 1) * np.sqrt(1 + 1 / len(other))
        spread[name] = reach * other.std()
    moved = np.exp(-rows["family"].map(shift).to_numpy(float) * k)
    ends = {name: rows[name] * moved for name in ("predicted", "run_low", "run_high")}
    return widen(rows.assign(**ends), rows["family"].map(spread).to_numpy(float))
