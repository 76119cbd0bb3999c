// The line from an id to its row to its place in the output.

const MARGIN = 7; // between a table and the line that goes round it

/**
 * An SVG path between two boxes: across the gap where they stand side by side, round the margin where stacked.
 * It leaves `from` along the lower edge and then its table at x = `from.exit`, so that it crosses no other id, and
 * stays left of `width`, so that nothing has to scroll for it.
 */
export function curve(from, to, side, width) {
  const y2 = (to.top + to.bottom) / 2;
  if (to.left > from.exit.right) {
    const x = from.exit.right;
    const middle = (x + to.left) / 2;
    return `${leave(from, x)}C${middle} ${leaveY(from)} ${middle} ${y2} ${to.left} ${y2}`;
  }
  const left = side === "left";
  const edge = left
    ? Math.min(from.exit.left, to.exit.left) - MARGIN
    : Math.min(Math.max(from.exit.right, to.exit.right) + MARGIN, width - 1);
  return `${leave(from, left ? from.exit.left : from.exit.right)}H${edge}V${y2}H${left ? to.left : to.right}`;
}

/** From the middle of the box to x: straight out at half height if nothing lies between, else along its lower edge. */
function leave(from, x) {
  const y = leaveY(from);
  if (from.alone) return `M${x < from.left ? from.left : from.right} ${y}H${x}`;
  return `M${(from.left + from.right) / 2} ${from.bottom}V${y}H${x}`;
}

function leaveY(from) {
  return from.alone ? (from.top + from.bottom) / 2 : from.bottom + 1;
}

/** The box of `element` in the coordinates of `stage`, cut to the part of its table that can be seen. */
function box(element, stage) {
  const origin = stage.getBoundingClientRect();
  const seen = element.closest(".rl-part").getBoundingClientRect();
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return {
    alone: element.tagName === "TR", // a row reaches from edge to edge of its table
    exit: { left: seen.left - origin.left, right: seen.right - origin.left },
    left: Math.max(left, seen.left) - origin.left,
    right: Math.min(right, seen.right) - origin.left,
    top: top - origin.top,
    bottom: bottom - origin.top,
  };
}

const SVG = "http://www.w3.org/2000/svg";

/** Draw, over `stage`, a path for each [id button, table row, output row]; `moves` lets the line run along its way. */
export function drawPaths(stage, links, moves) {
  let svg = stage.querySelector(".rl-paths");
  if (!svg) {
    svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "rl-paths");
    svg.setAttribute("aria-hidden", "true");
    stage.append(svg);
  }
  const lines = links.flatMap(([button, row, vector]) => {
    const [a, b, c] = [button, row, vector].map((element) => box(element, stage));
    return [curve(a, b, "left", stage.clientWidth), curve(b, c, "right", stage.clientWidth)];
  });
  const drawn = [...svg.children].map((path) => path.getAttribute("d"));
  if (lines.length === drawn.length && lines.every((d, i) => d === drawn[i])) return; // and let a running line run on
  svg.toggleAttribute("data-moves", moves);
  svg.replaceChildren(
    ...lines.map((d) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", d);
      path.setAttribute("pathLength", "1");
      return path;
    }),
  );
}
