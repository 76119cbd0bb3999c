// A recorded training on a page, to be stepped through.

import { make, rootOf } from "../widgets/dom.js";
import { rowGrid, showMoves } from "./row_grid.js";

function renderTraceLens(context) {
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const status = root.querySelector('[role="status"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  const grid = rowGrid(state, stopper.signal);
  let [name, steps] = state.traces[0];

  const options = state.traces.map(([one], i) => make("option", { value: i }, one));
  const select = make("select", { "aria-label": "optimizer" }, ...options);
  const slider = make("input", { type: "range", min: 1, max: steps.length, value: 1, "aria-label": "step" });
  const tools = make("div", { className: "rl-tools" }, ...(options.length > 1 ? [select] : []), slider);

  function show() {
    const step = steps[slider.value - 1];
    showMoves(grid, step);
    const words = `step ${slider.value} of ${steps.length}, ${name}: ${step.said}`;
    slider.setAttribute("aria-valuetext", words);
    status.textContent = words;
  }
  on(select, "change", () => {
    [name, steps] = state.traces[select.value];
    Object.assign(slider, { max: steps.length, value: 1 });
    show();
  });
  on(slider, "input", show);
  for (const control of [select, slider]) on(control, "keydown", (event) => event.stopPropagation()); // a notebook has plans for arrows

  status.before(tools);
  root.querySelector(".rl-stage").replaceChildren(grid.element);
  root.classList.add("rl-live");
  show();
  return () => {
    stopper.abort();
    tools.remove();
  };
}

export const traceLens = { render: renderTraceLens };
export default traceLens;
