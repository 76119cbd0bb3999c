// A lens on a page or in a live notebook: ids, the table they read, and a third table that follows from both. It takes
// over the html that Python wrote (markup.py), lets the reader pick and change ids, and keeps in step with Python.

import { make, rootOf } from "../widgets/dom.js";
import { openEditor } from "./id_editor.js";
import { rove } from "../widgets/keyboard.js";
import { randomIds } from "./ids.js";
import { painter, setAttribute, setText } from "./view.js";
import { describe, exists, lit, place } from "../widgets/words.js";

const parsePosition = (text) => (text ? text.split(",").map(Number) : []);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The buttons above a lens: [text, what to do]. Returns the element that holds them. */
function toolbar(items) {
  const buttons = items.map(([text, press]) => {
    const button = make("button", { type: "button" }, text);
    button.addEventListener("click", () => press(button));
    return button;
  });
  return make("div", { className: "rl-tools" }, ...buttons);
}

/** Take over one lens. Returns { n, lacks, follow, show, leave, enter, stop }. */
function takeOver(root, model, thirdOf) {
  const { V, n, batch, start, conventions, ...state } = JSON.parse(root.dataset.state);
  const picture = painter(root, thirdOf);
  const { shape, buttons, rows, parts } = picture;
  const status = root.querySelector('[role="status"]');
  const alert = root.querySelector('[role="alert"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal, capture: type === "scroll" });

  let ids = buttons.map((button) => Number(button.dataset.id));
  let { selection } = state;
  let asked = null; // ids that need a row the page does not hold; Python answers with new html
  let editor = null; // { flat, input, close } while an id is being changed
  let picked = null; // the button that the reader went to last: picking it again means to change it

  function paint(said = "") {
    picture.paint(ids, selection);
    const line = root.dataset.convention === "columns" ? "column" : "row";
    setText(status, (said && `${said}: `) + describe(shape, ids, selection, picture.tokens, line));
    setText(alert, "");
    picture.link(ids, selection, true);
  }

  function select(next) {
    selection = next;
    paint();
    model.set("selection", next);
    model.save_changes();
  }

  /** Show other ids, and tell Python. Returns whether they can be shown. */
  function change(next, said) {
    const missing = next.find((id) => !rows.has(id));
    if (missing !== undefined && model.isStatic) {
      setText(alert, `row ${missing} exists, but this page holds ${rows.size} of the ${V} rows`);
      return false;
    }
    asked = missing === undefined ? null : next;
    if (!asked) {
      ids = next;
      paint(said);
    }
    model.set("_edit", { batch, ids: next });
    model.save_changes();
    return true;
  }

  /** What the lens selects when this button or cell is gone to. */
  function meant(element) {
    if (element.dataset.sentence !== undefined) return { sentence: Number(element.dataset.sentence) };
    const { position, row } = { ...element.closest("tr").dataset, ...element.dataset };
    return position === undefined ? { row: Number(row) } : { position: parsePosition(position) };
  }

  function pick(element) {
    picked = element;
    select(meant(element));
  }

  function edit(button, typed) {
    const flat = buttons.indexOf(button);
    const before = asked ?? ids;
    const opened = openEditor(button, {
      typed,
      V,
      at: place(shape, flat),
      refuse: (words) => setText(alert, words),
      show(id) {
        setText(alert, "");
        const now = asked ?? ids;
        return id === now[flat] || change(now.with(flat, id));
      },
      undo: () => ((asked ?? ids)[flat] === before[flat] ? paint() : change(before, "as it was")),
      done() {
        editor = null;
        picture.link(ids, selection, false);
      },
    });
    editor = { flat, ...opened };
    picture.link(ids, selection, false);
  }

  const isTurned = () => root.dataset.convention === "columns";
  const stops = parts.map((part, i) => rove(part, pick, stopper.signal, i === 1 ? isTurned : undefined));
  parts.forEach((part, i) =>
    on(part, "click", (event) => {
      const button = event.target.closest("button") ?? event.target.closest("tr[data-row]")?.querySelector("button");
      if (!button || event.target.tagName === "INPUT") return;
      stops[i](button);
      if (buttons.includes(button) && picked === button) return edit(button);
      button.focus(); // not every browser does so on a click
      pick(button);
    }),
  );
  on(parts[0], "keydown", (event) => {
    if (!buttons.includes(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const typed = /^[\d-]$/.test(event.key);
    if (!typed && event.key !== "Enter" && event.key !== "F2") return;
    event.preventDefault();
    event.stopPropagation();
    pick(event.target);
    edit(event.target, typed ? event.key : undefined);
  });
  on(picture.stage, "scroll", () => picture.link(ids, selection, false));

  const items = [];
  if (buttons.length) {
    const held = [...rows.keys()];
    const draw = () => (model.isStatic ? held[Math.floor(Math.random() * held.length)] : Math.floor(Math.random() * V));
    items.push(["New random ids", () => change(randomIds(ids.length, draw), "new ids")]);
    items.push(["Reset", () => change([...start], "reset")]);
  }
  if (conventions) {
    items.push(["Columns", () => {
      root.dataset.convention = isTurned() ? "rows" : "columns";
      turned();
      paint();
    }]);
  }
  const tools = toolbar(items);
  function turned() {
    const title = isTurned() ? "table, transposed (D, V)" : "table (V, D)";
    setAttribute(tools.lastElementChild, "aria-checked", isTurned());
    setText(parts[1].querySelector("caption"), title);
    setAttribute(parts[1].querySelector("table"), "aria-label", title);
  }
  if (items.length) status.before(tools);
  if (conventions) {
    tools.lastElementChild.setAttribute("role", "switch");
    turned();
  }

  root.classList.add("rl-live");
  const [first] = lit(shape, ids, selection);
  if (first !== undefined && selection.position) {
    stops[0](buttons[first]);
    stops[2](picture.third.end(first, ids[first]).querySelector("button"));
  }
  const watcher = new ResizeObserver(() => picture.link(ids, selection, false));
  watcher.observe(picture.stage);

  /** Where `element` stands: in which table, in which row, at which place in it. */
  function standing(element) {
    const tr = element.closest("tr");
    const tool = [...tools.children].indexOf(element);
    if (!tr) return tool < 0 ? null : `tool ${tool}`;
    const cell = element.closest("th, td");
    const row = tr.dataset.position ?? tr.dataset.row ?? tr.rowIndex;
    return `${parts.findIndex((part) => part.contains(tr))} ${row} ${[...tr.children].indexOf(cell)}`;
  }
  const focusable = () => [...tools.children, ...picture.stage.querySelectorAll("button, td[tabindex]")];

  return {
    n,
    /** Whether something is asked for that needs a row the page does not hold. */
    lacks: () => asked !== null || (selection.row !== undefined && !rows.has(selection.row)),
    /** The ids were edited, here or in another view of the same lens. */
    follow(edit) {
      if (edit?.batch !== batch || same(edit.ids, asked ?? ids)) return;
      asked = edit.ids.every((id) => rows.has(id)) ? null : edit.ids;
      if (asked) return;
      ids = edit.ids;
      paint();
    },
    show(next) {
      if (same(next, selection) || !exists(shape, next)) return;
      selection = next;
      paint();
    },
    /** What the reader is about, to be taken up in newer html. */
    leave() {
      const active = root.getRootNode().activeElement;
      const editing = editor && { flat: editor.flat, typed: editor.input.value };
      return { editing, shape, at: root.contains(active) ? standing(active) : null, scrolled: parts.map((part) => part.scrollLeft) };
    },
    enter({ editing, shape: before, at, scrolled }) {
      parts.forEach((part, i) => (part.scrollLeft = scrolled[i]));
      if (editing && same(shape, before)) return edit(buttons[editing.flat], editing.typed);
      if (at !== null) focusable().find((element) => standing(element) === at)?.focus();
    },
    stop() {
      stopper.abort();
      editor?.close();
      picture.stop();
      watcher.disconnect();
      tools.remove();
    },
  };
}

/** anywidget's entry point for a lens whose third table `thirdOf` paints; the book's pages call it with no kernel. */
export function renderLens(context, thirdOf) {
  const { model } = context;
  const root = rootOf(context);
  let lens = takeOver(root, model, thirdOf);

  /** Put Python's newer html into the lens, and keep the reader's place in it. */
  function renew(next) {
    const place = lens.leave();
    lens.stop();
    root.dataset.state = next.dataset.state;
    for (const part of [".rl-caption", ".rl-stage", ".rl-legend"]) {
      root.querySelector(part).replaceWith(next.querySelector(part));
    }
    for (const role of ["status", "alert"]) {
      setText(root.querySelector(`[role="${role}"]`), next.querySelector(`[role="${role}"]`).textContent);
    }
    lens = takeOver(root, model, thirdOf);
    onEdit(); // on its way to Python while this html was on its way here
    onSelection();
    lens.enter(place);
  }
  function onHtml() {
    const holder = document.createElement("template");
    holder.innerHTML = model.get("_html");
    const next = holder.content.firstElementChild;
    if (JSON.parse(next.dataset.state).n > lens.n || lens.lacks()) renew(next);
  }
  const onEdit = () => lens.follow(model.get("_edit"));
  const onSelection = () => lens.show(model.get("selection"));
  const listeners = { "change:_html": onHtml, "change:_edit": onEdit, "change:selection": onSelection };
  if (!model.isStatic) {
    onEdit(); // made in another view, while the kernel was busy
    onSelection();
  }
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    lens.stop();
  };
}
