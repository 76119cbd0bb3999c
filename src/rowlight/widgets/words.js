// What a lens says, in words. The same as words.py; a test holds the two together.
// A row, an id and a position are named by their digits alone, as one types them; a count has commas.

/** What the two dimensions of ids are called, if nobody says otherwise. */
const AXES = ["sentence", "position"];
const MOST_LISTED = 64; // of more rows or places, a sentence names the first few
const FIRST_LISTED = 12;
const NUMBERS = "never once twice three four five six seven eight nine ten eleven twelve".split(" ");

export function times(count) {
  return count < 3 ? NUMBERS[count] : `${NUMBERS[count] ?? count} times`;
}

/**
 * The position of the id with flat index `flat`, counted from one as people do; "" for a 0-d input.
 * `axes` names the dimensions, the last name the last of them.
 */
export function place(shape, flat, axes = AXES) {
  const last = axes.at(-1);
  if (shape.length === 2) return `${axes[0]} ${Math.floor(flat / shape[1]) + 1}, ${last} ${(flat % shape[1]) + 1}`;
  return shape.length ? `${last} ${flat + 1}` : "";
}

export function idName(shape, flat, id, axes = AXES) {
  const at = place(shape, flat, axes);
  return at ? `${at}: id ${id}` : `id ${id}`;
}

/** ` “the”`, for what stands before it; "" without a name. Isolated, because a token may run from right to left. */
export const quoted = (name) => (name === undefined ? "" : ` “\u2068${name}\u2069”`);

export function listed(items) {
  return items.length > 1 ? `${items.slice(0, -1).join(", ")} and ${items.at(-1)}` : items.join("");
}

/** A whole number with commas: 1,024. */
export const grouped = (number) => number.toLocaleString("en-US");

/** Of very many items the first few, and how many more there are. */
function some(items) {
  if (items.length <= MOST_LISTED) return items;
  return [...items.slice(0, FIRST_LISTED), `${grouped(items.length - FIRST_LISTED)} more`];
}

/** The row-major index of a position such as [1, 0]. */
export function flatIndex(shape, position) {
  return position.reduce((flat, i, axis) => flat * shape[axis] + i, 0);
}

/** Whether the position or sentence of a selection lies in an input of this shape. */
export function exists(shape, { position, sentence }) {
  if (position) return position.length === shape.length && position.every((i, axis) => i < shape[axis]);
  return sentence === undefined || (shape.length === 2 && sentence < shape[0]);
}

/** The flat indexes of the ids that a selection lights. */
export function lit(shape, ids, selection) {
  if (selection.position) return [flatIndex(shape, selection.position)];
  if (selection.sentence !== undefined) {
    return Array.from({ length: shape[1] }, (_, t) => selection.sentence * shape[1] + t);
  }
  if (selection.row !== undefined) return [...ids.keys()].filter((flat) => ids[flat] === selection.row);
  return [];
}

export function describe(shape, ids, selection, { tokens = new Map(), axes = AXES, line = "row" } = {}) {
  const whole = shape.length === 2 ? "batch" : "sequence";
  if (selection.position) {
    const flat = flatIndex(shape, selection.position);
    const id = ids[flat];
    const count = ids.filter((other) => other === id).length;
    const said = `${idName(shape, flat, id, axes)}${quoted(tokens.get(id))} reads ${line} ${id}`;
    return said + (shape.length ? `; the ${whole} reads ${line} ${id} ${times(count)}` : "");
  }
  if (selection.sentence !== undefined) {
    const read = lit(shape, ids, selection).map((flat) => ids[flat]);
    const rows = read.length ? `${line}${read.length > 1 ? "s" : ""} ${listed(some(read))}` : `no ${line}`;
    return `${axes[0]} ${selection.sentence + 1} reads ${rows}`;
  }
  if (selection.row !== undefined) {
    const places = lit(shape, ids, selection).map((flat) => place(shape, flat, axes));
    if (!places.length) return `no id in the ${whole} reads ${line} ${selection.row}`;
    if (!shape.length) return `id ${selection.row} reads ${line} ${selection.row}`;
    return `the ${whole} reads ${line} ${selection.row} ${times(places.length)}: ${some(places).join("; ")}`;
  }
  return ids.length ? "nothing is selected" : `the ${whole} is empty: it reads no ${line}`;
}
