/* Tables a reader filters and sorts: <table class="filterable">. Without this script the
   whole table is simply there. A header marked data-choose gets a list of its values; a
   cell's data-sort is what it sorts by, where that is not its text.
   Any table that is wider than its place says that it scrolls. */
(function () {
  "use strict";

  function labelled(text, control) {
    const label = document.createElement("label");
    label.append(text, control);
    return label;
  }

  function sortKey(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.sort ?? cell.textContent.trim();
    const number = Number(text);
    return text !== "" && !Number.isNaN(number) ? number : text.toLowerCase();
  }

  function compare(a, b) {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  }

  function enhance(table) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const tools = document.createElement("div");
    tools.className = "table-tools";

    const search = document.createElement("input");
    search.type = "search";
    tools.append(labelled("Filter", search));

    const choices = [];
    heads.forEach((head, column) => {
      if (!head.hasAttribute("data-choose")) return;
      const select = document.createElement("select");
      const values = new Set(rows.map((row) => row.cells[column].textContent.trim()));
      select.append(new Option("all", ""));
      [...values].sort().forEach((value) => select.append(new Option(value, value)));
      tools.append(labelled(head.textContent.trim(), select));
      choices.push([column, select]);
    });

    const count = document.createElement("output");
    tools.append(count);

    function filter() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        const fits =
          words.every((word) => text.includes(word)) &&
          choices.every(([column, select]) =>
            !select.value || row.cells[column].textContent.trim() === select.value);
        row.hidden = !fits;
        shown += fits;
      }
      count.textContent = `${shown} of ${rows.length} rows`;
    }

    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = [...rows].sort((a, b) => compare(sortKey(a, column), sortKey(b, column)));
        body.append(...(down ? sorted.reverse() : sorted));
      });
    });

    search.addEventListener("input", filter);
    choices.forEach(([, select]) => select.addEventListener("change", filter));
    filter();
    table.before(tools);
    const box = document.createElement("div");
    box.className = "table-scroll";
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", table.caption ? table.caption.textContent : "Table");
    table.replaceWith(box);
    box.append(table);
  }

  function sayThatItScrolls(box) {
    if (!box.querySelector("table")) return;
    const cue = document.createElement("p");
    cue.className = "scroll-cue";
    cue.textContent = "The table scrolls sideways.";
    cue.hidden = true;
    box.before(cue);
    new ResizeObserver(() => {
      cue.hidden = box.scrollWidth <= box.clientWidth + 1;
    }).observe(box);
  }

  // A link to a row that is folded or filtered away shows it.
  function showTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.matches("table.filterable tr")) return;
    target.hidden = false;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    target.scrollIntoView({ block: "center" });
  }

  function start() {
    document.querySelectorAll("table.filterable").forEach(enhance);
    const boxes = ".cell_output .text_html, .table-scroll, .pst-scrollable-table-container";
    document.querySelectorAll(boxes).forEach(sayThatItScrolls);
    showTarget();
    window.addEventListener("hashchange", showTarget);
    window.addEventListener("load", showTarget); // figures above it have their height by then
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
