// Where the reader is in a lens, kept while Python's newer html takes the place of the older.

/** What can have the focus in a lens, as [name, element]; the names are the same in newer html. */
function stops(root) {
  const tools = [...root.querySelectorAll(".rl-tools > *")].map((tool) => [`tool ${tool.textContent}`, tool]);
  const cells = [...root.querySelectorAll(".rl-part :is(button, td[tabindex])")].map((stop) => {
    const tr = stop.closest("tr");
    const row = tr.dataset.position ?? tr.dataset.row ?? tr.rowIndex;
    return [`${stop.closest(".rl-part").className} ${row} ${stop.closest("th, td").cellIndex}`, stop];
  });
  return [...tools, ...cells];
}

const partsOf = (root) => [...root.querySelectorAll(".rl-part")];

/** Note which stop has the focus and how far each table is scrolled. */
export function captureFocus(root) {
  const active = root.getRootNode().activeElement;
  return {
    name: stops(root).find(([, stop]) => stop === active)?.[0],
    scrolled: partsOf(root).map((part) => [part.className, part.scrollLeft]),
  };
}

/** Go back to what `captureFocus` noted, where newer html still has it. */
export function restoreFocus(root, { name, scrolled }) {
  for (const part of partsOf(root)) part.scrollLeft = new Map(scrolled).get(part.className) ?? 0;
  stops(root)
    .find(([stop]) => stop === name)?.[1]
    .focus();
}
