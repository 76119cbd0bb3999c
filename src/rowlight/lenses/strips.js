// The strips of a lens: a vector for each id, in the shape of the ids, and in numbers what is lit.

import { grouped } from "../widgets/words.js";
import { vectorName } from "./hydrate.js";
import { setLit, setText } from "./view.js";

const MOST_LINES = 6; // as in terminal.py: of more vectors that are lit, the first few are also shown in numbers

/** The numbers of a row or a strip, as they are shown. */
export const textOf = (tr) => [...tr.querySelectorAll("td:not(.rl-uses)")].map((cell) => cell.textContent).join(" ");

/** Say vectors in numbers: for each [name, row or strip] a line. */
export function sayLines(stage, vectors) {
  const lines = vectors.slice(0, MOST_LINES).map(([name, tr]) => `${name}: ${textOf(tr)}`);
  const more = vectors.length > MOST_LINES ? [`… and ${grouped(vectors.length - MOST_LINES)} more`] : [];
  setText(stage.querySelector(".rl-numbers"), [...lines, ...more].join("\n"));
}

/**
 * The strips in `stage`. `label` is what stands before the number of a strip's row, `flats` are the flat indexes of the
 * ids they belong to.
 */
export function stripsOf(stage, stored, label, flats) {
  const strips = [...stage.querySelectorAll(".rl-line tr")];
  return {
    strips,
    /** Show which row each strip belongs to and which are lit; `moved(strip, id)` is called where it is another row. */
    update({ ids, chosen }, moved = () => {}) {
      const lit = new Set(chosen);
      strips.forEach((strip, i) => {
        const flat = flats[i];
        const id = ids[flat];
        if (strip.dataset.row !== String(id)) {
          strip.dataset.row = id;
          const button = strip.querySelector("button");
          setText(button, `${label} ${id}`);
          button.setAttribute("aria-label", vectorName(button.textContent, stored, flat));
          moved(strip, id);
        }
        setLit(strip, lit.has(flat));
      });
    },
    say: (vectors) => sayLines(stage, vectors),
  };
}
