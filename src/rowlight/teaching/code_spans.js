// Text in which backticks set code, as in Markdown. The same as code_spans.py; a test holds the two together.

/** The pieces of a text, plain and code by turns, plain first. A backtick without a partner is itself. */
export function codeSpans(text) {
  return text.split(/`([^`]+)`/);
}
