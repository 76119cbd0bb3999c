// The overview of a large table on a page: its marks follow the ids, keys and clicks pick a row.

import { litMarks, litWords, readings, rowAt, rowTo, spot, summary } from "./overview.js";
import { setAttribute, setText } from "./view.js";

const ARROWS = "Arrow keys: the next row that is read. With Shift: the next row of all.";
const RING = 15; // the size of the ring round a row that is lit

/**
 * The overview in `stage`. `select(row)` is called when a reader picks a row; `signal` ends
 * it. Returns { update({ ids, uses, litRows }), spotOf(row) }.
 */
export function overviewOf(stage, stored, names, select, signal) {
  const part = stage.querySelector(".rl-overview");
  const grid = { V: stored.V, ...stored.overview };
  const field = part.querySelector(".rl-field");
  const one = (name) => part.querySelector(`.rl-${name}`);
  let shownIds = null;
  let read = [];
  let row = -1; // the first that is lit
  setAttribute(field, "role", "slider");
  setAttribute(field, "aria-label", "row of the table");
  setAttribute(field, "aria-valuemin", 0);
  setAttribute(field, "aria-valuemax", stored.V - 1);
  field.tabIndex = 0;
  const keys = one("keys");
  setText(keys, ARROWS);
  keys.id ||= `rl-keys-${Math.random().toString(36).slice(2)}`; // no other lens may have it
  setAttribute(field, "aria-describedby", keys.id);

  field.addEventListener(
    "keydown",
    (event) => {
      if (event.altKey || event.metaKey) return;
      const next = rowTo(event.key, event.shiftKey || event.ctrlKey, row, read, grid); // macOS takes Control + arrow
      if (next === undefined) return;
      event.preventDefault();
      event.stopPropagation(); // a notebook uses arrow keys as well
      if (next !== row) select(next);
    },
    { signal },
  );
  field.addEventListener(
    "click",
    ({ clientX, clientY }) => {
      const { left, top, width, height } = field.firstElementChild.getBoundingClientRect();
      select(rowAt([clientX - left, clientY - top], [width, height], read, grid));
      field.focus({ preventScroll: true });
    },
    { signal },
  );

  return {
    /** Where the upper edge of the ring of a row stands in the window. */
    spotOf(row) {
      const { left, top, width, height } = field.firstElementChild.getBoundingClientRect();
      const [x, y] = spot(row, [width, height], grid);
      return [left + x, top + y - RING / 2];
    },
    update({ ids, uses, litRows }) {
      if (shownIds !== ids) {
        shownIds = ids;
        read = [...uses.keys()].sort((a, b) => a - b);
        const { once, more, isDense } = readings(uses, grid);
        setAttribute(one("once"), "d", once);
        setAttribute(one("more"), "d", more);
        setAttribute(part, "data-dense", isDense);
        setText(one("summary"), summary(stored.V, uses, grid.equal));
      }
      const lit = [...litRows];
      row = lit.length ? Math.min(...lit) : -1;
      const { ring, halo } = litMarks(lit, grid);
      setAttribute(one("ring"), "d", ring);
      for (const path of part.querySelectorAll(".rl-halo, .rl-hole")) setAttribute(path, "d", halo);
      const words = litWords(grid, uses, lit, names, grid.padding);
      setText(one("place"), words);
      setAttribute(field, "aria-valuenow", Math.max(row, 0));
      setAttribute(field, "aria-valuetext", words);
    },
  };
}
