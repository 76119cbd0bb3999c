// The reader's score. It stays in the reader's own browser.

import { readScore } from "./prediction.js";

const STORED = "rowlight.move-quiz";
let onThisPage = null; // where the browser keeps nothing

export function loadScore() {
  try {
    return readScore(localStorage.getItem(STORED) ?? onThisPage);
  } catch {
    return readScore(onThisPage);
  }
}

export function saveScore(score) {
  onThisPage = JSON.stringify(score);
  try {
    localStorage.setItem(STORED, onThisPage);
  } catch {
    // a browser may refuse
  }
}
