"""What a scaling-law study should report: one list, for a fit of yours and for a paper.

The four parts follow the checklist of Li, Kudugunta and Zettlemoyer, "(Mis)Fitting: A Survey of
Scaling Laws" (2025), in words of our own.
"""

from dataclasses import dataclass

ANSWERS = ("yes", "partly", "no", "not seen")
"""What can be said of a paper and an item; what nobody has read is ``not seen``, never ``no``."""


@dataclass(frozen=True)
class Asked:
    """One question of the checklist.

    Parameters
    ----------
    name : str
        A short name, for tables.
    part : str
        The part it belongs to.
    asked : str
        What a reader needs to know.

    Examples
    --------
    >>> ITEMS[0].name, ITEMS[0].part
    ('form', 'The form')
    """

    name: str
    part: str
    asked: str


ITEMS = (
    Asked("form", "The form", "Which law, in which variables?"),
    Asked("reason", "The form", "Why this form, and was it chosen before the data were seen?"),
    Asked("counting", "The form", "What do the variables count?"),
    Asked("training", "The training", "How was each run trained?"),
    Asked("tuning", "The training", "How were hyperparameters chosen, at each scale?"),
    Asked("text", "The training", "On what text, and was it repeated?"),
    Asked("runs", "The data", "How many runs, over which range?"),
    Asked("points", "The data", "Is a point a run of its own, or a checkpoint of one?"),
    Asked("left_out", "The data", "Were points left out, averaged or smoothed?"),
    Asked("objective", "The fit", "What was minimised?"),
    Asked("algorithm", "The fit", "By which algorithm, from which starts, between which bounds?"),
    Asked("uncertainty", "The fit", "How sure are the coefficients?"),
    Asked("error", "The fit", "How well does it fit, and how well does it predict?"),
    Asked("repeat", "The fit", "Can it be repeated?"),
)
"""The items in the order of the report, and of the table of papers."""
