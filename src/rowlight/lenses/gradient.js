// What the backward pass of a lookup does: a mirror of torch's own (torch.ops.aten.embedding_dense_backward). A test
// compares the two on thousands of random cases.

/**
 * The gradient of a table: each row adds up the vectors of gradient that arrive at the positions that read it.
 *
 * `upstream` holds one vector for each id, in order; `rows` are the rows that are wanted. With `byFrequency` each vector
 * is divided by the number of times that its row is read; the row `padding` receives nothing. Sums are made in the
 * order of the ids, in float32 or, if `double`, in float64. Returns a Map from a row to its vector.
 */
export function tableGradient(ids, upstream, rows, { D, padding, byFrequency, double }) {
  const Vector = double ? Float64Array : Float32Array;
  const round = double ? Number : Math.fround;
  const sums = new Map([...rows].map((row) => [row, new Vector(D)]));
  const uses = new Map();
  for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
  ids.forEach((id, flat) => {
    const sum = sums.get(id);
    if (!sum || id === padding) return;
    const weight = byFrequency ? round(1 / uses.get(id)) : 1;
    for (let column = 0; column < D; column += 1) sum[column] += round(upstream[flat][column] * weight);
  });
  return sums;
}

/** What a row's gradient is made of, in words. The same as `made_of` in gradient_lens.py. */
export function madeOf(uses, isPadding, byFrequency) {
  if (!uses) return "not read";
  if (isPadding) return "blocked";
  if (uses === 1) return "1 vector";
  return byFrequency ? `mean of ${uses}` : `sum of ${uses}`;
}
