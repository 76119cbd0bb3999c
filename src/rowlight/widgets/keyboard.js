// Keyboard manners of a table: one tab stop, arrows, Home and End (with Control: the corners). Arrows follow what is
// seen: rows that stand beside each other, in a `.rl-line`, are one line.

/** The [row, column] to which a key leads from [r, c] in rows of the given lengths, or null if it leads nowhere. */
export function stepTo(key, control, [r, c], lengths) {
  const clamp = (i, size) => Math.max(0, Math.min(i, size - 1));
  const last = lengths.length - 1;
  const moves = {
    ArrowUp: [r - 1, c],
    ArrowDown: [r + 1, c],
    ArrowLeft: [r, c - 1],
    ArrowRight: [r, c + 1],
    Home: [control ? 0 : r, 0],
    End: control ? [last, Infinity] : [r, Infinity],
  };
  if (!Object.hasOwn(moves, key)) return null;
  const to = moves[key];
  const row = clamp(to[0], lengths.length);
  return [row, clamp(to[1], lengths[row])];
}

/** Rows as columns, for a table that is shown transposed. */
export function transpose(rows) {
  return (rows[0] ?? []).map((_, c) => rows.map((row) => row[c]));
}

/**
 * Give the buttons and cells of `part` one roving tab stop and let keys move it.
 * `moved(element)` is called when a key has moved the focus; `signal` ends it; `showsColumns()` says whether rows are
 * shown as columns. Returns a function that moves the stop.
 */
export function rove(part, moved, signal, showsColumns = () => false) {
  const cells = "button, td[role=gridcell]:not(:has(button))";
  const rows = [...part.querySelectorAll(".rl-line, :not(.rl-line) > :is(tr:has(button), tr[data-row])")].map(
    (line) => [...line.querySelectorAll(cells)],
  );
  let current = null;
  function stop(element) {
    if (current) current.tabIndex = -1;
    current = element;
    element.tabIndex = 0;
  }
  rows.flat().forEach((element) => (element.tabIndex = -1));
  if (rows.length) stop(rows[0][0]);
  function step(event) {
    if (event.altKey || event.metaKey) return;
    const shown = showsColumns() ? transpose(rows) : rows;
    const r = shown.findIndex((row) => row.includes(event.target));
    if (r < 0) return;
    const at = [r, shown[r].indexOf(event.target)];
    const to = stepTo(
      event.key,
      event.ctrlKey,
      at,
      shown.map((row) => row.length),
    );
    if (!to) return;
    event.preventDefault();
    event.stopPropagation(); // a notebook uses arrow keys as well
    const element = shown[to[0]][to[1]];
    stop(element);
    element.focus();
    moved(element);
  }
  part.addEventListener("keydown", step, { signal });
  return stop;
}
