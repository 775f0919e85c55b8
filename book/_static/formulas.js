/* A formula that is wider than its place scrolls: then the keyboard reaches it, too. */
(function () {
  "use strict";

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });

  const shown = "mjx-container[display='true']";
  window.addEventListener("load", () => {
    const drawn = window.MathJax?.startup?.promise ?? Promise.resolve();
    drawn.then(() => document.querySelectorAll(shown).forEach((formula) => sizes.observe(formula)));
  });
})();
