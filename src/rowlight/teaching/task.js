// A task on a page or in a live notebook. Its question and solution are html that Python wrote (task.py).

import { make, rootOf } from "../widgets/dom.js";
import { verdict } from "./grading.js";

/** Text with `code` between backticks, as nodes. */
function words(text) {
  return text.split("`").map((piece, i) => {
    return i % 2 ? make("code", {}, piece) : document.createTextNode(piece);
  });
}

function button(text, pressed) {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", () => pressed(made));
  return made;
}

/** Each kind of answer: put its controls into `place`; return a function that reads them. */
const CONTROLS = {
  rows(place, options) {
    const toggle = (made) => made.setAttribute("aria-pressed", made.getAttribute("aria-pressed") !== "true");
    const rows = options.map((row) => {
      const made = button(row, toggle);
      made.setAttribute("aria-pressed", "false");
      made.setAttribute("aria-label", `row ${row}`);
      return made;
    });
    place.replaceChildren(...rows);
    return () => rows.filter((made) => made.getAttribute("aria-pressed") === "true").map((made) => Number(made.textContent));
  },
  choice(place, options) {
    const name = `rowlight-${Math.random()}`; // groups the radio buttons of this task alone
    const inputs = options.map((option) => Object.assign(document.createElement("input"), { type: "radio", name, value: option }));
    place.dataset.kind = "choice";
    place.setAttribute("role", "radiogroup");
    place.setAttribute("aria-label", "your answer");
    place.replaceChildren(
      ...inputs.map((input, i) => {
        const label = document.createElement("label");
        const text = document.createElement("span");
        text.append(...words(options[i]));
        label.append(input, text);
        return label;
      }),
    );
    return () => inputs.find((input) => input.checked)?.value ?? "";
  },
  text(place, kind, check) {
    const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off" });
    input.setAttribute("aria-label", kind === "shape" ? "your answer: a shape" : "your answer: numbers with commas between them");
    input.placeholder = kind === "shape" ? "a, b, …" : "1, 2, …";
    input.addEventListener("keydown", (event) => {
      event.stopPropagation(); // a notebook runs the cell on some keys
      if (event.key === "Enter") check();
    });
    place.replaceChildren(input);
    return () => input.value;
  },
};

function renderTask(context) {
  const { model } = context;
  const root = rootOf(context);
  const { answer, kind, options, wrong } = JSON.parse(root.dataset.state);
  const place = root.querySelector(".rl-answer");
  const verdictLine = root.querySelector('[role="status"]');
  function say(right, said) {
    verdictLine.replaceChildren(...words(said));
    verdictLine.dataset.right = right;
  }
  function check() {
    const { right, words: said } = verdict(kind, answer, read(), wrong);
    say(right, said);
    if (right) {
      model.set("solved", true);
      model.save_changes();
    }
  }
  const read = CONTROLS[kind] ? CONTROLS[kind](place, options) : CONTROLS.text(place, kind, check);
  place.append(button("Check", check));
  root.classList.add("rl-live");

  const onSolved = () => model.get("solved") && say(true, "Right."); // in code, or in another view
  onSolved();
  model.on("change:solved", onSolved);
  return () => model.off("change:solved", onSolved);
}

export const task = { render: renderTask };
export default task;
