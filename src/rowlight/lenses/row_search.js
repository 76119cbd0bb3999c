// Find a row by its number or its token. row_search.py finds tokens in the same way; a test holds the two together.

import { make } from "../widgets/dom.js";
import { grouped } from "../widgets/words.js";

/**
 * What was typed: { row }, { token }, or { error }; {} of nothing. Quotation marks make a token of a number, and keep
 * spaces. A token is looked for as it is shown.
 */
export function readQuery(text, V) {
  const typed = text.trim();
  if (/^\d[\d,]*$/.test(typed)) {
    const row = Number(typed.replaceAll(",", ""));
    return row < V ? { row } : { error: `there is no row ${typed.replaceAll(",", "")}; rows are 0 to ${V - 1}` };
  }
  const inside = /^["“](.*)["”]$/.exec(typed);
  const token = (inside ? inside[1] : typed).replace(/^ +| +$| {2,}/g, (spaces) => "␣".repeat(spaces.length));
  return token ? { token } : {};
}

/** The next row after `row` whose token is `token`, or else holds it: { row, at, of }; `of` is how many there are. */
export function findHeld(token, names, row) {
  const rows = [...names.keys()].sort((a, b) => a - b);
  const exact = rows.filter((one) => names.get(one) === token);
  const holds = (one) => names.get(one).toLowerCase().includes(token.toLowerCase());
  const found = exact.length ? exact : rows.filter(holds);
  const at = Math.max(
    found.findIndex((one) => one > row),
    0,
  );
  return { row: found[at], at, of: found.length };
}

/** What is said of a search. `held` is how many tokens were searched, where those are not all. */
export function foundWords(token, { at, of }, held = null) {
  if (of) return `${grouped(at + 1)} of ${grouped(of)} with “${token}”`;
  return held === null
    ? `no row has a token with “${token}”`
    : `none of the ${grouped(held)} tokens that this page holds has “${token}”`;
}

/** Put a search into `holder`; `search(text)` is called on Enter. Returns the input. */
export function searchField(holder, hasTokens, search) {
  const input = make("input", { type: "search", autocomplete: "off", spellcheck: false, enterKeyHint: "search" });
  const label = make("label", {}, hasTokens ? "Find a row by number or token " : "Find a row by number ", input);
  const form = make("form", { role: "search" }, label);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search(input.value);
  });
  input.addEventListener("keydown", (event) => event.stopPropagation()); // a notebook has plans of its own for keys
  holder.replaceChildren(form);
  return input;
}
