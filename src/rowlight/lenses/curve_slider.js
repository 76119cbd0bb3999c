// The loss curve of a Training Replay as a slider: drag along it, or use the keys.

const KEYS = {
  ArrowRight: (at) => at + 1,
  ArrowUp: (at) => at + 1,
  ArrowLeft: (at) => at - 1,
  ArrowDown: (at) => at - 1,
  PageUp: (at) => at + 10,
  PageDown: (at) => at - 10,
  Home: () => 0,
  End: () => Infinity,
};

/** Where a key leads to from a position 0..last, or null if it means nothing here. */
export function keyTo(key, at, last) {
  return Object.hasOwn(KEYS, key) ? Math.max(0, Math.min(KEYS[key](at), last)) : null;
}

/** The index of the point that lies nearest to `x`; `points` are [x, y], from left to right. */
export function nearest(points, x) {
  return points.reduce((best, [left], i) => (Math.abs(left - x) < Math.abs(points[best][0] - x) ? i : best), 0);
}

/**
 * Make a slider of the curve's track. `chosen(at)` is called when the reader chooses a step.
 * Returns show(points, at, label, words): the curve, where on it the ring is, what stands beside it and what is said.
 */
export function curveSlider(track, chosen, signal) {
  const [whole, past] = track.querySelectorAll("polyline");
  const ring = track.querySelector(".rl-ring");
  let points = [];
  let at = 0;
  const on = (type, listener) => track.addEventListener(type, listener, { signal });
  const choose = (event) => {
    const { left, width } = track.getBoundingClientRect();
    chosen(nearest(points, (100 * (event.clientX - left)) / width));
  };
  track.setAttribute("role", "slider");
  track.setAttribute("aria-label", "recorded step");
  track.setAttribute("aria-valuemin", 0);
  track.tabIndex = 0;
  on("pointerdown", (event) => {
    if (event.button) return;
    track.setPointerCapture(event.pointerId);
    choose(event);
  });
  on("pointermove", (event) => track.hasPointerCapture(event.pointerId) && choose(event));
  on("keydown", (event) => {
    const to = event.altKey || event.ctrlKey || event.metaKey ? null : keyTo(event.key, at, points.length - 1);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation(); // a notebook has plans of its own for arrow keys
    chosen(to);
  });
  return function show(shown, now, label, words) {
    [points, at] = [shown, now];
    const text = (some) => some.map((point) => point.join(",")).join(" ");
    whole.setAttribute("points", text(points));
    past.setAttribute("points", text(points.slice(0, at + 1)));
    track.style.setProperty("--now", points[at][0]);
    track.style.setProperty("--height", points[at][1]);
    ring.dataset.loss = label;
    ring.toggleAttribute("data-late", points[at][0] > 70);
    track.setAttribute("aria-valuemax", points.length - 1);
    track.setAttribute("aria-valuenow", at);
    track.setAttribute("aria-valuetext", words);
  };
}
