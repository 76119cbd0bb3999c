// Ids to be changed in a task, and what they bring to each row, at once.

import { make } from "../widgets/dom.js";
import { level } from "../widgets/numbers.js";
import { place } from "../widgets/words.js";
import { areIds, rowSums, shortly } from "./id_goals.js";

/** Put a field for each id into `box`, and a line of what each row gets. Returns a function that reads the ids. */
export function idControls(box, { start, shape, answer }, check) {
  const { V, sent } = answer;
  const most = Math.max(...sent.map(Math.abs)) * Math.min(3, sent.length);
  const fields = start.map((id, i) => {
    const label = `${place(shape, i)}: id`;
    return make("input", { type: "text", inputMode: "numeric", autocomplete: "off", value: id, "aria-label": label });
  });
  const gets = Array.from({ length: V }, () => make("td"));
  const line = (head, cells) => make("tr", {}, make("th", { scope: "row" }, head), ...cells);
  const numbers = gets.map((_, row) => make("th", { scope: "col" }, String(row)));
  const table = make("table", { className: "rl-gets" }, line("row", numbers), line("gets", gets));

  const read = () => fields.map((field) => (field.value.trim() === "" ? Number.NaN : Number(field.value)));
  function show() {
    const ids = read();
    const known = areIds(ids, answer);
    const sums = known ? rowSums(ids, sent, V) : [];
    gets.forEach((cell, row) => {
      cell.textContent = known ? shortly(sums[row]) : "";
      cell.dataset.level = known ? level(sums[row], most) : 0;
    });
  }
  function change(field, by) {
    const id = Number(field.value) + by;
    if (Number.isInteger(id)) field.value = Math.max(0, Math.min(id, V - 1));
    show();
  }
  fields.forEach((field) => {
    field.addEventListener("input", show);
    field.addEventListener("keydown", (event) => {
      event.stopPropagation(); // a notebook runs the cell on some keys
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (by) event.preventDefault();
      if (by) change(field, by);
      else if (event.key === "Enter") check();
    });
  });
  const T = shape.at(-1);
  const sentences = Array.from({ length: fields.length / T }, (_, b) =>
    make("div", { className: "rl-sentence" }, ...fields.slice(b * T, (b + 1) * T)),
  );
  box.dataset.kind = "ids";
  box.replaceChildren(make("div", {}, ...sentences), table);
  show();
  return read;
}
