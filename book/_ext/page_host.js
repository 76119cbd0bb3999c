// The page as a widget host: it gives each lens a model that remembers, with no kernel behind it.
const frontEnds = FRONT_ENDS;
function connectRoot(root) {
  const values = {};
  const model = { isStatic: true, get: (key) => values[key], set: (key, value) => (values[key] = value), save_changes() {}, on() {}, off() {} };
  try {
    frontEnds[root.dataset.lens].render({ model, el: root });
  } catch (error) {
    console.error(error); // the stored html stays as it is: readable, lit, still
  }
}

// One task each, so that the page answers in between.
for (const root of document.querySelectorAll(".rowlight[data-lens]")) setTimeout(connectRoot, 0, root);
