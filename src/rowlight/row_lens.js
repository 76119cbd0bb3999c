// The Row Lens on a page or in a live notebook. It never makes a number: it finds the html that Python wrote
// (markup.py), and moves light and copies of rows about in it.

import { rove } from "./grid.js";
import { randomIds, readId } from "./ids.js";
import { drawPaths } from "./paths.js";
import { describe, idName, lit, place } from "./words.js";

const numbersOf = (tr) => [...tr.querySelectorAll("td:not(.rl-uses)")];
const parsePosition = (text) => (text ? text.split(",").map(Number) : []);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Take over one lens. Returns { sync, stop, focused }. */
function takeOver(root, model) {
  const state = JSON.parse(root.dataset.state);
  const { V, shape, start } = state;
  const stage = root.querySelector(".rl-stage");
  const [idsPart, tablePart, outputPart] = stage.querySelectorAll(".rl-part");
  const buttons = [...idsPart.querySelectorAll("[data-position]")];
  const sentences = [...idsPart.querySelectorAll("[data-sentence]")];
  const rows = new Map([...tablePart.querySelectorAll("[data-row]")].map((tr) => [Number(tr.dataset.row), tr]));
  const vectors = [...outputPart.querySelectorAll("tr[data-position]")];
  const status = root.querySelector('[role="status"]');
  const alert = root.querySelector('[role="alert"]');
  const tokens = new Map(
    [...rows].flatMap(([row, tr]) => [...tr.querySelectorAll(".rl-token")].map((token) => [row, token.textContent])),
  );
  /** The cells that looking up `id` returns, as [text, level]: the row, unless Python says otherwise (max_norm). */
  const read = (id) =>
    state.reads[id] ?? numbersOf(rows.get(id)).map((cell) => [cell.textContent, cell.dataset.level]);
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });

  let ids = buttons.map((button) => Number(button.dataset.id));
  let selection = state.selection;
  let n = state.n;
  let asked = null; // an edit that needs a row the page does not hold; Python answers with new html
  const line = () => (root.dataset.convention === "columns" ? "column" : "row");

  function paint(said = "") {
    const chosen = lit(shape, ids, selection);
    const litRows = new Set(chosen.map((flat) => ids[flat]));
    if (selection.row !== undefined) litRows.add(selection.row);
    buttons.forEach((button, flat) => {
      const id = ids[flat];
      if (button.dataset.id !== String(id)) {
        button.dataset.id = id;
        setText(button, String(id));
        button.setAttribute("aria-label", idName(shape, flat, id));
      }
      button.setAttribute("aria-pressed", chosen.includes(flat));
    });
    sentences.forEach((button) => button.setAttribute("aria-pressed", selection.sentence === Number(button.dataset.sentence)));
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
    vectors.forEach((tr, flat) => {
      const id = ids[flat];
      if (tr.dataset.row !== String(id)) {
        tr.dataset.row = id;
        setText(tr.querySelector(".rl-from"), `row ${id}`);
        tr.querySelector("button").setAttribute("aria-label", `vector of ${idName(shape, flat, id)}`);
        const cells = numbersOf(tr);
        read(id).forEach(([text, level], column) => {
          setText(cells[column], text);
          if (level != null) cells[column].dataset.level = level;
        });
      }
      light(tr, chosen.includes(flat));
    });
    setText(status, (said && `${said}: `) + describe(shape, ids, selection, tokens, line()));
    setText(alert, "");
    link();
  }

  function light(tr, isLit) {
    if (tr.getAttribute("aria-selected") === String(isLit)) return;
    tr.setAttribute("aria-selected", isLit);
    setText(tr.querySelector(".rl-mark"), isLit ? "▸" : "");
  }

  function link() {
    const chosen = lit(shape, ids, selection).filter((flat) => rows.has(ids[flat]));
    drawPaths(stage, chosen.map((flat) => [buttons[flat], rows.get(ids[flat]), vectors[flat]]));
  }

  function select(next) {
    selection = next;
    paint();
    model.set("selection", next);
    model.save_changes();
  }

  function change(next, said) {
    if (next.every((id) => rows.has(id))) {
      ids = next;
      asked = null;
      paint(said);
    } else if (!model.still) {
      asked = next;
    } else {
      setText(alert, `row ${next.find((id) => !rows.has(id))} exists, but this page holds ${rows.size} of the ${V} rows`);
      return false;
    }
    n += 1;
    model.set("_edit", { n, ids: next });
    model.save_changes();
    return true;
  }

  /** What the lens would select if this button were pressed. */
  function meant(button) {
    if (button.dataset.sentence !== undefined) return { sentence: Number(button.dataset.sentence) };
    const at = button.dataset.position ?? button.closest("tr").dataset.position;
    return at === undefined ? { row: Number(button.closest("tr").dataset.row) } : { position: parsePosition(at) };
  }

  function edit(button, typed = button.dataset.id) {
    const flat = buttons.indexOf(button);
    const at = place(shape, flat);
    const before = [...ids];
    const input = document.createElement("input");
    Object.assign(input, { type: "text", inputMode: "numeric", autocomplete: "off", value: typed });
    input.setAttribute("aria-label", at ? `new id for ${at}` : "new id");
    button.hidden = true;
    button.after(input);
    input.focus();
    if (typed === button.dataset.id) input.select();
    link();
    let closed = false;
    function close(keep) {
      closed = true; // removing the input blurs it, which must not read it again
      const hadFocus = document.activeElement === input;
      input.remove();
      button.hidden = false;
      if (keep) link();
      else if (ids[flat] !== before[flat]) change(before, "as it was");
      else paint();
      if (hadFocus) button.focus();
    }
    /** Read `text`; show it or say why not. */
    function apply(text) {
      const { id, error } = readId(text, V, at);
      input.setAttribute("aria-invalid", error !== undefined);
      if (error) setText(alert, error);
      return !error && (id === ids[flat] || change(ids.with(flat, id)));
    }
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") {
        event.preventDefault();
        if (apply(input.value)) close(true);
      } else if (event.key === "Escape") {
        event.preventDefault();
        close(false);
      } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        const next = String((Number(input.value) || 0) + (event.key === "ArrowUp" ? 1 : -1));
        if (apply(next)) input.value = next;
      }
    });
    input.addEventListener("blur", () => {
      if (closed) return;
      apply(input.value);
      close(true);
    });
  }

  let picked = null; // the button that the reader went to last: picking it again means to change it
  function pick(button) {
    picked = button;
    select(meant(button));
  }
  const stops = [idsPart, tablePart, outputPart].map((part) => rove(part, pick, stopper.signal));
  [idsPart, tablePart, outputPart].forEach((part, i) =>
    on(part, "click", (event) => {
      const button = event.target.closest("button") ?? event.target.closest("tr[data-row]")?.querySelector("button");
      if (!button || event.target.tagName === "INPUT") return;
      stops[i](button);
      if (buttons.includes(button) && picked === button) return edit(button);
      button.focus(); // not every browser does so on a click
      pick(button);
    }),
  );
  on(idsPart, "keydown", (event) => {
    if (!buttons.includes(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    const typed = /^[\d-]$/.test(event.key);
    if (!typed && event.key !== "Enter" && event.key !== "F2") return;
    event.preventDefault();
    event.stopPropagation();
    pick(event.target);
    edit(event.target, typed ? event.key : undefined);
  });

  const tools = document.createElement("div");
  tools.className = "rl-tools";
  const tool = (text, press) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    on(button, "click", () => press(button));
    tools.append(button);
    return button;
  };
  if (buttons.length) {
    const choices = model.still ? [...rows.keys()] : Array.from({ length: V }, (_, row) => row);
    tool("New random ids", () => change(randomIds(ids.length, choices), "new ids"));
    tool("Reset", () => change([...start], "reset"));
  }
  if (state.conventions) {
    const turn = tool("Columns", (button) => {
      const columns = root.dataset.convention !== "columns";
      root.dataset.convention = columns ? "columns" : "rows";
      button.setAttribute("aria-checked", columns);
      setText(tablePart.querySelector("caption"), columns ? "table, transposed (D, V)" : "table (V, D)");
      paint();
    });
    turn.setAttribute("role", "switch");
    turn.setAttribute("aria-checked", "false");
  }
  if (tools.childElementCount) status.before(tools);

  root.classList.add("rl-live");
  const first = lit(shape, ids, selection)[0];
  if (first !== undefined && selection.position) [buttons, vectors].forEach((list, i) => stops[2 * i](list[first].closest("button") ?? list[first].querySelector("button")));
  link();
  const watcher = new ResizeObserver(link);
  watcher.observe(stage);

  return {
    isNews: (html) => html.n > n || (asked && html.n === n),
    show(next) {
      if (JSON.stringify(next) === JSON.stringify(selection)) return;
      selection = next;
      paint();
    },
    stop() {
      stopper.abort();
      watcher.disconnect();
      tools.remove();
    },
  };
}

/** anywidget's entry point; the book's pages call it with a model that has no kernel behind it. */
function renderRowLens({ model, el }) {
  let lens;
  const root = () => (el.matches(".rowlight") ? el : el.querySelector(".rowlight"));
  function draw() {
    const focus = root()?.contains(document.activeElement) && document.activeElement.dataset.position;
    lens?.stop();
    el.innerHTML = model.get("_html"); // Python escaped every token in it
    lens = takeOver(root(), model);
    if (typeof focus === "string") root().querySelector(`button[data-position="${focus}"]`)?.focus();
  }
  function onHtml() {
    const holder = document.createElement("template");
    holder.innerHTML = model.get("_html");
    if (lens.isNews(JSON.parse(holder.content.firstElementChild.dataset.state))) draw();
  }
  const onSelection = () => lens.show(model.get("selection"));
  if (root()) lens = takeOver(root(), model);
  else draw();
  model.on("change:_html", onHtml);
  model.on("change:selection", onSelection);
  return () => {
    model.off("change:_html", onHtml);
    model.off("change:selection", onSelection);
    lens.stop();
  };
}

export const rowLens = { render: renderRowLens };
export default rowLens;
