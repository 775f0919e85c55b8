"""The fitting engine: objectives, solver, results, bootstrap, profiles."""

from replication.fitting.blocks import moving_blocks
from replication.fitting.bootstrap import Bootstrap
from replication.fitting.evidence import Evidence
from replication.fitting.fitter import fit
from replication.fitting.leave_one_out import LeaveOneOut
from replication.fitting.likelihood import ScaledHuber, scaled_huber
from replication.fitting.objectives import OBJECTIVES, Objective
from replication.fitting.profile import Profile
from replication.fitting.recipe import Recipe
from replication.fitting.result import Fit
from replication.fitting.saving import load_fit, save_fit

__all__ = [
    "OBJECTIVES",
    "Bootstrap",
    "Evidence",
    "Fit",
    "LeaveOneOut",
    "Objective",
    "Profile",
    "Recipe",
    "ScaledHuber",
    "fit",
    "load_fit",
    "moving_blocks",
    "save_fit",
    "scaled_huber",
]
