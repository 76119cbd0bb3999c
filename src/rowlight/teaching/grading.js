// Is an answer right, and if not, what is wrong with it. The same as verdict.py; a test holds the two together.

const ORDINALS = "first second third fourth fifth sixth seventh eighth".split(" ");
const TOLERANCE = 0.0005;

/** The numbers in "(5, 3, 4)" or "5 3 4", or null if anything else stands there. */
export function readNumbers(text) {
  const words = text.replace(/[()[\],]/g, " ").split(/\s+/).filter(Boolean);
  return words.every((word) => /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(word) && word.length < 99) ? words.map(Number) : null;
}

/** "5, 3, 4": how `wrong` writes a list of numbers. */
export function key(numbers) {
  return numbers.map((number) => String(Number.isInteger(number) ? number : Number(number.toPrecision(6)))).join(", ");
}

/** { right, words } for an answer of kind "shape", "numbers", "rows" or "choice". */
export function verdict(kind, answer, given, wrong) {
  const no = (words) => ({ right: false, words });
  const yes = { right: true, words: "Right." };
  const fault = (name, words) => no(Object.hasOwn(wrong, name) ? wrong[name] : words);
  if (kind === "choice") {
    if (given === answer) return yes;
    return given ? fault(given, "Not this one.") : no("Choose one first.");
  }
  const numbers = typeof given === "string" ? readNumbers(given) : given;
  if (numbers === null) return no("Write numbers with commas between them, for example 2, 7, 1.");
  if (kind === "rows") {
    const missing = answer.filter((row) => !numbers.includes(row)).length;
    const extra = [...new Set(numbers)].filter((row) => !answer.includes(row)).length;
    if (!missing && !extra) return yes;
    const counts = [missing && `${missing} missing`, extra && `${extra} too many`].filter(Boolean);
    return fault(key([...numbers].sort((a, b) => a - b)), `Not yet: ${counts.join(" and ")}.`);
  }
  const i = numbers.findIndex((number, at) => !(Math.abs(number - answer[at]) <= TOLERANCE));
  if (numbers.length === answer.length && i < 0) return yes;
  if (numbers.length !== answer.length) {
    return fault(key(numbers), `Not yet: you gave ${numbers.length} number${numbers.length === 1 ? "" : "s"}, and there are ${answer.length}.`);
  }
  return fault(key(numbers), `Not yet: the ${ORDINALS[i] ?? `${i + 1}th`} number is not right.`);
}
