// A recorded training on a page: step through it, or predict each step before it is shown.

import { KINDS, judge, kindOf, readScore, reason } from "./race.js";
import { rove } from "./grid.js";

const STORED = "rowlight.race"; // the score stays in the reader's own browser

function make(tag, options = {}, ...children) {
  const element = Object.assign(document.createElement(tag), options);
  element.append(...children);
  return element;
}

const store = {
  read() {
    try {
      return readScore(localStorage.getItem(STORED));
    } catch {
      return {}; // a browser may refuse
    }
  },
  write(score) {
    try {
      localStorage.setItem(STORED, JSON.stringify(score));
    } catch {
      // then it lasts as long as the page
    }
  },
};

/** The rows of the table: what is to be marked, and what a step did to each. Returns { element, marked, show, clear }. */
function rowGrid({ rows, tokens, predicts }, marked, signal) {
  const head = ["row", ...(predicts ? ["your mark"] : []), "read", "gradient", "moved", "why"];
  const body = make("tbody");
  const lines = new Map(
    rows.map((row, i) => {
      const button = make("button", { type: "button" }, make("span", { className: "rl-hidden" }, "row "), String(row));
      if (tokens) button.append(" ", make("bdi", { className: "rl-token" }, tokens[i]));
      button.tabIndex = -1;
      const cells = head.slice(1).map(() => make("td"));
      for (const cell of cells) cell.setAttribute("role", "gridcell");
      const name = make("th", { scope: "row" }, make("span", { className: "rl-mark", ariaHidden: "true" }, "▸"), button);
      name.setAttribute("role", "rowheader");
      const tr = make("tr", {}, name, ...cells);
      tr.setAttribute("role", "row");
      tr.dataset.row = row;
      body.append(tr);
      return [row, { tr, button, cells: Object.fromEntries(head.slice(1).map((title, at) => [title, cells[at]])) }];
    }),
  );
  const heads = make("tr", {}, ...head.map((title) => make("th", { scope: "col" }, title)));
  heads.setAttribute("role", "row");
  for (const cell of heads.children) cell.setAttribute("role", "columnheader");
  const table = make("table", {}, make("caption", {}, "the rows in this step"), make("thead", {}, heads), body);
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", "the rows in this step");
  const element = make("div", { className: "rl-part rl-rows" }, table);
  rove(element, () => {}, signal);

  function mark(row, isMarked) {
    const { button, cells } = lines.get(row);
    if (isMarked) marked.add(row);
    else marked.delete(row);
    button.setAttribute("aria-pressed", isMarked);
    cells["your mark"].textContent = isMarked ? "moves" : "";
  }
  if (predicts) {
    for (const row of rows) mark(row, false);
    element.addEventListener("click", (event) => {
      const tr = event.target.closest("tr[data-row]");
      if (tr && !element.dataset.shown) mark(Number(tr.dataset.row), !marked.has(Number(tr.dataset.row)));
    }, { signal });
  }
  return {
    element,
    /** Show which rows are read, which everyone may know beforehand. */
    ask(step) {
      delete element.dataset.shown;
      for (const [row, { tr, cells }] of lines) {
        tr.dataset.moved = false;
        tr.dataset.uses = step.read.includes(row) ? 1 : 0;
        for (const title of ["gradient", "moved", "why"]) cells[title].textContent = "";
        cells.read.textContent = step.read.includes(row) ? "read" : "";
        delete tr.dataset.right;
        mark(row, false);
      }
    },
    /** Show what the step did. */
    show(step) {
      element.dataset.shown = "true";
      for (const [row, { tr, cells }] of lines) {
        const moved = step.moved.includes(row);
        tr.dataset.moved = moved;
        tr.dataset.uses = step.read.includes(row) || moved ? 1 : 0;
        tr.dataset.kind = kindOf(step, row);
        cells.read.textContent = step.read.includes(row) ? "read" : "";
        cells.gradient.textContent = step.gradient.includes(row) ? "yes" : "";
        cells.moved.textContent = moved ? "moved" : "";
        cells.why.textContent = reason(step, row);
        if (predicts) {
          const right = marked.has(row) === moved;
          tr.dataset.right = right;
          cells["your mark"].textContent = `${marked.has(row) ? "moves" : "stays"}: ${right ? "right" : "wrong"}`;
        }
      }
    },
  };
}

