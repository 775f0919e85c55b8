"""A module or package a paper, named by its key: data rules, recipe, the functions of its claims.

Each has a `claims`, a `replication.claims.ClaimSet` to which its functions are bound.
"""
