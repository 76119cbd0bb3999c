// The Scrubber on a page: a slider moves the rows of a table through a recorded training.

import { lossCurve, placesOf, said, trail } from "./scrubbing.js";

const SVG_NAMES = "http://www.w3.org/2000/svg";
const TRAIL = 24; // recorded steps that a trail shows
const FRAME = 80; // milliseconds a recorded step stays while playing

function control(tag, options) {
  const { ariaLabel, ...rest } = options;
  const element = Object.assign(document.createElement(tag), rest);
  if (ariaLabel) element.setAttribute("aria-label", ariaLabel);
  return element;
}

function renderScrubber({ model, el }) {
  const stored = el.matches(".rowlight");
  if (!stored) el.innerHTML = model.get("_html"); // Python escaped every name in it
  const root = stored ? el : el.querySelector(".rowlight");
  const { names, runs } = JSON.parse(root.dataset.state);
  for (const [, one] of runs) one.places = placesOf(one.changes);
  const marks = [...root.querySelectorAll(".rl-points > g[data-row]")];
  const trails = root.querySelector(".rl-trails");
  const picture = root.querySelector(".rl-points");
  const curve = root.querySelector(".rl-loss polyline");
  const now = root.querySelector(".rl-now");
  const status = root.querySelector('[role="status"]');
  let run = runs[0][1];
  let at = run.steps.length - 1;
  let playing = 0;

  const tools = control("div", { className: "rl-tools" });
  const select = control("select", { ariaLabel: "training" });
  select.append(...runs.map(([name], i) => control("option", { value: i, textContent: name })));
  const play = control("button", { type: "button", textContent: "Play" });
  const slider = control("input", { type: "range", min: 0, max: at, value: at, ariaLabel: "recorded step" });
  tools.append(...(runs.length > 1 ? [select] : []), play, slider);
  root.querySelector('[role="status"]').before(tools);

  function show(next) {
    at = next;
    const { places, reads } = run;
    const read = reads.length ? reads[at] : [];
    const place = places[at];
    marks.forEach((mark, row) => {
      mark.setAttribute("transform", `translate(${place[2 * row]} ${place[2 * row + 1]})`);
      mark.toggleAttribute("data-lit", read.includes(row));
    });
    while (trails.childElementCount < read.length) trails.append(document.createElementNS(SVG_NAMES, "polyline"));
    [...trails.children].forEach((line, i) => line.setAttribute("points", i < read.length ? trail(places, read[i], at, TRAIL) : ""));
    now.setAttribute("d", `M${at} -2V102`);
    const words = said(run, at, names);
    slider.value = at;
    slider.setAttribute("aria-valuetext", words);
    status.textContent = words;
    picture.setAttribute("aria-label", `${names.length} rows as points at step ${run.steps[at]}`);
  }
  function choose() {
    run = runs[select.value][1];
    curve.setAttribute("points", lossCurve(run.losses));
    slider.max = run.steps.length - 1;
    show(Math.min(at, run.steps.length - 1));
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
    play.textContent = "Play";
  }
  function toggle() {
    if (playing) return stop();
    if (at === run.steps.length - 1) show(0);
    play.textContent = "Pause";
    playing = setInterval(() => (at < run.steps.length - 1 ? show(at + 1) : stop()), FRAME);
  }

  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  on(select, "change", choose);
  on(play, "click", toggle);
  on(slider, "input", () => {
    stop();
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

export const scrubber = { render: renderScrubber };
export default scrubber;
