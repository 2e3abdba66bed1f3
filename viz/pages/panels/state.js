// The state of a page, to be shown again: the step, the numbers that were changed, and what was chosen. What is as in
// the beginning is left out.

/** @type {(page: Page) => PageState} */
function readPageState({ k, leaves, mistake, hunt, pinned, scene }) {
  const { view, views, constants } = scene;
  return {
    step: k,
    leaves: leaves ? [...leaves].map(([leaf, number]) => [leaf, writeNumber(number)]) : undefined,
    mistake: hunt?.seed ?? mistake?.name,
    view: view === views[0] ? undefined : view.key,
    constants: constants && undefined,
    pinned: pinned ?? undefined,
  };
}

// Throws a StateError, before anything changes, for a state that does not fit the graph.
/** @type {(page: Page, state: unknown) => void} */
function restorePageState(page, state) {
  const { graph, scene } = page;
  /** @type {(node: unknown) => boolean} */
  const isLeaf = (node) => typeof node === "number" && graph.isLeaf(node);
  const leaves = readPairs(readKey(state, "leaves"), "the leaves", isLeaf);
  const step = readKey(state, "step") ?? 0;
  const made = readKey(state, "mistake") ?? "";
  const view = scene.views.find(({ key }) => key === readKey(state, "view")) ?? scene.view;
  const pinned = readKey(state, "pinned") ?? null;
  const mistake = mistakes.find(({ name }) => name === made) ?? null;
  if (typeof step !== "number" || !Number.isInteger(step) || step < 0) throw new StateError("the step is no step");
  if (made !== "" && !mistake && !Number.isInteger(made)) throw new StateError("the mistake is unknown");
  if (pinned !== null && !(typeof pinned === "number" && graph.names[pinned] !== undefined)) {
    throw new StateError("the node that was chosen is not there");
  }
  if (page.quiz) page.setCover(false);
  page.descent.forget(); // of other numbers
  page.compute(leaves.size ? leaves : null);
  page.setView(view.key, readKey(state, "constants") !== false);
  page.hunt = null;
  if (typeof made === "number") page.startHunt(made);
  else page.setMistake(mistake);
  page.k = Math.min(step, page.run.steps.length);
  page.pinned = pinned;
  page.update();
  page.synchronise();
}
