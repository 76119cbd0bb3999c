// A lens on a page or in a live notebook: ids, the table they read, and a result that follows from both. It takes over
// the html that Python wrote (table_lens.html), lets the reader pick and change ids, and keeps in step with Python.

import { rootOf } from "../widgets/dom.js";
import { rove } from "../widgets/keyboard.js";
import { describe, grouped, lit } from "../widgets/words.js";
import { captureFocus, restoreFocus } from "./focus.js";
import { hydrate, parsePosition } from "./hydrate.js";
import { idEditing } from "./id_editor.js";
import { lensState, same } from "./lens_state.js";
import { overviewOf } from "./overview_field.js";
import { findHeld, foundWords, readQuery, searchField } from "./row_search.js";
import { fillToolbar } from "./toolbar.js";
import { isTransposed, labelTransposed } from "./transpose.js";
import { setText, viewOf } from "./view.js";

/** What a lens selects when this button or cell is gone to; null for one that stands for nothing. */
function selectionOf(element) {
  const { sentence, position, row } = { ...element.closest("tr")?.dataset, ...element.dataset };
  if (sentence !== undefined) return { sentence: Number(sentence) };
  if (position !== undefined) return { position: parsePosition(position) };
  return row === undefined ? null : { row: Number(row) };
}

/** Make the html in `root` a lens. Returns { follow, capture, restore, stop }. */
function connect(root, model, resultOf) {
  const stored = JSON.parse(root.dataset.state);
  const { V, shape, axes } = stored;
  const canEdit = !(stored.bags && model.isStatic); // torch makes the output of a bag, and a page has no torch
  hydrate(root, stored, canEdit ? stored.hint : (stored.still_hint ?? stored.hint));
  const view = viewOf(root, stored, resultOf);
  const { stage, buttons } = view;
  const [status, alert] = ["status", "alert"].map((role) => root.querySelector(`[role="${role}"]`));
  const stopper = new AbortController();
  const { signal } = stopper;

  const around = stored.window && (stored.window.ids ?? stored.reset_ids);
  const ids = around ?? buttons.map((button) => Number(button.dataset.id));
  const refuse = (words) => setText(alert, words);
  const state = lensState(stored, ids, view.flats, view.rows, model, { changed: show, refuse });
  // A page without an overview leaves out its scripts (front_ends.py).
  const overview = stored.overview && overviewOf(stage, stored, view.names, (row) => state.select({ row }), signal);
  const drawPaths = (moves) => view.drawPaths(state, moves, overview?.spotOf);
  const redraw = () => drawPaths(false);
  const editing = idEditing(view, stored, state, { show, refuse, redraw });
  function update() {
    const shown = view.update(state);
    overview?.update(shown);
  }
  /** What this page lacks of a row that is selected; "" if nothing, or if Python will send it. */
  function lacking({ row }) {
    if (!model.isStatic || row === undefined || view.rows.has(row)) return "";
    return `; this page holds ${grouped(view.rows.size)} of the ${grouped(V)} rows, and not row ${row}`;
  }
  function show(said = "") {
    update();
    const words = describe(shape, state.ids, state.selection, {
      tokens: view.names,
      axes,
      line: isTransposed(root) ? "column" : "row",
    });
    setText(status, (said ? `${said}: ${words}` : words) + lacking(state.selection));
    refuse("");
    drawPaths(true);
  }

  let picked = null; // what the reader went to last: to pick an id again means to change it
  function pick(element) {
    const next = selectionOf(element);
    if (!next) return;
    picked = element;
    state.select(next);
  }
  const stops = new Map(); // of each part: the function that moves its tab stop
  const moveStop = (element) => stops.get(element.closest(".rl-part"))(element);
  function press({ target }) {
    const button = target.closest("button") ?? target.closest("tr[data-row]")?.querySelector("button");
    const next = button && selectionOf(button);
    if (!next || target.tagName === "INPUT") return;
    moveStop(button);
    const isAgain = picked === button && same(state.selection, next);
    if (canEdit && buttons.includes(button) && isAgain) return editing.edit(button);
    button.focus(); // not every browser does so on a click
    pick(button);
  }
  function type(event) {
    if (!canEdit || !buttons.includes(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const typed = /^[\d-]$/.test(event.key);
    if (!typed && event.key !== "Enter" && event.key !== "F2") return;
    event.preventDefault();
    event.stopPropagation();
    pick(event.target);
    editing.edit(event.target, typed ? event.key : undefined);
  }
  for (const part of stage.querySelectorAll(".rl-part")) {
    stops.set(
      part,
      rove(part, pick, signal, () => part === view.tablePart && isTransposed(root)),
    );
    part.addEventListener("click", press, { signal });
  }
  view.idsPart.addEventListener("keydown", type, { signal });
  const [first] = lit(shape, ids, state.selection);
  if (state.selection.position && view.buttonOf(first)) {
    moveStop(view.buttonOf(first));
    moveStop(view.endOf(first).querySelector("button"));
  }

  /** Look for a row: by its number, or by its token, among those that the page holds or, in Python, among all. */
  function search(text) {
    const { row, token, error } = readQuery(text, V);
    if (error) return refuse(error);
    if (row !== undefined) return state.select({ row });
    if (!token) return undefined;
    if (!stored.overview.has_tokens) return refuse(`“${token}” is not a row number, and this lens has no tokens`);
    if (!model.isStatic) {
      model.set("_search", { text: token, count: Date.now() });
      return model.save_changes();
    }
    const found = findHeld(token, view.names, state.selection.row ?? -1);
    const words = foundWords(token, found, view.names.size);
    if (!found.of) return refuse(words);
    state.select({ row: found.row });
    return show(words);
  }
  const finder = root.querySelector(".rl-find");
  if (finder) searchField(finder, stored.overview.has_tokens, search);
  function moveWindow(start) {
    model.set("_window", start);
    model.save_changes();
  }

  const held = [...view.rows.keys()];
  const anyRow = () => (model.isStatic ? held[Math.floor(Math.random() * held.length)] : Math.floor(Math.random() * V));
  const tools = root.querySelector(".rl-tools");
  const buttonsAbove = fillToolbar(tools, [
    ...(canEdit && ids.length ? [["New random ids", () => state.change(ids.map(anyRow), "new ids")]] : []),
    ...(canEdit && ids.length ? [["Reset", () => state.change(stored.reset_ids, "reset")]] : []),
    ...((!model.isStatic && stored.window?.moves) || []).map(([text, start, way]) => [
      text,
      () => moveWindow(start),
      { "data-move": way },
    ]),
    ...(stored.transpose_switch ? [["Columns", toggleTransposed]] : []),
  ]);
  function toggleTransposed() {
    root.toggleAttribute("data-transposed");
    labelTransposed(root, view.tablePart, buttonsAbove.at(-1));
    show();
  }
  if (stored.transpose_switch) labelTransposed(root, view.tablePart, buttonsAbove.at(-1));

  stage.addEventListener("scroll", redraw, { signal, capture: true });
  const watcher = new ResizeObserver(redraw);
  watcher.observe(stage);
  update();
  if (overview) drawPaths(true);
  root.classList.add("rl-live");

  return {
    follow: state.follow,
    /** Say what Python has found. */
    found({ at, of, error }) {
      if (error) return refuse(`the tokens of this lens cannot be searched: ${error}`);
      const words = foundWords(model.get("_search").text, { at, of });
      return of ? show(words) : refuse(words);
    },
    capture: () => ({ draft: editing.draft(), focus: captureFocus(root) }),
    /** Go on in newer html where the reader was in the older. */
    restore({ draft, focus }) {
      restoreFocus(root, focus);
      const button = draft && same(shape, draft.shape) && view.buttonOf(draft.flat);
      if (button) editing.edit(button, draft.typed);
    },
    stop() {
      stopper.abort();
      editing.close();
      view.stop();
      watcher.disconnect();
      tools.replaceChildren();
    },
  };
}

/** anywidget's entry point for a lens whose result `resultOf` shows; the book's pages call it with no kernel. */
export function renderLens(context, resultOf) {
  const { model } = context;
  const root = rootOf(context);
  let lens = connect(root, model, resultOf);

  /** Put Python's newer html into the lens, and let the reader go on in it. */
  function renew() {
    const holder = document.createElement("template");
    holder.innerHTML = model.get("_html"); // Python escaped every text in it
    const next = holder.content.firstElementChild;
    const kept = lens.capture();
    lens.stop();
    root.dataset.state = next.dataset.state;
    // A live region is heard if it stays; all else is replaced around it.
    const regions = [...root.children].filter((old) => old.hasAttribute("role"));
    for (const old of [...root.children]) if (!regions.includes(old)) old.remove();
    let before = null;
    for (const fresh of [...next.children]) {
      const region = fresh.hasAttribute("role") ? regions.shift() : null;
      if (region) setText(region, fresh.textContent);
      else root.insertBefore(fresh, before ? before.nextSibling : root.firstChild);
      before = region ?? fresh;
    }
    lens = connect(root, model, resultOf);
    lens.follow(); // an edit may be on its way to Python while this html was on its way here
    lens.restore(kept);
  }
  const follow = () => lens.follow();
  const found = () => setTimeout(() => lens.found(model.get("_found"))); // after the newer html of the same message
  const listeners = {
    "change:_version": renew,
    "change:_edit": follow,
    "change:selection": follow,
    "change:_found": found,
  };
  if (!model.isStatic) follow(); // what another view did while the kernel was busy
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    lens.stop();
  };
}
