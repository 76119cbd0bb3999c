// Do ids that a reader chose reach the goal of a task. The same as id_grading.py; a test compares them.

import { printed } from "../widgets/numbers.js";
import { place, times } from "../widgets/words.js";

/** What ids bring about: { id, reads, gradient, changes }, lists all. If an id names no row, no row has a number. */
export function measured({ V, sent, start }, ids) {
  const fails = ids.some((id) => !(id >= 0 && id < V));
  const [reads, gradient] = [0, 0].map(() => Array(V).fill(fails ? Number.NaN : 0));
  for (const [i, id] of fails ? [] : ids.entries()) {
    reads[id] += 1;
    gradient[id] += sent[i];
  }
  return { id: ids, reads, gradient, changes: [ids.filter((id, i) => id !== start[i]).length] };
}

/** A number with the decimals that it needs, four at most: "2", "0.5". */
export function brief(number) {
  const text = printed(number, ".4f").replace(/0+$/, "").replace(/\.$/, "");
  return text === "-0" ? "0" : text;
}

function holds([quantity, index, least, most], found) {
  return least <= found[quantity][index] && found[quantity][index] <= most;
}

function idFault([quantity, index, , , wanted], found, shape) {
  const value = found[quantity][index];
  if (quantity === "id") return `the id at ${place(shape, index)} is not right`;
  const [fact, should] = {
    reads: () => [
      value ? `row ${index} is read ${times(value)}` : `row ${index} is not read`,
      wanted ? `be read ${times(wanted)}` : "not be",
    ],
    gradient: () => [`row ${index} gets ${brief(value)}`, `get ${brief(wanted)}`],
    changes: () => [`you have changed ${value} id${value === 1 ? "" : "s"}`, `change ${wanted}`],
  }[quantity]();
  return wanted === null ? fact : `${fact}, and should ${should}`;
}

/** [right, words] for ids, or for null; `wrong` is a list of [conditions, words]. */
export function gradeIds(answer, given, wrong) {
  const { V, shape, start, goal } = answer;
  const N = start.length;
  if (given?.length !== N || !given.every(Number.isInteger)) {
    return [false, `Write ${N} id${N === 1 ? "" : "s"}, whole numbers from 0 to ${V - 1}.`];
  }
  const found = measured(answer, given);
  const known = wrong.find(([conditions]) => conditions.every((one) => holds(one, found)))?.[1];
  const outside = given.findIndex((id) => !(id >= 0 && id < V));
  if (outside >= 0) {
    const refused = `index out of range in self: the id at ${place(shape, outside)}; valid ids are 0 to ${V - 1}.`;
    return [false, known ?? refused];
  }
  const missed = goal.find((condition) => !holds(condition, found));
  return missed ? [false, known ?? `Not yet: ${idFault(missed, found, shape)}.`] : [true, "Right."];
}
