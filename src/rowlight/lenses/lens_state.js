// The ids that a lens shows and what is selected: changed by the reader, by Python, or in another view of the lens.

import { exists } from "../widgets/words.js";

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * `stored` is the state that Python wrote, `ids` are those shown, `held` is a Map of the rows that the page holds.
 * `changed(said)` is called when there is something new to show, `refuse(words)` when a change cannot be shown.
 */
export function lensState({ V, shape, ids_version: version, selection }, ids, held, model, { changed, refuse }) {
  let pendingIds = null; // they read a row that the page does not hold; Python answers with new html

  const state = { ids, selection, latestIds: () => pendingIds ?? state.ids };
  const isHeld = (id) => held.has(id);

  state.select = (next) => {
    state.selection = next;
    changed();
    model.set("selection", next);
    model.save_changes();
  };
  /** Show other ids, and tell Python. Returns whether they can be shown. */
  state.change = (next, said) => {
    const missing = next.find((id) => !isHeld(id));
    if (missing !== undefined && model.isStatic) {
      refuse(`row ${missing} exists, but this page holds ${held.size} of the ${V} rows`);
      return false;
    }
    pendingIds = missing === undefined ? null : next;
    if (!pendingIds) {
      state.ids = next;
      changed(said);
    }
    model.set("_edit", { version, ids: next });
    model.save_changes();
    return true;
  };
  /** Take up what Python or another view has changed. */
  state.follow = () => {
    const edit = model.get("_edit");
    const selection = model.get("selection");
    const hasIds = edit?.version === version && !same(edit.ids, state.latestIds());
    const hasSelection = !same(selection, state.selection) && exists(shape, selection);
    if (hasIds) {
      pendingIds = edit.ids.every(isHeld) ? null : edit.ids;
      if (!pendingIds) state.ids = edit.ids;
    }
    if (hasSelection) state.selection = selection;
    if (hasIds || hasSelection) changed();
  };
  return state;
}
