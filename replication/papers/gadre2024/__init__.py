"""Gadre et al. (2024): loss and downstream error of over-trained models, extrapolated.

The authors published the final losses and accuracies of all 104 runs. Both of their laws are fitted
again to the five and six runs that they used, judged on the others, and then on other choices.
"""

from replication.papers.gadre2024.answers import *
from replication.papers.gadre2024.data import *
from replication.papers.gadre2024.fits import *
from replication.papers.gadre2024.fragility import *
from replication.papers.gadre2024.recipe import *
from replication.papers.gadre2024.tasks import *
