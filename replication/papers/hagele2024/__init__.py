"""Hägele et al. (2024): a constant learning rate with a cooldown instead of a cosine.

The logs of the authors' runs are public; curves, fits, savings and verdicts are computed from them.
"""

from replication.papers.hagele2024.answers import *
from replication.papers.hagele2024.averaging import *
from replication.papers.hagele2024.comparison import *
from replication.papers.hagele2024.cooldowns import *
from replication.papers.hagele2024.data import *
from replication.papers.hagele2024.logs import *
from replication.papers.hagele2024.savings import *
from replication.papers.hagele2024.suite_fits import *
