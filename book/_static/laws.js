/* The laws of loss that the pages ask, and the best use of a budget under each; after
   `replication.laws.Chinchilla` and `DataConstrained`, in the logarithms n and d of params and
   tokens. A law is its coefficients; one with R_D_star knows what repeats are worth. */
window.Laws = (function () {
"use strict";

const [TRAIN, SERVE] = [6, 2]; // FLOPs a parameter and token

/* What a count with repeats is worth, and its slope, both as logarithms. */
function effective(count, unique, star) {
  const repeats = Math.expm1(Math.max(count - unique, 0));
  const x = repeats / star;
  const whole = Math.log1p(star * -Math.expm1(-x));
  return { log: Math.min(count, unique) + whole, slope: Math.log1p(repeats) - x - whole };
}

const added = (a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

function terms(law, n, d, limit) {
  const { A, B, alpha, beta } = law;
  if (!law.R_D_star) {
    return { size: Math.log(A) - alpha * n, data: Math.log(B) - beta * d, sizeSlope: 0, dataSlope: 0, called: -Infinity };
  }
  const u = Math.min(d, limit);
  const matched = (Math.log((alpha * A) / (beta * B)) + beta * u) / alpha;
  const [N, D] = [effective(n, matched, law.R_N_star), effective(d, limit, law.R_D_star)];
  const size = Math.log(A) - alpha * N.log;
  // Fresh tokens call for a larger model, so that fewer parameters are in excess.
  const called = d < limit ? Math.log(beta) + size + Math.log(-Math.expm1(N.slope)) : -Infinity;
  return { size, data: Math.log(B) - beta * D.log, sizeSlope: N.slope, dataSlope: D.slope, called };
}

function lossAt(law, n, d, limit = Infinity) {
  const found = terms(law, n, d, limit);
  return law.E + Math.exp(found.size) + Math.exp(found.data);
}

/* Where a falling function crosses zero. */
function root(falls, lo, hi) {
  for (let i = 0; i < 70; i++) {
    const middle = 0.5 * (lo + hi);
    if (falls(middle) > 0) lo = middle;
    else hi = middle;
  }
  return 0.5 * (lo + hi);
}

/* The model of tokens per parameter exp(ratio) that spends a budget: N (D + s) = C / 6. */
function along(ratio, logFlops, extra) {
  const pairs = Math.exp(logFlops) / TRAIN;
  const n = Math.log(pairs / (0.5 * extra + Math.sqrt(0.25 * extra * extra + Math.exp(ratio) * pairs)));
  return [n, n + ratio];
}

/* Least loss for a budget: one percent of either must be worth the same. */
function best(law, logFlops, extra, limit) {
  const tilt = (ratio) => {
    const [n, d] = along(ratio, logFlops, extra);
    const t = terms(law, n, d, limit);
    const tokens = added(Math.log(law.beta) + t.data + t.dataSlope, t.called);
    return tokens - (Math.log(law.alpha) + t.size + t.sizeSlope) + Math.log1p(extra * Math.exp(-d));
  };
  return along(root(tilt, -120, 120), logFlops, extra);
}

/* The least that unlimited compute reaches. */
function floor(law, limit) {
  if (!law.R_D_star || limit === Infinity) return law.E;
  const { A, B, alpha, beta } = law;
  const matched = (Math.log((alpha * A) / (beta * B)) + beta * limit) / alpha;
  const size = Math.log(A) - alpha * (matched + Math.log1p(law.R_N_star));
  return law.E + Math.exp(size) + Math.exp(Math.log(B) - beta * (limit + Math.log1p(law.R_D_star)));
}

function cheapest(law, loss, extra, limit) {
  if (loss <= floor(law, limit)) return null;
  const excess = (logFlops) => lossAt(law, ...best(law, logFlops, extra, limit), limit) - loss;
  return best(law, root(excess, 0, 600), extra, limit);
}

return { TRAIN, SERVE, lossAt, best, cheapest };
})();
