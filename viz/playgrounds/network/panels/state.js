// The state of a training, to be shown again: its settings, and how many updates were made.

/** @type {(panels: NetworkPanels) => object} */
function readNetworkState(panels) {
  const { settings, labels } = panels;
  const isFile = settings.data === "file"; // which does not leave the page
  const { points, ...others } = settings;
  return {
    ...others,
    points: isFile ? [] : points,
    labels: isFile ? [] : labels,
    updates: countUpdates(panels),
  };
}

// The same for undo: of a file too, which stays in the page.
/** @type {(panels: NetworkPanels) => NetworkDeed} */
function readNetworkDeed(panels) {
  const { settings, labels, table, form } = panels;
  return { settings, labels, table, content: form.content.textContent, updates: countUpdates(panels) };
}

// Those that were made; while they are made again, how many there are to be.
/** @type {(panels: NetworkPanels) => number} */
function countUpdates({ goal, training }) {
  return Number.isFinite(goal) ? goal : training.updates;
}

// Throws a StateError for what no playground has written. The updates are made again, frame by frame.
/** @type {(panels: NetworkPanels, state: unknown) => void} */
function restoreNetworkState(panels, state) {
  const updates = readKey(state, "updates") ?? 0;
  const labels = readKey(state, "labels") ?? [];
  if (!isWhole(updates, 0, offered.most.updates)) throw new StateError("its number of updates is not valid");
  if (!Array.isArray(labels) || labels.length > offered.most.classes || !labels.every(isLabel)) {
    throw new StateError("the names of its classes are not valid");
  }
  const isFile = readKey(state, "data") === "file";
  try {
    panels.settings = checkSettings(isFile ? { .../** @type {object} */ (state), data: "moons", start: null } : state);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new StateError(error.message.replace(/\.$/, ""));
  }
  panels.labels = labels;
  panels.restart();
  panels.past.keep();
  if (isFile) panels.form.complain("The address does not hold the rows of the file: choose the file again.", []);
  else panels.trainTo(/** @type {number} */ (updates));
}

/** @type {(label: unknown) => boolean} */
function isLabel(label) {
  return typeof label === "string" && label.length <= 100;
}
