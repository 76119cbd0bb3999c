// A recorded training on a page, to be stepped through.

import { make, rootOf } from "../widgets/dom.js";
import { drawStep } from "./step_picture.js";

function renderTraceLens(context) {
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const status = root.querySelector('[role="status"]');
  const stopper = new AbortController();
  const on = (target, type, listener) => target.addEventListener(type, listener, { signal: stopper.signal });
  let [trace] = state.traces;

  const options = state.traces.map(({ name }, i) => make("option", { value: i }, name));
  const select = make("select", { "aria-label": "optimizer" }, ...options);
  const slider = make("input", { type: "range", min: 1, max: trace.steps.length, value: 1, "aria-label": "step" });
  const tools = make("div", { className: "rl-tools" }, ...(options.length > 1 ? [select] : []), slider);

  function show() {
    const step = trace.steps[slider.value - 1];
    drawStep(root, state, trace, step, true);
    const words = `${trace.name}, step ${slider.value} of ${trace.steps.length}. ${step.said}`;
    slider.setAttribute("aria-valuetext", words);
    status.textContent = words;
  }
  on(select, "change", () => {
    trace = state.traces[select.value];
    Object.assign(slider, { max: trace.steps.length, value: 1 });
    show();
  });
  on(slider, "input", show);
  // A notebook has plans for arrows.
  for (const control of [select, slider]) on(control, "keydown", (event) => event.stopPropagation());

  status.before(tools);
  root.querySelector(".rl-hint").textContent = state.hint;
  root.classList.add("rl-live");
  show();
  return () => {
    stopper.abort();
    tools.remove();
  };
}

export const traceLens = { render: renderTraceLens };
export default traceLens;
