// The line from an id to its row to its place in the output.

const MARGIN = 7; // between a table and the line that goes round it

/** The pieces of a level line at height y from x0 to x1 that are seen: it goes behind what stands in its way. */
export function behind(y, x0, x1, boxes) {
  const [low, high] = [Math.min(x0, x1), Math.max(x0, x1)];
  const pieces = [];
  let x = low;
  for (const { left, right } of boxes.toSorted((one, other) => one.left - other.left)) {
    if (left > x) pieces.push([x, Math.min(left, high)]);
    x = Math.max(x, right);
    if (x >= high) break;
  }
  if (x < high) pieces.push([x, high]);
  const along = x0 < x1 ? pieces : pieces.reverse().map(([a, b]) => [b, a]);
  return along.map(([a, b]) => `M${a} ${y}H${b}`).join("");
}

/**
 * An SVG path between two boxes, each { left, right, y, exit, others }: `exit` are the sides of its table, `others` the
 * boxes that stand beside it. Across the gap where the tables stand side by side, else round their margin on one
 * `side`, but within `width`, so that nothing has to scroll for it.
 */
export function curve(from, to, side, width) {
  const [start, end] = [from.exit.right, to.exit.left];
  if (end > start) {
    const middle = (start + end) / 2;
    const across = `M${start} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${end} ${to.y}`;
    return behind(from.y, from.right, start, from.others) + across + behind(to.y, end, to.left, to.others);
  }
  const edge =
    side === "left"
      ? Math.max(Math.min(from.exit.left, to.exit.left) - MARGIN, 1)
      : Math.min(Math.max(from.exit.right, to.exit.right) + MARGIN, width - 1);
  const out = behind(from.y, from[side], edge, from.others);
  return `${out}M${edge} ${from.y}V${to.y}${behind(to.y, edge, to[side], to.others)}`;
}

/** Returns a function that says where a path meets an id or a row: at its sides, at the height of its numbers. */
function measure(stage) {
  const origin = stage.getBoundingClientRect();
  const boxes = new Map(); // each is asked for once: measuring many is what takes time
  const neighbours = new Map();

  function boxOf(element) {
    if (boxes.has(element)) return boxes.get(element);
    const shown = element.hidden ? element.nextElementSibling : element; // while an id is edited
    const seen = element.closest(".rl-part").getBoundingClientRect(); // what a table shows, if it scrolls
    const { left, right } = shown.getBoundingClientRect();
    const { top, bottom } = (shown.matches("tr") ? shown.lastElementChild : shown).getBoundingClientRect();
    const box = {
      exit: { left: seen.left - origin.left, right: seen.right - origin.left },
      left: Math.max(left, seen.left) - origin.left,
      right: Math.min(right, seen.right) - origin.left,
      y: Math.max(seen.top, Math.min((top + bottom) / 2, seen.bottom)) - origin.top,
    };
    boxes.set(element, box);
    return box;
  }
  function standing(part) {
    if (!neighbours.has(part)) {
      neighbours.set(part, [...part.querySelectorAll("[data-position], [data-sentence]")].map(boxOf));
    }
    return neighbours.get(part);
  }
  return (element) => {
    const box = boxOf(element);
    const beside = standing(element.closest(".rl-part"));
    return { ...box, others: beside.filter((other) => other !== box && Math.abs(other.y - box.y) < 12) };
  };
}

const SVG = "http://www.w3.org/2000/svg";

/** The head of an arrow that points at the right side of a box. */
const arrowAt = ({ right, y }) => `M${right + 7} ${y - 4}L${right + 1} ${y}L${right + 7} ${y + 4}`;

/** The path from the lower edge of an element down to a point [x, y]; `origin` is where the stage begins. */
function drop([element, [x, y]], origin) {
  const { left, right, bottom } = (element.hidden ? element.nextElementSibling : element).getBoundingClientRect();
  const [x0, y0, x1, y1] = [(left + right) / 2 - origin.left, bottom - origin.top, x - origin.left, y - origin.top];
  return `M${x0} ${y0}C${x0} ${(y0 + y1) / 2} ${x1} ${(y0 + y1) / 2} ${x1} ${y1}`;
}

/**
 * Draw, over `stage`, the paths for each [id button, table row, strip]. `moves` lets the lines run along their ways;
 * `comesBack` says that the strip is where they begin, so that an arrow points at the row; `drops` are further paths
 * from an [id button, [x, y]] to a point of the window.
 */
export function drawPaths(stage, links, { moves, comesBack, drops = [] }) {
  let svg = stage.querySelector(".rl-paths");
  if (!svg) {
    svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "rl-paths");
    svg.setAttribute("aria-hidden", "true");
    stage.append(svg);
  }
  const meet = measure(stage);
  const lines = links.flatMap((link) => {
    const [id, row, vector] = link.map(meet);
    const joined = curve(row, vector, "right", stage.clientWidth);
    return [curve(id, row, "left", stage.clientWidth), comesBack ? joined + arrowAt(row) : joined];
  });
  const origin = stage.getBoundingClientRect();
  lines.push(...drops.map((way) => drop(way, origin)));
  const drawn = [...svg.children].map((path) => path.getAttribute("d"));
  if (lines.length === drawn.length && lines.every((d, i) => d === drawn[i])) return; // and let a running line run on
  svg.toggleAttribute("data-moves", moves);
  svg.toggleAttribute("data-comes-back", Boolean(comesBack));
  svg.replaceChildren(
    ...lines.map((d) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      path.setAttribute("pathLength", "1");
      return path;
    }),
  );
}
