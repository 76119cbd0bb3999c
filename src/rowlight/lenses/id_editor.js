// Change an id in place: type, arrow up and down, Enter, Escape.

import { readId } from "./ids.js";

/**
 * Put an input in the place of an id's button.
 *
 * `show(id)` puts the id into the lens, `refuse(words)` says why not, `undo()` brings back what was there before, and
 * `done()` is called last. Returns { input, close }; `close()` leaves things as they are.
 */
export function openEditor(button, { typed, V, at, show, refuse, undo, done }) {
  const input = document.createElement("input");
  Object.assign(input, { type: "text", inputMode: "numeric", autocomplete: "off", value: typed ?? button.dataset.id });
  input.setAttribute("aria-label", at ? `new id for ${at}` : "new id");
  input.style.width = `${button.offsetWidth}px`; // nothing else may move: a click elsewhere must find its target
  button.hidden = true;
  button.after(input);
  input.focus();
  if (typed === undefined) input.select();

  let closed = false;
  function close() {
    if (closed) return;
    closed = true; // removing the input blurs it, which must not read it again
    const hadFocus = input.matches(":focus");
    input.remove();
    button.hidden = false;
    if (hadFocus) button.focus();
    done();
  }
  function apply(text) {
    const { id, error } = readId(text, V, at);
    if (error) refuse(error);
    const shown = error === undefined && show(id);
    input.setAttribute("aria-invalid", !shown);
    return shown;
  }
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // a notebook has plans of its own for these keys
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key !== "Enter" && event.key !== "Escape" && !step) return;
    event.preventDefault();
    if (step) {
      const next = String((Number(input.value) || 0) + step);
      if (apply(next)) input.value = next;
    } else if (event.key === "Enter") {
      if (apply(input.value)) close();
    } else {
      undo();
      close();
    }
  });
  input.addEventListener("blur", () => {
    if (closed) return;
    apply(input.value);
    close();
  });
  return { input, close };
}
