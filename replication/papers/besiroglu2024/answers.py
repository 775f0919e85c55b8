"""The functions behind the claims."""

import numpy as np
from scipy.stats import chi2, norm, t

from replication.claims import Answer, ClaimSet
from replication.laws import Chinchilla
from replication.papers.besiroglu2024.figure import COORDINATES, OUTLIERS, points
from replication.papers.besiroglu2024.fits import (
    huber_fit,
    likelihood_fit,
    log_likelihood,
    published_laws,
    share_below_median,
)
from replication.papers.besiroglu2024.ratios import (
    CHINCHILLA_FLOPS,
    drawn_ratio,
    outlier_sweep,
    ratio_band,
)
from replication.papers.besiroglu2024.uncertainty import (
    bootstrap,
    delta_method_error,
    interval_rows,
    normal_draws,
    runs_needed,
    wald,
)

__all__ = ["claims", "interval_width", "log_likelihoods"]

claims = ClaimSet("besiroglu2024")


@claims.answers("B1.A", "B2.B", "B2.B_huber", "B3.E", "B3.E_nb", "B4.alpha", "B5.beta")
def coefficients() -> dict[str, float]:
    """Return the coefficients of both fits; the printed E is that of the Huber fit."""
    likelihood, huber = likelihood_fit().law.to_dict(), huber_fit().law.to_dict()
    return {
        "B1.A": likelihood["A"],
        "B2.B": likelihood["B"],
        "B2.B_huber": huber["B"],
        "B3.E": huber["E"],
        "B3.E_nb": likelihood["E"],
        "B4.alpha": likelihood["alpha"],
        "B5.beta": likelihood["beta"],
    }


@claims.answers("B6.a", "B6.a_nb")
def exponent_a() -> dict[str, float | Answer]:
    """Return a = beta / (alpha + beta) with its 95 % interval."""
    row = interval_rows(bootstrap(), 0.95)["a"]
    a = Answer(float(published_laws()["refit"].a), low=row["low"], high=row["high"])
    return {"B6.a": a, "B6.a_nb": a}


@claims.answers(
    *("B1.A_se", "B2.B_se", "B3.E_se", "B4.alpha_se", "B5.beta_se", "B6.a_se", "B6.a_se_nb", "B7")
)
def standard_errors() -> dict[str, float]:
    """Return the standard deviations over the bootstrap."""
    se = {name: row["se"] for name, row in interval_rows(bootstrap(), 0.95).items()}
    table = {"B1": "A", "B2": "B", "B3": "E", "B4": "alpha", "B5": "beta"}
    printed = {f"{row}.{name}_se": se[name] for row, name in table.items()}
    notebook = {f"B7.{name}_se": se[name] for name in COORDINATES}
    return printed | notebook | {"B6.a_se": se["a"], "B6.a_se_nb": se["a"]}


@claims.answers("B8")
def coefficient_intervals() -> dict[str, float]:
    """Return the 95 % percentile intervals of the bootstrap."""
    table = interval_rows(bootstrap(), 0.95)
    return {f"B8.{name}_{end}": table[name][end] for name in COORDINATES for end in ("low", "high")}


@claims.answers("B9")
def t_tests() -> dict[str, float]:
    """Return two-sided p-values of each coefficient against its TeX value."""
    ours, theirs = published_laws()["refit"].to_dict(), published_laws()["tex"].to_dict()
    table = interval_rows(bootstrap(), 0.95)
    freedom = len(points()) - len(COORDINATES)
    found = {
        f"B9.p_{name}": 2 * float(t.sf(abs(ours[name] - theirs[name]) / table[name]["se"], freedom))
        for name in COORDINATES
    }
    return found | {"B9.p_E_text": found["B9.p_E"]}


@claims.answers("B10.chi2", "B10.p", "B10.p_digest")
def chi_square() -> dict[str, float]:
    """Test the TeX values jointly against the refit under the bootstrap covariance."""
    statistic = wald(published_laws()["tex"])
    return {
        "B10.chi2": statistic,
        "B10.p": float(chi2.sf(float(claims["B10.chi2"].printed), len(COORDINATES))),
        "B10.p_digest": float(chi2.sf(statistic, len(COORDINATES))),
    }


@claims.answers("B11", "B12")
def log_likelihoods() -> dict[str, float]:
    """Return the log-likelihood of three sets of coefficients, without and with the outliers."""
    laws = published_laws()
    return {f"B11.{name}": log_likelihood(law) for name, law in laws.items()} | {
        f"B12.{name}": log_likelihood(law, dropped=0) for name, law in laws.items()
    }


