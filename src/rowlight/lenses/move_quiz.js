// The Move Quiz on a page: the reader marks the rows that the next step will move, then sees which did.

import { make, rootOf } from "../widgets/dom.js";
import { guessWords, hasMoved, judge, KINDS, resultWords, rowWords } from "./prediction.js";
import { rowMarks } from "./row_marks.js";
import { loadScore, saveScore } from "./score.js";
import { drawStep } from "./step_picture.js";

const NARROW = 500; // pixels below which the buttons lie under the picture, where a thumb is

/** The reader's score as a list, with a button that forgets it. */
function scoreBoard(on, forgotten) {
  const list = make("ul", { className: "rl-score" });
  const forget = make("button", { type: "button" }, "Forget my score");
  const words = make("p", {}, "Your predictions, kept in this browser alone");
  const element = make("div", { className: "rl-scores" }, words, list, forget);
  function show(score) {
    const known = Object.entries(KINDS).filter(([kind]) => score[kind]?.[1]);
    const line = ([kind, said]) => make("li", {}, `${said}: ${score[kind][0]} of ${score[kind][1]} right`);
    list.replaceChildren(...known.map(line));
    element.hidden = !known.length;
  }
  on(forget, "click", () => {
    saveScore({});
    show({});
    forgotten();
  });
  show(loadScore());
  return { element, show };
}

/** What the reader presses: which optimizer, "Step", the same step of another one, "Again"; and what is marked. */
function quizTools(traces) {
  const button = (text, className = "") => make("button", { type: "button", className }, text);
  const options = traces.map(({ name }, i) => make("option", { value: i }, name));
  const select = make("select", { "aria-label": "optimizer" }, ...options);
  const [go, other, again] = [button("Step", "rl-main"), button(""), button("Again")];
  const tally = make("span", { className: "rl-tally" });
  const shown = traces.length > 1 ? [select, go, other, again, tally] : [go, again, tally];
  return { tools: make("div", { className: "rl-tools" }, ...shown), select, go, other, again, tally };
}

function renderMoveQuiz(context) {
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const { traces } = state;
  const status = root.querySelector('[role="status"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  const judged = new Set(); // steps of this visit: to answer one again adds nothing to the score
  let trace = traces[0];
  let at = state.start;
  let isShown = false;

  const { tools, select, go, other, again, tally } = quizTools(traces);
  const marks = rowMarks(root, showTally, () => go.click(), stopper.signal);
  const { marked } = marks;
  const score = scoreBoard(on, () => go.focus());

  /** The next trace that has this step, for "Same step, SGD". */
  function nextTrace() {
    const turned = [...traces.slice(traces.indexOf(trace) + 1), ...traces.slice(0, traces.indexOf(trace))];
    return turned.find(({ steps }) => steps.length > at);
  }
  function showTally() {
    const rows = state.rows.filter((_, i) => marked.has(i));
    tally.textContent = isShown || !rows.length ? "" : `Marked: ${rows.join(", ")}.`;
  }
  const where = () => `${trace.name}, step ${at + 1} of ${trace.steps.length}.`;
  function draw() {
    const step = trace.steps[at];
    drawStep(root, state, trace, step, isShown);
    status.textContent = isShown
      ? `${where()} ${step.said} ${resultWords(step.rows, marked)}`
      : `${where()} ${step.asks} Which rows will move? Mark them, then press Step.`;
    step.rows.forEach((row, i) => {
      if (!isShown) return marks.tell(i, "");
      const token = state.tokens?.[i] ? ` ${state.tokens[i]}` : "";
      const isMarked = marked.has(i);
      const words = guessWords(row, isMarked);
      const sign = hasMoved(row) ? "✓" : "✗";
      marks.tell(i, rowWords(`row ${state.rows[i]}${token}`, row, isMarked), isMarked ? sign : "");
      if (words) root.querySelectorAll(".rl-why")[i].append(" ", make("span", { className: "rl-verdict" }, words));
    });
    marks.open(!isShown);
    go.textContent = !isShown ? "Step" : at + 1 < trace.steps.length ? "Next step" : "Start over";
    again.disabled = !isShown;
    other.disabled = !isShown || !nextTrace();
    other.textContent = `Same step, ${(nextTrace() ?? trace).name}`;
    select.value = traces.indexOf(trace);
    showTally();
  }
  function ask(step) {
    at = step;
    isShown = false;
    marks.clear();
    draw();
  }
  function show() {
    isShown = true;
    const key = `${traces.indexOf(trace)} ${at}`;
    if (!judged.has(key)) {
      const next = judge(loadScore(), trace.steps[at].rows, marked);
      saveScore(next);
      score.show(next);
    }
    judged.add(key);
    draw();
  }
  on(select, "change", () => {
    trace = traces[select.value];
    ask(Math.min(at, trace.steps.length - 1));
  });
  on(select, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows
  on(go, "click", () => (isShown ? ask((at + 1) % trace.steps.length) : show()));
  on(other, "click", () => {
    trace = nextTrace();
    draw();
  });
  on(again, "click", () => {
    ask(at);
    go.focus(); // "Again" is off now
  });

  on(window, "beforeprint", () => {
    drawStep(root, state, trace, trace.steps[at], true); // paper cannot be asked
    status.textContent = `${where()} ${trace.steps[at].said}`;
  });
  on(window, "afterprint", draw);

  if (root.clientWidth < NARROW) root.querySelector(".rl-key").after(tools);
  else status.before(tools);
  root.querySelector(".rl-all").before(score.element);
  root.querySelector(".rl-all").open = false;
  root.querySelector(".rl-hint").textContent = state.hint;
  root.classList.add("rl-live");
  ask(at);
  return () => {
    stopper.abort();
    tools.remove();
    score.element.remove();
  };
}

export const moveQuiz = { render: renderMoveQuiz };
export default moveQuiz;
