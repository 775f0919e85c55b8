/* Cards of terms open by style alone. Here, Escape closes them; and where nothing can hover,
   the first tap opens the card and the second follows the link. */
(function () {
  "use strict";

  const open = () => document.querySelectorAll(".term:is(:hover, :focus-within)");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open().forEach((term) => term.classList.add("closed"));
  });
  document.querySelectorAll(".term").forEach((term) => {
    ["mouseleave", "focusout"].forEach((end) =>
      term.addEventListener(end, () => term.classList.remove("closed", "tapped")),
    );
    term.firstElementChild.addEventListener("click", (event) => {
      if (!matchMedia("(hover: none)").matches || term.classList.contains("tapped")) return;
      event.preventDefault();
      event.currentTarget.focus();
      term.classList.add("tapped");
    });
  });
})();
