// The pure functions of the front end. What a Python twin computes as well is compared in test_front_end.py.
import assert from "node:assert/strict";
import { test } from "node:test";

const source = new URL("../../src/rowlight/", import.meta.url);
const { stepTo, transpose } = await import(new URL("widgets/keyboard.js", source));
const { randomIds, readId } = await import(new URL("lenses/ids.js", source));
const { curve } = await import(new URL("lenses/paths.js", source));
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
  for (const text of ["", "1.5", "abc", "1e3", "0x1", "<img>", "１", "NaN"]) assert.match(readId(text, 10, "").error, /is not an id/);
});

test("an id out of range is refused in PyTorch's words, with its place and the valid range", () => {
  for (const text of ["10", "-1", "999999999999999999999999"]) {
    const { error } = readId(text, 10, "sentence 2, position 1");
    assert.match(error, /^index out of range in self: id /);
    assert.match(error, /at sentence 2, position 1; valid ids are 0 to 9$/);
  }
});

test("random ids are as many as asked for", () => {
  let next = 0;
  assert.deepEqual(randomIds(3, () => next++), [0, 1, 2]);
  assert.deepEqual(randomIds(0, () => 1), []);
});

test("a table that is shown turned is walked as it is shown", () => {
  assert.deepEqual(transpose([[1, 2, 3], [4, 5, 6]]), [[1, 4], [2, 5], [3, 6]]);
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

test("a path leaves its id without crossing a neighbour and ends at the row", () => {
  const id = { left: 0, right: 30, top: 0, bottom: 24, exit: { left: 0, right: 90 }, alone: false };
  const row = { left: 120, right: 300, top: 40, bottom: 60, exit: { left: 120, right: 300 }, alone: true };
  const path = curve(id, row, "left");
  assert.match(path, /^M15 24V25H90C/);
  assert.match(path, / 120 50$/);
});

test("stacked tables are joined round the margin", () => {
  const row = { left: 10, right: 90, top: 0, bottom: 20, exit: { left: 10, right: 90 }, alone: true };
  const vector = { left: 10, right: 90, top: 100, bottom: 120, exit: { left: 10, right: 90 }, alone: true };
  assert.equal(curve(row, vector, "right"), "M90 10H90H97V110H90");
});
