// The Gradient Lens: its result is the gradient of the table, and follows every change of the ids.

import { level, printed } from "../widgets/numbers.js";
import { drawnGradient, madeOf } from "./gradient.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, rowsOf, setLit, setNumber, setText } from "./view.js";

function gradient({ stage, stored }) {
  const { grad_output: gradOutput, style, most, padding, by_frequency: byFrequency } = stored;
  const rows = rowsOf(stage.querySelector(".rl-gradient"));
  const cells = new Map([...rows].map(([row, tr]) => [row, numbersOf(tr)]));
  let shown = [...stage.querySelectorAll(".rl-ids [data-id]")].map((button) => button.dataset.id).join();

  function updateNumbers(ids, uses) {
    const sums = drawnGradient(ids, gradOutput, rows.keys(), { padding, byFrequency });
    for (const [row, tr] of rows) {
      const count = uses.get(row) ?? 0;
      tr.dataset.uses = count;
      setText(tr.querySelector(".rl-uses"), madeOf(count, row === padding, byFrequency));
      cells.get(row).forEach((cell, column) => {
        const text = printed(sums.get(row)?.[column] ?? 0, style);
        setNumber(cell, [text, level(Number(text), most)]);
      });
    }
  }
  return {
    end: (_flat, id) => rows.get(id),
    update({ ids, litRows, uses }) {
      if (shown !== ids.join()) updateNumbers(ids, uses);
      shown = ids.join();
      for (const [row, tr] of rows) setLit(tr, litRows.has(row));
    },
  };
}

export const gradientLens = { render: (context) => renderLens(context, gradient) };
export default gradientLens;
