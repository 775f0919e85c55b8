"""Su et al. (2024): trajectories of large models from small ones, on the logs of hagele2024."""

from replication.papers.su2024.answers import *
from replication.papers.su2024.data import *
from replication.papers.su2024.fits import *
from replication.papers.su2024.predictions import *
from replication.papers.su2024.rates import *
from replication.papers.su2024.schedule_fits import *
from replication.papers.su2024.schedule_scores import *
from replication.papers.su2024.schedules import *
from replication.papers.su2024.uncertainty import *
