// Whether a prediction was right. Nothing here computes a step: torch took it.

/** The kinds of rows that readers are right or wrong about, in the words of the score. */
export const KINDS = {
  gradient: "rows that got a gradient",
  momentum: "rows that move on by momentum",
  decay: "rows that only decay moves",
  unknown: "rows that move for a reason not known",
  still: "rows that stay where they are",
};

export function hasMoved(row) {
  return row.kind !== "still";
}

/** Add a prediction to the score: { kind: [right, all] } for each kind. `marked` holds indexes of rows. A new score. */
export function judge(score, rows, marked) {
  const next = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, [...(score[kind] ?? [0, 0])]]));
  rows.forEach((row, i) => {
    next[row.kind][1] += 1;
    if (marked.has(i) === hasMoved(row)) next[row.kind][0] += 1;
  });
  return next;
}

/** What became of a mark: "marked", "missed", "marked, but it stays", or "" for a row that rightly has none. */
export function guessWords(row, isMarked) {
  if (hasMoved(row)) return isMarked ? "marked" : "missed";
  return isMarked ? "marked, but it stays" : "";
}

/** All that is said of a row once its step is shown; `name` is "row 3", with its token. */
export function rowWords(name, row, isMarked) {
  const far = row.far && `moved ${row.far}`;
  return [`${name}: ${row.why}`, far, row.share, guessWords(row, isMarked) || "you did not mark it"]
    .filter(Boolean)
    .join(", ");
}

/** "You marked 1 of 3.", and how many marked rows stay. */
export function resultWords(rows, marked) {
  const moved = rows.filter(hasMoved).length;
  const hits = rows.filter((row, i) => hasMoved(row) && marked.has(i)).length;
  const misses = marked.size - hits;
  const stays = misses ? `, and ${misses} that ${misses === 1 ? "stays" : "stay"}` : "";
  return `You marked ${hits} of ${moved}${stays}.`;
}

/** Read a stored score; anything that is none counts as no score. */
export function readScore(text) {
  const isTally = (tally) =>
    Array.isArray(tally) && tally.length === 2 && tally.every((n) => Number.isInteger(n) && n >= 0);
  try {
    const found = JSON.parse(text);
    const kinds = Object.keys(KINDS).filter((kind) => isTally(found?.[kind]));
    return Object.fromEntries(kinds.map((kind) => [kind, found[kind]]));
  } catch {
    return {};
  }
}
