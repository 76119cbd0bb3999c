// The overview of a large table on a page: its marks follow the ids, keys and clicks pick a row.

import { marksPath, markWords, readings, rowAt, rowTo, spot, summary } from "./overview.js";
import { setAttribute, setText } from "./view.js";

const LARGE_MARKS = 256; // so many marks are drawn large enough to be found; more of them as small as they are
const RING = 15; // the size of the ring round a row that is lit

/**
 * The overview in `stage`, or null of a small table. `select(row)` is called when a reader picks a row; `signal` ends
 * it. Returns { update({ ids, uses, litRows }), spotOf(row) }.
 */
export function overviewOf(stage, stored, names, select, signal) {
  const part = stage.querySelector(".rl-overview");
  if (!part) return null;
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

  field.addEventListener(
    "keydown",
    (event) => {
      if (event.altKey || event.metaKey) return;
      const next = rowTo(event.key, event.ctrlKey, row, read, grid);
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
        const { once, more, count } = readings(uses, grid);
        setAttribute(one("once"), "d", once);
        setAttribute(one("more"), "d", more);
        setAttribute(part, "data-dense", count > LARGE_MARKS);
        setText(one("summary"), summary(stored.V, uses, grid.equal));
      }
      const lit = [...litRows];
      row = lit.length ? Math.min(...lit) : -1;
      const here = marksPath(lit, grid);
      for (const path of part.querySelectorAll(".rl-here")) setAttribute(path, "d", here);
      const words = markWords(grid, uses, lit, names, grid.padding);
      setText(one("place"), words);
      setAttribute(field, "aria-valuenow", Math.max(row, 0));
      setAttribute(field, "aria-valuetext", words);
    },
  };
}
