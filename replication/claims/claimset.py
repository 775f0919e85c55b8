"""The claims of a paper, bound to the functions that answer them."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from replication._memo import cached
from replication.claims.claim import Claim, read
from replication.claims.verdict import Answer, Judgement, judge
from replication.errors import ArgumentError, DataError, unknown

Answers = float | Answer | Mapping[str, float] | Mapping[str, Answer] | Mapping[str, float | Answer]
Function = TypeVar("Function", bound=Callable[[], Answers])


class ClaimSet:
    """The claims of a paper and the functions that answer them.

    Parameters
    ----------
    paper : str
        Key of the paper.

    Examples
    --------
    >>> claims = ClaimSet("besiroglu2024")
    >>> @claims.answers("B14.bias")
    ... def bias() -> float:
    ...     return 100 * (1e11 ** (0.2849083 - 0.28) - 1)
    >>> round(bias(), 1)
    13.2
    >>> claims["B14.bias"].printed
    '13'
    """

    def __init__(self, paper: str) -> None:
        self.paper = paper
        self._bound: list[tuple[tuple[str, ...], Callable[[], Answers]]] = []

    def answers(self, *ids: str) -> Callable[[Function], Function]:
        """Bind a function to the claims it answers, and cache what it returns.

        Parameters
        ----------
        *ids : str
            Identifiers, or prefixes: ``"B11"`` stands for every ``"B11.…"`` that can be tested.

        Returns
        -------
        callable
            The decorator. The function takes no arguments; bound to one claim it returns a
            number or an `Answer`, bound to several a mapping from each identifier to one.
        """

        def bind(function: Function) -> Function:
            kept = cached(function)
            self._bound.append((ids, kept))
            return kept  # type: ignore[return-value]  # a cached function is called alike

        return bind

    def __iter__(self) -> Iterator[Claim]:
        """Yield the claims in the order of the table."""
        return iter(read(self.paper))

    def __getitem__(self, name: str) -> Claim:
        """Return a claim by its identifier."""
        known = {claim.id: claim for claim in self}
        if name not in known:
            raise unknown(f"claim of {self.paper}", name, known)
        return known[name]

    def judge(self) -> tuple[Judgement, ...]:
        """Answer and judge every claim.

        Returns
        -------
        tuple of Judgement
            In the order of the table. A function that raises makes the verdict of its claims
            ``"error"`` and is kept in `Judgement.error`; the others are still judged.

        Raises
        ------
        DataError
            If a claim has no function or several, or a function is bound to no claim.
        """
        claims = tuple(self)
        functions = self._functions(claims)
        answers: dict[str, Answer | float | Exception] = {}
        for function in dict.fromkeys(functions.values()):
            ids = [name for name, bound in functions.items() if bound is function]
            try:
                answers |= _split(function, ids)
            # Whatever goes wrong belongs to these claims; the other papers still get verdicts.
            except Exception as error:
                answers |= dict.fromkeys(ids, error)
        return tuple(_judged(claim, answers.get(claim.id)) for claim in claims)

    def _functions(self, claims: tuple[Claim, ...]) -> dict[str, Callable[[], Answers]]:
        """Return the function of each claim, or say everything that is wrong with the binding."""
        testable = [claim.id for claim in claims if claim.expected != "untestable"]
        functions: dict[str, Callable[[], Answers]] = {}
        problems = []
        for names, function in self._bound:
            for name in names:
                ids = [known for known in testable if f"{known}.".startswith(f"{name}.")]
                if not ids:
                    problems.append(f"{name!r} is answered but is no testable claim")
                for known in ids:
                    if known in functions:
                        problems.append(f"{known!r} is answered twice")
                    functions[known] = function
        problems += [f"{name!r} is not answered" for name in testable if name not in functions]
        if problems:
            raise DataError(
                f"replication.papers.{self.paper} and data/{self.paper}/claims.csv do not "
                f"match: {'; '.join(problems)}. Bind each testable claim to one function."
            )
        return functions


def _judged(claim: Claim, answer: Answer | float | Exception | None) -> Judgement:
    if not isinstance(answer, Exception):
        try:
            return judge(claim, answer)
        except Exception as error:  # an answer of a type that nothing can be done with
            answer = error
    return Judgement(claim, None, "error", answer)


def _split(function: Callable[[], Answers], ids: list[str]) -> dict[str, Answer | float]:
    returned = function()
    if not isinstance(returned, Mapping):
        if len(ids) == 1:
            return {ids[0]: returned}
        raise ArgumentError(
            f"A function bound to {', '.join(ids)} returned one value; return a mapping from "
            "each identifier to its number."
        )
    if set(returned) != set(ids):
        raise ArgumentError(
            f"A function bound to {', '.join(ids)} returned {', '.join(returned) or 'nothing'}; "
            "return exactly the identifiers it is bound to."
        )
    return dict(returned)
