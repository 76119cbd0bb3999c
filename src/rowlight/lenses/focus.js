// Where the reader is in a lens, kept while Python's newer html takes the place of the older.

/** What can have the focus in a lens, as [name, element]; the names are the same in newer html. */
function stops(root) {
  const tools = [...root.querySelectorAll(".rl-tools > *, .rl-find input, .rl-field")].map((tool) => [
    tool.dataset.move ? `move ${tool.dataset.move}` : `tool ${tool.className} ${tool.textContent}`,
    tool,
  ]);
  const cells = [...root.querySelectorAll(".rl-part :is(button, td[tabindex])")].map((stop) => {
    const tr = stop.closest("tr");
    const row = tr.dataset.position ?? tr.dataset.row ?? tr.rowIndex;
    return [`${stop.closest(".rl-part").className} ${row} ${stop.closest("th, td").cellIndex}`, stop];
  });
  return [...tools, ...cells];
}

const partsOf = (root) => [...root.querySelectorAll(".rl-part")];

/** Note which stop has the focus, how far each table is scrolled, and what is looked for. */
export function captureFocus(root) {
  const active = root.getRootNode().activeElement;
  return {
    name: stops(root).find(([, stop]) => stop === active)?.[0],
    scrolled: partsOf(root).map((part) => [part.className, [part.scrollLeft, part.scrollTop]]),
    asked: root.querySelector(".rl-find input")?.value,
  };
}

/** The names of a stop in newer html: at the last part of many ids, the way on is no longer there. */
function namesAfter(name) {
  const [isMove, axis, way] = /^move (\d)([+-])$/.exec(name) ?? [];
  return isMove ? [name, `move ${axis}${way === "+" ? "-" : "+"}`] : [name];
}

/** Go back to what `captureFocus` noted, where newer html still has it. */
export function restoreFocus(root, { name, scrolled, asked }) {
  const were = new Map(scrolled);
  for (const part of partsOf(root)) [part.scrollLeft, part.scrollTop] = were.get(part.className) ?? [0, 0];
  const search = root.querySelector(".rl-find input");
  if (search && asked) search.value = asked;
  const held = new Map(stops(root));
  const found = namesAfter(name).find((one) => held.has(one));
  if (found) held.get(found).focus();
}
