// The page as a widget host: it gives each lens a model that remembers, with no kernel behind it.
export function hydrateAll(frontEnds) {
  function connectRoot(root) {
    const values = {};
    const model = {
      isStatic: true,
      get: (key) => values[key],
      set: (key, value) => {
        values[key] = value;
      },
      save_changes() {},
      on() {},
      off() {},
    };
    try {
      frontEnds[root.dataset.lens].render({ model, el: root });
    } catch (error) {
      console.error(error); // the stored html stays as it is: it can be read, and its selection is lit
    }
  }

  /** Ask for the file that holds the state of a lens, once; then connect it. */
  function fetchState(root) {
    const script = document.createElement("script");
    script.src = root.dataset.stateFile;
    delete root.dataset.stateFile;
    script.onload = () => {
      root.dataset.state = script.state;
      script.remove();
      connectRoot(root);
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
  for (const root of roots) if (!late.includes(root)) setTimeout(connectRoot, 0, root);
}
