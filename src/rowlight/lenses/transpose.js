// The other convention: the table turned, one token per column.

import { setAttribute, setText } from "./view.js";

export const isTransposed = (root) => root.hasAttribute("data-transposed");

/** Say on the table and on its switch how the table is shown. */
export function labelTransposed(root, tablePart, button) {
  const title = isTransposed(root) ? "table, transposed (D, V)" : "table (V, D)";
  setText(tablePart.querySelector("caption"), title);
  setAttribute(tablePart.querySelector("table"), "aria-label", title);
  setAttribute(button, "role", "switch");
  setAttribute(button, "aria-checked", isTransposed(root));
}
