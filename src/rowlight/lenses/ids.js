// Ids as a reader types them.

/** Read what was typed as an id of a table of V rows: { id } or, in PyTorch's own words, { error }. */
export function readId(text, V, at) {
  const typed = text.trim();
  const valid = `valid ids are 0 to ${V - 1}`;
  if (!/^[+-]?\d+$/.test(typed)) return { error: `“${typed}” is not an id: ids are whole numbers; ${valid}` };
  const id = Number(typed);
  if (id < 0 || id >= V) return { error: `index out of range in self: id ${typed}${at && ` at ${at}`}; ${valid}` };
  return { id };
}

/** A new batch of `count` ids, each made by `draw`. */
export function randomIds(count, draw) {
  return Array.from({ length: count }, draw);
}
