// A task on a page or in a live notebook. Its question and solution are html that Python wrote (task.html).

import { make, rootOf } from "../widgets/dom.js";
import { codeSpans } from "./code_spans.js";
import { grade } from "./grading.js";
import { idControls } from "./id_controls.js";

/** Text with `code` between backticks, as nodes. */
function coded(text) {
  return codeSpans(text).map((piece, i) => (i % 2 ? make("code", {}, piece) : piece));
}

function button(text, pressed) {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", () => pressed(made));
  return made;
}

const HINTS = {
  shape: { placeholder: "a, b, …", "aria-label": "your answer: a shape" },
  numbers: { placeholder: "1, 2, …", "aria-label": "your answer: numbers with commas between them" },
  number: { placeholder: "1.5", "aria-label": "your answer: a number" },
};

/** Each kind of answer: put its controls into `box`; return a function that reads them. */
const CONTROLS = {
  rows(box, { options }) {
    const toggle = (made) => made.setAttribute("aria-pressed", made.getAttribute("aria-pressed") !== "true");
    const rows = options.map((row) => {
      const made = button(row, toggle);
      made.setAttribute("aria-pressed", "false");
      made.setAttribute("aria-label", `row ${row}`);
      return made;
    });
    box.replaceChildren(...rows);
    const isPressed = (made) => made.getAttribute("aria-pressed") === "true";
    return () => rows.filter(isPressed).map((made) => Number(made.textContent));
  },
  choice(box, { options }) {
    const name = `rowlight-${Math.random()}`; // groups the radio buttons of this task alone
    const inputs = options.map((value) => make("input", { type: "radio", name, value }));
    box.dataset.kind = "choice";
    box.setAttribute("role", "radiogroup");
    box.setAttribute("aria-label", "your answer");
    box.replaceChildren(...inputs.map((input, i) => make("label", {}, input, make("span", {}, ...coded(options[i])))));
    return () => inputs.find((input) => input.checked)?.value ?? "";
  },
  numbers(box, { form }, check) {
    const input = make("input", { type: "text", autocomplete: "off", ...HINTS[form] });
    input.addEventListener("keydown", (event) => {
      event.stopPropagation(); // a notebook runs the cell on some keys
      if (event.key === "Enter") check();
    });
    box.replaceChildren(input);
    return () => input.value;
  },
  ids: idControls,
};
CONTROLS.between = CONTROLS.numbers;

function renderTask(context) {
  const { model } = context;
  const root = rootOf(context);
  const state = JSON.parse(root.dataset.state);
  const box = root.querySelector(".rl-answer");
  const line = root.querySelector('[role="status"]');
  function say(right, words) {
    line.replaceChildren(...coded(words));
    line.dataset.right = right;
  }
  function check() {
    const [right, words] = grade(state.kind, state.answer, read(), state.wrong);
    say(right, words);
    if (right) {
      model.set("solved", true);
      model.save_changes();
    }
  }
  const read = CONTROLS[state.kind](box, state, check);
  box.append(button("Check", check));
  root.classList.add("rl-live");

  const onSolved = () => model.get("solved") && say(true, "Right."); // in code, or in another view
  onSolved();
  model.on("change:solved", onSolved);
  return () => model.off("change:solved", onSolved);
}

export const task = { render: renderTask };
export default task;
