// The Row Lens: its result is the output, a copy of a row for each id, as a strip; or what a layer makes of each bag
// of ids. It never makes a number.

import { sayLines, stripsOf } from "./strips.js";
import { renderLens } from "./table_lens.js";
import { numbersOf, setLit, setNumber } from "./view.js";

/** The output of bags, a strip for each sentence of ids; torch makes its numbers, so other ids bring newer html. */
function bagOutput(stage, { shape, axes }) {
  const bags = [...stage.querySelectorAll(".rl-line tr")];
  const [first] = bags.map((bag) => Number(bag.dataset.sentence));
  return {
    end: (_, flat) => bags[Math.floor(flat / shape[1]) - first],
    note: (count) => `${count}×`,
    update({ chosen, sentence }) {
      const lit = new Set(chosen.map((flat) => Math.floor(flat / shape[1]))).add(sentence);
      for (const bag of bags) setLit(bag, lit.has(Number(bag.dataset.sentence)));
      const lines = bags.filter((bag) => lit.has(Number(bag.dataset.sentence)));
      sayLines(
        stage,
        lines.map((bag) => [`${axes[0]} ${Number(bag.dataset.sentence) + 1}`, bag]),
      );
    },
  };
}

function output({ stage, stored, rows, flats }) {
  if (stored.bags) return bagOutput(stage, stored);
  const { strips, update, say } = stripsOf(stage, stored, "row", flats);
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) =>
    stored.reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);
  function copyRow(strip, id) {
    const cells = numbersOf(strip);
    read(id).forEach((shown, column) => setNumber(cells[column], shown));
  }

  return {
    end: (i) => strips[i],
    note: (count) => `${count}×`,
    update(shown) {
      update(shown, copyRow);
      // A lit row that no id reads shows its own numbers. Of a large table they may still be on their way.
      const read = new Map(strips.map((strip) => [Number(strip.dataset.row), strip]));
      const lines = [...shown.litRows].map((row) => [`row ${row}`, read.get(row) ?? rows.get(row)]);
      say(lines.filter(([, line]) => line));
    },
  };
}

export const rowLens = { render: (context) => renderLens(context, output) };
export default rowLens;
