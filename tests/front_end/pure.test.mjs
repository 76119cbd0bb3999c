// The pure functions of the front end. What Python computes as well is compared in test_<stem>.py.
import assert from "node:assert/strict";
import { test } from "node:test";

const source = new URL("../../src/rowlight/", import.meta.url);
const { stepTo, transpose } = await import(new URL("widgets/keyboard.js", source));
const { readId } = await import(new URL("lenses/id_editor.js", source));
const { lensState } = await import(new URL("lenses/lens_state.js", source));
const { behind, curve } = await import(new URL("lenses/paths.js", source));
const { keyTo, nearest } = await import(new URL("lenses/curve_slider.js", source));
const { boxAt, labelSides } = await import(new URL("lenses/label_sides.js", source));
const { arrowPath, pairsOf, trailLength, trailPath } = await import(new URL("lenses/replay_plane.js", source));
const { rowAt, rowTo } = await import(new URL("lenses/overview.js", source));
const { findHeld, foundWords, readQuery } = await import(new URL("lenses/row_search.js", source));
const { exists, lit } = await import(new URL("widgets/words.js", source));

test("arrows move by one and stop at the edges", () => {
  const lengths = [4, 4, 4];
  assert.deepEqual(stepTo("ArrowDown", false, [0, 1], lengths), [1, 1]);
  assert.deepEqual(stepTo("ArrowUp", false, [0, 1], lengths), [0, 1]);
  assert.deepEqual(stepTo("ArrowRight", false, [2, 3], lengths), [2, 3]);
  assert.deepEqual(stepTo("ArrowLeft", false, [2, 0], lengths), [2, 0]);
});

test("a shorter row pulls the column in", () => {
  assert.deepEqual(stepTo("ArrowDown", false, [0, 3], [4, 1]), [1, 0]);
});

test("Home and End go to the ends of the row, with Control to the corners", () => {
  assert.deepEqual(stepTo("Home", false, [1, 2], [3, 3]), [1, 0]);
  assert.deepEqual(stepTo("End", false, [1, 0], [3, 3]), [1, 2]);
  assert.deepEqual(stepTo("Home", true, [1, 2], [3, 3]), [0, 0]);
  assert.deepEqual(stepTo("End", true, [0, 0], [3, 2]), [1, 1]);
});

test("other keys mean nothing", () => {
  for (const key of ["a", "Tab", "PageDown", "constructor"]) assert.equal(stepTo(key, false, [0, 0], [1]), null);
});

test("an id is a whole number from 0 to V - 1", () => {
  assert.deepEqual(readId(" 7 ", 10, ""), { id: 7 });
  assert.deepEqual(readId("+7", 10, ""), { id: 7 });
  assert.deepEqual(readId("007", 10, ""), { id: 7 });
  for (const text of ["", "1.5", "abc", "1e3", "0x1", "<img>", "１", "NaN"])
    assert.match(readId(text, 10, "").error, /is not an id/);
});

test("an id out of range is refused in PyTorch's words, with its position and the valid range", () => {
  for (const text of ["10", "-1", "999999999999999999999999"]) {
    const { error } = readId(text, 10, "sentence 2, position 1");
    assert.match(error, /^index out of range in self: id /);
    assert.match(error, /at sentence 2, position 1; valid ids are 0 to 9$/);
  }
});