const listed = (rows) => (rows.length > 1 ? `${rows.slice(0, -1).join(", ")} and ${rows.at(-1)}` : rows.join(""));
const called = (rows) => (rows.length ? `row${rows.length > 1 ? "s" : ""} ${listed(rows)}` : "no row");

function renderTrace({ model, el }) {
  const stored = el.matches(".rowlight");
  if (!stored) el.innerHTML = model.get("_html"); // Python escaped every name in it
  const root = stored ? el : el.querySelector(".rowlight");
  const state = JSON.parse(root.dataset.state);
  const { traces, rows, predicts } = state;
  const status = root.querySelector('[role="status"]');
  const stage = root.querySelector(".rl-stage");
  const all = root.querySelector(".rl-all");
  const stopper = new AbortController();
  const marked = new Set();
  const grid = rowGrid(state, marked, stopper.signal);
  let steps = traces[0][1];
  let at = 0;

  const select = make("select", { ariaLabel: "optimizer" }, ...traces.map(([name], i) => make("option", { value: i }, name)));
  const slider = make("input", { type: "range", min: 1, max: steps.length, value: 1, ariaLabel: "step" });
  const go = make("button", { type: "button" });
  const score = make("ul", { className: "rl-score" });
  const forget = make("button", { type: "button" }, "Forget my score");
  const tools = make("div", { className: "rl-tools" }, ...(traces.length > 1 ? [select] : []), ...(predicts ? [go] : [slider]));

  function showScore(tallies) {
    const lines = Object.entries(KINDS).filter(([kind]) => tallies[kind]?.[1]);
    score.replaceChildren(...lines.map(([kind, words]) => make("li", {}, `${words}: ${tallies[kind][0]} of ${tallies[kind][1]} right`)));
    forget.hidden = !lines.length;
  }
  const where = () => `step ${at + 1} of ${steps.length}, ${steps[at].optimizer}`;

  function ask() {
    grid.ask(steps[at]);
    status.textContent = `${where()}: the batch reads ${called(steps[at].read)}. Which rows will move?`;
    go.textContent = "Step";
  }
  function show() {
    const step = steps[at];
    grid.show(step);
    const unread = step.moved.filter((row) => !step.read.includes(row));
    const surprise = unread.length ? `; ${called(unread)} moved without being read` : "";
    status.textContent = `${where()}: reads ${called(step.read)}, moves ${called(step.moved)}${surprise}`;
  }
  function press() {
    if (grid.element.dataset.shown) {
      at = (at + 1) % steps.length;
      return ask();
    }
    show();
    const tallies = judge(store.read(), steps[at], rows, marked);
    store.write(tallies);
    showScore(tallies);
    go.textContent = at + 1 < steps.length ? "Next step" : "Start again";
  }
  function choose() {
    steps = traces[select.value][1];
    at = 0;
    Object.assign(slider, { max: steps.length, value: 1 });
    (predicts ? ask : show)();
  }
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  on(select, "change", choose);
  on(go, "click", press);
  on(slider, "input", () => {
    at = slider.value - 1;
    slider.setAttribute("aria-valuetext", where());
    show();
  });
  on(forget, "click", () => {
    store.write({});
    showScore({});
    go.focus();
  });
  for (const target of [select, slider]) on(target, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows

  status.before(tools);
  stage.replaceChildren(grid.element);
  if (predicts) {
    stage.append(make("div", { className: "rl-scores" }, make("p", {}, "Your predictions, kept in this browser alone"), score, forget));
    showScore(store.read());
    all.open = false;
  }
  root.classList.add("rl-live");
  (predicts ? ask : show)();
  return () => {
    stopper.abort();
    tools.remove();
  };
}

export const traceLens = { render: renderTrace };
export default traceLens;
