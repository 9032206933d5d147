// The field above the table of kinds shows only rows that have all words in it.
"use strict";
const filter = document.querySelector(".kinds-filter");
if (filter) {
  const bodies = groups(document.querySelector("table.kinds tbody"));
  const field = filter.querySelector("input");
  const count = filter.querySelector("output");
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { text, rows } of bodies) {
      const fits = words.every((word) => text.includes(word));
      shown += fits;
      for (const row of rows) row.hidden = !fits;
    }
    count.textContent = `${shown} of ${bodies.length} kinds`;
  };
  field.addEventListener("input", show);
  filter.hidden = false;
  show();
}

// The rows of each kind: the first one has its name.
function groups(body) {
  const found = [];
  for (const row of body.rows) {
    if (row.querySelector("th")) found.push({ text: "", rows: [] });
    const last = found[found.length - 1];
    last.rows.push(row);
    last.text += row.textContent.toLowerCase() + " ";
  }
  return found;
}
