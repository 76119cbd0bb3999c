// The Row Lens on a page or in a live notebook. It never makes a number: it finds the html that Python wrote
// (markup.py), and moves light and copies of rows about in it.

import { openEditor } from "./editor.js";
import { rove } from "./grid.js";
import { randomIds } from "./ids.js";
import { drawPaths } from "./paths.js";
import { describe, exists, idName, lit, place } from "./words.js";

const numbersOf = (tr) => [...tr.querySelectorAll("td:not(.rl-uses)")];
const parsePosition = (text) => (text ? text.split(",").map(Number) : []);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** The elements of a lens, and the painting of a state into them. */
function painter(root) {
  const { shape, reads } = JSON.parse(root.dataset.state);
  const stage = root.querySelector(".rl-stage");
  const parts = [...stage.querySelectorAll(".rl-part")];
  const buttons = [...parts[0].querySelectorAll("[data-position]")];
  const sentences = [...parts[0].querySelectorAll("[data-sentence]")];
  const rows = new Map([...parts[1].querySelectorAll("[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));
  const vectors = [...parts[2].querySelectorAll("tr[data-position]")];
  const tokens = new Map(
    [...rows].flatMap(([row, tr]) => [...tr.querySelectorAll(".rl-token")].map((token) => [row, token.textContent])),
  );
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) => reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);

  // From here on the style sheet shows a row's mark: text that comes and goes would lay the table out each time.
  for (const mark of stage.querySelectorAll(".rl-mark")) setText(mark, "▸");
  const light = (tr, isLit) => setAttribute(tr, "aria-selected", isLit);

  function paintIds(ids, selection, chosen) {
    buttons.forEach((button, flat) => {
      if (button.dataset.id !== String(ids[flat])) {
        button.dataset.id = ids[flat];
        setText(button, String(ids[flat]));
        button.setAttribute("aria-label", idName(shape, flat, ids[flat]));
      }
      setAttribute(button, "aria-pressed", chosen.includes(flat));
    });
    for (const button of sentences) setAttribute(button, "aria-pressed", selection.sentence === Number(button.dataset.sentence));
  }

  function paintTable(ids, litRows) {
    const uses = new Map();
    for (const id of ids) uses.set(id, (uses.get(id) ?? 0) + 1);
    for (const [row, tr] of rows) {
      const count = uses.get(row) ?? 0;
      if (tr.dataset.uses !== String(count)) {
        tr.dataset.uses = count;
        setText(tr.lastElementChild, `${count}×`);
        tr.lastElementChild.toggleAttribute("data-repeated", count > 1);
      }
      light(tr, litRows.has(row));
    }
  }

  function paintOutput(ids, chosen) {
    vectors.forEach((tr, flat) => {
      const id = ids[flat];
      if (tr.dataset.row !== String(id)) {
        tr.dataset.row = id;
        setText(tr.querySelector(".rl-from"), `row ${id}`);
        const button = tr.querySelector("button");
        button.setAttribute("aria-label", `${button.textContent}: vector of ${idName(shape, flat, id)}`);
        const cells = numbersOf(tr);
        read(id).forEach(([text, level], column) => {
          setText(cells[column], text);
          if (level != null) cells[column].dataset.level = level;
        });
      }
      light(tr, chosen.includes(flat));
    });
  }

  let frame = 0;
  return {
    stage, parts, buttons, vectors, rows, tokens, shape,
    paint(ids, selection) {
      const chosen = lit(shape, ids, selection);
      const litRows = new Set(chosen.map((flat) => ids[flat]));
      if (selection.row !== undefined) litRows.add(selection.row);
      paintIds(ids, selection, chosen);
      paintTable(ids, litRows);
      paintOutput(ids, chosen);
    },
    /** Draw the paths with the next frame: measuring now would lay the page out twice. */
    link(ids, selection, moves) {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => {
        const chosen = lit(shape, ids, selection).filter((flat) => rows.has(ids[flat]));
        drawPaths(stage, chosen.map((flat) => [buttons[flat], rows.get(ids[flat]), vectors[flat]]), moves);
      });
    },
    stop: () => cancelAnimationFrame(frame),
  };
}

