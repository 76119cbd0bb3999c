// The ids that a lens shows and what is selected: changed by the reader, by Python, or in another view of the lens.

import { exists, grouped } from "../widgets/words.js";

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * `stored` is the state that Python wrote, `ids` are all ids and `flats` the indexes of those that are shown, `held` is
 * a Map of the rows that the page holds.
 * `changed(said)` is called when there is something new to show, `refuse(words)` when a change cannot be shown.
 */
export function lensState(stored, ids, flats, held, model, { changed, refuse }) {
  const { V, shape, ids_version: version, selection, bags } = stored;
  let pendingIds = null; // the page cannot show them by itself; Python answers with new html
  let followed = null; // the last edit that was taken up: there may be many ids to compare

  const state = { ids, selection, latestIds: () => pendingIds ?? state.ids };
  /** The first row that is read where ids are shown, and that the page does not hold. */
  const missingOf = (next) => next[flats.find((flat) => !held.has(next[flat]))];
  const mustWait = (next) => bags || missingOf(next) !== undefined; // torch makes the output of a bag

  state.select = (next) => {
    state.selection = next;
    changed();
    model.set("selection", next);
    model.save_changes();
  };
  /** Show other ids, and tell Python. Returns whether they can be shown. */
  state.change = (next, said) => {
    if (model.isStatic && mustWait(next)) {
      refuse(`row ${missingOf(next)} exists, but this page holds ${grouped(held.size)} of the ${grouped(V)} rows`);
      return false;
    }
    pendingIds = mustWait(next) ? next : null;
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
    const isNew = edit !== followed && edit?.version === version && edit.ids !== state.latestIds();
    const hasIds = isNew && !same(edit.ids, state.latestIds());
    followed = edit;
    const hasSelection = !same(selection, state.selection) && exists(shape, selection);
    if (hasIds) {
      pendingIds = mustWait(edit.ids) ? edit.ids : null;
      if (!pendingIds) state.ids = edit.ids;
    }
    if (hasSelection) state.selection = selection;
    if (hasIds || hasSelection) changed();
  };
  return state;
}
