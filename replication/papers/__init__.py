"""One module a paper, named by its key: data rules, recipe, and the functions behind its claims.

Each module has a `claims`, a `replication.claims.ClaimSet` to which its functions are bound.
"""
