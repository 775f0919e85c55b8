"""What each side of a ratio is, in words: the tables and the book say it with these."""

FIT = {
    "ours": "rp.fit(rp.laws.Chinchilla, points): no start values, no options",
    "recipe_analytic": (
        "scipy L-BFGS-B at its default tolerances from each of the 4,500 starts of hoffmann2022, "
        "section D.2; Huber sum, logarithms not centred; value and analytic gradient in one call "
        "of a plain numpy function"
    ),
    "recipe_numeric": "the same with jac=None: scipy's two-point differences of the value alone",
    "scipy_centred": (
        "scipy BFGS, gtol=1e-6, from 60 random starts; centred logarithms, rescaled objective, "
        "analytic gradient"
    ),
}
BOOTSTRAP = {
    "ours": "fit.bootstrap(4000): all resamples in one batch",
    "scipy": (
        "one resample at a time; centred logarithms, objective divided by delta n, analytic "
        "gradient (and Hessian where the method takes one), start at the fit to all points, only "
        "the distinct points of the resample, with weights"
    ),
    "scipy_whitened": (
        "as scipy, in coordinates in which the Hessian of the fit to all points is the identity"
    ),
    "notebook": (
        "as the notebook of besiroglu2024: BFGS at scipy's defaults, gradient by autograd, Huber "
        "sum, logarithms not centred, start at the TeX values of hoffmann2022; our own code"
    ),
}
MINPACK = {
    "ours": (
        "fit.bootstrap(resamples): all resamples in one batch, drawn while the clock runs; the "
        "least of fifteen calls"
    ),
    "minpack": (
        "scipy.optimize.leastsq, one resample at a time; centred logarithms, lean functions of "
        "plain numpy, analytic Jacobian with col_deriv=True, ftol = xtol = 1e-10, start at the fit "
        "to all points, only the distinct points of the resample, with weights drawn beforehand; "
        "the least of fifteen rounds, in turn with ours. Looser tolerances save a third of its "
        "time at most, and then miss minima by up to 6e-7"
    ),
}
LIFETIME = {
    "ours": (
        "rp.lifetime_optimal(law, loss=..., inference_tokens=...) on 200 losses times 200 demands; "
        "parameters, tokens and the compute-optimal model beside them"
    ),
    "scipy_arrays": (
        "scipy.optimize.elementwise.find_root in log tokens, all points in one call, default "
        "tolerances"
    ),
    "brentq": (
        "scipy.optimize.brentq in log tokens, a point at a time; a plain Python function of two "
        "exponentials, xtol=1e-12, rtol=1e-14"
    ),
    "newton": (
        "scipy.optimize.newton in tokens from 1e8, a point at a time, tol=1e-5, rtol=1e-8: the "
        "settings of the scripts of sardana2024; our own code"
    ),
}
OTHERS = {
    ("memory", "ours"): (
        "peak resident memory of a fresh process that imports the package, fits and resamples"
    ),
    ("scaling", "ours"): (
        "fit.bootstrap; beyond 240 points: synthetic, sizes and tokens of the 240 points drawn "
        "again and jittered by 5 %, losses of the fitted law times its residuals drawn again"
    ),
    ("robustness", "ours"): "rp.fit at its defaults on one random surface",
    ("robustness", "scipy"): (
        "L-BFGS-B from 500 random starts; centred logarithms, rescaled objective, analytic "
        "gradient; the five best ends polished by trust-exact, BFGS and SLSQP to their limits"
    ),
    ("timings", "chapter"): (
        "processor seconds of a fresh kernel that executes the chapter; "
        "elapsed seconds in older rows"
    ),
}
