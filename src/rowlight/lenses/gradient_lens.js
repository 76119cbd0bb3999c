// The Gradient Lens: its third table is the gradient of the table, and follows every change of the ids.

import { madeOf, tableGradient } from "./gradient.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, setCell, setText } from "./view.js";
import { level, printed } from "../widgets/numbers.js";

function gradient({ state, parts, light }) {
  const { upstream, columns, style, most, padding, byFrequency, double } = state;
  const options = { D: columns.filter((column) => column !== null).length, padding, byFrequency, double };
  const rows = new Map([...parts[2].querySelectorAll("tr[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));
  const cells = new Map([...rows].map(([row, tr]) => [row, numbersOf(tr).slice(0, columns.length)]));
  let painted = [...parts[0].querySelectorAll("[data-id]")].map((button) => button.dataset.id).join();

  return {
    end: (flat, id) => rows.get(id),
    paint(ids, chosen, litRows, uses) {
      if (painted !== ids.join()) {
        const sums = tableGradient(ids, upstream, rows.keys(), options);
        for (const [row, tr] of rows) {
          const count = uses.get(row) ?? 0;
          tr.dataset.uses = count;
          setText(tr.lastElementChild, madeOf(count, row === padding, byFrequency));
          cells.get(row).forEach((cell, at) => {
            if (columns[at] === null) return;
            const sum = sums.get(row)[columns[at]];
            setCell(cell, [printed(sum, style), level(sum, most)]);
          });
        }
        painted = ids.join();
      }
      for (const [row, tr] of rows) light(tr, litRows.has(row));
    },
  };
}

export const gradientLens = { render: (context) => renderLens(context, gradient) };
export default gradientLens;
