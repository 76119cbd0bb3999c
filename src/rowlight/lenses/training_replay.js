// The TrainingReplay on a page: a slider moves the rows of a table through a recorded training.

import { make, rootOf } from "../widgets/dom.js";
import { lossCurve, positionsOf, trail } from "./replay.js";
import { curveWords, stepWords } from "./replay_words.js";

const SVG_NAMES = "http://www.w3.org/2000/svg";
const TRAIL = 24; // recorded steps that a trail shows
const FRAME = 80; // milliseconds a recorded step stays while playing

function renderTrainingReplay(context) {
  const root = rootOf(context);
  const { names, runs } = JSON.parse(root.dataset.state);
  for (const [, one] of runs) one.positions = positionsOf(one.changes);
  const picture = root.querySelector(".rl-points");
  const marks = [...picture.querySelectorAll("g[data-row]")];
  const starts = [...picture.querySelectorAll(".rl-starts circle")];
  const trails = picture.querySelector(".rl-trails");
  const curve = root.querySelector(".rl-loss");
  const cursor = curve.querySelector(".rl-now");
  const status = root.querySelector('[role="status"]');
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let run = runs[0][1];
  let at = run.steps.length - 1;
  let playing = 0;

  const select = make(
    "select",
    { "aria-label": "training" },
    ...runs.map(([name], i) => make("option", { value: i }, name)),
  );
  const play = make("button", { type: "button" }, "Play");
  const slider = make("input", { type: "range", min: 0, max: at, value: at, "aria-label": "recorded step" });
  const tools = make("div", { className: "rl-tools" }, ...(runs.length > 1 ? [select] : []), play, slider);
  status.before(tools);

  function show(next) {
    at = next;
    const { positions, reads } = run;
    const read = reads?.[at] ?? [];
    const now = positions[at];
    marks.forEach((mark, row) => {
      mark.setAttribute("transform", `translate(${now[2 * row]} ${now[2 * row + 1]})`);
      mark.toggleAttribute("data-lit", read.includes(row));
    });
    while (trails.childElementCount < read.length) trails.append(document.createElementNS(SVG_NAMES, "polyline"));
    [...trails.children].forEach((line, i) =>
      line.setAttribute("points", i < read.length ? trail(positions, read[i], at, TRAIL) : ""),
    );
    cursor.setAttribute("d", `M${at} -2V102`);
    const words = stepWords(run, at, names);
    slider.value = at;
    slider.setAttribute("aria-valuetext", words);
    status.textContent = words;
    picture.setAttribute(
      "aria-label",
      `${names.length} rows as points at step ${run.steps[at]}; small dots where they began`,
    );
  }
  function choose() {
    stop(); // a run that is played may be longer than the next
    run = runs[select.value][1];
    const last = run.steps.length - 1;
    curve.querySelector("polyline").setAttribute("points", lossCurve(run.losses));
    curve.setAttribute("viewBox", `0 -2 ${Math.max(last, 1)} 104`);
    curve.setAttribute("aria-label", curveWords(run.losses));
    starts.forEach((dot, row) => {
      dot.setAttribute("cx", run.positions[0][2 * row]);
      dot.setAttribute("cy", run.positions[0][2 * row + 1]);
    });
    slider.max = last;
    show(Math.min(at, last));
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
    status.removeAttribute("aria-live");
  }
  function toggle() {
    if (playing) return stop();
    const last = run.steps.length - 1;
    if (calm.matches) return show(at < last ? at + 1 : 0); // one step a press
    if (at === last) show(0);
    play.textContent = "Pause";
    status.setAttribute("aria-live", "off"); // nobody can listen to twelve sentences a second
    playing = setInterval(() => (at < last ? show(at + 1) : stop()), FRAME);
  }

  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  on(select, "change", choose);
  on(play, "click", toggle);
  on(slider, "input", () => {
    stop();
    status.setAttribute("aria-live", "off"); // the slider says it itself
    show(Number(slider.value));
  });
  for (const target of [select, slider]) on(target, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows
  root.classList.add("rl-live");
  show(at);
  return () => {
    stop();
    stopper.abort();
    tools.remove();
  };
}

export const trainingReplay = { render: renderTrainingReplay };
export default trainingReplay;
