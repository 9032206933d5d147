"use strict";
// Sorts and filters the inventory. Without it the page is the same, as one long table.
(() => {
  const table = document.querySelector("table.inventory");
  if (!table) return;
  const body = table.tBodies[0];
  const form = document.querySelector("form.filters");
  const tiles = document.querySelectorAll(".tiles a");
  // Reasons are left out: that of one place may name the image of another.
  const told = "td:nth-child(-n + 2), td:last-child, td ins, td del, td span:not(.why)";
  const rows = Array.from(body.rows, (row) => ({
    row,
    text: Array.from(row.querySelectorAll(told), (part) => part.textContent).join(" ").toLowerCase(),
    cells: Array.from(row.cells, (cell) => cell.textContent),
    marks: row.dataset.marks.split(" "),
  }));

  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const registry = form.elements.registry.value;
    const policy = form.elements.policy.value;
    const only = form.elements.only.value;
    let shown = 0;
    for (const { row, text, marks } of rows) {
      const fits =
        words.every((word) => text.includes(word)) &&
        (!registry || row.dataset.registry === registry) &&
        (!policy || row.dataset.policy === policy) &&
        (!only || marks.includes(only));
      row.hidden = !fits;
      shown += fits;
    }
    form.elements.shown.value = `${shown} of ${rows.length} places`;
    form.classList.toggle("all", shown === rows.length); // paper says what is left out
    tiles.forEach((tile) => tile.setAttribute("aria-current", tile.dataset.only === only));
  };

  const compare = new Intl.Collator(undefined, { numeric: true }).compare;
  const heads = Array.from(table.tHead.rows[0].cells);
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((one, other) => (down ? -1 : 1) * compare(one.cells[column], other.cells[column]));
      body.append(...rows.map(({ row }) => row));
    });
  });

  form.addEventListener("input", filter);
  form.addEventListener("change", filter);
  form.addEventListener("reset", () => setTimeout(filter)); // the fields are reset after the event
  tiles.forEach((tile) =>
    tile.addEventListener("click", () => {
      form.reset();
      form.elements.only.value = tile.dataset.only;
      filter();
    }));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();

  // Paper has no way to open what is closed.
  const closed = () => document.querySelectorAll("details:not([open])");
  addEventListener("beforeprint", () => closed().forEach((one) => { one.open = true; one.dataset.opened = ""; }));
  addEventListener("afterprint", () =>
    document.querySelectorAll("details[data-opened]").forEach((one) => { one.open = false; delete one.dataset.opened; }));
})();
