/* Plan your own: every law asked what to train, as `replication.plan` does, to which
   tests/pages/test_planner.py holds it. */
window.Planner = (function () {
"use strict";

const { count, power, make, tabled, form, sharing, plot, each } = Instruments;
const { TRAIN, SERVE, lossAt, best, cheapest } = Laws;
const HOUR = 3600; // seconds

const quantile = (sorted, q) => {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
};

function forecast(source, n, d, loss, level) {
  const { draws, scatter, drift, relative, flops } = source;
  if (drift === null || !draws || !flops) return null;
  const each = scatter.length / draws.E.length;
  const drawn = scatter.map((more, k) => {
    const i = Math.floor(k / each);
    const of = draws.E[i] + draws.A[i] * Math.exp(-draws.alpha[i] * n) + draws.B[i] * Math.exp(-draws.beta[i] * d);
    return relative ? of * Math.exp(more) : of + more;
  });
  drawn.sort((a, b) => a - b);
  const half = 0.5 * Math.log(quantile(drawn, (1 + level) / 2) / quantile(drawn, (1 - level) / 2));
  const decades = Math.max(0, (Math.log(TRAIN) + n + d) / Math.LN10 - Math.log10(flops[1]));
  const reach = Math.hypot(half, drift * decades);
  return [loss * Math.exp(-reach), loss * Math.exp(reach)];
}

const beyond = (value, ends) => (ends ? Math.max(1, value / ends[1], ends[0] / value) : NaN);

function plan(data, { flops = null, loss = null, served = 0, unique = null }) {
  const [extra, limit] = [(served * SERVE) / TRAIN, unique === null ? Infinity : Math.log(unique)];
  return data.sources.map((source) => {
    const row = { law: source.name, source, refusal: "" };
    let found;
    if (source.kind === "line") {
      if (flops === null || served > 0) return { ...row, refusal: "knows budgets for training only" };
      const n = Math.log(source.A) - source.alpha * Math.log(flops);
      found = [n, Math.log(flops / TRAIN) - n];
    } else {
      found = flops === null ? cheapest(source, loss, extra, limit) : best(source, Math.log(flops), extra, limit);
      if (!found) return { ...row, refusal: "loss out of reach" };
    }
    const [n, d] = found;
    if (!(n >= 0 && d >= 0 && Number.isFinite(n + d))) return { ...row, refusal: "no model" };
    const [params, tokens] = [Math.exp(n), Math.exp(d)];
    Object.assign(row, {
      params, tokens, ratio: tokens / params,
      training: TRAIN * params * tokens, serving: SERVE * params * served,
      epochs: unique === null ? NaN : tokens / unique,
    });
    row.flopsBeyond = beyond(row.training, source.flops);
    row.ratioBeyond = beyond(row.ratio, source.ratio);
    if (source.kind !== "line") {
      row.loss = lossAt(source, n, d, limit);
      [row.low, row.high] = forecast(source, n, d, row.loss, data.level) ?? [NaN, NaN];
    }
    return row;
  });
}

function converted(values) {
  const price = (hour, peak, share) => hour / (HOUR * peak * share);
  const { unit } = values;
  if (unit === "flops") return { per: 1, weight: 1 };
  if (unit === "hours") return { per: 1 / (HOUR * values.peak * values.mfu), weight: 1 };
  const train = price(values.price, values.peak, values.mfu);
  const input = price(values.servePrice, values.servePeak, values.inputShare);
  const output = price(values.servePrice, values.servePeak, values.outputShare);
  return { per: train, weight: (input * values.read + output * (1 - values.read)) / train };
}

const UNITS = { flops: "FLOPs", hours: "GPU-hours", dollars: "dollars" };
const LIMITS = {
  flops: { least: 1e12, most: 1e32, like: "1e22", slider: { lo: 1e18, hi: 1e27 } },
  hours: { least: 1e-3, most: 1e16, like: "50000", slider: { lo: 1, hi: 1e9 } },
  dollars: { least: 1e-2, most: 1e16, like: "100000", slider: { lo: 1, hi: 1e9 } },
};

function fields(data) {
  const chips = data.hardware.map((chip) => [chip.name, chip.name]);
  const peak = (name) => data.hardware.find((chip) => chip.name === name);
  const { deployment } = data;
  const share = { above: 0, most: 1, like: "0.4" };
  const paid = (texts) => texts.unit === "dollars";
  const timed = (texts) => texts.unit !== "flops";
  return [
    { title: "What you have, or want", fields: [
      { key: "goal", label: "I have", kind: "choice", start: "budget",
        options: [["budget", "a budget, and want the least loss"], ["loss", "a loss to reach, at the least cost"]] },
      { key: "unit", label: "counted in", kind: "choice", start: "flops", options: Object.entries(UNITS),
        then: (unit, set) => set("budget", { flops: "1e22", hours: "20000", dollars: "40000" }[unit]) },
      { key: "budget", label: "Budget, training and serving", start: "1e22", slider: LIMITS.flops.slider,
        limits: (texts) => LIMITS[texts.unit], when: (texts) => texts.goal === "budget" },
      { key: "loss", label: "Loss to reach, nats per token", start: "2.2", like: "2.2", above: 0, most: 20,
        slider: { lo: 1.7, hi: 4, plain: true }, when: (texts) => texts.goal === "loss" },
      { key: "served", label: "Tokens to serve over the model's life", start: "0", like: "1T", least: 0, most: 1e20,
        slider: { lo: 1e9, hi: 1e16, zero: true } },
      { key: "unique", label: "Unique tokens at hand", start: "", like: "100B", least: 1e3, most: 1e20, optional: true,
        help: "leave empty if there is no limit" },
    ] },
    { title: "Hardware and prices", folded: true, help: data.dated, fields: [
      { key: "chip", label: "Trained on", kind: "choice", start: data.chip, options: chips, when: timed,
        then: (name, set) => set("price", peak(name).price) },
      { key: "mfu", label: "Share of its peak that training reaches", start: String(deployment.mfu), when: timed, ...share },
      { key: "price", label: "Its price, dollars an hour", start: String(peak(data.chip).price), above: 0, most: 1e5, like: "2", when: paid },
      { key: "serveChip", label: "Served on", kind: "choice", start: data.serveChip, options: chips, when: paid,
        then: (name, set) => set("servePrice", peak(name).price) },
      { key: "servePrice", label: "Its price, dollars an hour", start: String(peak(data.serveChip).price), above: 0, most: 1e5, like: "2", when: paid },
      { key: "inputShare", label: "Share of its peak on reading", start: String(deployment.input), when: paid, ...share },
      { key: "outputShare", label: "Share of its peak on writing", start: String(deployment.output), when: paid, ...share },
      { key: "read", label: "Share of the served tokens that is read", start: String(deployment.read), least: 0, most: 1, like: "0.25", when: paid },
    ] },
  ];
}

function asked(data, values) {
  const peak = (name) => data.hardware.find((chip) => chip.name === name).peak;
  const full = { ...values, peak: peak(values.chip), servePeak: peak(values.serveChip) };
  const { per, weight } = converted(full);
  const goal = values.goal === "budget" ? { flops: values.budget / per } : { loss: values.loss };
  return { per, ask: { ...goal, served: values.served * weight, unique: values.unique } };
}

const HEADS = ["law", "parameters N", "tokens D", "D/N", "loss, 80 % forecast", "training", "serving", "to know"];

function notes(row) {
  const said = [];
  const out = (words, factor) => factor > 1.001 && said.push(`${words} ×${count(factor, 2)} outside its runs`);
  out("compute", row.flopsBeyond);
  out("D/N", row.ratioBeyond);
  if (row.source.kind === "line" && !row.source.flops) said.push("its runs are not public");
  if (row.epochs > 1.001) {
    said.push(`reads your text ${count(row.epochs, 2)} times, ` +
      (row.source.kind === "repeats" ? "priced by this law" : "taken for new text each time"));
  }
  return said;
}

function cells(row, money) {
  const band = make("small", {}, row.low > 0 ? `${row.low.toFixed(2)} to ${row.high.toFixed(2)}` : "");
  const loss = [row.loss?.toFixed(3) ?? "–", make("br"), band];
  const plain = [row.params, row.tokens, row.ratio].map((x) => [count(x)]);
  return [...plain, loss, [money(row.training)], [money(row.serving)]];
}

function curves(rows, ask, slots) {
  const extra = (ask.served * SERVE) / TRAIN;
  const limit = ask.unique === null ? Infinity : Math.log(ask.unique);
  const known = rows.filter((row) => !row.refusal && row.source.kind !== "line");
  const series = [];
  for (const row of known) {
    const n0 = Math.log(row.params);
    const C = row.training + TRAIN * row.params * extra;
    const points = [];
    for (let k = -60; k <= 60; k++) {
      const n = n0 + k * 0.06;
      const tokens = C / (TRAIN * Math.exp(n)) - extra;
      if (tokens <= 0) break;
      points.push([Math.exp(n), lossAt(row.source, n, Math.log(tokens), limit) - row.loss]);
    }
    const slot = slots[row.law];
    series.push({ points, slot, line: true, dashed: slot % 2 === 1, name: row.law });
  }
  const marks = rows.filter((row) => !row.refusal).map((row) => ({
    points: [[row.params, 0]], slot: slots[row.law], dots: row.source.kind === "line" ? 4 : 5,
    hollow: row.flopsBeyond > 1.001 || row.ratioBeyond > 1.001, name: row.law,
  }));
  return [...series, ...marks];
}

function start(host, data) {
  const slots = Object.fromEntries(data.sources.map((source, i) => [source.name, source.kind === "line" ? 8 : i % 8]));
  slots.Muennighoff = 9;
  const place = make("div", { class: "instrument-plot" });
  const summary = make("p", { class: "instrument-summary", role: "status" });
  const body = make("tbody");
  const box = tabled("What each law would train", HEADS, body);
  const show = plot(place);
  let share = () => {};

  function update(values) {
    share();
    if (!values) {
      summary.textContent = "A field is refused: see the message beside it.";
      body.replaceChildren();
      place.replaceChildren();
      return;
    }
    const { per, ask } = asked(data, values);
    const rows = plan(data, ask);
    const money = (flops) => (values.unit === "flops" ? power(flops) : values.unit === "hours" ? count(flops * per) + " h" : "$" + count(flops * per));
    body.replaceChildren(...rows.map((row) => {
      const name = make("th", { scope: "row" }, make("span", { class: `swatch s${slots[row.law]}`, "aria-hidden": "true" }), make("a", { href: `../notebooks/${row.source.key}.html` }, row.law));
      if (row.refusal) return make("tr", { class: "refused" }, name, make("td", { colspan: 7 }, row.refusal));
      const said = notes(row);
      const last = make("td", { class: said.length > 0 && "beyond" }, said.join("; "));
      return make("tr", {}, name, ...cells(row, money).map((words) => make("td", {}, ...words)), last);
    }));
    const good = rows.filter((row) => !row.refusal);
    const sizes = good.map((row) => row.params);
    const inside = good.filter((row) => row.flopsBeyond <= 1.001 && !(row.ratioBeyond > 1.001));
    if (!good.length) {
      summary.textContent = "No law has an answer: each row says why.";
      place.replaceChildren();
      return;
    }
    const span = `${count(Math.min(...sizes), 2)} to ${count(Math.max(...sizes), 2)} parameters`;
    summary.textContent = `${good.length} of ${rows.length} laws answer, with ${span}. ` +
      (inside.length ? `${inside.length} of them ${inside.length === 1 ? "has" : "have"} runs on both sides of the answer.` : "All of them extrapolate.");
    show({
      x: { lo: Math.min(...sizes) / 4, hi: Math.max(...sizes) * 4, log: true, label: "parameters", words: (t) => count(t, 2) },
      y: { lo: -0.005, hi: 0.12, label: "nats above the law's best", words: String },
      series: curves(rows, ask, slots),
      alt: `Loss above the best of each law against parameters. Best sizes: ${good.map((row) => `${row.law} ${count(row.params, 2)}`).join(", ")}.`,
    });
  }

  const made = form(host, fields(data), update, { address: true });
  host.append(summary, place, make("p", { class: "instrument-key" },
    "Curves: what other sizes of the same cost lose. Dots: the best size, hollow where the law extrapolates, grey for lines."), box);
  share = sharing(host);
  made.update();
}

each("planner", start);
return { plan, converted };
})();
