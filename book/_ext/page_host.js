// The widgets of a page come to life one by one; a long state comes with a file of its own, when the reader is near.
export function hydrateAll(connect) {
  /** Ask for the file that holds the state of a lens, once; then connect it. */
  function fetchState(root) {
    const script = document.createElement("script");
    script.src = root.dataset.stateFile;
    delete root.dataset.stateFile;
    script.onload = () => {
      root.dataset.state = script.state;
      script.remove();
      connect(root);
    };
    document.head.append(script);
  }

  const roots = [...document.querySelectorAll(".rowlight[data-lens]")];
  const late = roots.filter((root) => root.dataset.stateFile);
  const fetchFor = (some) => some.filter((root) => root.dataset.stateFile).forEach(fetchState);
  // The reader is near: one screen away, or about to go through the page by keys.
  const near = new IntersectionObserver(
    (seen) => fetchFor(seen.filter((one) => one.isIntersecting).map((one) => one.target)),
    { rootMargin: "100% 0%" },
  );
  for (const root of late) near.observe(root);
  addEventListener("keydown", () => fetchFor(late), { once: true });
  // One task each, so that the page answers in between.
  for (const root of roots) if (!late.includes(root)) setTimeout(connect, 0, root);
}
