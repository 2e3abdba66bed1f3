// What is on the screen as a program in Python, on nn: run, it comes to the same numbers.

/** @type {Record<string, string>} */
const PYTHON_OPTIMISERS = { sgd: "SGD", momentum: "SGD", adam: "Adam" };

// table: what the file was read as, where the data are of one.
/** @type {(settings: NetworkSettings, training: Training, table: FileData | null) => string} */
function writePython(settings, training, table) {
  const { loss, batch, decay, rate, turns, optimiser } = settings;
  const { epoch } = training;
  const isAll = !batch || batch >= training.samples.count;
  const extra =
    (optimiser === "momentum" ? `, momentum=${settings.momentum}` : "") + (decay ? `, weight_decay=${decay}` : "");
  const lines = [
    "import numpy as np",
    "",
    "import nn",
    "",
    `generator = np.random.default_rng(${settings.seed})`,
    ...(settings.data === "file" && table ? writeFile(settings, table) : writeData(settings)),
    ...writeModel(settings, training.model),
    `optimizer = nn.${PYTHON_OPTIMISERS[optimiser]}(model.parameters(), lr=${rate}${extra})`,
  ];
  if (turns.length) lines.push(...writeTurns(settings));
  const size = isAll ? "None" : String(batch);
  if (epoch) {
    lines.push(
      "history = nn.fit(",
      `    model, X, y, loss="${loss}", ${turns.length ? "schedule=schedule" : "optimizer=optimizer"},`,
      `    epochs=${epoch}, batch_size=${size}, generator=generator,`,
      ")",
      'print(f"loss {history.loss[-1]:.6g}")',
    );
  }
  if (training.start) lines.push(...writeUpdates(settings, training));
  return `${lines.join("\n")}\n`;
}

/** @type {(settings: NetworkSettings) => string[]} */
function writeData(settings) {
  const { data, count: rows, noise, classes, points, loss } = settings;
  const sign = writeSign(loss);
  if (data === "points") {
    const targets = points.map((point) => point[point.length - 1]);
    return [
      `X = np.array(${JSON.stringify(points.map((point) => point.slice(0, -1)))})`,
      `y = np.array(${JSON.stringify(targets)})`,
      ...sign,
    ];
  }
  if (data === "line") {
    return [
      `X = generator.uniform(-1, 1, (${rows}, 1))`,
      `y = 0.5 * X[:, 0] + 0.2 + ${noise} * generator.normal(size=${rows})`,
    ];
  }
  const several = DATA[data].classes === null ? `${classes}, ` : "";
  return [`X, y = nn.${data}(${rows}, ${several}${noise}, generator=generator)`, ...sign];
}

// The file as it lies beside the program, and the points that were added to it.
/** @type {(settings: NetworkSettings, table: FileData) => string[]} */
function writeFile({ points, loss }, { points: read, labels, separator, skipped }) {
  const added = points.slice(read.length);
  const areNumbers = labels.every((label) => readCell(label) !== null);
  const columns = `delimiter=${JSON.stringify(separator)}, skiprows=${skipped}, comments=None, quotechar='"'`;
  return [
    `rows = np.loadtxt("data.csv", dtype=str, encoding="utf-8-sig", ${columns})`,
    "X = rows[:, :-1].astype(float)",
    "X = (X - X.mean(axis=0)) / X.std(axis=0)",
    ...(labels.length
      ? [
          `labels = ${areNumbers ? `[${labels.join(", ")}]` : JSON.stringify(labels)}`,
          `y = np.array([labels.index(${areNumbers ? "float(label)" : "label.strip()"}) for label in rows[:, -1]])`,
        ]
      : ["y = rows[:, -1].astype(float)"]),
    ...(added.length
      ? [
          `X = np.vstack([X, ${JSON.stringify(added.map((point) => point.slice(0, -1)))}])`,
          `y = np.append(y, ${JSON.stringify(added.map((point) => point[point.length - 1]))})`,
        ]
      : []),
    ...writeSign(loss),
  ];
}

/** @type {(loss: string) => string[]} */
function writeSign(loss) {
  return offered.losses[loss].targets === "sign" ? ["y = 2 * y - 1"] : [];
}

/** @type {(settings: NetworkSettings, model: Model) => string[]} */
function writeModel({ activation, initialisation, start }, { widths, loss }) {
  const [inputs, ...others] = widths;
  const output = loss.output === "linear" ? "" : `, "${loss.output}"`;
  const shape = `${inputs}, [${others.join(", ")}], "${activation}"${output}`;
  if (!start) {
    const init = initialisation ? `init="${initialisation}", ` : "";
    return [`model = nn.MLP(${shape}, ${init}generator=generator)`];
  }
  return [
    `model = nn.MLP(${shape}, init="zeros")`,
    `start = ${JSON.stringify(start)}`,
    "for parameter, number in zip(model.parameters(), start):",
    "    parameter.data = number",
  ];
}

// The learning rate as it was changed during the training.
/** @type {(settings: NetworkSettings) => string[]} */
function writeTurns({ rate, turns }) {
  const rates = [[0, rate], ...turns].map(([updates, each]) => `(${updates}, ${each})`);
  return [
    "class Changed(nn.Schedule):  # the rate as it was changed, after so many updates",
    "    per_batch = True",
    `    rates = [${rates.join(", ")}]`,
    "",
    "    def rate(self, steps):",
    "        return [rate for updates, rate in self.rates if updates <= steps][-1]",
    "",
    "schedule = Changed(optimizer)",
  ];
}

// The updates of an epoch that is not over.
/** @type {(settings: NetworkSettings, training: Training) => string[]} */
function writeUpdates({ loss, batch, turns }, { start, samples }) {
  return [
    `order = generator.permutation(${samples.count})`,
    `for first in range(0, ${start}, ${batch}):`,
    `    rows = order[first : first + ${batch}]`,
    "    optimizer.zero_grad()",
    "    outputs = [model(row) for row in X[rows].tolist()]",
    `    nn.${loss}(outputs, y[rows].tolist()).backward()`,
    "    optimizer.step()",
    ...(turns.length ? ["    schedule.step()"] : []),
  ];
}
