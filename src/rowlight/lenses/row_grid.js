// The rows of a table in one step of a training: which were read, had a gradient and moved, and why.

import { make } from "../widgets/dom.js";
import { rove } from "../widgets/keyboard.js";
import { kindOf, reason } from "./prediction.js";

const TITLES = ["read", "gradient", "moved", "why"];

/**
 * The grid, empty. With `marks`, each row is a button, and there is a column for the reader's mark.
 * Returns { element, lines }: for each row number its { tr, button, cells } by title.
 */
export function rowGrid({ rows, tokens }, signal, marks = false) {
  const titles = marks ? ["your mark", ...TITLES] : TITLES;
  const lines = new Map();
  rows.forEach((row, i) => {
    const name = [make("span", { className: "rl-hidden" }, "row "), String(row)];
    if (tokens) name.push(" ", make("bdi", { className: "rl-token" }, tokens[i]));
    const button = marks ? make("button", { type: "button", tabIndex: -1 }, ...name) : null;
    const mark = make("span", { className: "rl-mark", "aria-hidden": "true" }, "▸");
    const head = make("th", { scope: "row", role: "rowheader" }, mark, ...(button ? [button] : name));
    const cells = Object.fromEntries(titles.map((title) => [title, make("td", { role: "gridcell" })]));
    const tr = make("tr", { role: "row" }, head, ...Object.values(cells));
    tr.dataset.row = row;
    lines.set(row, { tr, button, cells });
  });
  const heads = ["row", ...titles].map((title) => make("th", { scope: "col", role: "columnheader" }, title));
  const table = make(
    "table",
    { role: "grid", "aria-label": "the rows in this step" },
    make("caption", {}, "the rows in this step"),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
    make("tbody", { role: "rowgroup" }, ...[...lines.values()].map(({ tr }) => tr)),
  );
  const element = make("div", { className: "rl-part rl-rows" }, table);
  rove(element, () => {}, signal);
  return { element, lines };
}

/** Show which rows are read, which everyone may know before the step. */
export function showReads({ lines }, step) {
  for (const [row, { tr, cells }] of lines) {
    const isRead = step.read.includes(row);
    tr.dataset.moved = false;
    tr.dataset.uses = isRead ? 1 : 0;
    for (const title of TITLES) cells[title].textContent = "";
    cells.read.textContent = isRead ? "read" : "";
  }
}

/** Show what the step did. */
export function showMoves(grid, step) {
  showReads(grid, step);
  for (const [row, { tr, cells }] of grid.lines) {
    const hasMoved = kindOf(step, row) !== "still";
    tr.dataset.moved = hasMoved;
    if (hasMoved) tr.dataset.uses = 1;
    cells.gradient.textContent = step.gradient.includes(row) ? "yes" : "";
    cells.moved.textContent = hasMoved ? "moved" : "";
    cells.why.textContent = reason(step, row);
  }
}
