// What the pictures show of a training at one moment, in the form in which films are drawn.

const [COARSE, FINE] = [32, 64]; // points of the grid along each side of the plane, in training and at rest
const SHOWN_POINTS = 400;
const SHOWN_LOSSES = 1500;
const LEVEL_DECADES = 4; // of gradients, below the largest, that widths tell apart

// The outputs over the plane: of each point of the grid the number of a class, or from -1 to 1 how far on which side.
/** @type {(training: Training, room: Room, size: number) => Float64Array} */
function readOutputs(training, { low, high }, size) {
  const { tape, places, model, samples } = training;
  const outputs = places.layers[places.layers.length - 1];
  const shares = new Float64Array(size * size);
  const scale = measureOutput(model, samples);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      tape.values[places.inputs[0]] = low[0] + ((high[0] - low[0]) * column) / (size - 1);
      tape.values[places.inputs[1]] = low[1] + ((high[1] - low[1]) * row) / (size - 1);
      tape.runForward();
      shares[row * size + column] =
        outputs.length > 1 ? findLargest(tape.values, outputs) : scale(tape.values[outputs[0]]);
    }
  }
  return shares;
}

// From an output of the model to a share from -1 to 1, 0 where one class ends and the other begins.
/** @type {(model: Model, samples: Samples) => (output: number) => number} */
function measureOutput({ loss }, { classes, targets }) {
  if (!classes) {
    const [low, high] = findEnds(targets);
    return (output) => clamp((2 * output - low - high) / (high - low || 1));
  }
  if (loss.targets === "probability" && loss.output === "linear") return (output) => tanh(output / 2); // 2*sigmoid - 1
  const threshold = loss.threshold ?? 0;
  return (output) => clamp((output - threshold) / (threshold || 1));
}

/** @type {(share: number) => number} */
function clamp(share) {
  return Math.min(Math.max(share, -1), 1) || 0;
}

// Of how many points one is drawn.
/** @type {(points: number[][]) => number} */
function findStride(points) {
  return Math.ceil(points.length / SHOWN_POINTS);
}

/** @type {(training: Training, points: number[][], room: Room, labels: string[], sample: number, size: number) => PlanePicture} */
function describePlane({ model, samples }, points, { low, high }, labels, sample, size) {
  const stride = findStride(points);
  const scale = measureOutput(model, samples);
  return {
    size,
    low,
    high,
    kind: model.widths[model.widths.length - 1] > 1 ? "classes" : "number",
    classes: samples.classes ? labels : [],
    points: points
      .filter((_, i) => i % stride === 0)
      .map(([x, y, target]) => [x, y, samples.classes ? target : scale(target)]),
    marked: [points[sample][0], points[sample][1]],
  };
}

// One sample on its way, and the gradients of the last batch.
/** @type {(training: Training, sample: number, names: string[]) => NetworkPicture} */
function describeNetwork(training, sample, names) {
  const { model, gradient, samples } = training;
  const { widths, parameters } = model;
  const { inputs, rows } = samples;
  const units = training.putOut(rows.subarray(sample * inputs, (sample + 1) * inputs));
  const most = units.map((layer) => Math.max(...layer.map((number) => (Number.isFinite(number) ? abs(number) : 0))));
  const shares = units.flatMap((layer, i) =>
    layer.map((number) => (Number.isFinite(number) ? clamp(number / (most[i] || 1)) : NaN)),
  );
  const sizes = gradient.map(abs).filter((size) => size > 0 && Number.isFinite(size));
  const high = Math.ceil(Math.log10(sizes.reduce((a, b) => Math.max(a, b), 1e-300)));
  /** @type {number[][]} */
  const [signs, levels] = [[], []];
  let at = 0;
  for (let layer = 0; layer + 1 < widths.length; layer++) {
    for (let unit = 0; unit < widths[layer + 1]; unit++) {
      for (let k = 0; k < widths[layer]; k++, at++) {
        signs.push(parameters[at]);
        const size = abs(gradient[at]);
        const share = size > 0 ? 1 + (Math.log10(size) - high) / LEVEL_DECADES : 0;
        levels.push(Number.isFinite(share) ? Math.round(LEVELS * Math.min(Math.max(share, 0), 1)) : LEVELS);
      }
      at++; // its bias
    }
  }
  return {
    names,
    widths,
    drawn: widths.slice(1).map(() => true),
    signs,
    levels,
    shares: Float64Array.from(shares),
    most,
  };
}

// For each layer the ends, quartiles and median of the sizes of its gradients; null where one is not finite.
/** @type {(training: Training) => (number | null)[][]} */
function describeGradients({ model, gradient }) {
  const { widths } = model;
  let at = 0;
  return widths.slice(1).map((width, layer) => {
    const sizes = gradient.slice(at, at + width * (widths[layer] + 1)).map(abs);
    at += sizes.length;
    sizes.sort();
    return [0, 0.25, 0.5, 0.75, 1].map((share) => {
      const place = share * (sizes.length - 1);
      const [below, above] = [sizes[Math.floor(place)], sizes[Math.ceil(place)]];
      const size = below + (above - below) * (place - Math.floor(place));
      return Number.isFinite(size) ? size : null;
    });
  });
}

// marks: the epochs at which the rate was changed
/** @type {(losses: number[], marks?: number[]) => LossPicture} */
function describeLosses(losses, marks = []) {
  const stride = Math.ceil(losses.length / SHOWN_LOSSES) || 1;
  const shown = losses.filter((_, i) => (i + 1) % stride === 0);
  const enclosed = encloseLosses(shown);
  return { ...enclosed, series: [shown], epochs: Math.max(losses.length, 1), now: losses.length, stride, marks };
}

// A line of the one input: what the model puts out along it, from class to class where there are some, and the points.
/** @type {(surface: Surface, training: Training, points: number[][], room: Room, sample: number) => void} */
function drawFit({ pen, width, height }, training, points, { low, high }, sample) {
  const { left, right, top, bottom } = findPlane(width, height);
  /** @type {(x: number, y: number) => Dot} */
  const place = (x, y) => [
    left + ((x - low[0]) / (high[0] - low[0])) * (right - left),
    bottom - ((y - low[1]) / (high[1] - low[1])) * (bottom - top),
  ];
  pen.strokeStyle = ink["--neutral"];
  pen.lineWidth = 1;
  pen.strokeRect(left, top, right - left, bottom - top);
  const stride = findStride(points);
  const { model, samples } = training;
  for (const [i, [x, y]] of points.entries()) {
    if (i % stride === 0) drawMark(pen, ...place(x, y), samples.classes ? y : 0, true);
  }
  drawRing(pen, ...place(points[sample][0], points[sample][1]));
  const steps = Array.from({ length: 101 }, (_, i) => low[0] + ((high[0] - low[0]) * i) / 100);
  const scale = measureOutput(model, samples);
  const curve = steps.map((x) => {
    const outputs = training.putOut([x])[model.widths.length - 1];
    if (!samples.classes) return place(x, outputs[0]);
    return place(x, outputs.length > 1 ? outputs.indexOf(Math.max(...outputs)) : (1 + scale(outputs[0])) / 2);
  });
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.clip();
  strokeLine(pen, { colour: ink["--negative"], width: 2.4 }, ...curve);
  pen.restore();
  writeEnds(pen, { left, right, top, bottom }, low, high);
  writeText(pen, "x1", (left + right) / 2, bottom + 14, "center");
  writeText(pen, samples.classes ? "class" : "y", left - 5, (top + bottom) / 2, "right");
}
