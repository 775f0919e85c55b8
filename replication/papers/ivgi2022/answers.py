"""The claims of ivgi2022."""

from replication.claims import ClaimSet
from replication.papers.ivgi2022.data import KEY

__all__ = ["claims"]
claims = ClaimSet(KEY)
