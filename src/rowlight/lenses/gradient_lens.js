// The Gradient Lens: what arrives at each id's place comes back to the rows, and follows every change of the ids.

import { level, printed } from "../widgets/numbers.js";
import { drawnGradient, madeOf } from "./gradient.js";
import { stripsOf } from "./strips.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, setNumber } from "./view.js";

function gradient({ stage, stored, rows, flats }) {
  const { grad_output: gradOutput, style, most, padding, by_frequency: byFrequency } = stored;
  const { strips, update, say } = stripsOf(stage, stored, "to row", flats);
  const cells = new Map([...rows].map(([row, tr]) => [row, numbersOf(tr)]));
  let shownIds = strips.map((strip) => strip.dataset.row).join();

  function addUp(ids) {
    const sums = drawnGradient(ids, gradOutput, rows.keys(), { padding, byFrequency });
    for (const row of rows.keys()) {
      cells.get(row).forEach((cell, column) => {
        const text = printed(sums.get(row)?.[column] ?? 0, style);
        setNumber(cell, [text, level(Number(text), most)]);
      });
    }
  }
  return {
    end: (i) => strips[i],
    comesBack: true,
    note: (count, row) => madeOf(count, row === padding, byFrequency),
    update(shown) {
      if (shownIds !== shown.ids.join()) addUp(shown.ids);
      shownIds = shown.ids.join();
      update(shown);
      say(shown.chosen.map((flat) => [`to row ${shown.ids[flat]}`, strips[flat]]));
    },
  };
}

export const gradientLens = { render: (context) => renderLens(context, gradient) };
export default gradientLens;
