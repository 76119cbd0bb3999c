// A large table at a glance: where each row stands, and what is said of it. The same as overview.py; a test holds the
// two together. A grid is { V, per, columns }: `per` rows a mark, `columns` marks a line.

import { grouped, listed, quoted, times } from "../widgets/words.js";

const MOST_GROUPS = 6; // of more groups of equal rows, the first few are named
const MOST_EQUAL = 6; // and so many rows of each
const MOST_LARGE_MARKS = 256; // so many are drawn large enough to be found; more of them as small as they are
const NEAR = 8; // pixels from a click to the mark that it means

/** The marks of some rows, in order, each once. */
function marksOf(rows, { per }) {
  return [...new Set([...rows].map((row) => Math.floor(row / per)))].sort((a, b) => a - b);
}

const pathOf = (marks, { columns }) =>
  marks.map((mark) => `M${mark % columns} ${Math.floor(mark / columns)}h0`).join("");

/** The marks of rows read once, and of those read more often, as paths; `uses` is a Map from a row to its count. */
export function readings(uses, grid) {
  const repeated = [...uses].filter(([, count]) => count > 1).map(([row]) => row);
  const more = marksOf(repeated, grid);
  const others = new Set(more);
  const once = marksOf(uses.keys(), grid).filter((mark) => !others.has(mark));
  const isDense = once.length + more.length > MOST_LARGE_MARKS;
  return { once: pathOf(once, grid), more: pathOf(more, grid), isDense };
}

/** The rings round the marks of the rows that are lit; of many, each ring is solid, and has no halo. */
export function litMarks(rows, grid) {
  const marks = marksOf(rows, grid);
  const ring = pathOf(marks, grid);
  return { ring, halo: marks.length > MOST_LARGE_MARKS ? "" : ring };
}

/** Which rows are read and which are not, in words; `equal` are groups of rows that are equal. */
export function summary(V, uses, equal) {
  const read = [...uses.keys()].sort((a, b) => a - b);
  const ids = read.reduce((sum, row) => sum + uses.get(row), 0);
  const one = ids === 1;
  let said = `${grouped(ids)} id${one ? "" : "s"} read${one ? "s" : ""} ${grouped(read.length)} of ${grouped(V)} rows`;
  const most = read.reduce((best, row) => (uses.get(row) > (uses.get(best) ?? 1) ? row : best), -1);
  said += most < 0 ? "." : `, row ${most} most often: ${times(uses.get(most))}.`;
  const edges = [-1, ...read, V];
  const gaps = edges
    .slice(1)
    .map((b, i) => [edges[i] + 1, b - 1])
    .filter(([first, last]) => last >= first);
  if (gaps.length) {
    const [first, last] = gaps.reduce((best, gap) => (gap[1] - gap[0] > best[1] - best[0] ? gap : best));
    const longest = gaps.length > 1 ? `; the longest of ${grouped(gaps.length)} ranges is ${first} to ${last}` : "";
    said += ` Never read: ${grouped(V - read.length)}${longest}.`;
  }
  const groups = equal.map((group) => group.filter((row) => uses.has(row))).filter((group) => group.length > 1);
  if (groups.length) {
    const named = groups.slice(0, MOST_GROUPS).map((group) => {
      const left = group.length - MOST_EQUAL;
      const more = left > 0 ? [`${grouped(left)} more`] : [];
      return listed([...group.slice(0, MOST_EQUAL), ...more]);
    });
    if (groups.length > MOST_GROUPS) named.push(`and ${grouped(groups.length - MOST_GROUPS)} more groups`);
    said += ` Equal rows among those read: ${named.join("; ")}.`;
  }
  return said;
}

/** What is lit in the overview, in words: a row and how often it is read, or how many rows; and what shares a mark. */
export function litWords(grid, uses, litRows, names, padding) {
  if (!litRows.length) return "No row is lit.";
  const [row] = litRows;
  const isOne = litRows.length === 1;
  const read = uses.has(row) ? `read ${times(uses.get(row))}` : "never read";
  const said = isOne
    ? `Row ${row}${quoted(names.get(row))}: ${read}${row === padding ? ", padding_idx" : ""}`
    : `${grouped(litRows.length)} rows are lit`;
  if (grid.per === 1) return `${said}.`;
  const marks = marksOf(litRows, grid);
  if (marks.length > 1) return `${said}, in ${grouped(marks.length)} marks.`;
  const start = marks[0] * grid.per;
  const end = Math.min(start + grid.per, grid.V);
  if (end - start === 1) return `${said}. Its mark stands for no other row.`;
  const stands = `${isOne ? "Its" : "Their"} mark stands for rows ${start} to ${end - 1}: ${grouped(end - start)} rows`;
  const count = [...uses.keys()].filter((other) => start <= other && other < end).length;
  return `${said}. ${stands}, ${grouped(count)} of them read.`;
}

/**
 * The row to which a key leads from `row`, or undefined. Arrows go to the next row that is read, of `read` in order;
 * of `ofAll` rows they go to the next, and up and down by a line.
 */
export function rowTo(key, ofAll, row, read, { V, per, columns }) {
  const all = {
    ArrowRight: row + 1,
    ArrowLeft: row - 1,
    ArrowDown: row + per * columns,
    ArrowUp: row - per * columns,
    Home: 0,
    End: V - 1,
  };
  if (!Object.hasOwn(all, key)) return undefined;
  if (ofAll) return Math.max(0, Math.min(all[key], V - 1));
  if (key === "Home") return read[0];
  if (key === "End") return read.at(-1);
  const isForward = key === "ArrowRight" || key === "ArrowDown";
  return isForward ? read.find((other) => other > row) : read.findLast((other) => other < row);
}

/** How many lines of marks there are, the last perhaps not full. */
const linesOf = ({ V, per, columns }) => Math.ceil(Math.ceil(V / per) / columns);

/** Where the mark of a row has its middle, in a picture of the given size. */
export function spot(row, [width, height], grid) {
  const mark = Math.floor(row / grid.per);
  const across = (mark % grid.columns) + 0.5;
  const down = Math.floor(mark / grid.columns) + 0.5;
  return [(across * width) / grid.columns, (down * height) / linesOf(grid)];
}

/** The row that a click at [x, y] means, in a picture of the given size: the nearest that is read, or that below. */
export function rowAt([x, y], size, read, grid) {
  const distance = (row) => {
    const [across, down] = spot(row, size, grid);
    return Math.hypot(across - x, down - y);
  };
  const nearest = read.reduce((best, row) => (distance(row) < distance(best) ? row : best), read[0]);
  if (nearest !== undefined && distance(nearest) <= NEAR) return nearest;
  const at = (where, length, count) => Math.max(0, Math.min(Math.floor((where / length) * count), count - 1));
  const mark = at(y, size[1], linesOf(grid)) * grid.columns + at(x, size[0], grid.columns);
  return Math.min(mark * grid.per, grid.V - 1);
}
