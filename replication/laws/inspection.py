"""What is wrong with a law, said before the solver meets it.

A law is a class that somebody wrote. Most slips in it would only show as a strange fit, or as an
error from deep inside; here they are named: in the declaration first, then, by evaluating the law
at a few of its own seeds, in what its methods return.
"""

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import Field
from weakref import WeakSet

from replication.counting.numbers import Array
from replication.errors import ArgumentError
from replication.laws.base import Law
from replication.laws.behaviour import check_behaviour
from replication.laws.powersum import PowerSum

LINKS = ("log", "identity")
_SOUND: WeakSet[type[Law]] = WeakSet()


def inspect_law(law: type[Law], columns: Sequence[Array], starts: Sequence[Law] = ()) -> None:
    """Refuse a law that the engine cannot fit, by the name of what is wrong with it.

    A class that has passed is not looked at again, and those of the package, which its tests
    inspect, not at all.

    Parameters
    ----------
    law : type of Law
        The law.
    columns : sequence of ndarray, shape (n,)
        Its inputs, in the order of `Law.inputs`; a few of the points serve.
    starts : sequence of Law
        Coefficients at which to look at it, beside its seeds.

    Raises
    ------
    ArgumentError
        If the declaration is not complete, a method fails or returns something of another shape or
        kind, derivatives are not those of the prediction, or the prediction is not linear in a
        field that is declared so.

    Examples
    --------
    A law that is right passes without a word; `check_behaviour` shows one that is not.

    >>> import numpy as np
    >>> from replication.laws import PowerLaw
    >>> inspect_law(PowerLaw.of("tokens"), (np.array([1e9, 1e10]),))
    """
    if law in _SOUND or law.__module__.startswith("replication."):
        return
    check_declaration(law)
    if check_behaviour(law, columns, starts):
        _SOUND.add(law)


def check_declaration(law: type[Law]) -> None:
    """Refuse a law whose declaration is not complete; no data are needed for that.

    Parameters
    ----------
    law : type of Law
        The law.

    Raises
    ------
    ArgumentError
        If something is missing in the declaration, or contradicts the rest.

    Examples
    --------
    >>> class Bare(Law):
    ...     E: float
    >>> check_declaration(Bare)
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: Bare is not a dataclass of its own: put
    @dataclass(frozen=True) above the class.
    """
    for fault in _faults(law):
        raise ArgumentError(fault)


def check_response(law: type[Law], response: Array) -> None:
    """Refuse responses that a law cannot mean: errors in per cent where it predicts shares.

    Parameters
    ----------
    law : type of Law
        The law; its `Law.response_range` says what has a meaning.
    response : ndarray
        What was observed.

    Raises
    ------
    ArgumentError
        If a response is out of that range.

    Examples
    --------
    >>> import numpy as np
    >>> from replication.laws import ErrorRate
    >>> check_response(ErrorRate, np.array([46.8, 51.2]))
    Traceback (most recent call last):
        ...
    replication.errors.ArgumentError: ErrorRate predicts an error between 0 and 1, got 46.8. Divide
    per cent by 100.
    """
    low, high = law.response_range
    if (bad := (response < low) | (response > high)).any():
        hint = "Divide per cent by 100." if (low, high) == (0, 1) else "Check its unit."
        article = "an" if law.response[0] in "aeiou" else "a"
        raise ArgumentError(
            f"{law.__name__} predicts {article} {law.response} between {low:g} and {high:g}, got "
            f"{response[bad].flat[0]:g}. {hint}"
        )


def _faults(law: type[Law]) -> Iterator[str]:
    """Yield what is wrong with a declaration, the causes before what follows from them."""
    yield from _of_the_class(law)
    yield from _of_the_fields(law)
    yield from _of_the_inputs(law)
    yield from _of_the_response(law)
    if issubclass(law, PowerSum):
        yield from _of_the_terms(law)


def _of_the_class(law: type[Law]) -> Iterator[str]:
    """Yield faults of the class itself: a decorator that is missing, or no fields at all."""
    name, own = law.__name__, vars(law)
    annotated = [
        n for n, kind in inspect.get_annotations(law).items() if "ClassVar" not in str(kind)
    ]
    declared = annotated or any(isinstance(member, Field) for member in own.values())
    if declared and "__dataclass_fields__" not in own:
        yield f"{name} is not a dataclass of its own: put @dataclass(frozen=True) above the class."
    if not law.names():
        yield (
            f"{name} has no fields, so that nothing can be fitted: declare its coefficients, as in "
            "E: float = coefficient()."
        )