test("a table that is shown transposed is walked as it is shown", () => {
  assert.deepEqual(
    transpose([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  );
  assert.deepEqual(transpose([]), []);
});

test("a selection lights its ids", () => {
  assert.deepEqual(lit([2, 2], [5, 3, 3, 1], { position: [1, 0] }), [2]);
  assert.deepEqual(lit([2, 2], [5, 3, 3, 1], { sentence: 1 }), [2, 3]);
  assert.deepEqual(lit([2, 2], [5, 3, 3, 1], { row: 3 }), [1, 2]);
  assert.deepEqual(lit([2, 2], [5, 3, 3, 1], { row: 0 }), []);
  assert.deepEqual(lit([], [4], { position: [] }), [0]);
  assert.deepEqual(lit([0, 3], [], {}), []);
});

test("a selection exists in a shape or does not", () => {
  assert.ok(exists([2, 3], { position: [1, 2] }));
  assert.ok(!exists([2, 3], { position: [2, 0] }));
  assert.ok(!exists([6], { position: [1, 2] }));
  assert.ok(exists([2, 3], { sentence: 1 }));
  assert.ok(!exists([6], { sentence: 0 }));
  assert.ok(exists([], { position: [] }));
  assert.ok(exists([0, 3], {}));
  assert.ok(exists([2], { row: 9 }));
});

test("a path leaves its id at its side, goes behind the other ids and ends at the row", () => {
  const exit = { left: 0, right: 90 };
  const others = [
    { left: 62, right: 88 },
    { left: 32, right: 58 },
  ];
  const id = { left: 2, right: 28, y: 12, exit, others };
  const row = { left: 120, right: 300, y: 50, exit: { left: 120, right: 300 }, others: [] };
  assert.equal(curve(id, row, "left", 300), "M28 12H32M58 12H62M88 12H90M90 12C105 12 105 50 120 50");
});

test("the line of a path can be seen wherever nothing stands before it, in both directions", () => {
  const boxes = [
    { left: 10, right: 20 },
    { left: 15, right: 30 },
    { left: 60, right: 90 },
  ];
  assert.equal(behind(5, 0, 70, boxes), "M0 5H10M30 5H60");
  assert.equal(behind(5, 70, 0, boxes), "M60 5H30M10 5H0");
  assert.equal(behind(5, 12, 28, boxes), "");
  assert.equal(behind(5, 40, 50, boxes), "M40 5H50");
  assert.equal(behind(5, 40, 40, []), "");
});

test("tables below each other are joined round the margin, and within the lens where there is none", () => {
  const exit = { left: 10, right: 90 };
  const row = { left: 10, right: 90, y: 10, exit, others: [] };
  const vector = { left: 10, right: 40, y: 110, exit, others: [{ left: 50, right: 80 }] };
  assert.equal(curve(row, vector, "right", 100), "M90 10H97M97 10V110M97 110H80M50 110H40");
  assert.equal(curve(row, vector, "right", 90), "M90 10H89M89 10V110M89 110H80M50 110H40");
  assert.equal(curve(row, vector, "left", 100), "M10 10H3M3 10V110M3 110H10");
});

/** A state on a page that holds rows 0 to 2 of ten, and what it asked for. */
function someState(values, isStatic = false, options = {}) {
  const heard = [];
  const model = { isStatic, get: (key) => values[key], set: (key, value) => (values[key] = value), save_changes() {} };
  const stored = { V: 10, shape: [2], ids_version: 1, selection: { position: [0] }, ...options };
  const state = lensState(stored, [0, 1], options.flats ?? [0, 1], new Map([[0], [1], [2]]), model, {
    changed: (said) => heard.push(said ?? "changed"),
    refuse: (words) => heard.push(words),
  });
  return { state, heard, values };
}

test("an edit shows held rows at once and tells Python", () => {
  const { state, heard, values } = someState({});
  assert.ok(state.change([2, 1], "new ids"));
  assert.deepEqual([state.ids, heard, values._edit], [[2, 1], ["new ids"], { version: 1, ids: [2, 1] }]);
});

test("a row that the page does not hold is waited for, and the next edit builds on it", () => {
  const { state, heard, values } = someState({});
  assert.ok(state.change([7, 1]));
  assert.deepEqual([state.ids, state.latestIds(), heard], [[0, 1], [7, 1], []]);
  assert.deepEqual(values._edit.ids, [7, 1]);
  state.change(state.latestIds().with(0, 2));
  assert.deepEqual(
    [state.ids, state.latestIds()],
    [
      [2, 1],
      [2, 1],
    ],
  );
});

test("a page without a kernel says what it holds", () => {
  const { state, heard, values } = someState({}, true);
  assert.ok(!state.change([7, 1]));
  assert.deepEqual(heard, ["row 7 exists, but this page holds 3 of the 10 rows"]);
  assert.deepEqual([state.ids, values], [[0, 1], {}]);
});

test("an id that is not shown may read a row that the page does not hold", () => {
  const { state, heard } = someState({}, true, { flats: [0] });
  assert.ok(state.change([2, 7]));
  assert.deepEqual([state.ids, heard.length], [[2, 7], 1]);
  assert.ok(!state.change([7, 2]));
});

test("the output of bags waits for Python, though the page holds the rows", () => {
  const { state, heard } = someState({}, false, { bags: true });
  assert.ok(state.change([2, 1]));
  assert.deepEqual([state.ids, state.latestIds(), heard], [[0, 1], [2, 1], []]);
});

test("an edit is compared once, however often something is selected: there may be 65,536 ids", () => {
  let compared = 0;
  const ids = Object.assign([2, 2], { toJSON: () => (compared += 1) });
  const { state, values } = someState({ _edit: { version: 1, ids }, selection: { row: 2 } });
  state.follow();
  assert.deepEqual([state.ids, compared], [ids, 1]);
  for (const row of [1, 2, 1]) {
    values.selection = { row };
    state.follow();
  }
  assert.deepEqual([state.selection, compared], [{ row: 1 }, 1]);
  state.change([1, 1]);
  state.follow();
  assert.deepEqual([state.ids, compared], [[1, 1], 1]);
});

test("what another view did is followed once, and what came too late is not", () => {
  const values = { _edit: { version: 1, ids: [2, 2] }, selection: { row: 2 } };
  const { state, heard } = someState(values);
  state.follow();
  state.follow();
  assert.deepEqual([state.ids, state.selection, heard], [[2, 2], { row: 2 }, ["changed"]]);
  values._edit = { version: 0, ids: [1, 1] };
  values.selection = { position: [0, 0] }; // of ids of another shape, whose html is still on its way
  state.follow();
  assert.deepEqual([state.ids, state.selection, heard.length], [[2, 2], { row: 2 }, 1]);
});

test("keys move along a curve and stop at its ends", () => {
  const from5 = (key) => keyTo(key, 5, 20);
  assert.deepEqual(["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"].map(from5), [6, 6, 4, 4]);
  assert.deepEqual(["PageUp", "PageDown", "Home", "End"].map(from5), [15, 0, 0, 20]);
  assert.equal(keyTo("ArrowRight", 20, 20), 20);
  for (const key of ["a", "Tab", "constructor"]) assert.equal(from5(key), null);
});

test("a pointer chooses the step that lies nearest, also where steps lie close together", () => {
  const points = [
    [0, 9],
    [1, 8],
    [50, 7],
    [100, 6],
  ];
  assert.deepEqual(
    [-20, 0.6, 25, 26, 76, 900].map((x) => nearest(points, x)),
    [0, 1, 1, 2, 3, 3],
  );
});

test("positions are read as pairs, and a trail goes through them", () => {
  const steps = ["1.0 2.0 3.0 4.0", "1.5 2.5 3.5 4.5", "2.0 3.0 4.0 5.0"].map(pairsOf);
  assert.deepEqual(steps[0], [
    [1, 2],
    [3, 4],
  ]);
  assert.equal(trailPath(steps, [1], 1, 2), "M3.5 4.5L4 5");
  assert.equal(trailPath(steps, [0, 1], 0, 0), "M1 2M3 4");
  assert.equal(trailPath(steps, [], 0, 2), "");
  assert.deepEqual([1, 26, 500].map(trailLength), [1, 6, 24]);
});

test("an arrow ends where it points, and one that would be a dot is not drawn", () => {
  assert.match(arrowPath([10, 20], [5, 0]), /^M10 20L15\.00 20\.00M13\.24 [0-9.]+L15\.00 20\.00L13\.24 [0-9.]+$/);
  assert.equal(arrowPath([10, 20], [0.3, -0.3]), "");
});

test("names stand beside their points and never on another", () => {
  const points = Array.from({ length: 40 }, (_, i) => [(i * 97) % 300, (i * 61) % 300]);
  const widths = points.map((_, i) => 20 + (i % 5) * 8);
  const order = points.map((_, i) => i).reverse();
  const sides = labelSides(points, widths, order, 300);
  const boxes = sides.map((side, i) => side && boxAt(points[i], side, widths[i], 16)).filter(Boolean);
  assert.ok(boxes.length > 15 && boxes.length < 40);
  const apart = (one, other) => one[0] >= other[2] || other[0] >= one[2] || one[1] >= other[3] || other[1] >= one[3];
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach((other) => assert.ok(apart(one, other))));
  for (const [x0, y0, x1, y1] of boxes) assert.ok(x0 >= 0 && y0 >= 0 && x1 <= 300 && y1 <= 300);
  assert.deepEqual(labelSides([[50, 50]], [30], [0], 300), ["right"]);
  assert.deepEqual(labelSides([[290, 50]], [30], [0], 300), ["left"]);
  assert.deepEqual(
    labelSides(
      [
        [50, 50],
        [150, 150],
      ],
      [30, 30],
      [1],
      300,
    ),
    ["", "right"],
  );
});

test("in the overview arrows go to the next row that is read, with Shift or Control to the next of all", () => {
  const grid = { V: 1000, per: 1, columns: 100 };
  const from = (key, control, row = 500, read = [7, 500, 998]) => rowTo(key, control, row, read, grid);
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].map((key) => from(key, false)),
    [998, 998, 7, 7],
  );
  assert.deepEqual(
    ["Home", "End"].map((key) => from(key, false)),
    [7, 998],
  );
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"].map((key) => from(key, true)),
    [501, 600, 499, 400],
  );
  assert.deepEqual(
    ["Home", "End"].map((key) => from(key, true)),
    [0, 999],
  );
  assert.deepEqual([from("ArrowUp", true, 5), from("ArrowDown", true, 999)], [0, 999]);
  assert.deepEqual([from("ArrowRight", false, 998), from("ArrowLeft", false, 7)], [undefined, undefined]);
  assert.equal(from("ArrowRight", false, -1), 7);
  for (const key of ["a", "Tab", "constructor"]) assert.equal(from(key, true), undefined);
  assert.equal(from("Home", false, 5, []), undefined);
});

