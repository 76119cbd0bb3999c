// Where the replay's points, trails and loss curve lie, without a page.

/** The positions [x, y, x, y, ...] of all rows at each step, from what each step changes. */
export function positionsOf(changes) {
  const positions = [changes[0]];
  for (const change of changes.slice(1)) positions.push(change.map((by, i) => positions.at(-1)[i] + by));
  return positions;
}

/** The way of a row through the last `count` recorded steps, as the points of a polyline. */
export function trail(positions, row, at, count) {
  return positions
    .slice(Math.max(0, at - count), at + 1)
    .map((p) => `${p[2 * row]},${p[2 * row + 1]}`)
    .join(" ");
}

/** The points of the loss curve, from 100 at the bottom, zero or the lowest loss, to 0 at the largest. */
export function lossCurve(losses) {
  const numbers = losses.map(Number);
  const low = Math.min(0, ...numbers);
  const height = Math.max(...numbers) - low || 1;
  return numbers.map((loss, i) => `${i},${(100 - (100 * (loss - low)) / height).toFixed(1)}`).join(" ");
}
