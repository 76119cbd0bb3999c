// What the replay shows at a step, without a page.

import { listed } from "../widgets/words.js";

/** The status line. The same as `_said` in training_replay.py. */
export function said({ steps, losses, reads }, at, names) {
  const words = `step ${steps[at]} of ${steps.at(-1)}: loss ${losses[at]}`;
  return reads.length ? `${words}; the batch reads ${listed(reads[at].map((row) => names[row])) || "nothing"}` : words;
}

/** What the loss curve shows, of losses as printed. The same as `curve_words` in training_replay.py. */
export function curveWords(losses) {
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === last) return `the loss begins and ends at ${first}`;
  return `the loss ${Number(last) < Number(first) ? "falls" : "rises"} from ${first} to ${last}`;
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

/** The points of the loss curve, from 100 at the bottom, zero or the lowest loss, to 0 at the largest. */
export function lossCurve(losses) {
  const numbers = losses.map(Number);
  const low = Math.min(0, ...numbers);
  const height = Math.max(...numbers) - low || 1;
  return numbers.map((loss, i) => `${i},${100 - (100 * (loss - low)) / height}`).join(" ");
}
