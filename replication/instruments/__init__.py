"""What the pages that compute are given: laws, draws, prices and runs, as plain numbers.

A page works in the reader's browser, without Python. Everything that it knows is written here by
the build, from the package, so that nothing is typed twice; and what the page computes is held
to the functions of this package by a test.
"""
