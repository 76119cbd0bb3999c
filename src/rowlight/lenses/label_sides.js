// Where the names of points may stand without covering one another.

const GAP = 9; // from the middle of a mark to its name
const MARK = 6; // half the width of a mark

/** The box of a name of width `w` and height `h` beside a point at [x, y]. */
export function boxAt([x, y], side, w, h) {
  if (side === "left") return [x - GAP - w, y - h / 2, x - GAP, y + h / 2];
  if (side === "above") return [x - w / 2, y - GAP - h, x + w / 2, y - GAP];
  if (side === "below") return [x - w / 2, y + GAP, x + w / 2, y + GAP + h];
  return [x + GAP, y - h / 2, x + GAP + w, y + h / 2];
}

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

/**
 * For each point the side its name stands on, or "" where there is no free place.
 * `points` are [x, y] and `widths` those of the names, in pixels; `order` says who may choose first, and who not at
 * all; `size` is the side of the square they must stay in.
 */
export function labelSides(points, widths, order, size, height = 16) {
  const marks = points.map(([x, y]) => [x - MARK, y - MARK, x + MARK, y + MARK]);
  const taken = [];
  const sides = points.map(() => "");
  for (const i of order) {
    const isFree = (box) =>
      box[0] >= 0 &&
      box[2] <= size &&
      box[1] >= 0 &&
      box[3] <= size &&
      !taken.some((other) => overlap(box, other)) &&
      !marks.some((mark, j) => j !== i && overlap(box, mark));
    const side = ["right", "left", "above", "below"].find((one) => isFree(boxAt(points[i], one, widths[i], height)));
    if (!side) continue;
    sides[i] = side;
    taken.push(boxAt(points[i], side, widths[i], height));
  }
  return sides;
}
