// The settings of a network and its training: what is allowed, and what follows from it.

class SettingsError extends Error {}

const OWN = ["points", "file"]; // data that no rule makes

/** @type {NetworkSettings} */
const FIRST_SETTINGS = {
  data: "moons",
  count: 200,
  noise: 0.1,
  classes: 2,
  points: [],
  hidden: [8, 8],
  activation: "tanh",
  initialisation: "",
  loss: "binary_cross_entropy_with_logits",
  optimiser: "adam",
  rate: 0.01,
  turns: [],
  momentum: 0.9,
  batch: 10,
  decay: 0,
  seed: 0,
  start: null,
};

// Each setting: whether a value may be it, and what may be.
/** @type {Record<string, [allowed: (value: any) => boolean, wanted: string]>} */
const ALLOWED = {
  data: [(value) => Object.hasOwn(DATA, value) || OWN.includes(value), "one of the data offered"],
  count: [(value) => isWhole(value, 4, offered.most.points), `a whole number from 4 to ${count(offered.most.points)}`],
  noise: [(value) => isBetween(value, 0, 10), "a number from 0 to 10"],
  classes: [(value) => isWhole(value, 0, offered.most.classes), `a whole number up to ${offered.most.classes}`],
  points: [
    (value) => Array.isArray(value) && arePoints(value),
    `rows of at most ${offered.most.inputs + 1} finite numbers`,
  ],
  hidden: [
    (value) =>
      Array.isArray(value) &&
      value.length <= offered.most.hidden &&
      value.every((width) => isWhole(width, 1, offered.most.width)),
    `at most ${offered.most.hidden} widths from 1 to ${offered.most.width}, such as 16, 16`,
  ],
  activation: [(value) => Object.hasOwn(offered.activations, value), "one of the activations offered"],
  initialisation: [(value) => value === "" || Object.hasOwn(INITIALISATIONS, value), "one of those offered"],
  loss: [(value) => Object.hasOwn(offered.losses, value), "one of the losses offered"],
  optimiser: [(value) => Object.hasOwn(OPTIMISERS, value), "one of the optimisers offered"],
  rate: [(value) => isBetween(value, 0, 1000), "a number from 0 to 1,000"],
  turns: [
    (value) => Array.isArray(value) && areTurns(value),
    `at most ${offered.most.turns} pairs of updates and a rate`,
  ],
  momentum: [(value) => isBetween(value, 0, 1), "a number from 0 to 1"],
  batch: [(value) => isWhole(value, 0, offered.most.rows), "a whole number (0 takes all rows at once)"],
  decay: [(value) => isBetween(value, 0, 1000), "a number from 0 to 1,000"],
  seed: [(value) => isWhole(value, 0, Number.MAX_SAFE_INTEGER), "a whole number of at least 0"],
  start: [
    (value) => value === null || (Array.isArray(value) && value.every((each) => Number.isFinite(each))),
    "finite numbers",
  ],
};
/** @type {Record<string, string>} */
const SETTING_NAMES = {
  count: "points",
  hidden: "hidden layers",
  rate: "learning rate",
  turns: "the changes of the learning rate",
  decay: "L2",
  points: "the points",
  start: "the starting numbers",
};

/** @type {(value: unknown, low: number, high: number) => boolean} */
function isBetween(value, low, high) {
  return typeof value === "number" && value >= low && value <= high;
}

/** @type {(value: unknown, low: number, high: number) => boolean} */
function isWhole(value, low, high) {
  return Number.isInteger(value) && isBetween(value, low, high);
}

// Rows of the same length, of finite numbers.
/** @type {(rows: unknown[]) => boolean} */
function arePoints(rows) {
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  if (!rows.length) return true;
  return (
    rows.length <= offered.most.rows &&
    width >= 2 &&
    width <= offered.most.inputs + 1 &&
    rows.every((row) => Array.isArray(row) && row.length === width && row.every((number) => Number.isFinite(number)))
  );
}

// Later and later, each after at least one update.
/** @type {(turns: unknown[]) => boolean} */
function areTurns(turns) {
  let before = 0;
  return (
    turns.length <= offered.most.turns &&
    turns.every((turn) => {
      if (!Array.isArray(turn) || turn.length !== 2) return false;
      const [updates, rate] = turn;
      const isLater = isWhole(updates, before + 1, Number.MAX_SAFE_INTEGER);
      before = updates;
      return isLater && isBetween(rate, 0, 1000);
    })
  );
}

