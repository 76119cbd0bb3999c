// Painting a state of a lens into the tables that Python wrote: which ids, which rows are lit, how often each is read.

import { drawPaths } from "./paths.js";
import { idName, lit } from "../widgets/words.js";

/** The number cells of a row. */
export const numbersOf = (tr) => [...tr.querySelectorAll("td:not(.rl-uses)")];

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Show a number and its step on the colour scale. */
export function setCell(cell, [text, level]) {
  setText(cell, text);
  if (level != null) setAttribute(cell, "data-level", level);
}

/**
 * The elements of a lens, and the painting of a state into them. `thirdOf(scene)` makes the third table's painter:
 * { paint(ids, chosen, litRows), end(flat, id) }, where `end` is the row of the third table that a path leads to.
 */
export function painter(root, thirdOf) {
  const state = JSON.parse(root.dataset.state);
  const { shape } = state;
  const stage = root.querySelector(".rl-stage");
  const parts = [...stage.querySelectorAll(".rl-part")];
  const buttons = [...parts[0].querySelectorAll("[data-position]")];
  const sentences = [...parts[0].querySelectorAll("[data-sentence]")];
  const rows = new Map([...parts[1].querySelectorAll("[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));
  const tokens = new Map(
    [...rows].flatMap(([row, tr]) => [...tr.querySelectorAll(".rl-token")].map((token) => [row, token.textContent])),
  );
  const scene = { state, parts, rows, light: (tr, isLit) => setAttribute(tr, "aria-selected", isLit) };
  const third = thirdOf(scene);

  // From here on the style sheet shows a row's mark: text that comes and goes would lay the table out each time.
  for (const mark of stage.querySelectorAll(".rl-mark")) setText(mark, "▸");

  function paintIds(ids, selection, chosen) {
    buttons.forEach((button, flat) => {
      if (button.dataset.id !== String(ids[flat])) {
        button.dataset.id = ids[flat];
        setText(button, String(ids[flat]));
        button.setAttribute("aria-label", idName(shape, flat, ids[flat]));
      }
      setAttribute(button, "aria-pressed", chosen.includes(flat));
    });
    for (const button of sentences) setAttribute(button, "aria-pressed", selection.sentence === Number(button.dataset.sentence));
  }

  function paintTable(uses, litRows) {
    for (const [row, tr] of rows) {
      const count = uses.get(row) ?? 0;
      if (tr.dataset.uses !== String(count)) {
        tr.dataset.uses = count;
        setText(tr.lastElementChild, `${count}×`);
        tr.lastElementChild.toggleAttribute("data-repeated", count > 1);
      }
      scene.light(tr, litRows.has(row));
    }
  }

  let frame = 0;
  return {
    stage, parts, buttons, rows, tokens, shape, third,
    paint(ids, selection) {
      const chosen = lit(shape, ids, selection);
      const litRows = new Set(chosen.map((flat) => ids[flat]));
      if (selection.row !== undefined) litRows.add(selection.row);
      const uses = new Map();
      for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
      paintIds(ids, selection, chosen);
      paintTable(uses, litRows);
      third.paint(ids, chosen, litRows, uses);
    },
    /** Draw the paths with the next frame: measuring now would lay the page out twice. */
    link(ids, selection, moves) {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const chosen = lit(shape, ids, selection).filter((flat) => rows.has(ids[flat]));
        drawPaths(stage, chosen.map((flat) => [buttons[flat], rows.get(ids[flat]), third.end(flat, ids[flat])]), moves);
      });
    },
    stop: () => cancelAnimationFrame(frame),
  };
}