@claims.answers("B13")
def likelihood_ratios() -> dict[str, float]:
    """Return p-values of likelihood-ratio tests against the refit, 5 degrees of freedom."""
    value = log_likelihoods()

    def p(table: str, name: str) -> float:
        return float(chi2.sf(2 * (value[f"{table}.refit"] - value[f"{table}.{name}"]), 5))

    return {
        "B13.p_240": p("B11", "tex"),
        "B13.p_245": p("B12", "tex"),
        "B13.p_rounded_digest": p("B11", "rounded"),
    }


@claims.answers("B14.bias")
def rounding_bias() -> float:
    """Return by how much rounding beta inflates the data term at 1e11 tokens, in percent."""
    laws = published_laws()
    return float(100 * (1e11 ** (laws["tex"].beta - laws["rounded"].beta) - 1))


@claims.answers("B15.runs", "B15.runs_nb", "B15.runs_delta", "B15.se018", "B16.width")
def interval_width() -> dict[str, float]:
    """Return the 80 % width of a and the runs that would shrink it to Hoffmann's."""
    row = interval_rows(bootstrap(), 0.8)["a"]
    width = row["high"] - row["low"]
    needed = float(runs_needed(width))
    return {
        "B15.runs": needed,
        "B15.runs_nb": needed,
        "B15.runs_delta": runs_needed(2 * float(norm.ppf(0.9)) * delta_method_error()),
        # The text's arithmetic: 2,116 is the square of a width of 46 thousandths.
        "B15.se018": len(points()) * 2116,
        "B16.width": width,
    }


@claims.answers("B17")
def hoffmann_ratio() -> dict[str, float]:
    """Return Hoffmann's tokens per parameter at the compute of Chinchilla, as drawn."""
    value = float(drawn_ratio(CHINCHILLA_FLOPS))
    return {"B17.ratio": value, "B17.ratio_nb": value}


@claims.answers("B18", "B19")
def refit_ratio() -> dict[str, float | Answer]:
    """Return the refit's tokens per parameter at the compute of Chinchilla and at 1e18 FLOPs."""
    band = ratio_band(normal_draws(), [CHINCHILLA_FLOPS, 1e18])
    ratio = float(published_laws()["refit"].optimal(flops=CHINCHILLA_FLOPS).tokens_per_param)
    here = Answer(ratio, low=band["low"][0], high=band["high"][0])
    return {
        "B18.ratio": here,
        "B19.ratio": here,
        "B19.ratio_1e18": Answer(band["median"][1], low=band["low"][1], high=band["high"][1]),
        "B19.ratio_outliers": float(outlier_sweep((0,))["tokens_per_param"].iloc[0]),
    }


@claims.answers("B20")
def future_ratio() -> dict[str, float]:
    """Return the band of tokens per parameter at 1e26 FLOPs and above."""
    band = ratio_band(normal_draws(), np.geomspace(1e26, 1e28, 21))
    law = bootstrap().law
    assert isinstance(law, Chinchilla)
    wide = ratio_band(law, 1e26, level=0.95)
    return {
        "B20.low": float(band["low"].min()),
        "B20.high": float(band["high"].max()),
        "B20.low_95": float(wide["low"].iloc[0]),
        "B20.high_95": float(wide["high"].iloc[0]),
    }


@claims.answers("B21")
def tex_values() -> dict[str, float]:
    """Return Hoffmann's unrounded values, in the coordinates in which they were quoted."""
    law = published_laws()["tex"]
    values = {
        "lnA": np.log(law.A),
        "lnB": np.log(law.B),
        "lnE": np.log(law.E),
        "alpha": law.alpha,
        "beta": law.beta,
    }
    return {f"B21.{name}": float(value) for name, value in values.items()}


@claims.answers("B22", "B23", "B24")
def comparisons() -> dict[str, float]:
    """Return what the text says in passing of the residuals, the outliers and Hoffmann's a."""
    laws = published_laws()
    left_out = points(0).nlargest(OUTLIERS, "loss")
    return {
        "B22.share": 100 * share_below_median(laws["rounded"]),
        "B23.ratio": float((left_out["tokens"] / left_out["params"]).max()),
        "B24.a": float(laws["tex"].a),
    }


@claims.answers("B25")
def with_outliers() -> dict[str, float]:
    """Return the coefficients and errors of the fits to all points."""
    law = likelihood_fit(0).law
    assert isinstance(law, Chinchilla)
    table = interval_rows(bootstrap(0), 0.95)
    errors = {f"B25.{name}_se": table[name]["se"] for name in ("A", "B", "E")}
    return {f"B25.{name}": law.to_dict()[name] for name in COORDINATES} | errors | {"B25.a": law.a}
