// Showing a state of a lens in the tables that Python wrote: which ids, which rows are lit, how often each is read.

import { flatIndex, lit } from "../widgets/words.js";
import { idLabel, parsePosition } from "./hydrate.js";
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

/** Scroll `part`, and nothing around it, so that `element` is seen. */
function reveal(part, element) {
  const [box, at] = [part, element].map((one) => one.getBoundingClientRect());
  const head = part.querySelector("thead")?.offsetHeight ?? 0;
  const isSeen = at.top >= box.top + head && at.bottom <= box.bottom;
  if (!isSeen) part.scrollTop += (at.top + at.bottom - box.top - head - box.bottom) / 2;
  const isCut = at.width < box.width && (at.left < box.left || at.right > box.right);
  if (isCut) part.scrollLeft += (at.left + at.right - box.left - box.right) / 2;
}

/** The rows in `part` by their number: a Map. */
export const rowsOf = (part) =>
  new Map([...part.querySelectorAll("tr[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));

/**
 * The elements of a lens, each part found by its name, and the showing of a state in them.
 *
 * `resultOf({ stage, stored, rows, flats })` makes the view of the lens's own table:
 * { update({ ids, chosen, litRows }), note(count, row), end(i, flat), comesBack }, where `note` is what the last column
 * says to a row that is read so often, `end` the strip that a path joins with the row of an id that is shown, and
 * `comesBack` which way it runs. `flats` are the flat indexes of the ids that are shown.
 */
export function viewOf(root, stored, resultOf) {
  const { shape } = stored;
  const isLarge = Boolean(stored.overview); // its parts scroll
  const stage = root.querySelector(".rl-stage");
  const idsPart = stage.querySelector(".rl-ids");
  const tablePart = stage.querySelector(":is(.rl-table, .rl-gradient)");
  const buttons = [...idsPart.querySelectorAll("[data-position]")];
  const sentences = [...idsPart.querySelectorAll("[data-sentence]")];
  const flats = buttons.map((button) => flatIndex(shape, parsePosition(button.dataset.position)));
  const indexOf = new Map(flats.map((flat, i) => [flat, i])); // of many ids, only some are shown
  const rows = rowsOf(tablePart);
  const names = new Map(stored.window?.names); // of what is selected and not shown
  for (const [row, tr] of rows) for (const token of tr.querySelectorAll(".rl-token")) names.set(row, token.textContent);
  const result = resultOf({ stage, stored, rows, flats });

  function updateIds(ids, selection, chosen) {
    const isChosen = new Set(chosen);
    buttons.forEach((button, i) => {
      const flat = flats[i];
      if (button.dataset.id !== String(ids[flat])) {
        button.dataset.id = ids[flat];
        setText(button, String(ids[flat]));
        const piece = button.closest("td").querySelector(".rl-piece");
        if (piece) setText(piece, names.get(ids[flat]) ?? "");
        button.setAttribute("aria-label", idLabel(stored, flat, ids[flat], piece?.textContent));
      }
      setAttribute(button, "aria-pressed", isChosen.has(flat));
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
  let mustReveal = false; // until a frame has done it
  return {
    stage,
    idsPart,
    tablePart,
    buttons,
    flats,
    rows,
    names,
    result,
    /** The button of an id, or undefined if it is not shown. */
    buttonOf: (flat) => buttons[indexOf.get(flat)],
    endOf: (flat) => result.end(indexOf.get(flat), flat),
    update({ ids, selection }) {
      const chosen = lit(shape, ids, selection);
      const litRows = new Set(chosen.map((flat) => ids[flat]));
      if (selection.row !== undefined) litRows.add(selection.row);
      const uses = new Map();
      for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
      updateIds(ids, selection, chosen);
      updateTable(uses, litRows);
      result.update({ ids, chosen, litRows, sentence: selection.sentence });
      return { ids, uses, litRows };
    },
    /**
     * Draw the paths with the next frame: measuring now would lay the page out twice. Of a sequence, whose ids stand in
     * one line, one leads to the mark of a row as well: `spotOf(row)` is its place, if there is an overview.
     */
    drawPaths({ ids, selection }, moves, spotOf) {
      cancelAnimationFrame(frame);
      mustReveal ||= isLarge && moves;
      frame = requestAnimationFrame(() => {
        const chosen = lit(shape, ids, selection).filter((flat) => indexOf.has(flat) && rows.has(ids[flat]));
        const ways = chosen.map((flat) => [this.buttonOf(flat), rows.get(ids[flat]), this.endOf(flat)]);
        if (mustReveal) {
          mustReveal = false;
          const only = rows.get(selection.row);
          for (const element of ways[0] ?? (only ? [only] : [])) reveal(element.closest(".rl-part"), element);
        }
        const drops = spotOf && shape.length < 2 ? chosen.map((flat) => [this.buttonOf(flat), spotOf(ids[flat])]) : [];
        drawPaths(stage, ways, { moves, comesBack: result.comesBack, drops });
      });
    },
    stop: () => cancelAnimationFrame(frame),
  };
}
