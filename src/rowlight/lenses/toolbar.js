// The buttons above a lens.

import { make } from "../widgets/dom.js";

/** Put buttons into `element`: for each [text, what to do, attributes]. Returns them. */
export function fillToolbar(element, items) {
  const buttons = items.map(([text, press, attributes = {}]) => {
    const button = make("button", { type: "button", ...attributes }, text);
    button.addEventListener("click", press);
    return button;
  });
  element.replaceChildren(...buttons);
  return buttons;
}
