"""The figures and the larger tables of the book's pages, a module a page.

Each function draws what its page shows from data that is passed in, in the book's style, and
returns the figure, so that a reader who reruns a chapter on other runs can call it. Needs the
extra ``plot``.
"""
