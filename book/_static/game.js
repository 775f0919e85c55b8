/* Spend a budget: the game of `replication.game`, with the same random numbers, so that one seed
   gives everybody the same losses. tests/pages/test_planner.py holds it to the package. */
window.Game = (function () {
"use strict";

const { count, power, make, tabled, form, plot, each } = window.Instruments;
const { TRAIN, lossAt } = window.Laws;

/* mulberry32, begun at a state made of seed and counter. */
function uniform(seed, counter, draw = 0) {
  const start = Math.imul(seed, 0x9e3779b1) + Math.imul(counter, 0x85ebca77) + Math.imul(draw + 1, 0x6d2b79f5);
  const state = start >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1) >>> 0;
  mixed ^= (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) >>> 0;
  mixed >>>= 0;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

function normal(seed, counter) {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(seed, counter, 0)));
  return radius * Math.cos(2 * Math.PI * uniform(seed, counter, 1));
}

function lossOf(data, seed, counter, params, tokens) {
  const law = data.laws[Math.floor(uniform(seed, 0) * data.laws.length)];
  return { law, expected: lossAt(law, Math.log(params), Math.log(tokens)), noise: Math.exp(data.scatter * normal(seed, counter)) };
}

function bought(data, seed, index, params, tokens) {
  const { expected, noise } = lossOf(data, seed, 2 + index, params, tokens);
  return expected * noise;
}

function score(low, high, observed, level) {
  const [a, b, x] = [low, high, observed].map((y) => 100 * Math.log(y));
  return b - a + (2 / (1 - level)) * (Math.max(a - x, 0) + Math.max(x - b, 0));
}

function reveal(data, seed, low, high) {
  const { law, expected, noise } = lossOf(data, seed, 1, ...data.target);
  const observed = expected * noise;
  const half = 1.2815515655446004 * data.scatter;
  return {
    law, expected, observed, score: score(low, high, observed, data.level),
    best: score(expected * Math.exp(-half), expected * Math.exp(half), observed, data.level),
  };
}

/* ---- the page ---- */

function start(host, data) {
  const runs = [];
  let values = null;
  let over = false;
  const said = make("p", { class: "instrument-summary", role: "status" });
  const place = make("div", { class: "instrument-plot" });
  const body = make("tbody");
  const table = tabled("Runs bought", ["run", "parameters", "tokens", "FLOPs", "loss"], body);
  const result = make("p", { class: "instrument-summary", role: "status" });
  const show = plot(place);
  const spent = () => runs.reduce((sum, run) => sum + run.flops, 0);

  const made = form(host, [
    { title: "The game", fields: [
      { key: "seed", label: "Seed, the same for a class", start: "1", like: "7", least: 0, most: 4294967295, whole: true },
    ] },
    { title: "Buy a run", fields: [
      { key: "params", label: "Parameters", start: "100M", like: "100M", least: data.least[0], most: 1e13, slider: { lo: data.least[0], hi: 1e10 } },
      { key: "tokens", label: "Tokens", start: "2B", like: "2B", least: data.least[1], most: 1e15, slider: { lo: data.least[1], hi: 1e12 } },
    ] },
    { title: "Commit to a forecast", fields: [
      { key: "low", label: "Loss of the large run, from", start: "2", like: "2.1", above: 0, most: 20 },
      { key: "high", label: "to (80 %)", start: "3", like: "2.3", above: 0, most: 20 },
    ] },
  ], changed);
  const button = (words, act) => {
    const one = make("button", { type: "button" }, words);
    one.addEventListener("click", act);
    return one;
  };
  const [buy, commit, again] = [button("Buy", purchase), button("Commit", forecast), button("Begin again", reset)];
  const boxes = made.root.querySelectorAll("fieldset");
  boxes[1].append(make("p", { class: "instrument-share" }, buy));
  boxes[2].append(make("p", { class: "instrument-share" }, commit, again));
  const text = make("textarea", { readonly: true, rows: 4, "aria-label": "The runs as comma-separated values" });
const fold = make("details", {}, make("summary", {}, "The runs as text, to copy into a notebook"), text);
host.append(said, place, result, table, fold);

  function changed(now) {
    if (now && values && now.seed !== values.seed && runs.length) reset();
    values = now;
    redraw();
  }

  function purchase() {
    runs.push({
      params: values.params, tokens: values.tokens, flops: TRAIN * values.params * values.tokens,
      loss: bought(data, values.seed, runs.length, values.params, values.tokens),
    });
    redraw();
  }

  function forecast() {
    over = true;
    const found = reveal(data, values.seed, values.low, values.high);
    const inside = values.low <= found.observed && found.observed <= values.high;
    result.replaceChildren(
      `The large run ends at ${found.observed.toFixed(4)}: your interval ${inside ? "holds" : "misses"} it. ` +
      `Your score is ${found.score.toFixed(2)} %, and smaller is better; one who knew the law would have ${found.best.toFixed(2)} %. ` +
      "Hidden was the law of ", make("a", { href: `${found.law.key}.html` }, found.law.name), ".",
    );
    redraw();
  }

  function reset() {
    runs.length = 0;
    over = false;
    result.replaceChildren();
    redraw();
  }

  function redraw() {
    const left = data.purse - spent();
    const cost = values ? TRAIN * values.params * values.tokens : Infinity;
    const fits = cost <= left * (1 + 1e-12) && runs.length < data.most;
    buy.disabled = over || !values || !fits;
    commit.disabled = over || !values || values.low > values.high;
    said.textContent = !values ? "A field is refused: see the message beside it."
      : `${power(left)} of ${power(data.purse)} FLOPs are left. The run in the form costs ${power(cost)}` +
        (fits ? "." : ": too much.") + (values.low > values.high ? " The forecast ends below where it begins." : "");
    body.replaceChildren(...runs.map((run, i) => make("tr", {}, make("th", { scope: "row" }, String(i + 1)),
      ...[count(run.params), count(run.tokens), power(run.flops), run.loss.toFixed(4)].map((words) => make("td", {}, words)))));
    text.value = ["params,tokens,flops,loss", ...runs.map((run) => [run.params, run.tokens, run.flops, run.loss].join())].join("\n");
  const all = runs.map((run) => run.flops).concat(data.purse * 1e-4, 1.3 * TRAIN * data.target[0] * data.target[1]);
    const losses = runs.map((run) => run.loss).concat(2, 3.2);
    const far = TRAIN * data.target[0] * data.target[1];
    const ends = values ? [[far, values.low], [far, values.high]] : [];
    show({
      x: { lo: Math.min(...all), hi: Math.max(...all), log: true, label: "FLOPs", words: (t) => power(t) },
      y: { lo: Math.min(...losses) - 0.2, hi: Math.max(...losses) + 0.1, label: "loss, nats per token", words: String },
      series: [
        { points: runs.map((run) => [run.flops, run.loss]), slot: 0, dots: 4, name: "bought" },
        { points: ends, slot: 1, line: true, dots: 3, name: "forecast" },
        ...(over ? [{ points: [[far, reveal(data, values.seed, 1, 1).observed]], slot: 9, dots: 5, name: "the large run" }] : []),
      ],
      alt: `${runs.length} runs, loss against FLOPs, and the interval for the large run.`,
    });
  }

  made.update();
}

each("game", start);
return { uniform, normal, bought, reveal };
})();
