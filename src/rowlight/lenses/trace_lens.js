// A recorded training on a page: step through it, or predict each step before it is shown.

import { make, rootOf } from "../widgets/dom.js";
import { rove } from "../widgets/keyboard.js";
import { KINDS, judge, kindOf, readScore, reason } from "./prediction.js";

const STORED = "rowlight.race"; // the score stays in the reader's own browser
let kept = null; // or on this page, where the browser keeps nothing

const store = {
  read() {
    try {
      return readScore(localStorage.getItem(STORED) ?? kept);
    } catch {
      return readScore(kept);
    }
  },
  write(score) {
    kept = JSON.stringify(score);
    try {
      localStorage.setItem(STORED, kept);
    } catch {
      // a browser may refuse
    }
  },
};

/** The rows of the table: what is to be marked, and what a step did to each. Returns { element, isShown, ask, show }. */
function rowGrid({ rows, tokens, predicts }, marked, signal) {
  const titles = [...(predicts ? ["your mark"] : []), "read", "gradient", "moved", "why"];
  const lines = new Map(
    rows.map((row, i) => {
      const name = [make("span", { className: "rl-hidden" }, "row "), String(row)];
      if (tokens) name.push(" ", make("bdi", { className: "rl-token" }, tokens[i]));
      const button = predicts ? make("button", { type: "button", tabIndex: -1 }, ...name) : null;
      const mark = make("span", { className: "rl-mark", "aria-hidden": "true" }, "▸");
      const head = make("th", { scope: "row", role: "rowheader" }, mark, ...(button ? [button] : name));
      const cells = Object.fromEntries(titles.map((title) => [title, make("td", { role: "gridcell" })]));
      const tr = make("tr", { role: "row" }, head, ...Object.values(cells));
      tr.dataset.row = row;
      return [row, { tr, button, cells }];
    }),
  );
  const heads = ["row", ...titles].map((title) => make("th", { scope: "col", role: "columnheader" }, title));
  const table = make(
    "table",
    { role: "grid", "aria-label": "the rows in this step" },
    make("caption", {}, "the rows in this step"),
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
    make("tbody", { role: "rowgroup" }, ...[...lines.values()].map(({ tr }) => tr)),
  );
  const element = make("div", { className: "rl-part rl-rows" }, table);
  rove(element, () => {}, signal);
  let isShown = false;

  function mark(row, isMarked) {
    const { button, cells } = lines.get(row);
    if (isMarked) marked.add(row);
    else marked.delete(row);
    button.setAttribute("aria-pressed", isMarked);
    cells["your mark"].textContent = isMarked ? "moves" : "";
  }
  element.addEventListener("click", (event) => {
    const row = Number(event.target.closest("tr[data-row]")?.dataset.row ?? NaN);
    if (predicts && !isShown && lines.has(row)) mark(row, !marked.has(row));
  }, { signal });

  return {
    element,
    isShown: () => isShown,
    /** Show which rows are read, which everyone may know beforehand. */
    ask(step) {
      isShown = false;
      for (const [row, { tr, cells, button }] of lines) {
        tr.dataset.moved = false;
        tr.dataset.uses = step.read.includes(row) ? 1 : 0;
        for (const title of ["gradient", "moved", "why"]) cells[title].textContent = "";
        cells.read.textContent = step.read.includes(row) ? "read" : "";
        delete tr.dataset.right;
        button.removeAttribute("aria-disabled");
        mark(row, false);
      }
    },
    /** Show what the step did. */
    show(step) {
      isShown = true;
      for (const [row, { tr, cells, button }] of lines) {
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
          button.setAttribute("aria-disabled", "true");
        }
      }
    },
  };
}

function renderTrace(context) {
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const { traces, rows, predicts } = state;
  const status = root.querySelector('[role="status"]');
  const stopper = new AbortController();
  const marked = new Set();
  const grid = rowGrid(state, marked, stopper.signal);
  let [name, steps] = traces[0];
  let at = 0;

  const options = traces.map(([one], i) => make("option", { value: i }, one));
  const select = make("select", { "aria-label": "optimizer" }, ...options);
  const slider = make("input", { type: "range", min: 1, max: steps.length, value: 1, "aria-label": "step" });
  const go = make("button", { type: "button" });
  const score = make("ul", { className: "rl-score" });
  const forget = make("button", { type: "button" }, "Forget my score");
  const tools = make("div", { className: "rl-tools" }, ...(traces.length > 1 ? [select] : []), predicts ? go : slider);

  function showScore(tallies) {
    const known = Object.entries(KINDS).filter(([kind]) => tallies[kind]?.[1]);
    const line = ([kind, words]) => make("li", {}, `${words}: ${tallies[kind][0]} of ${tallies[kind][1]} right`);
    score.replaceChildren(...known.map(line));
    forget.hidden = !known.length;
  }
  const where = () => `step ${at + 1} of ${steps.length}, ${name}`;

  function ask() {
    grid.ask(steps[at]);
    status.textContent = `${where()}: ${steps[at].reads}. Which rows will move?`;
    go.textContent = "Step";
  }
  function show() {
    grid.show(steps[at]);
    const words = `${where()}: ${steps[at].said}`;
    slider.setAttribute("aria-valuetext", words);
    status.textContent = words;
  }
  function press() {
    if (grid.isShown()) {
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
    [name, steps] = traces[select.value];
    at = 0;
    Object.assign(slider, { max: steps.length, value: 1 });
    (predicts ? ask : show)();
  }
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  on(select, "change", choose);
  on(go, "click", press);
  on(slider, "input", () => {
    at = slider.value - 1;
    show();
  });
  on(forget, "click", () => {
    store.write({});
    showScore({});
    go.focus();
  });
  for (const target of [select, slider]) on(target, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows

  status.before(tools);
  root.querySelector(".rl-stage").replaceChildren(grid.element);
  if (predicts) {
    const words = make("p", {}, "Your predictions, kept in this browser alone");
    grid.element.after(make("div", { className: "rl-scores" }, words, score, forget));
    showScore(store.read());
    root.querySelector(".rl-all").open = false;
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
