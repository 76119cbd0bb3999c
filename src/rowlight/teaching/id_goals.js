// Ids that a reader chooses, judged by what they bring to each row. The same as id_goals.py; a test compares them.

import { printed } from "../widgets/numbers.js";

const NEAR = 1e-6;

/** What each of V rows gets: the sum of what is sent by the positions whose id names it. */
export function rowSums(ids, sent, V) {
  const sums = Array(V).fill(0);
  ids.forEach((id, i) => {
    sums[id] += sent[i];
  });
  return sums;
}

/** 2 -> "2", 0.5 -> "0.5": a number with the decimals that it needs, four at most. */
export function shortly(number) {
  const text = printed(number, ".4f").replace(/0+$/, "").replace(/\.$/, "");
  return text === "-0" ? "0" : text;
}

/** Whether these are as many ids as there should be, each of a row that exists. */
export function areIds(ids, { sent, V }) {
  return ids?.length === sent.length && ids.every((id) => Number.isInteger(id) && id >= 0 && id < V);
}

function isReached(goal, sums) {
  return goal.every(([row, value]) => Math.abs(sums[row] - value) <= NEAR);
}

/** [right, words] for ids; `wrong` is a list of [goal, words]. */
export function gradeIds(answer, given, wrong) {
  const { V, sent, goal } = answer;
  if (!areIds(given, answer)) return [false, `Write ${sent.length} ids, whole numbers from 0 to ${V - 1}.`];
  const sums = rowSums(given, sent, V);
  const missed = goal.find((pair) => !isReached([pair], sums));
  if (!missed) return [true, "Right."];
  const [row, value] = missed;
  const fault = `Not yet: row ${row} gets ${shortly(sums[row])}, and should get ${shortly(value)}.`;
  return [false, wrong.find(([reached]) => isReached(reached, sums))?.[1] ?? fault];
}
