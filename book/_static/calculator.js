/* Count a model: parameters and training FLOPs of a transformer under the papers' conventions.
   The rules are those of `replication.counting`, to which tests/pages/test_planner.py holds them;
   the page is given their names and what each says. */
window.Calculator = (function () {
"use strict";

const { count, power, make, tabled, form, sharing, each } = window.Instruments;

function parts(s) {
  const projection = s.layers * s.width * s.heads * s.head;
  const embedding = s.vocab * s.width;
  return {
    attention: 2 * projection + 2 * s.layers * s.width * s.kv * s.head,
    feed_forward: (s.gated ? 3 : 2) * s.layers * s.width * s.ffw,
    embedding,
    head: s.tied ? 0 : embedding,
    positions: { none: 0, learned: s.context * s.width, relative: projection }[s.positions],
  };
}

function params(s) {
  const p = parts(s);
  const layers = p.attention + p.feed_forward;
  return {
    total: layers + p.embedding + p.head + p.positions,
    kaplan: layers,
    hoffmann: p.attention + s.layers * s.width * s.heads * s.head + p.feed_forward + p.embedding,
    "porian-no-head": layers,
    "porian-head": layers + p.embedding,
    "porian-attention": layers + p.embedding + s.context * s.heads * s.head * s.layers,
    openlm: layers + 2 * p.embedding + s.width * (2 * s.layers + 1),
  };
}

/* Training FLOPs of a token: a step is three forward passes. */
function flops(s) {
  const [n, all] = [params(s), s.heads * s.head];
  const attention = 2 * s.width * (all + 2 * s.kv * s.head) + 4 * s.context * all + 3 * s.heads * s.context + 2 * all * s.width;
  const exact = 3 * s.layers * (attention + 2 * (s.gated ? 3 : 2) * s.width * s.ffw);
  return {
    "6nd": 6 * n.total,
    kaplan: 6 * n.kaplan,
    "kaplan-context": 6 * n.kaplan + 6 * s.layers * s.context * all,
    hoffmann: exact,
    "hoffmann-text": exact + 12 * s.vocab * s.width,
    "porian-no-head": 6 * n["porian-no-head"],
    "porian-head": 6 * n["porian-head"],
    "porian-attention": 6 * n["porian-attention"],
    palm: 6 * n.total + 12 * s.layers * all * s.context,
  };
}

function fields(data) {
  const whole = { least: 1, most: 1e9, whole: true };
  const number = (key, label, like, more = {}) => ({ key, label, like, start: data.start[key] ?? "", ...whole, ...more });
  return [
    { title: "The model", fields: [
      number("layers", "Layers", "32", { most: 1e5 }),
      number("width", "Width of the residual stream", "4096", { most: 1e6 }),
      number("heads", "Attention heads a layer", "32", { most: 1e5 }),
      number("head", "Width of a head", "128", { most: 1e6, optional: true, help: "leave empty for width / heads" }),
      number("kv", "Heads of keys and values", "8", { most: 1e5, optional: true, help: "if heads of queries share them; leave empty for one each" }),
      number("ffw", "Width of the feed-forward layer", "11008", { most: 1e8 }),
      number("vocab", "Tokens in the vocabulary", "32000"),
      number("context", "Tokens in a training sequence", "2048"),
      { key: "positions", label: "What learns positions", kind: "choice", start: data.start.positions, options: data.positions },
      { key: "gated", label: "gated feed-forward layer: three matrices", kind: "check", start: data.start.gated },
      { key: "tied", label: "output head tied to the embedding", kind: "check", start: data.start.tied },
    ] },
    { title: "The run", fields: [{ key: "tokens", label: "Training tokens", like: "1.4T", start: data.start.tokens, above: 0, most: 1e20 }] },
  ];
}

function table(caption, heads, rows) {
  const lines = rows.map(([first, ...rest]) =>
    make("tr", {}, make("th", { scope: "row" }, make("code", {}, first)), ...rest.map((words) => make("td", {}, words))));
  return tabled(caption, heads, make("tbody", {}, ...lines));
}

function start(host, data) {
  const summary = make("p", { class: "instrument-summary", role: "status" });
  const results = make("div");
  let share = () => {};

  function update(values) {
    share();
    const s = values && { ...values, gated: values.gated === "1", tied: values.tied === "1" };
    if (s) {
      s.head ??= s.width / s.heads;
      s.kv ??= s.heads;
    }
    const whole = (x) => x === Math.floor(x);
    if (!s || !whole(s.head) || !whole(s.heads / s.kv)) {
      summary.textContent = !s
        ? "A field is refused: see the message beside it."
        : whole(s.head)
          ? `${s.heads} heads do not divide into ${s.kv} groups that share keys and values. Correct one of the two.`
          : `The width ${s.width} does not divide into ${s.heads} heads. Give the width of a head, or correct one of the two.`;
      results.replaceChildren();
      return;
    }
    const [n, c, p] = [params(s), flops(s), parts(s)];
    const share_of = (x, whole) => `${((100 * x) / whole).toFixed(1)} %`;
    summary.textContent = `${count(n.total, 4)} parameters are stored. Training on ${count(s.tokens)} tokens, ${count(s.tokens / n.total)} for each, takes ${power(c["6nd"] * s.tokens)} FLOPs by 6ND.`;
    results.replaceChildren(
      table("Where the parameters are", ["part", "parameters", "share"],
        Object.entries(p).map(([name, x]) => [name.replace("_", " "), count(x, 4), share_of(x, n.total)])),
      table("Parameters by convention", ["convention", "parameters", "over all stored", "what it counts"],
        Object.entries(n).map(([name, x]) => [name, count(x, 4), share_of(x, n.total), data.params[name]])),
      table("Training FLOPs by convention", ["convention", "a token", "the run", "over 6ND", "what it counts"],
        Object.entries(c).map(([name, x]) => [name, power(x, 4), power(x * s.tokens, 4), share_of(x, c["6nd"]), data.flops[name]])),
    );
  }

  const made = form(host, fields(data), update, { address: true });
  host.append(summary, results);
  share = sharing(host);
  made.update();
}

each("calculator", start);
return { parts, params, flops };
})();
