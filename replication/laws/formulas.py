"""The formula of a law, as an expression of Python and in LaTeX.

For pages, registries and other programs: a law computes by its methods. That the expression says
what the law computes is tested for every one of them.
"""

from dataclasses import dataclass

from replication.errors import one_of_names
from replication.laws.base import Law


@dataclass(frozen=True)
class Formula:
    r"""A law written out.

    Parameters
    ----------
    python : str
        An expression in the law's fields and inputs, under their own names, with ``exp``,
        ``log`` and ``minimum`` as functions; counts are plain, losses in nats per token.
    latex : str
        The same for print, with the letters of the papers.

    Examples
    --------
    >>> formula_of("PowerLaw")
    Formula(python='A * flops**-alpha', latex='L(x) = A\\, x^{-\\alpha}')
    """

    python: str
    latex: str


def formula_of(law: Law | type[Law] | str) -> Formula:
    r"""Return the formula of a law.

    Parameters
    ----------
    law : Law or type or str
        A law, its class, or the name of the class.

    Returns
    -------
    Formula
        The expression and its LaTeX.

    Raises
    ------
    UnknownNameError
        If the law is none of those that papers of this book have published.

    Examples
    --------
    >>> import replication as rp
    >>> formula_of("Chinchilla").python
    'E + A * params**-alpha + B * tokens**-beta'
    >>> formula_of(rp.laws.PowerLaw.of("params")).python
    'A * params**-alpha'
    """
    if isinstance(law, str):
        return FORMULAS[one_of_names("law with a formula", law, sorted(FORMULAS))]
    kind = law if isinstance(law, type) else type(law)
    # A law of other columns is a subclass of the same name: the last one has the form's own.
    forms = (k for k in kind.__mro__ if issubclass(k, Law))
    named = [k for k in forms if k.__name__ in FORMULAS or k is kind][-1]
    found = FORMULAS[one_of_names("law with a formula", named.__name__, sorted(FORMULAS))]
    if kind is named or len(kind.inputs) > 1:
        return found
    return Formula(found.python.replace(named.inputs[0], kind.inputs[0]), found.latex)


_REPEATED = r"N_e = U_N + U_N R_N^* \bigl(1 - e^{-(N/U_N - 1)/R_N^*}\bigr)"
_N_E = r"N_e = N \prod_i \bigl(1 - e^{-P_i/\gamma_i + n_i}\bigr),\ i = w, a, kv"
_D_E = r"D_e = U + U R_D^* \bigl(1 - e^{-(D/U - 1)/R_D^*}\bigr)"

FORMULAS = {
    "Chinchilla": Formula(
        "E + A * params**-alpha + B * tokens**-beta",
        r"L(N, D) = E + A\, N^{-\alpha} + B\, D^{-\beta}",
    ),
    "CriticalBatch": Formula(
        "B_star * loss ** (-1 / alpha_B)", r"B_\text{crit}(L) = B_* \, L^{-1/\alpha_B}"
    ),
    "DataConstrained": Formula(
        "E + A * ((called := minimum(params, (alpha * A / (beta * B) * unique_tokens**beta)"
        " ** (1 / alpha)))"
        " * (1 + R_N_star * (1 - exp((1 - params / called) / R_N_star))))**-alpha"
        " + B * (unique_tokens"
        " * (1 + R_D_star * (1 - exp((1 - tokens / unique_tokens) / R_D_star))))**-beta",
        rf"L(N, D, U) = E + A\, N_e^{{-\alpha}} + B\, D_e^{{-\beta}},\quad {_D_E},\quad "
        + _REPEATED,
    ),
    "ErrorRate": Formula(
        "epsilon - k * exp(-gamma * loss)", r"\text{Err}(L) = \epsilon - k\, e^{-\gamma L}"
    ),
    "KaplanFlops": Formula("(C_c / flops) ** alpha_C", r"L(C) = (C_c / C)^{\alpha_C}"),
    "KaplanJoint": Formula(
        "((N_c / params) ** (alpha_N / alpha_D) + D_c / tokens) ** alpha_D",
        r"L(N, D) = \bigl[(N_c / N)^{\alpha_N / \alpha_D} + D_c / D\bigr]^{\alpha_D}",
    ),
    "KaplanParams": Formula("(N_c / params) ** alpha_N", r"L(N) = (N_c / N)^{\alpha_N}"),
    "KaplanSteps": Formula(
        "(N_c / params) ** alpha_N + (S_c / min_steps) ** alpha_S",
        r"L(N, S_\text{min}) = (N_c / N)^{\alpha_N} + (S_c / S_\text{min})^{\alpha_S}",
    ),
    "KaplanTokens": Formula("(D_c / tokens) ** alpha_D", r"L(D) = (D_c / D)^{\alpha_D}"),
    "LogLinear": Formula("alpha * log(flops) + beta", r"y(x) = \alpha \ln x + \beta"),
    "OverTraining": Formula(
        "E + (a * token_multiplier**eta + b * token_multiplier**-eta) * flops**-eta",
        r"L(C, M) = E + (a M^{\eta} + b M^{-\eta})\, C^{-\eta}",
    ),
    "PostTraining": Formula(
        "C_T * tokens**gamma_D * params**-gamma_N * exp(-bits / gamma_post)",
        r"\delta(N, D, P) = C_T\, D^{\gamma_D} N^{-\gamma_N} e^{-P/\gamma_\text{post}}",
    ),
    "PowerLaw": Formula("A * flops**-alpha", r"L(x) = A\, x^{-\alpha}"),
    "PowerLawOffset": Formula("E + A * flops**-alpha", r"L(x) = E + A\, x^{-\alpha}"),
    "Precision": Formula(
        "E + B * tokens**-beta + A * (params"
        " * (1 - exp(n_w - weight_bits / gamma_w))"
        " * (1 - exp(n_a - activation_bits / gamma_a))"
        " * (1 - exp(n_kv - kv_bits / gamma_kv)))**-alpha",
        rf"L = E + A\, N_e^{{-\alpha}} + B\, D^{{-\beta}},\quad {_N_E}",
    ),
    "TotalParams": Formula(
        "params_no_embedding + omega * params_no_embedding**p", r"N_T = N + \omega N^{p}"
    ),
}
"""Laws that papers of this book have published, by the name of their class."""
