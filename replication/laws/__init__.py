"""Scaling laws as data: small frozen dataclasses whose fields are the papers' symbols."""

from replication.errors import unknown
from replication.laws.annealing import Annealing
from replication.laws.base import Law
from replication.laws.broken_power import BrokenPower
from replication.laws.chinchilla import Chinchilla
from replication.laws.compute_split import ComputeSplit
from replication.laws.constrained_optimum import DataConstrainedOptimum
from replication.laws.critical_batch import CriticalBatch
from replication.laws.data_constrained import DataConstrained
from replication.laws.declarations import FieldKind, coefficient, exponent, scale, slope
from replication.laws.embedding import TotalParams
from replication.laws.error_rate import ErrorRate
from replication.laws.formulas import Formula, formula_of
from replication.laws.kaplan import KaplanFlops, KaplanParams, KaplanTokens
from replication.laws.kaplan_joint import KaplanJoint
from replication.laws.kaplan_steps import KaplanSteps
from replication.laws.kaplan_training import KaplanTraining, TrainingOptimum
from replication.laws.loglinear import LogLinear, LogPlane
from replication.laws.multi_power_law import multi_power
from replication.laws.nonembedding import NonEmbeddingChinchilla
from replication.laws.optimum import Optimum
from replication.laws.outer_exponent import OuterExponent
from replication.laws.over_training import OverTraining
from replication.laws.post_training import PostTraining
from replication.laws.power import PowerLaw, PowerLawOffset
from replication.laws.powersum import PowerSum, Term
from replication.laws.precision import Precision, PrecisionOptimum
from replication.laws.saturating_power import SaturatingPower
from replication.laws.shape import ShapeAware, ShapeOptimum
from replication.laws.shifted_power import ShiftedPower
from replication.laws.sigmoid import Sigmoid
from replication.laws.sigmoid_power import SigmoidPower
from replication.laws.steps_offset import StepsOffset

__all__ = [
    "Annealing",
    "BrokenPower",
    "Chinchilla",
    "ComputeSplit",
    "CriticalBatch",
    "DataConstrained",
    "DataConstrainedOptimum",
    "ErrorRate",
    "FieldKind",
    "Formula",
    "KaplanFlops",
    "KaplanJoint",
    "KaplanParams",
    "KaplanSteps",
    "KaplanTokens",
    "KaplanTraining",
    "Law",
    "LogLinear",
    "LogPlane",
    "NonEmbeddingChinchilla",
    "Optimum",
    "OuterExponent",
    "OverTraining",
    "PostTraining",
    "PowerLaw",
    "PowerLawOffset",
    "PowerSum",
    "Precision",
    "PrecisionOptimum",
    "SaturatingPower",
    "ShapeAware",
    "ShapeOptimum",
    "ShiftedPower",
    "Sigmoid",
    "SigmoidPower",
    "StepsOffset",
    "Term",
    "TotalParams",
    "TrainingOptimum",
    "by_name",
    "coefficient",
    "exponent",
    "formula_of",
    "multi_power",
    "scale",
    "slope",
]

NAMED: dict[str, type[Law]] = {
    name: value
    for name in __all__
    if isinstance(value := globals().get(name), type) and issubclass(value, Law) and value.names()
}
"""The laws with coefficients by name: all of `__all__`."""


def by_name(name: str) -> type[Law]:
    """Return the law class with this name.

    Parameters
    ----------
    name : str
        A class name, as in the ``law`` column of ``data/<key>/laws.csv``.

    Returns
    -------
    type of Law
        The class; call it with its coefficients.

    Raises
    ------
    UnknownNameError
        If the package has no such law.

    Examples
    --------
    >>> by_name("Chinchilla").inputs
    ('params', 'tokens')
    """
    if name not in NAMED:
        raise unknown("law", name, NAMED)
    return NAMED[name]
