// The square of a Training Replay: rows as points, their trails, and the arrows of the step.

import { labelSides } from "./label_sides.js";

const FEW = 40; // of so many rows or fewer, each may show its name

/** "12.3 4.5 6.7 8.9" -> [[12.3, 4.5], [6.7, 8.9]]. */
export function pairsOf(text) {
  const numbers = text.split(" ").map(Number);
  return Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
}

/** The path of some rows through the steps first..last of `positions`, a list of [x, y] for each step. */
export function trailPath(positions, rows, first, last) {
  const steps = positions.slice(first, last + 1);
  return rows.map((row) => `M${steps.map((step) => step[row].join(" ")).join("L")}`).join("");
}

/** The path of an arrow at [x, y] by [dx, dy], in percents of the square; nothing where it would be a dot. */
export function arrowPath([x, y], [dx, dy]) {
  const length = Math.hypot(dx, dy);
  if (length < 0.5) return "";
  const head = Math.min(2, length);
  const barb = (turn) => {
    const angle = Math.atan2(dy, dx) + turn;
    return `${(x + dx - head * Math.cos(angle)).toFixed(2)} ${(y + dy - head * Math.sin(angle)).toFixed(2)}`;
  };
  const tip = `${(x + dx).toFixed(2)} ${(y + dy).toFixed(2)}`;
  return `M${x} ${y}L${tip}M${barb(0.5)}L${tip}L${barb(-0.5)}`;
}

/** How many recorded steps a trail shows, of `steps`: the last fifth of the training, 24 at most. */
export function trailLength(steps) {
  return Math.min(24, Math.ceil(steps / 5));
}

/**
 * Take over the square. `landmarks` are rows that always show their names.
 * Returns draw(run, at, followed): `followed` is a row whose whole way is shown, or -1.
 */
export function replayPlane(plane, landmarks) {
  const marks = [...plane.querySelectorAll(".rl-point")];
  const [starts, trails, litTrails, arrows] = plane.querySelectorAll("svg > path:not(.rl-zero)");
  const rows = marks.map((_, row) => row);
  const texts = marks.map((mark) => mark.querySelector("bdi"));
  let widths = null;

  return function draw(run, at, followed) {
    run.points ??= run.positions.map(pairsOf);
    const points = run.points[at];
    const read = run.reads?.[at] ?? [];
    const moves = run.moves.length && run.moves[at] ? run.moves[at].split("|") : [];
    marks.forEach((mark, row) => {
      mark.style.setProperty("--x", points[row][0]);
      mark.style.setProperty("--y", points[row][1]);
      mark.toggleAttribute("data-lit", read.includes(row));
      mark.toggleAttribute("data-followed", row === followed);
    });
    starts.setAttribute("d", run.points[0].map(([x, y]) => `M${x} ${y}h0`).join(""));
    trails.setAttribute("d", trailPath(run.points, rows, Math.max(0, at - trailLength(run.points.length)), at));
    litTrails.setAttribute("d", followed < 0 ? "" : trailPath(run.points, [followed], 0, at));
    arrows.setAttribute(
      "d",
      read.map((row, i) => (moves[i] ? arrowPath(points[row], pairsOf(moves[i])[0]) : "")).join(""),
    );
    widths ??= texts.map((text) => text.offsetWidth);
    const size = plane.clientWidth;
    const first = [...new Set([...(followed < 0 ? [] : [followed]), ...landmarks, ...read])];
    const order = rows.length > FEW ? first : [...first, ...rows.filter((row) => !first.includes(row))];
    const sides = labelSides(
      points.map(([x, y]) => [(x * size) / 100, (y * size) / 100]),
      widths,
      order,
      size,
    );
    marks.forEach((mark, row) => (mark.dataset.side = sides[row]));
  };
}
