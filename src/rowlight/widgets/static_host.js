// A page as the host of its widgets, with no kernel behind it.

/** Bring the stored html of a widget to life, with a model that remembers until the page is left. */
export function connectStored(root, frontEnds) {
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
