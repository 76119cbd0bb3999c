// The rows of a quiz as buttons to be marked: one tab stop, arrows go through the rows, space marks.

import { make } from "../widgets/dom.js";

const MOVES = { ArrowUp: (i) => i - 1, ArrowDown: (i) => i + 1, Home: () => 0, End: () => Infinity };

/**
 * Make a button of each row's name. `changed()` is called when a mark has changed, `entered()` on Enter.
 * Returns { marked, label(i, words, sign), reset(isOpen) }: the set of marked indexes, and how to change a button.
 */
export function rowMarks(root, changed, entered, signal) {
  const marked = new Set();
  let isOpen = true;
  const names = [...root.querySelectorAll(".rl-moves .rl-name")];
  const buttons = names.map((name) => {
    const sign = make("span", { className: "rl-sign", "aria-hidden": "true" });
    const button = make("button", { type: "button", tabIndex: -1, className: "rl-name" }, ...name.childNodes, sign);
    name.replaceWith(button);
    return button;
  });
  buttons[0].tabIndex = 0;

  function mark(i, isMarked) {
    if (isMarked) marked.add(i);
    else marked.delete(i);
    buttons[i].setAttribute("aria-pressed", isMarked);
    buttons[i].querySelector(".rl-sign").textContent = isMarked ? "✓" : "";
  }
  function focus(i) {
    buttons.forEach((button, j) => (button.tabIndex = j === i ? 0 : -1));
    buttons[i].focus();
  }
  const on = (button, type, listener) => button.addEventListener(type, listener, { signal });
  buttons.forEach((button, i) => {
    on(button, "click", () => {
      if (!isOpen) return;
      mark(i, !marked.has(i));
      changed();
    });
    on(button, "keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const isMove = Object.hasOwn(MOVES, event.key);
      if (!isMove && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation(); // a notebook has plans of its own for these keys
      if (isMove) focus(Math.max(0, Math.min(MOVES[event.key](i), buttons.length - 1)));
      else entered();
    });
  });
  return {
    marked,
    /** Let marks be made, or no longer; `words` and `sign` say for each row what became of its mark. */
    open(mayMark) {
      isOpen = mayMark;
      buttons.forEach((button) => button.setAttribute("aria-disabled", !mayMark));
    },
    clear() {
      buttons.forEach((_, i) => mark(i, false));
    },
    tell(i, words, sign) {
      if (words) buttons[i].setAttribute("aria-label", words);
      else buttons[i].removeAttribute("aria-label");
      if (sign !== undefined) buttons[i].querySelector(".rl-sign").textContent = sign;
    },
  };
}
