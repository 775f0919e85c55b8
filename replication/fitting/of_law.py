"""The type of a law, for results that say which law they are of."""

from typing import TYPE_CHECKING

from replication.laws import Law

# Types may have a default from Python 3.13 on; type checkers know it already, and then read a
# bare `Fit` as a fit of any law.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    L = TypeVar("L", bound=Law, covariant=True, default=Law)
    K = TypeVar("K", bound=Law)
else:
    from typing import TypeVar

    L = TypeVar("L", bound=Law, covariant=True)
    """The law of a result: a fit of a law is a fit of what that law is a case of."""
    K = TypeVar("K", bound=Law)
    """The law that a class method is given."""
