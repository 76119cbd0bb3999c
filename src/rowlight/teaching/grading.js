// Is an answer right, and if not, what is wrong with it. The same as grading.py; a test holds the two together.

import { gradeIds } from "./id_grading.js";

const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$/;
const BETWEEN = /[ \t\n\r\f\v\xa0()[\],]+/;
const LONGEST = 99;

/** The numbers in "(5, 3, 4)", "5 3 4" or "2e-3", or null if anything else stands there. */
export function readNumbers(text) {
  const words = text.split(BETWEEN).filter(Boolean);
  if (!words.every((word) => NUMBER.test(word) && word.length < LONGEST)) return null;
  const numbers = words.map(Number);
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** The place of the first number that is not near what is expected there, counted from one; 0 if there is none. */
function firstFault(numbers, expected) {
  return 1 + expected.findIndex(([right, tolerance], i) => !(Math.abs(numbers[i] - right) <= tolerance));
}

function isNear(numbers, expected) {
  return numbers.length === expected.length && !firstFault(numbers, expected);
}

function faultOf(numbers, answer) {
  if (numbers.length !== answer.length) {
    const given = `${numbers.length} number${numbers.length === 1 ? "" : "s"}`;
    return `Not yet: you gave ${given}, and there ${answer.length === 1 ? "is" : "are"} ${answer.length}.`;
  }
  if (answer.length === 1) return "Not yet: this is not the number.";
  return `Not yet: number ${firstFault(numbers, answer)} is not right.`;
}

function gradeBetween([least, most], numbers, wrong) {
  if (numbers?.length !== 1) return [false, "Write one number, for example 0.5."];
  const [number] = numbers;
  if (least <= number && number <= most) return [true, "Right."];
  const words = `Not yet: a ${number < least ? "larger" : "smaller"} number is right.`;
  return [false, wrong.find(([[low, high]]) => low <= number && number <= high)?.[1] ?? words];
}

/** [right, words] for an answer; `wrong` is a list of [answer, words]. The kinds are those of grading.py. */
export function grade(kind, answer, given, wrong) {
  const known = (isIt, words) => wrong.find(([one]) => isIt(one))?.[1] ?? words;
  if (kind === "choice") {
    if (given === answer) return [true, "Right."];
    return [false, given ? known((one) => one === given, "Not this one.") : "Choose one first."];
  }
  const numbers = typeof given === "string" ? readNumbers(given) : given;
  if (kind === "ids") return gradeIds(answer, numbers, wrong);
  if (kind === "between") return gradeBetween(answer, numbers, wrong);
  if (numbers === null) return [false, "Write numbers with commas between them, for example 2, 7, 1."];
  if (kind === "rows") {
    const rows = new Set(numbers);
    const lacks = (set, other) => [...set].filter((row) => !other.has(row)).length;
    const [missing, extra] = [lacks(new Set(answer), rows), lacks(rows, new Set(answer))];
    if (!missing && !extra) return [true, "Right."];
    const counts = [missing && `${missing} missing`, extra && `${extra} too many`].filter(Boolean);
    const isIt = (one) => one.length === rows.size && one.every((row) => rows.has(row));
    return [false, known(isIt, `Not yet: ${counts.join(" and ")}.`)];
  }
  if (isNear(numbers, answer)) return [true, "Right."];
  return [false, known((one) => isNear(numbers, one), faultOf(numbers, answer))];
}
