// The Row Lens: its result is the output, a copy of a row for each id, as a strip. It never makes a number.

import { vectorName } from "./hydrate.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, setLit, setNumber, setText } from "./view.js";

function output({ stage, stored, rows }) {
  const vectors = [...stage.querySelectorAll(".rl-output tr[data-position]")];
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) =>
    stored.reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);

  const numbers = stage.querySelector(".rl-numbers");
  const textOf = (tr) => [...tr.querySelectorAll("td:not(.rl-uses)")].map((cell) => cell.textContent).join(" ");

  return {
    end: (flat) => vectors[flat],
    update({ ids, chosen, litRows }) {
      vectors.forEach((tr, flat) => {
        const id = ids[flat];
        if (tr.dataset.row !== String(id)) {
          tr.dataset.row = id;
          const button = tr.querySelector("button");
          setText(button, `row ${id}`);
          button.setAttribute("aria-label", vectorName(stored, flat, id));
          const cells = numbersOf(tr);
          read(id).forEach((shown, column) => setNumber(cells[column], shown));
        }
        setLit(tr, chosen.includes(flat));
      });
      const lit = [...litRows].map((row) => `row ${row}: ${textOf(vectors[ids.indexOf(row)] ?? rows.get(row))}`);
      setText(numbers, lit.join("\n"));
    },
  };
}

export const rowLens = { render: (context) => renderLens(context, output) };
export default rowLens;
