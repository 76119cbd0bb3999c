// Showing a state of a lens in the tables that Python wrote: which ids, which rows are lit, how often each is read.

import { idName, lit } from "../widgets/words.js";
import { drawPaths } from "./paths.js";

/** The number cells of a row. */
export const numbersOf = (tr) => [...tr.querySelectorAll("[data-level]")];

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Show a number and its step on the colour scale. */
export function setNumber(cell, [text, level]) {
  setText(cell, text);
  setAttribute(cell, "data-level", level);
}

export const setLit = (tr, isLit) => setAttribute(tr, "aria-selected", isLit);

/** The rows in `part` by their number: a Map. */
export const rowsOf = (part) =>
  new Map([...part.querySelectorAll("tr[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));

/**
 * The elements of a lens, each part found by its name, and the showing of a state in them.
 *
 * `resultOf({ stage, stored, rows })` makes the view of the lens's own table:
 * { update({ ids, chosen, litRows }), note(count, row), end(flat), comesBack }, where `note` is what the last column
 * says to a row that is read so often, `end` the strip that a path joins with its row, and `comesBack` which way it
 * runs.
 */
export function viewOf(root, stored, resultOf) {
  const { shape, axes } = stored;
  const stage = root.querySelector(".rl-stage");
  const idsPart = stage.querySelector(".rl-ids");
  const tablePart = stage.querySelector(":is(.rl-table, .rl-gradient)");
  const buttons = [...idsPart.querySelectorAll("[data-position]")];
  const sentences = [...idsPart.querySelectorAll("[data-sentence]")];
  const rows = rowsOf(tablePart);
  const names = new Map();
  for (const [row, tr] of rows) for (const token of tr.querySelectorAll(".rl-token")) names.set(row, token.textContent);
  const result = resultOf({ stage, stored, rows });

  function updateIds(ids, selection, chosen) {
    buttons.forEach((button, flat) => {
      if (button.dataset.id !== String(ids[flat])) {
        button.dataset.id = ids[flat];
        setText(button, String(ids[flat]));
        button.setAttribute("aria-label", idName(shape, flat, ids[flat], axes));
      }
      setAttribute(button, "aria-pressed", chosen.includes(flat));
    });
    for (const button of sentences) {
      setAttribute(button, "aria-pressed", selection.sentence === Number(button.dataset.sentence));
    }
  }
  function updateTable(uses, litRows) {
    for (const [row, tr] of rows) {
      const count = uses.get(row) ?? 0;
      if (tr.dataset.uses !== String(count)) {
        tr.dataset.uses = count;
        setText(tr.querySelector(".rl-uses"), result.note(count, row));
      }
      setLit(tr, litRows.has(row));
    }
  }

  let frame = 0;
  return {
    stage,
    idsPart,
    tablePart,
    buttons,
    rows,
    names,
    result,
    update({ ids, selection }) {
      const chosen = lit(shape, ids, selection);
      const litRows = new Set(chosen.map((flat) => ids[flat]));
      if (selection.row !== undefined) litRows.add(selection.row);
      const uses = new Map();
      for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
      updateIds(ids, selection, chosen);
      updateTable(uses, litRows);
      result.update({ ids, chosen, litRows });
    },
    /** Draw the paths with the next frame: measuring now would lay the page out twice. */
    drawPaths({ ids, selection }, moves) {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const chosen = lit(shape, ids, selection).filter((flat) => rows.has(ids[flat]));
        const ways = chosen.map((flat) => [buttons[flat], rows.get(ids[flat]), result.end(flat)]);
        drawPaths(stage, ways, { moves, comesBack: result.comesBack });
      });
    },
    stop: () => cancelAnimationFrame(frame),
  };
}