def _of_the_fields(law: type[Law]) -> Iterator[str]:
    """Yield faults of the fields: no declaration, a name that is taken, seeds of no use."""
    for name, kind in law.kinds().items():
        if hides := [base.__name__ for base in law.__mro__[1:] if name in vars(base)]:
            yield (f"Field {name} of {law.__name__} hides {hides[0]}.{name}: give it another name.")
        if kind.of and kind.of not in law.inputs:
            yield (
                f"{law.__name__}.{name} is a scale of {kind.of!r}, which is not among its inputs "
                f"({', '.join(law.inputs)})."
            )
        if bad := [s for s in kind.seeds if not math.isfinite(s) or (kind.log and s <= 0)]:
            kinds = "positive" if kind.log else "finite"
            yield f"{law.__name__}.{name} has the seed {bad[0]}; {kinds} numbers are expected."


def _of_the_inputs(law: type[Law]) -> Iterator[str]:
    """Yield faults of the inputs."""
    name, inputs = law.__name__, law.inputs
    if isinstance(inputs, str):
        yield f"inputs of {name} is the text {inputs!r}: write inputs = ({inputs!r},) with a comma."
    if not inputs:
        yield f"{name} does not say which columns it reads: add inputs = (...), as ('tokens',)."
    if any(not isinstance(column, str) for column in inputs) or len(set(inputs)) < len(inputs):
        yield f"inputs of {name} are {inputs}; names of columns are expected, each once."
    if both := [column for column in inputs if column in law.names()]:
        yield f"{both[0]} is both a field and an input of {name}: give one another name."


def _of_the_response(law: type[Law]) -> Iterator[str]:
    """Yield faults of what is predicted and how it is compared."""
    name, response = law.__name__, law.response
    if law.link not in LINKS:
        yield f"link of {name} is {law.link!r}; 'log' or 'identity' is expected."
    if response in law.inputs:
        yield f"{name} reads {response} and predicts it: one of both has another name."
    own = law.predict is not Law.predict
    method = getattr(law, "predict" if own else response, None) or getattr(law, "loss", None)
    if not callable(method):
        yield (
            f"{name} predicts {response} but has no method of that name: add "
            f"def {response}(self, {', '.join(law.inputs)})."
        )
    else:
        try:
            inspect.signature(method).bind(law, *law.inputs)
        except TypeError as error:
            yield (
                f"{name}.{method.__name__}() does not take its {len(law.inputs)} inputs "
                f"({', '.join(law.inputs)}): {error}."
            )
    for extra in law.derived:
        if not hasattr(law, extra):
            yield f"derived of {name} names {extra!r}, which it does not have: add the property."
    low, high = law.response_range
    if not low < high:
        yield f"response_range of {name} is ({low}, {high}); low < high is expected."


def _of_the_terms(law: type[PowerSum]) -> Iterator[str]:
    """Yield faults of the terms of a sum of powers."""
    kinds = law.kinds()
    if not law.terms:
        yield f"{law.__name__} has no terms: add terms = (Term(...), ...)."
    for term in law.terms:
        if (kind := kinds.get(term.coefficient)) is None or not (kind.log and kind.linear):
            yield (
                f"A term of {law.__name__} has the coefficient {term.coefficient!r}: a field "
                "declared coefficient() is expected."
            )
        for column, name, _ in term.powers:
            if column not in law.inputs:
                yield f"A term of {law.__name__} reads {column!r}, which is not among its inputs."
            if (kind := kinds.get(name)) is None or kind.log or kind.linear:
                yield (
                    f"A term of {law.__name__} has the exponent {name!r}: a field declared "
                    "exponent() is expected."
                )
    used = {term.coefficient for term in law.terms} | {
        name for term in law.terms for _, name, _ in term.powers
    }
    if idle := [name for name in kinds if name not in used]:
        yield f"Field {idle[0]} of {law.__name__} stands in no term: add it to one, or drop it."
