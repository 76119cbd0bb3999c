// The Move Quiz on a page: the reader marks the rows that the next step will move, then sees which did.

import { make, rootOf } from "../widgets/dom.js";
import { KINDS, judge } from "./prediction.js";
import { rowGrid, showMoves, showReads } from "./row_grid.js";
import { loadScore, saveScore } from "./score.js";

function renderMoveQuiz(context) {
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const status = root.querySelector('[role="status"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  const grid = rowGrid(state, stopper.signal, true);
  const marked = new Set();
  let [name, steps] = state.traces[0];
  let at = 0;
  let isShown = false;

  const options = state.traces.map(([one], i) => make("option", { value: i }, one));
  const select = make("select", { "aria-label": "optimizer" }, ...options);
  const go = make("button", { type: "button" });
  const tools = make("div", { className: "rl-tools" }, ...(options.length > 1 ? [select] : []), go);
  const score = make("ul", { className: "rl-score" });
  const forget = make("button", { type: "button" }, "Forget my score");
  const words = make("p", {}, "Your predictions, kept in this browser alone");

  function showScore(tallies) {
    const known = Object.entries(KINDS).filter(([kind]) => tallies[kind]?.[1]);
    const line = ([kind, said]) => make("li", {}, `${said}: ${tallies[kind][0]} of ${tallies[kind][1]} right`);
    score.replaceChildren(...known.map(line));
    forget.hidden = !known.length;
  }
  function mark(row, isMarked) {
    const { button, cells } = grid.lines.get(row);
    if (isMarked) marked.add(row);
    else marked.delete(row);
    button.setAttribute("aria-pressed", isMarked);
    cells["your mark"].textContent = isMarked ? "moves" : "";
  }
  function ask() {
    isShown = false;
    showReads(grid, steps[at]);
    for (const [row, { tr, button }] of grid.lines) {
      delete tr.dataset.right;
      button.removeAttribute("aria-disabled");
      mark(row, false);
    }
    status.textContent = `step ${at + 1} of ${steps.length}, ${name}: ${steps[at].reads}. Which rows will move?`;
    go.textContent = "Step";
  }
  function answer() {
    isShown = true;
    showMoves(grid, steps[at]);
    for (const [row, { tr, button, cells }] of grid.lines) {
      const right = marked.has(row) === steps[at].moved.includes(row);
      tr.dataset.right = right;
      cells["your mark"].textContent = `${marked.has(row) ? "moves" : "stays"}: ${right ? "right" : "wrong"}`;
      button.setAttribute("aria-disabled", "true");
    }
    status.textContent = `step ${at + 1} of ${steps.length}, ${name}: ${steps[at].said}`;
    go.textContent = at + 1 < steps.length ? "Next step" : "Start again";
    const tallies = judge(loadScore(), steps[at], state.rows, marked);
    saveScore(tallies);
    showScore(tallies);
  }
  on(select, "change", () => {
    [name, steps] = state.traces[select.value];
    at = 0;
    ask();
  });
  on(select, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows
  on(go, "click", () => {
    if (!isShown) return answer();
    at = (at + 1) % steps.length;
    ask();
  });
  on(grid.element, "click", (event) => {
    const row = Number(event.target.closest("tr[data-row]")?.dataset.row ?? NaN);
    if (!isShown && grid.lines.has(row)) mark(row, !marked.has(row));
  });
  on(forget, "click", () => {
    saveScore({});
    showScore({});
    go.focus();
  });

  status.before(tools);
  root.querySelector(".rl-stage").replaceChildren(grid.element, make("div", { className: "rl-scores" }, words, score, forget));
  root.querySelector(".rl-all").open = false;
  root.classList.add("rl-live");
  showScore(loadScore());
  ask();
  return () => {
    stopper.abort();
    tools.remove();
  };
}

export const moveQuiz = { render: renderMoveQuiz };
export default moveQuiz;
