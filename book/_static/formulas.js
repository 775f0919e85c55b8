/* A formula that is wider than its place scrolls: then the keyboard reaches it, too. A line
   never breaks between a formula in a sentence and the punctuation after it. */
(function () {
  "use strict";

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  function keepTogether(formula) {
    const after = formula.nextSibling;
    const marks = after?.nodeType === Node.TEXT_NODE && after.data.match(/^[,.;:!?)\]’”]+/);
    if (!marks) return;
    const together = document.createElement("span");
    together.className = "together";
    formula.replaceWith(together);
    after.splitText(marks[0].length);
    together.append(formula, after);
  }

  const shown = "mjx-container[display='true']";
  window.addEventListener("load", () => {
    const drawn = window.MathJax?.startup?.promise ?? Promise.resolve();
    document.querySelectorAll("span.math").forEach(keepTogether);
    drawn.then(() => document.querySelectorAll(shown).forEach((formula) => sizes.observe(formula)));
  });
})();
