// What one step of a trace did to each row, drawn into the cells that step_picture.html has made.

import { make } from "../widgets/dom.js";
import { level } from "../widgets/numbers.js";

/** A part of a movement: its cause says how it is filled, `style` how long it is. */
function piece(cause, style) {
  const made = make("i", { "data-cause": cause });
  made.style.cssText = style;
  return made;
}

function number(className, text, most) {
  return make("span", { className, "data-level": level(Number(text), most) }, text);
}

/** The numbers of a row: as they are, or before and after, with a bar for what each part added. */
function drawNumbers(cells, row, most, isShown) {
  cells.forEach((cell, c) => {
    if (!isShown || !row.after.length) cell.replaceChildren(number("rl-is", row.before[c], most));
    else cell.replaceChildren(number("rl-was", row.before[c], most), " ", number("rl-is", row.after[c], most));
    if (!isShown || !row.parts.length) return;
    const added = row.parts.map(([cause, , by]) => piece(cause, `--by: ${by[c].toFixed(1)}`));
    cell.append(make("span", { className: "rl-added" }, ...added));
  });
}

function drawReads(tr, row, number, isShown) {
  const signs = [row.reads.slice(0, -1).includes("1") ? "1" : "0", ...row.reads];
  tr.querySelectorAll(".rl-read").forEach((cell, i) => {
    cell.textContent = signs[i] === "1" ? "read" : "";
    if (signs[i] === "1") cell.dataset.read = number;
    else delete cell.dataset.read;
    cell.toggleAttribute("data-none", signs[i] === " ");
  });
  tr.toggleAttribute("data-coasts", isShown && row.causes.includes("momentum"));
}

function drawMovement(tr, row, isShown) {
  const bar = tr.querySelector(".rl-bar");
  bar.replaceChildren(...(isShown ? row.parts.map(([cause, size]) => piece(cause, `width: ${size.toFixed(1)}%`)) : []));
  bar.toggleAttribute("data-joined", isShown && row.joined);
  tr.querySelector(".rl-size").textContent = isShown ? row.far : "";
  const why = isShown ? [make("span", { "data-cause": row.causes[0] ?? "" }, row.why)] : [];
  if (isShown && row.far) why.unshift(make("b", {}, row.far), ` ${row.share}`, make("br"));
  tr.querySelector(".rl-why").replaceChildren(...why);
}

/** Draw a step; before it is shown, only what everyone may know: the rows as they are, and which are read. */
export function drawStep(root, state, trace, step, isShown) {
  const [, heads] = root.querySelectorAll(".rl-moves thead tr");
  const wide = (text) => make("span", { className: "rl-wide" }, text);
  heads.querySelectorAll("th.rl-wide").forEach((head, i) => (head.textContent = step.heads[i] || "–"));
  heads.querySelector("th.rl-now").replaceChildren(wide(`${step.heads.at(-1)}, `), "now");
  root.querySelector(".rl-moves table").style.setProperty("--ticks", Math.max(trace.ticks.length - 1, 1));
  const left = (i) => (100 * i) / (trace.ticks.length - 1);
  heads.querySelector(".rl-ticks").replaceChildren(
    ...trace.ticks.flatMap((tick, i) => {
      const made = make("span", {}, tick);
      made.style.left = `${left(i).toFixed(1)}%`;
      return [" ", made];
    }),
  );
  const numbers = isShown ? ["before", wide(" (faint)"), ", after, added"] : ["the row"];
  root.querySelector(".rl-over-numbers")?.replaceChildren(...numbers);
  const [what, done] = state.columns.length ? ["how far", " it moved"] : ["what", " moved it"];
  root.querySelector(".rl-over-far").replaceChildren(what, isShown ? wide(done) : "?");
  [...root.querySelectorAll(".rl-moves tbody tr")].forEach((tr, i) => {
    const row = step.rows[i];
    tr.dataset.kind = isShown ? row.kind : "";
    drawReads(tr, row, state.rows[i], isShown);
    if (state.columns.length) drawNumbers([...tr.querySelectorAll(".rl-cell")], row, state.most, isShown);
    drawMovement(tr, row, isShown);
  });
}