/** The buttons above a lens: [text, what to do]. Returns the element that holds them. */
function toolbar(items) {
  const tools = document.createElement("div");
  tools.className = "rl-tools";
  for (const [text, press] of items) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => press(button));
    tools.append(button);
  }
  return tools;
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Take over one lens. Returns { n, waitsFor, follow, show, stop }. */
function takeOver(root, model) {
  const { V, n, start, ...state } = JSON.parse(root.dataset.state);
  const picture = painter(root);
  const { shape, buttons, vectors, rows, parts } = picture;
  const status = root.querySelector('[role="status"]');
  const alert = root.querySelector('[role="alert"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal, capture: type === "scroll" });

  let ids = buttons.map((button) => Number(button.dataset.id));
  let { selection } = state;
  let asked = null; // ids that need a row the page does not hold; Python answers with new html
  let closeEditor = () => {};
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
    if (missing !== undefined && model.still) {
      setText(alert, `row ${missing} exists, but this page holds ${rows.size} of the ${V} rows`);
      return false;
    }
    asked = missing === undefined ? null : next;
    if (!asked) {
      ids = next;
      paint(said);
    }
    model.set("_edit", { n, ids: next });
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
    closeEditor = openEditor(button, {
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
        closeEditor = () => {};
        picture.link(ids, selection, false);
      },
    });
    picture.link(ids, selection, false);
  }

  const stops = parts.map((part) => rove(part, pick, stopper.signal));
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
    const choices = model.still ? [...rows.keys()] : Array.from({ length: V }, (_, row) => row);
    items.push(["New random ids", () => change(randomIds(ids.length, choices), "new ids")]);
    items.push(["Reset", () => change([...start], "reset")]);
  }
  if (state.conventions) {
    items.push(["Columns", () => {
      root.dataset.convention = root.dataset.convention === "columns" ? "rows" : "columns";
      turned();
      paint();
    }]);
  }
  const tools = toolbar(items);
  function turned() {
    const columns = root.dataset.convention === "columns";
    setAttribute(tools.lastElementChild, "aria-checked", columns);
    setText(parts[1].querySelector("caption"), columns ? "table, transposed (D, V)" : "table (V, D)");
  }
  if (items.length) status.before(tools);
  if (state.conventions) {
    tools.lastElementChild.setAttribute("role", "switch");
    turned();
  }

  root.classList.add("rl-live");
  const [first] = lit(shape, ids, selection);
  if (first !== undefined && selection.position) {
    stops[0](buttons[first]);
    stops[2](vectors[first].querySelector("button"));
  }
  const watcher = new ResizeObserver(() => picture.link(ids, selection, false));
  watcher.observe(picture.stage);

  return {
    n,
    waitsFor: (other) => asked !== null && same(asked, other),
    /** Another view of the same lens was edited. */
    follow(edit) {
      if (edit?.n !== n || same(edit.ids, asked ?? ids)) return;
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
    stop() {
      stopper.abort();
      closeEditor();
      picture.stop();
      watcher.disconnect();
      tools.remove();
    },
  };
}

/** anywidget's entry point; the book's pages call it with a model that has no kernel behind it. */
function renderRowLens({ model, el }) {
  const stored = el.matches(".rowlight");
  if (!stored) el.innerHTML = model.get("_html"); // Python escaped every token in it
  const root = stored ? el : el.querySelector(".rowlight");
  let lens = takeOver(root, model);

  /** Put Python's newer html into the lens, and keep the reader's place in it. */
  function renew(next) {
    const all = () => [...root.querySelectorAll("button")];
    const active = root.getRootNode().activeElement;
    const kept = all().indexOf(active?.tagName === "INPUT" ? active.previousElementSibling : active);
    lens.stop();
    root.dataset.state = next.dataset.state;
    for (const part of [".rl-caption", ".rl-stage", ".rl-legend"]) {
      root.querySelector(part).replaceWith(next.querySelector(part));
    }
    lens = takeOver(root, model);
    root.querySelector('[role="status"]').textContent = next.querySelector('[role="status"]').textContent;
    onSelection();
    all()[kept]?.focus();
  }
  function onHtml() {
    const holder = document.createElement("template");
    holder.innerHTML = model.get("_html");
    const next = holder.content.firstElementChild;
    const ids = [...next.querySelectorAll("[data-id]")].map((button) => Number(button.dataset.id));
    if (JSON.parse(next.dataset.state).n > lens.n || lens.waitsFor(ids)) renew(next);
  }
  const onEdit = () => lens.follow(model.get("_edit"));
  const onSelection = () => lens.show(model.get("selection"));
  if (!stored) {
    onEdit(); // made in another view, while the kernel was busy
    onSelection();
  }
  model.on("change:_html", onHtml);
  model.on("change:_edit", onEdit);
  model.on("change:selection", onSelection);
  return () => {
    model.off("change:_html", onHtml);
    model.off("change:_edit", onEdit);
    model.off("change:selection", onSelection);
    lens.stop();
  };
}

export const rowLens = { render: renderRowLens };
export default rowLens;
