"""Sardana et al. (2024): the best model, once its inference is counted.

The authors published their scripts and the final losses of 47 runs. The optima are computed again
by `replication.lifetime`, and the runs are fitted again by the engine.
"""

from replication.papers.sardana2024.answers import *
from replication.papers.sardana2024.data import *
from replication.papers.sardana2024.optima import *
from replication.papers.sardana2024.prices import *
from replication.papers.sardana2024.refits import *