// The settings themselves, if they are allowed, with a loss that fits the data; a SettingsError that says what is
// wrong.
/** @type {(given: any) => NetworkSettings} */
function checkSettings(given) {
  if (given === null || typeof given !== "object") throw new SettingsError("These are not the settings of a network.");
  /** @type {any} */
  const settings = {};
  for (const [name, [allowed, wanted]] of Object.entries(ALLOWED)) {
    const value = Object.hasOwn(given, name) ? given[name] : /** @type {any} */ (FIRST_SETTINGS)[name];
    if (!allowed(value)) {
      const text = (typeof value === "object" ? JSON.stringify(value) : String(value)).slice(0, 40);
      throw new SettingsError(`${SETTING_NAMES[name] ?? name}: expected ${wanted}, not ${text || "nothing"}.`);
    }
    settings[name] = value;
  }
  checkData(settings);
  const { parameters } = countParameters(settings);
  if (parameters > offered.most.parameters) {
    throw new SettingsError(
      `hidden layers: ${count(parameters)} parameters; at most ${count(offered.most.parameters)} are allowed.`,
    );
  }
  if (settings.start && settings.start.length !== parameters) {
    throw new SettingsError(`the starting numbers: expected ${parameters}, not ${settings.start.length}.`);
  }
  return settings;
}

// The same with another learning rate from now on, after so many updates.
/** @type {(settings: NetworkSettings, rate: number, updates: number) => NetworkSettings} */
function turnRate(settings, rate, updates) {
  checkSettings({ ...settings, rate });
  const before = settings.turns.filter(([each]) => each < updates);
  const isOther = findRate({ rate: settings.rate, turns: before }, updates) !== rate;
  return checkSettings({ ...settings, turns: isOther ? [...before, [updates, rate]] : before });
}

// As many classes as the data have, targets that are classes, and a loss for them.
/** @type {(settings: NetworkSettings) => void} */
function checkData(settings) {
  if (OWN.includes(settings.data)) {
    if (!settings.points.length) throw new SettingsError("the points: at least one is needed.");
    if (settings.classes === 1)
      throw new SettingsError("classes: at least 2 are needed, or 0 where targets are numbers.");
    const last = settings.points[0].length - 1;
    if (settings.classes && !settings.points.every((point) => isWhole(point[last], 0, settings.classes - 1))) {
      throw new SettingsError(`the points: each class must be a whole number from 0 to ${settings.classes - 1}.`);
    }
  } else {
    settings.points = [];
    settings.classes = DATA[settings.data].classes ?? Math.max(settings.classes, 2);
    if (settings.count < settings.classes) {
      throw new SettingsError(`points: at least ${settings.classes}, one of each class, not ${settings.count}.`);
    }
  }
  if (!fitsLoss(settings.loss, settings.classes)) {
    settings.loss = Object.keys(offered.losses).find((loss) => fitsLoss(loss, settings.classes)) ?? "mse";
  }
}

// Whether a loss is for so many classes, or (0) for numbers.
/** @type {(loss: string, classes: number) => boolean} */
function fitsLoss(loss, classes) {
  const { targets } = offered.losses[loss];
  return targets === "class" ? classes >= 2 : targets === "number" ? classes <= 2 : classes === 2;
}

// The widths of all layers, the inputs' among them, and how many parameters they have.
/** @type {(settings: NetworkSettings) => { widths: number[]; parameters: number }} */
function countParameters({ data, points, classes, hidden, loss }) {
  const inputs = OWN.includes(data) ? points[0].length - 1 : data === "line" ? 1 : 2;
  const widths = [inputs, ...hidden, offered.losses[loss].targets === "class" ? classes : 1];
  const parameters = widths.slice(1).reduce((total, width, i) => total + width * (widths[i] + 1), 0);
  return { widths, parameters };
}

// Everything that settings stand for: data, then weights, then the order of batches, drawn from one generator.
/** @type {(settings: NetworkSettings) => TrainingRun} */
function startTraining(settings) {
  const generator = new Generator(settings.seed);
  const { data, classes, loss } = settings;
  const points = OWN.includes(data) ? settings.points : DATA[data].make(settings, generator);
  const samples = collectSamples(points, classes);
  if (offered.losses[loss].targets === "sign") samples.targets = samples.targets.map((label) => 2 * label - 1);
  const model = new Model({ ...settings, widths: countParameters(settings).widths });
  if (settings.start) model.parameters.set(settings.start);
  else model.reset(settings.initialisation, generator);
  const training = new Training(model, samples, settings, generator);
  return { samples, points, model, training, room: findRoom(samples) };
}
