// The Row Lens: its third table is the output, a copy of a row for each id. It never makes a number.

import { renderLens } from "./table_lens.js";
import { numbersOf, setCell, setText } from "./view.js";
import { idName } from "../widgets/words.js";

function output({ state, parts, rows, light }) {
  const vectors = [...parts[2].querySelectorAll("tr[data-position]")];
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) => state.reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);

  return {
    end: (flat) => vectors[flat],
    paint(ids, chosen) {
      vectors.forEach((tr, flat) => {
        const id = ids[flat];
        if (tr.dataset.row !== String(id)) {
          tr.dataset.row = id;
          setText(tr.querySelector(".rl-from"), `row ${id}`);
          const button = tr.querySelector("button");
          button.setAttribute("aria-label", `${button.textContent}: vector of ${idName(state.shape, flat, id)}`);
          const cells = numbersOf(tr);
          read(id).forEach((shown, column) => setCell(cells[column], shown));
        }
        light(tr, chosen.includes(flat));
      });
    },
  };
}

export const rowLens = { render: (context) => renderLens(context, output) };
export default rowLens;
