// What the Training Replay says, in words. The same as replay_words.py; a test holds the two together.

import { listed } from "../widgets/words.js";

/** 1234567 -> "1,234,567". */
function thousands(whole) {
  return String(whole).replace(/(?<=[0-9])(?=([0-9]{3})+$)/g, ",");
}

/** "Step 3 of 180: loss 0.6931. The batch reads good and film.", of a run as Python has stored it. */
export function stepWords({ steps, losses, reads }, at, names) {
  const words = `Step ${thousands(steps[at])} of ${thousands(steps.at(-1))}: loss ${losses[at]}.`;
  const read = reads ? reads[at].map((row) => names[row]) : [];
  return read.length ? `${words} The batch reads ${listed(read)}.` : words; // no batch follows the last step
}

/** "the loss falls from 0.6931 to 0.0023", of losses as printed. */
export function curveWords(losses) {
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === last) return `the loss begins and ends at ${first}`;
  return `the loss ${Number(last) < Number(first) ? "falls" : "rises"} from ${first} to ${last}`;
}
