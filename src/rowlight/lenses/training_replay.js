// The Training Replay on a page: the curve of the loss is a slider that moves the rows through their training.

import { make, rootOf } from "../widgets/dom.js";
import { curveSlider } from "./curve_slider.js";
import { replayPlane } from "./replay_plane.js";
import { stepWords } from "./replay_words.js";

const FRAME = 80; // milliseconds a recorded step stays while playing

/** Show how far the step moves each row of its batch; `end` is where the bars end. */
function drawBatch(table, run, at, names, end) {
  const moves = run.moves[at] ? run.moves[at].split("|") : [];
  table.replaceChildren(
    ...moves.map((move, i) => {
      const far = move.split(" ")[2];
      const bar = make("i");
      bar.style.width = `${Math.min(100, (100 * Number(far)) / end).toFixed(1)}%`;
      const name = make("th", { scope: "row" }, names[run.reads[at][i]]);
      return make("tr", {}, name, make("td", {}, make("span", { className: "rl-bar" }, bar)), make("td", {}, far));
    }),
  );
}

function renderTrainingReplay(context) {
  const root = rootOf(context);
  const { names, landmarks, runs, start: begin, end, hint } = JSON.parse(root.dataset.state);
  const status = root.querySelector('[role="status"]');
  const batch = root.querySelector(".rl-batch table");
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const drawPlane = replayPlane(root.querySelector(".rl-plane"), landmarks);
  const showCurve = curveSlider(root.querySelector(".rl-track"), choose, stopper.signal);
  let [run] = runs;
  let at = begin;
  let playing = 0;

  const button = (text, label = text) => make("button", { type: "button", "aria-label": label }, text);
  const options = (words) => words.map((word, i) => make("option", { value: i }, word));
  const play = button("Play");
  const [back, next] = [button("‹", "one step back"), button("›", "one step on")];
  const select = make("select", { "aria-label": "training" }, ...options(runs.map(({ name }) => name)));
  const follow = make(
    "select",
    { "aria-label": "follow a row" },
    make("option", { value: -1 }, "follow a row"),
    ...options(names),
  );
  const tools = make("div", { className: "rl-tools" }, play, back, next, ...(runs.length > 1 ? [select] : []), follow);

  function show() {
    const words = stepWords(run, at, names);
    run.line ??= run.curve.split(" ").map((point) => point.split(",").map(Number));
    drawPlane(run, at, Number(follow.value));
    if (batch) drawBatch(batch, run, at, names, end);
    showCurve(run.line, at, run.losses[at], words);
    status.textContent = words;
    back.disabled = at === 0;
    next.disabled = at === run.steps.length - 1;
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
    play.setAttribute("aria-label", "Play");
    status.removeAttribute("aria-live");
  }
  function choose(to) {
    stop();
    status.setAttribute("aria-live", "off"); // the slider says it itself
    at = to;
    show();
  }
  function step(by) {
    stop();
    at += by;
    show();
    const other = by < 0 ? next : back;
    if (!root.contains(document.activeElement) || document.activeElement.disabled) other.focus();
  }
  function start() {
    const last = run.steps.length - 1;
    if (at === last) at = 0;
    show();
    play.textContent = "Pause";
    play.setAttribute("aria-label", "Pause");
    status.setAttribute("aria-live", "off"); // nobody can listen to twelve sentences a second
    playing = setInterval(() => {
      if (at >= last) return stop();
      at += 1;
      show();
    }, FRAME);
  }
  const allowPlay = () => {
    play.hidden = calm.matches;
    stop();
  };
  on(play, "click", () => (playing ? stop() : start()));
  on(back, "click", () => step(-1));
  on(next, "click", () => step(1));
  on(select, "change", () => {
    stop(); // the next training may be shorter
    run = runs[select.value];
    at = Math.min(at, run.steps.length - 1);
    show();
  });
  on(follow, "change", show);
  on(calm, "change", allowPlay);
  on(root.querySelector(".rl-plane"), "click", (event) => {
    const row = event.target.closest(".rl-point")?.dataset.row;
    follow.value = row === undefined || row === follow.value ? -1 : row;
    show();
  });
  // A notebook has plans for arrows.
  for (const target of [select, follow]) on(target, "keydown", (event) => event.stopPropagation());

  status.before(tools);
  root.querySelector(".rl-hint").textContent = hint;
  root.classList.add("rl-live");
  const observer = new ResizeObserver(show); // names find other places
  observer.observe(root.querySelector(".rl-plane"));
  allowPlay();
  show();
  return () => {
    stop();
    observer.disconnect();
    stopper.abort();
    tools.remove();
  };
}

export const trainingReplay = { render: renderTrainingReplay };
export default trainingReplay;
