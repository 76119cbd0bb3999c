// Change an id in place: type, arrow up and down, Enter, Escape.

import { make } from "../widgets/dom.js";
import { place } from "../widgets/words.js";

/** Read what was typed as an id of a table of V rows: { id } or, in PyTorch's own words, { error }. */
export function readId(text, V, at) {
  const typed = text.trim();
  const valid = `valid ids are 0 to ${V - 1}`;
  if (!/^[+-]?\d+$/.test(typed)) return { error: `“${typed}” is not an id: ids are whole numbers; ${valid}` };
  const id = Number(typed);
  const where = at ? ` at ${at}` : "";
  if (id < 0 || id >= V) return { error: `index out of range in self: id ${typed}${where}; ${valid}` };
  return { id };
}

/**
 * Put an input in the place of an id's button; `at` is the spoken position of the id.
 *
 * `show(id)` puts the id into the lens, `refuse(words)` says why not, `undo()` brings back what was there before, and
 * `done()` is called last. Returns { input, close }; `close()` leaves things as they are.
 */
function openEditor(button, { typed, V, at, show, refuse, undo, done }) {
  const input = make("input", {
    type: "text",
    inputMode: "numeric",
    autocomplete: "off",
    value: typed ?? button.dataset.id,
    "aria-label": at ? `new id for ${at}` : "new id",
  });
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
  const keys = {
    Enter: () => apply(input.value) && close(),
    Escape() {
      undo();
      close();
    },
    ArrowUp: () => step(1),
    ArrowDown: () => step(-1),
  };
  function step(by) {
    const next = String((Number(input.value) || 0) + by);
    if (apply(next)) input.value = next;
  }
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // a notebook uses these keys as well
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("blur", () => {
    if (closed) return;
    apply(input.value);
    close();
  });
  return { input, close };
}

/**
 * The editing of ids in a lens, one at a time. `show()` shows the lens again, `refuse(words)` says what cannot be,
 * `redraw()` draws its paths.
 * Returns { edit(button, typed), draft(), close() }; `draft()` is what is being typed, or null.
 */
export function idEditing(view, { V, shape, axes }, state, { show, refuse, redraw }) {
  let open = null;
  function edit(button, typed) {
    const flat = view.flats[view.buttons.indexOf(button)];
    const id = () => state.latestIds()[flat];
    const before = id();
    const change = (next, said) => state.change(state.latestIds().with(flat, next), said);
    const editor = openEditor(button, {
      typed,
      V,
      at: place(shape, flat, axes),
      refuse,
      show(next) {
        refuse("");
        return next === id() || change(next);
      },
      undo: () => (id() === before ? show() : change(before, "as it was")),
      done() {
        open = null;
        redraw();
      },
    });
    open = { flat, ...editor };
    redraw();
  }
  return {
    edit,
    draft: () => open && { flat: open.flat, shape, typed: open.input.value },
    close: () => open?.close(),
  };
}
