/* Figures of the chapters that a reader moves. Each has one slider, one plot and one sentence;
   the figure above it in the chapter is its twin on paper. */
(function () {
"use strict";

const { count, power, make, form, plot, each } = window.Instruments;
const { TRAIN, SERVE, lossAt, best, cheapest } = window.Laws;

/* Points of a curve over a range in logarithms. */
function curve(lo, hi, of, n = 120) {
  const found = [];
  for (let k = 0; k <= n; k++) {
    const x = Math.exp(lo + ((hi - lo) * k) / n);
    const y = of(Math.log(x));
    if (Number.isFinite(y)) found.push([x, y]);
  }
  return found;
}

function figure(name, title, field, redraw) {
  each(name, (host, data) => {
    const place = make("div", { class: "instrument-plot" });
    const said = make("p", { class: "instrument-summary", role: "status" });
    const show = plot(place);
    const spec = { key: "at", ...field(data) };
    const made = form(host, [{ title, fields: [spec] }], (values) => {
      if (!values) return;
      const { sentence, ...drawn } = redraw(data, values.at);
      said.textContent = sentence;
      show({ ...drawn, alt: sentence });
    });
    host.append(said, place);
    made.update();
  });
}

const axis = (lo, hi, label, words = (t) => count(t, 2)) => ({ lo, hi, log: true, label, words });

figure("isoflop", "Move the budget along the curves",
  () => ({ label: "Budget in FLOPs", start: "1e21", like: "1e21", least: 1e18, most: 1e23, slider: { lo: 6e18, hi: 3e21 } }),
  ({ budgets, law }, flops) => {
    const [n, d] = best(law, Math.log(flops), 0, Infinity);
    const along = (C) => curve(Math.log(4e7), Math.log(2e10), (m) => lossAt(law, m, Math.log(C / TRAIN) - m));
    const near = budgets.filter((one) => Math.abs(Math.log(one.flops / flops)) < 0.3);
    return {
      x: axis(4e7, 2e10, "parameters"),
      y: { lo: 2, hi: 3.7, label: "loss, nats per token", words: String },
      series: [
        ...budgets.map((one) => ({ points: one.runs, slot: 8, dots: 2.5, faint: true })),
        ...near.map((one) => ({ points: one.runs, slot: 1, dots: 3.5, name: `runs at ${power(one.flops)} FLOPs` })),
        { points: along(flops), slot: 0, line: true },
        { points: [[Math.exp(n), lossAt(law, n, d)]], slot: 0, dots: 6 },
      ],
      sentence: `At ${power(flops)} FLOPs the law is lowest at ${count(Math.exp(n))} parameters on ${count(Math.exp(d))} tokens, ` +
        `${count(Math.exp(d - n))} for each, with a loss of ${lossAt(law, n, d).toFixed(3)}. ` +
        (near.length ? "Orange: the runs of this budget." : "No runs have this budget."),
    };
  });

figure("demand", "Move the demand",
  () => ({ label: "Tokens served", start: "2T", like: "2T", least: 0, most: 1e16, slider: { lo: 1e10, hi: 1e15, zero: true } }),
  ({ law, loss, params }, served) => {
    const cost = (m, T) => {
      const left = loss - law.E - law.A * Math.exp(-law.alpha * m);
      const tokens = left > 0 ? (law.B / left) ** (1 / law.beta) : Infinity;
      return Math.exp(m) * (TRAIN * tokens + SERVE * T);
    };
    const [n] = cheapest(law, loss, (served * SERVE) / TRAIN, Infinity);
    const [least, usual] = [cost(n, served), cost(Math.log(params), served)];
    const over = (T) => {
      const low = cost(cheapest(law, loss, (T * SERVE) / TRAIN, Infinity)[0], T);
      return curve(Math.log(2.5e9), Math.log(6e10), (m) => cost(m, T) / low);
    };
    return {
      x: axis(2.5e9, 6e10, "parameters"),
      y: { lo: 0.96, hi: 2, label: "lifetime FLOPs over the least", words: String },
      series: [
        { points: over(0), slot: 8, line: true, dashed: true, name: "training alone" },
        { points: over(served), slot: 0, line: true },
        { points: [[Math.exp(n), 1]], slot: 0, dots: 6 },
      ],
      sentence: `To serve ${count(served)} tokens at the quality of a Chinchilla model of ${count(params)}, the cheapest model has ` +
        `${count(Math.exp(n))} parameters. It saves ${(100 * (1 - least / usual)).toFixed(0)} % of the FLOPs. Dashed: training alone.`,
    };
  });

figure("outliers", "Leave out runs, one by one",
  ({ laws, chosen }) => ({ label: "Runs left out", start: String(chosen), like: "5", least: 0, most: laws.length - 1, whole: true,
    slider: { lo: 0, hi: laws.length - 1, plain: true } }),
  ({ runs, laws, flops }, dropped) => {
    const law = laws[dropped];
    const ratio = (logC) => {
      const [n, d] = best(law, logC, 0, Infinity);
      return Math.exp(d - n);
    };
    return {
      x: axis(1e18, 1e25, "FLOPs", (t) => power(t)),
      y: axis(0.1, 500, "tokens per parameter"),
      series: [
        { points: runs.slice(dropped), slot: 8, dots: 2.5, faint: true },
        { points: runs.slice(0, dropped), slot: 1, dots: 4, hollow: true, name: "left out" },
        { points: curve(Math.log(1e18), Math.log(1e25), ratio), slot: 0, line: true },
        { points: [[flops, ratio(Math.log(flops))]], slot: 0, dots: 6, name: "Chinchilla's compute" },
      ],
      sentence: `Without the ${dropped} largest losses the fit has α = ${law.alpha.toFixed(3)} and β = ${law.beta.toFixed(3)}, and asks for ` +
        `${count(ratio(Math.log(flops)))} tokens per parameter at Chinchilla's compute.`,
    };
  });

figure("repeats", "Move the heap of text",
  ({ unique }) => ({ label: "Unique tokens", start: count(unique), like: "25B", least: 1e8, most: 1e13, slider: { lo: 1e9, hi: 1e12 } }),
  ({ law, flops }, unique) => {
    const [pairs, limit] = [Math.log(flops / TRAIN), Math.log(unique)];
    const bare = { ...law, R_D_star: undefined };
    const [n, d] = best(law, Math.log(flops), 0, limit);
    const of = (one, cap) => curve(Math.log(3e8), Math.log(3e11), (m) => lossAt(one, m, pairs - m, cap));
    const fresh = best(bare, Math.log(flops), 0, Infinity)[0];
    return {
      x: axis(3e8, 3e11, "parameters"),
      y: { lo: 2.1, hi: 3.2, label: "loss, nats per token", words: String },
      series: [
        { points: of(bare, Infinity), slot: 8, line: true, dashed: true, name: "as if all were new" },
        { points: of(law, limit), slot: 0, line: true },
        { points: [[Math.exp(n), lossAt(law, n, d, limit)]], slot: 0, dots: 6 },
      ],
      sentence: `With ${count(unique)} unique tokens and ${power(flops)} FLOPs, the law trains ${count(Math.exp(n))} parameters for ` +
        `${count(Math.max(1, Math.exp(d) / unique))} epochs, to a loss of ${lossAt(law, n, d, limit).toFixed(3)}. ` +
        `Dashed: as if every token were new (${count(Math.exp(fresh))} parameters).`,
    };
  });
})();
