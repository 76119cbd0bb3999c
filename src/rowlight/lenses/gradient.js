// What the backward pass of a lookup leaves on the rows of a table. The same as gradient.py, bit for bit; a test holds
// the two together, and Python's to torch.

/**
 * The gradient of a table as a lens draws it: each row adds up the vectors that arrive at the positions that read it,
 * in the order of the ids, in float64.
 *
 * `gradOutput` holds one vector for each id, in order; `rows` are the rows that are wanted. With `byFrequency` each sum
 * is divided by the number of times that its row is read; the row `padding` receives nothing. Returns a Map from a row
 * that is read to its vector.
 */
export function drawnGradient(ids, gradOutput, rows, { padding, byFrequency }) {
  const wanted = new Set(rows);
  const sums = new Map();
  const uses = new Map();
  ids.forEach((id, flat) => {
    if (!wanted.has(id) || id === padding) return;
    uses.set(id, (uses.get(id) ?? 0) + 1);
    const sum = sums.get(id);
    sums.set(
      id,
      gradOutput[flat].map((arriving, column) => (sum?.[column] ?? 0) + arriving),
    );
  });
  if (byFrequency)
    for (const [row, sum] of sums)
      sums.set(
        row,
        sum.map((number) => number / uses.get(row)),
      );
  return sums;
}

/** What a row's gradient is made of, in words. */
export function madeOf(uses, isPadding, byFrequency) {
  if (!uses) return "not read";
  if (isPadding) return "blocked";
  if (uses === 1) return "1 vector";
  return byFrequency ? `mean of ${uses}` : `sum of ${uses}`;
}
