// The Row Lens: its result is the output, a copy of a row for each id, as a strip. It never makes a number.

import { stripsOf } from "./strips.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, setNumber } from "./view.js";

function output({ stage, stored, rows }) {
  const { strips, update, say } = stripsOf(stage, stored, "row");
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) =>
    stored.reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);
  function copyRow(strip, id) {
    const cells = numbersOf(strip);
    read(id).forEach((shown, column) => setNumber(cells[column], shown));
  }

  return {
    end: (flat) => strips[flat],
    note: (count) => `${count}×`,
    update(shown) {
      update(shown, copyRow);
      // A lit row that no id reads shows its own numbers. Of a large table they may still be on their way.
      const lines = [...shown.litRows].map((row) => [`row ${row}`, strips[shown.ids.indexOf(row)] ?? rows.get(row)]);
      say(lines.filter(([, line]) => line));
    },
  };
}

export const rowLens = { render: (context) => renderLens(context, output) };
export default rowLens;
