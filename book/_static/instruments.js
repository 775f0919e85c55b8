/* What the pages that compute share: numbers as people write them, fields that refuse beside
   themselves, a state in the address, and a small plot. Classic scripts work from a file, too. */
window.Instruments = (function () {
"use strict";

const SUFFIX = { "": 1, k: 1e3, M: 1e6, B: 1e9, T: 1e12, "%": 1e-2 };
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([kMBT%]?)$/;
const SVG = "http://www.w3.org/2000/svg";

/* {value} or {error}. A spec says least, most, above (not included), whole, optional. */
function parse(text, spec) {
  const written = String(text).trim();
  if (written === "") {
    return spec.optional ? { value: null } : { error: "Empty: a number is needed, such as " + spec.like + "." };
  }
  const found = NUMBER.exec(written.replace(/[\u2009\u00a0_ ]/g, ""));
  if (!found) {
    const hint = /\d,\d/.test(written) ? "Leave the commas out" : "Write it as " + spec.like;
    return { error: `“${written.slice(0, 30)}” is no number. ${hint}.` };
  }
  const value = Number(found[1]) * SUFFIX[found[2]];
  const no = (words) => ({ error: `${written} ${words}` });
  if (!Number.isFinite(value)) return no("is more than a computer's number can hold.");
  if (spec.above !== undefined && value <= spec.above) {
    return no(`is too small: more than ${plain(spec.above)} is needed.`);
  }
  if (spec.least !== undefined && value < spec.least) {
    return no(`is too small: ${plain(spec.least)} is the least.`);
  }
  if (spec.most !== undefined && value > spec.most) {
    return no(`is too large: ${plain(spec.most)} is the most.`);
  }
  if (spec.whole && value !== Math.floor(value)) return no("is no whole number.");
  return { value };
}

const superscript = (n) => String(n).replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻");

function power(x, digits = 3) {
  if (x === 0) return "0";
  const [head, tail] = x.toExponential(digits - 1).split("e");
  const short = head.includes(".") ? head.replace(/\.?0+$/, "") : head;
  return (short === "1" ? "" : short + " × ") + "10" + superscript(Number(tail));
}

function plain(x) {
  return x !== 0 && (Math.abs(x) >= 1e6 || Math.abs(x) < 1e-3) ? power(x) : String(x);
}

/* 7.1B, 350M, 1.4T; powers of ten beyond. */
function count(x, digits = 3) {
  if (!Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const step = Math.floor(Math.log10(Number(Math.abs(x).toPrecision(digits))) / 3);
  if (step > 4 || step < 0) return step === -1 ? String(Number(x.toPrecision(digits))) : power(x, digits);
  return Number((x / 10 ** (3 * step)).toPrecision(digits)) + ["", "k", "M", "B", "T"][step];
}

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function tabled(caption, heads, body) {
  const head = make("tr", {}, ...heads.map((words) => make("th", { scope: "col" }, words)));
  const table = make("table", { class: "listing instrument-table" });
  table.append(make("caption", {}, caption), make("thead", {}, head), body);
  return make("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": caption }, table);
}

let serial = 0;

/* A form of fields {key, label, start, ...}: numbers with the spec of `parse` and maybe slider {lo,
   hi}, kind "choice" with options, or "check". `changed` gets the values, null if one is refused. */
function form(host, groups, changed, { address = false } = {}) {
  const fields = {};
  const root = make("form", { class: "instrument-form", autocomplete: "off" });
  root.addEventListener("submit", (event) => event.preventDefault());

  function add(into, spec) {
    const id = `instrument-${++serial}`;
    const box = make("div", { class: "instrument-field" });
    const field = { spec, box, id, text: spec.start };
    const label = make("label", { for: id }, spec.label);
    if (spec.kind === "choice") {
      field.input = make("select", { id });
      for (const [value, words] of spec.options) field.input.append(new Option(words, value));
    } else if (spec.kind === "check") {
      field.input = make("input", { id, type: "checkbox" });
    } else {
      field.input = make("input", { id, type: "text", size: 9, spellcheck: "false", "aria-describedby": id + "-said" });
    }
    box.append(...(spec.kind === "check" ? [field.input, label] : [label, field.input]));
    if (spec.slider) {
      field.slider = make("input", {
        type: "range", min: 0, max: 1000, step: spec.slider.lo === 0 ? 1000 / spec.slider.hi : 1, "aria-label": spec.label + " (slider)",
      });
      box.append(field.slider);
      field.slider.addEventListener("input", () => {
        field.input.value = field.text = slid(Number(field.slider.value), spec.slider);
        update();
      });
    }
    if (spec.help) box.append(make("small", {}, spec.help));
    field.said = make("p", { id: id + "-said", class: "instrument-said", role: "status" });
    box.append(field.said);
    const event = spec.kind === "choice" || spec.kind === "check" ? "change" : "input";
    field.input.addEventListener(event, () => {
      field.text = spec.kind === "check" ? (field.input.checked ? "1" : "") : field.input.value;
      spec.then?.(field.text, set);
      update();
    });
    into.append(box);
    fields[spec.key] = field;
    show(field);
  }

  function slid(at, slider) {
    if (slider.lo === 0) return String(Math.round((slider.hi * at) / 1000));
    if (slider.zero) {
      if (at === 0) return "0";
      at = (at - 1) * (1000 / 999);
    }
    const x = slider.lo * (slider.hi / slider.lo) ** (at / 1000);
    const [head, tail] = x.toExponential(2).split("e");
    return slider.plain ? String(Number(x.toPrecision(4))) : `${Number(head)}e${Number(tail)}`;
  }

  function show(field) {
    if (field.spec.kind === "check") field.input.checked = field.text === "1";
    else field.input.value = field.text;
  }

  function set(key, text) {
    fields[key].text = String(text);
    show(fields[key]);
  }

  function read() {
    const values = {};
    let refused = false;
    const texts = Object.fromEntries(Object.entries(fields).map(([key, f]) => [key, f.text]));
    for (const [key, field] of Object.entries(fields)) {
      const { spec } = field;
      field.box.hidden = spec.when ? !spec.when(texts) : false;
      const limits = spec.limits ? { ...spec, ...spec.limits(texts) } : spec;
      const found = spec.kind ? { value: field.text } : parse(field.text, limits);
      const error = field.box.hidden ? "" : (found.error ?? "");
      if (field.said.textContent !== error) field.said.textContent = error;
      field.input.toggleAttribute("aria-invalid", false);
      if (error) field.input.setAttribute("aria-invalid", "true");
      refused ||= error !== "";
      values[key] = found.error ? null : found.value;
      if (field.slider) {
        const { lo, hi, zero } = limits.slider;
        spec.slider = limits.slider;
        const x = Math.min(hi, Math.max(lo, found.value ?? lo));
        const at = 1000 * (lo === 0 ? x / hi : Math.log(x / lo) / Math.log(hi / lo));
        field.slider.value = zero && !(found.value > 0) ? 0 : zero ? 1 + at * 0.999 : at;
        field.slider.setAttribute("aria-valuetext", field.text);
      }
    }
    return [refused ? null : values, texts];
  }

  const redraw = () => changed(...read());

  function update() {
    if (address) write(read()[1]);
    redraw();
  }

  function write(texts) {
    const kept = new URLSearchParams();
    for (const [key, field] of Object.entries(fields)) {
      if (texts[key] !== field.spec.start) kept.set(key, texts[key]);
    }
    const hash = kept.size ? "#" + kept : "#";
    try {
      history.replaceState(null, "", hash);
    } catch {
      location.replace(hash);
    }
  }

  function restore() {
    const given = new URLSearchParams(location.hash.slice(1));
    if (location.hash.length > 1 && ![...given.keys()].some((key) => key in fields)) return false;
    for (const [key, field] of Object.entries(fields)) {
      const text = (given.get(key) ?? field.spec.start).slice(0, 60);
      const known = field.spec.kind !== "choice" || field.spec.options.some(([value]) => value === text);
      set(key, known ? text : field.spec.start);
    }
    return true;
  }

  for (const group of groups) {
    let into = make("fieldset", {}, make("legend", {}, group.title));
    root.append(into);
    if (group.folded) {
      const fold = make("details", {}, make("summary", {}, group.title));
      into.replaceWith(fold);
      into = make("div", { class: "instrument-folded" });
      fold.append(into);
    }
    if (group.help) into.append(make("p", {}, group.help));
    group.fields.forEach((spec) => add(into, spec));
  }
  host.append(root);
  if (address) {
    restore();
    addEventListener("hashchange", () => restore() && redraw());
  }
  return { update: redraw, root };
}

/* A link to the page as it is, to copy. */
function sharing(host) {
  const link = make("input", { type: "text", readonly: true, "aria-label": "Link to this state of the page" });
  const button = make("button", { type: "button" }, "Copy the link");
  const said = make("span", { role: "status" });
  button.addEventListener("click", async () => {
    link.value = location.href;
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Press Ctrl+C or ⌘C.";
    }
  });
  host.append(make("p", { class: "instrument-share" }, link, button, said));
  return () => {
    link.value = location.href;
    said.textContent = "";
  };
}

function draw(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function ticks({ lo, hi, log }, most) {
  const found = [];
  if (log) {
    const decades = Math.log10(hi / lo);
    const heads = decades < 1.2 ? [1, 2, 3, 5, 7] : decades < 2.5 ? [1, 3] : [1];
    const step = Math.max(1, Math.ceil(decades / most));
    for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e++) {
      if (e % step) continue;
      for (const head of heads) found.push(head * 10 ** e);
    }
  } else {
    const rough = (hi - lo) / most;
    const base = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * base).find((s) => s >= rough);
    for (let k = Math.ceil(lo / step); k * step <= hi + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  }
  return found.filter((t) => t >= lo * (1 - 1e-9) - (log ? 0 : 1e-12) && t <= hi * (1 + 1e-9));
}

/* A plot that fills its host: axes {lo, hi, log, label, words}, series {points, slot, line, dots}. */
function plot(host) {
  let last = null;
  const clip = `instrument-clip-${++serial}`;

  function show(spec) {
    last = spec;
    const wide = Math.max(280, host.clientWidth || 640);
    const [W, H] = [wide, Math.min(400, Math.max(270, wide * 0.6))];
    const [left, right, top, bottom] = [58, 14, 12, 46];
    const svg = draw("svg", { viewBox: `0 0 ${W} ${H}`, width: W, height: H, role: "img", "aria-label": spec.alt });
    const at = (axis, from, to) => (v) =>
      from + (to - from) * (axis.log ? Math.log(v / axis.lo) / Math.log(axis.hi / axis.lo) : (v - axis.lo) / (axis.hi - axis.lo));
    const [X, Y] = [at(spec.x, left, W - right), at(spec.y, H - bottom, top)];
    for (const t of ticks(spec.x, W / 70)) {
      svg.append(draw("line", { class: "grid", x1: X(t), x2: X(t), y1: top, y2: H - bottom }));
      svg.append(draw("text", { x: X(t), y: H - bottom + 16, "text-anchor": "middle" }, spec.x.words(t)));
    }
    for (const t of ticks(spec.y, H / 60)) {
      svg.append(draw("line", { class: "grid", x1: left, x2: W - right, y1: Y(t), y2: Y(t) }));
      svg.append(draw("text", { x: left - 6, y: Y(t) + 4, "text-anchor": "end" }, spec.y.words(t)));
    }
    svg.append(draw("text", { x: (left + W - right) / 2, y: H - 8, "text-anchor": "middle" }, spec.x.label));
    const middle = (top + H - bottom) / 2;
    svg.append(draw("text", { x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, spec.y.label));
    const window = draw("clipPath", { id: clip });
    window.append(draw("rect", { x: left, y: top - 4, width: W - left - right, height: H - top - bottom + 8 }));
    const inside = draw("g", { "clip-path": `url(#${clip})` });
    svg.append(window, inside);
    for (const one of spec.series) {
      const group = draw("g", { class: `series s${one.slot}${one.faint ? " faint" : ""}` });
      if (one.name) group.append(draw("title", {}, one.name));
      const points = one.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
      if (one.line) {
        const d = points.map(([x, y], i) => `${i ? "L" : "M"}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`).join("");
        if (d) group.append(draw("path", { d, class: one.dashed ? "dashed" : "" }));
      }
      if (one.dots) {
        for (const [x, y] of points) {
          group.append(draw("circle", { cx: X(x).toFixed(1), cy: Y(y).toFixed(1), r: one.dots, class: one.hollow ? "hollow" : "" }));
        }
      }
      inside.append(group);
    }
    host.replaceChildren(svg);
  }

  new ResizeObserver(() => {
    const svg = host.firstElementChild;
    if (last && svg && Math.abs(svg.getAttribute("width") - host.clientWidth) > 8) show(last);
  }).observe(host);
  return show;
}

/* Call `start` for each instrument of a name, with its place and its data. */
function each(name, start) {
  const begin = () =>
    document.querySelectorAll(`.instrument[data-instrument="${name}"]`).forEach((host) => {
      const data = host.querySelector('script[type="application/json"]');
      start(host, data ? JSON.parse(data.textContent) : null);
      host.classList.add("works");
    });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
}

return { parse, count, power, make, tabled, form, sharing, plot, each };
})();
