// What the Training Replay says, in words. The same as replay_words.py; a test holds the two together.

import { listed } from "../widgets/words.js";

/** "step 3 of 180: loss 0.6931; the batch reads good and film", of losses as printed. */
export function stepWords({ steps, losses, reads }, at, names) {
  const words = `step ${steps[at]} of ${steps.at(-1)}: loss ${losses[at]}`;
  return reads ? `${words}; the batch reads ${listed(reads[at].map((row) => names[row])) || "nothing"}` : words;
}

/** "the loss falls from 0.6931 to 0.0023", of losses as printed. */
export function curveWords(losses) {
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === last) return `the loss begins and ends at ${first}`;
  return `the loss ${Number(last) < Number(first) ? "falls" : "rises"} from ${first} to ${last}`;
}
