// What the scrubber shows at a step, without a page.

/** The status line. The same as `_said` in scrubber.py. */
export function said({ steps, losses, reads }, at, names) {
  const words = `step ${steps[at]} of ${steps.at(-1)}: loss ${losses[at]}`;
  if (!reads.length) return words;
  const read = reads[at].map((row) => names[row]);
  const listed = read.length > 1 ? `${read.slice(0, -1).join(", ")} and ${read.at(-1)}` : read.join("");
  return `${words}; the batch reads ${listed}`;
}

/** The places of all rows at each step, from what each step changes. */
export function placesOf(changes) {
  const places = [changes[0]];
  for (const change of changes.slice(1)) places.push(change.map((by, i) => places.at(-1)[i] + by));
  return places;
}

/** The way of a row through the last `count` recorded steps, as the points of a polyline. */
export function trail(places, row, at, count) {
  return places.slice(Math.max(0, at - count), at + 1).map((place) => `${place[2 * row]},${place[2 * row + 1]}`).join(" ");
}

/** The points of the loss curve, from 0 at the bottom to 100 at the largest loss. */
export function lossCurve(losses) {
  const most = Math.max(...losses.map(Number)) || 1;
  return losses.map((loss, i) => `${i},${100 - (100 * loss) / most}`).join(" ");
}
