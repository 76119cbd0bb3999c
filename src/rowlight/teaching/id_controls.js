// Ids to be changed in a task; after each check, what they bring to each row.

import { make } from "../widgets/dom.js";
import { place } from "../widgets/words.js";
import { readNumbers } from "./grading.js";
import { brief, measured } from "./id_grading.js";

/** Put a field for each id into `box`, and a list of rows below it. Returns a function that reads the ids. */
export function idControls(box, { answer }, check) {
  const { V, shape, start, sent, goal } = answer;
  const speaksOf = (quantity) => goal.some(([one]) => one === quantity);
  const [counts, sums] = [speaksOf("reads"), speaksOf("gradient")];
  const list = make("ul", { className: "rl-rows", "aria-label": "what these ids bring to each row" });

  const fields = start.map((id, i) => {
    const back = sums ? `, sends back ${brief(sent[i])}` : "";
    const label = `${place(shape, i)}: id${back}`;
    return make("input", { type: "text", inputMode: "numeric", autocomplete: "off", value: id, "aria-label": label });
  });
  const idOf = (field) => {
    const numbers = readNumbers(field.value);
    return numbers?.length === 1 ? numbers[0] : Number.NaN;
  };
  const isId = (id) => Number.isInteger(id) && id >= 0 && id < V;

  function edited(field) {
    field.dataset.changed = idOf(field) !== start[fields.indexOf(field)];
    field.setAttribute("aria-invalid", !isId(idOf(field)));
    list.dataset.stale = true; // it speaks of other ids
  }
  function put(field, id) {
    field.value = Math.max(0, Math.min(id, V - 1));
    edited(field);
  }
  const keys = {
    ArrowUp: (field, id) => put(field, id + 1),
    ArrowDown: (field, id) => put(field, id - 1),
    Escape: (field, _, before) => put(field, before),
    Enter: check,
  };
  fields.forEach((field, i) => {
    field.addEventListener("input", () => edited(field));
    field.addEventListener("keydown", (event) => {
      event.stopPropagation(); // a notebook uses these keys as well
      if (!Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key](field, isId(idOf(field)) ? idOf(field) : start[i], start[i]);
    });
  });

  function bring(ids) {
    const { reads, gradient } = measured(answer, ids);
    const item = (_, row) => {
      const said = make("li", {}, make("b", {}, `row ${row}`));
      if (counts) said.append(make("span", {}, ` ${reads[row]} read${reads[row] === 1 ? "" : "s"}`));
      if (sums) said.append(make("span", {}, ` gradient ${brief(gradient[row])}`));
      return said;
    };
    list.replaceChildren(...Array.from({ length: V }, item));
    list.dataset.stale = false;
  }

  const T = shape.at(-1);
  const sentences = Array.from({ length: fields.length / T }, (_, b) => {
    const below = (i) => (sums ? [make("small", { "aria-hidden": true }, brief(sent[i]))] : []);
    const cells = fields.slice(b * T, (b + 1) * T).map((field, t) => make("span", {}, field, ...below(b * T + t)));
    return make("div", { className: "rl-sentence" }, ...cells);
  });
  box.dataset.kind = "ids";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "your answer: ids");
  box.replaceChildren(...sentences);
  if (counts || sums) box.after(list);
  bring(start);
  return () => {
    const ids = fields.map(idOf);
    if (ids.every(isId)) bring(ids);
    return ids;
  };
}
