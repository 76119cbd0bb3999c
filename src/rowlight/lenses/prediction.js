// What a step did to each row, and whether a prediction was right. Nothing here computes a step: torch took it.

/** The kinds of rows that readers are right or wrong about, in the words of the score. */
export const KINDS = {
  gradient: "rows that got a gradient",
  momentum: "rows that move on by momentum",
  decay: "rows that only decay moves",
  unknown: "rows that move for a reason not known",
  still: "rows that stay where they are",
};

/** Which kind a row is in a step. */
export function kindOf(step, row) {
  if (!step.moved.includes(row)) return "still";
  const why = step.why[row] ?? "gradient";
  return why === "momentum+decay" ? "momentum" : why;
}

/** Why a row moved, or that it did not. */
export function reason(step, row) {
  const read = step.read.includes(row);
  if (!step.moved.includes(row)) return read ? "read, and did not move" : "not read: at rest";
  const why = step.why[row];
  if (why === undefined) return read ? "gradient" : "gradient, without a lookup";
  return `${read ? "read without a gradient" : "not read"}: ${why === "unknown" ? "moved, cause unknown" : why}`;
}

/** Add a prediction to the score: { kind: [right, all] } for each kind. Returns a new score. */
export function judge(score, step, rows, predicted) {
  const next = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, [...(score[kind] ?? [0, 0])]]));
  for (const row of rows) {
    const tally = next[kindOf(step, row)];
    tally[1] += 1;
    if (predicted.has(row) === step.moved.includes(row)) tally[0] += 1;
  }
  return next;
}

/** Read a stored score; anything that is none counts as no score. */
export function readScore(text) {
  try {
    const found = JSON.parse(text);
    const isTally = (tally) => Array.isArray(tally) && tally.length === 2 && tally.every((n) => Number.isInteger(n) && n >= 0);
    return Object.fromEntries(Object.keys(KINDS).filter((kind) => isTally(found?.[kind])).map((kind) => [kind, found[kind]]));
  } catch {
    return {};
  }
}
