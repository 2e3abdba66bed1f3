// The film of a training: every panel shows the frame that the slider is at.

/** @type {FilmData} */
const film = JSON.parse(document.getElementById("data").textContent);
const { epochs, series, layers, quantiles, network, plane } = film;
const last = epochs.length - 1;
/** @type {(text: string) => Uint8Array} */
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** @type {Map<keyof Elements, () => void>} */
const panels = new Map(); // how to draw each, by id

/** @type {(id: "network" | "plane" | "loss" | "gradients") => Surface} */
const surfaceOf = (id) => fitCanvas(byId(id).querySelector("canvas"));

if (network) {
  const [weights, gradients] = [bytes(network.weights), bytes(network.gradients)];
  const numbers = new Float32Array(bytes(network.numbers).buffer);
  const units = network.widths.reduce((a, b) => a + b, 0);
  const count = weights.length / epochs.length;
  panels.set("network", () => {
    const [here, unit] = [now * count, now * units];
    drawNetwork(surfaceOf("network"), {
      ...network,
      signs: Array.from(weights.subarray(here, here + count), (byte) => byte - 128),
      levels: Array.from(gradients.subarray(here, here + count), (byte) => byte >> 3),
      shares: Float64Array.from(numbers.subarray(unit, unit + units)),
    });
  });
}

if (plane) {
  const outputs = bytes(plane.bytes);
  const count = plane.size * plane.size;
  panels.set("plane", () => {
    const shares = outputs.subarray(now * count, (now + 1) * count);
    const isClass = plane.kind === "classes";
    // Bytes hold cube roots, which are fine around zero, where the line is.
    const outputsOf = () => Float64Array.from(shares, (byte) => ((byte - 128) / 127) ** 3);
    drawPlane(surfaceOf("plane"), plane, isClass ? shares : outputsOf());
  });
  explainMarks(byId("classes"), plane.classes);
  byId("plane-said").textContent =
    plane.kind === "classes"
      ? "the largest of the outputs, over the two inputs"
      : `over the two inputs; line: output ${writeShort(plane.threshold)}`;
}

const lossChart = {
  ...encloseLosses(keepFinite([...series.loss, ...series.validation_loss])),
  series: [series.loss, series.validation_loss],
  epochs: Math.max(series.loss.length, 1),
};
panels.set("loss", () => drawLosses(surfaceOf("loss"), { ...lossChart, now: epochs[now] }));

const gradientRange = encloseGradients(keepFinite(quantiles.flat(2)));
panels.set("gradients", () =>
  drawQuantiles(surfaceOf("gradients"), layers, quantiles[now], gradientRange, epochs[now] > 0),
);
