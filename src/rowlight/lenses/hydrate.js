// Bring the stored html of a lens to life: buttons where there is something to pick, and a line that says what to try.

import { make } from "../widgets/dom.js";
import { flatIndex, idName, place, quoted } from "../widgets/words.js";

/** [1, 0] of "1,0"; [] of "". */
export const parsePosition = (text) => (text ? text.split(",").map(Number) : []);

/** The accessible name of a strip: `label`, which its button shows, and its place. */
export function vectorName(label, { shape, axes }, flat) {
  const at = place(shape, flat, axes);
  return at ? `${label}: ${at}` : label;
}

/** The accessible name of an id; `piece` is its token, where one stands beside it. */
export const idLabel = ({ shape, axes }, flat, id, piece) => idName(shape, flat, id, axes) + quoted(piece || undefined);

/** The accessible name of what a reader can pick in the row `tr`. */
function pickName(span, stored) {
  const { dataset, textContent: label } = span;
  const { shape, axes } = stored;
  const tr = span.closest("tr");
  if (dataset.sentence !== undefined) return `${axes[0]} ${label}`;
  if (tr.dataset.sentence !== undefined) return `output of ${label}`;
  const { position, id } = { ...tr.dataset, ...dataset };
  if (position === undefined) return `row ${label}`;
  const flat = flatIndex(shape, parsePosition(position));
  if (id === undefined) return vectorName(label, stored, flat);
  return idLabel(stored, flat, id, span.closest("td").querySelector(".rl-piece")?.textContent);
}

/** `hint` is the line that says what to try. */
export function hydrate(root, stored, hint) {
  for (const mark of root.querySelectorAll("mark")) mark.replaceWith(...mark.childNodes); // the style sheet takes over
  for (const span of root.querySelectorAll("span.rl-pick")) {
    const name = pickName(span, stored);
    const button = make("button", { type: "button", className: "rl-pick", "aria-label": name }, ...span.childNodes);
    Object.assign(button.dataset, span.dataset);
    span.replaceWith(button);
  }
  root.querySelector(".rl-hint").textContent = hint;
}