test("a click means the row that is read nearby, or else the one below it", () => {
  const grid = { V: 950, per: 1, columns: 100 };
  const at = (x, y) => rowAt([x, y], [800, 100], [205, 207], grid);
  assert.equal(at(45, 25), 205);
  assert.equal(at(51, 26), 205, "the nearer of two");
  assert.equal(at(53, 26), 207);
  assert.equal(at(204, 55), 525);
  assert.equal(at(-5, -5), 0);
  assert.equal(at(900, 900), 949, "the last line is not full");
  assert.equal(rowAt([799, 1], [800, 100], [], { V: 1000, per: 10, columns: 100 }), 990);
});

test("what is typed is a row number, or a token, also in quotation marks", () => {
  assert.deepEqual(readQuery(" 42 ", 100), { row: 42 });
  assert.deepEqual(readQuery("30,521", 30522), { row: 30521 });
  assert.deepEqual(readQuery("30,522", 30522), { error: "there is no row 30522; rows are 0 to 30521" });
  assert.deepEqual(readQuery("100", 100), { error: "there is no row 100; rows are 0 to 99" });
  assert.deepEqual(readQuery("king", 100), { token: "king" });
  assert.deepEqual(readQuery('"42"', 100), { token: "42" });
  assert.deepEqual(readQuery("-1", 100), { token: "-1" });
  assert.deepEqual([readQuery("  ", 100), readQuery('""', 100)], [{}, {}]);
});

test("tokens that the page holds are found in turn: those that are the text, or else those that hold it", () => {
  const names = new Map([
    [9, "kings"],
    [4, "King"],
    [7, "king"],
    [2, "queen"],
  ]);
  assert.deepEqual(findHeld("king", names, -1), { row: 7, at: 0, of: 1 });
  assert.deepEqual(findHeld("KIN", names, 4), { row: 7, at: 1, of: 3 });
  assert.deepEqual(findHeld("KIN", names, 9), { row: 4, at: 0, of: 3 });
  assert.deepEqual(findHeld("x", names, 9), { row: undefined, at: 0, of: 0 });
  assert.equal(foundWords("KIN", { at: 1, of: 3 }), "2 of 3 with “KIN”");
  assert.equal(foundWords("x", { at: 0, of: 0 }), "no row has a token with “x”");
  assert.equal(foundWords("x", { at: 0, of: 0 }, 4), "none of the 4 tokens that this page holds has “x”");
});
