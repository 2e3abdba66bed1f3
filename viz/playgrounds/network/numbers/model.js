// The model: a multilayer perceptron as nn.MLP is one, with its starting numbers, its graph, and the losses.

// Each draws a layer's weights, a row of `inputs` for each of `outputs`.
/** @type {Record<string, (inputs: number, outputs: number, generator: Generator) => number[]>} */
const INITIALISATIONS = {
  xavier_uniform: (inputs, outputs, generator) => {
    const bound = Math.sqrt(6 / (inputs + outputs));
    return fill(inputs * outputs, () => generator.uniform(-bound, bound));
  },
  xavier_normal: (inputs, outputs, generator) =>
    fill(inputs * outputs, () => Math.sqrt(2 / (inputs + outputs)) * generator.normal()),
  he_uniform: (inputs, outputs, generator) => {
    const bound = Math.SQRT2 * Math.sqrt(3 / inputs);
    return fill(inputs * outputs, () => generator.uniform(-bound, bound));
  },
  he_normal: (inputs, outputs, generator) =>
    fill(inputs * outputs, () => (Math.SQRT2 / Math.sqrt(inputs)) * generator.normal()),
  orthogonal: drawOrthogonal,
  uniform: (inputs, outputs, generator) => fill(inputs * outputs, () => generator.uniform(-1, 1)),
  normal: (inputs, outputs, generator) => fill(inputs * outputs, () => generator.normal()),
  constant: (inputs, outputs) => fill(inputs * outputs, () => 1),
  zeros: (inputs, outputs) => fill(inputs * outputs, () => 0),
};

// Rows (or, where there are more of them than columns, columns) of length 1 at right angles: those of a normal matrix,
// one after the other, each without its share of those before.
/** @type {(inputs: number, outputs: number, generator: Generator) => number[]} */
function drawOrthogonal(inputs, outputs, generator) {
  const [long, short] = [Math.max(inputs, outputs), Math.min(inputs, outputs)];
  const drawn = fill(long * short, () => generator.normal());
  /** @type {number[][]} */
  const columns = [];
  for (let j = 0; j < short; j++) {
    let column = Array.from({ length: long }, (_, i) => drawn[i * short + j]);
    for (let again = 0; again < 2; again++) {
      for (const other of columns) {
        const share = column.reduce((total, number, i) => total + number * other[i], 0);
        column = column.map((number, i) => number - share * other[i]);
      }
    }
    const length = Math.hypot(...column);
    columns.push(column.map((number) => number / length));
  }
  if (outputs < inputs) return columns.flat();
  return Array.from({ length: long }, (_, i) => columns.map((column) => column[i])).flat();
}

// The loss of one sample, recorded, for the nodes of the outputs and that of the target, or the number of a class.
/** @type {Record<string, (graph: Recording, outputs: number[], target: number) => number>} */
const RECORDS = {
  binary_cross_entropy_with_logits: (graph, [z], target) =>
    graph.apply("binary_cross_entropy_with_logits", [z, target]),
  binary_cross_entropy: (graph, [p], target) => graph.apply("binary_cross_entropy", [p, target]),
  hinge: (graph, [p], target) =>
    graph.apply("relu", [graph.apply("-", [graph.constant(1), graph.apply("*", [target, p])])]),
  mse: (graph, [p], target) => {
    const difference = graph.apply("-", [p, target]);
    return graph.apply("*", [difference, difference]);
  },
  mae: (graph, [p], target) => graph.apply("abs", [graph.apply("-", [p, target])]),
  huber: (graph, [p], target) => {
    const size = graph.apply("abs", [graph.apply("-", [p, target])]);
    const clipped = graph.apply("minimum", [size, graph.constant(1)]);
    const half = graph.apply("/", [clipped, graph.constant(2)]);
    return graph.apply("*", [clipped, graph.apply("-", [size, half])]);
  },
  cross_entropy: (graph, logits, label) => graph.apply("-", [graph.apply("logsumexp", logits), logits[label]]),
  nll: (graph, logarithms, label) => graph.apply("neg", [logarithms[label]]),
};

// A network with its numbers: widths are those of all layers, the inputs' among them.
class Model {
  /** @param {{ widths: number[]; activation: string; loss: string }} shape */
  constructor({ widths, activation, loss }) {
    this.widths = widths;
    this.activation = activation;
    this.loss = { ...offered.losses[loss], record: RECORDS[loss] };
    /** @type {string[]} */
    this.names = []; // of the parameters, and the neuron and layer that each belongs to
    /** @type {[neuron: string, layer: string][]} */
    this.places = [];
    for (let layer = 0; layer + 1 < widths.length; layer++) {
      for (let j = 0; j < widths[layer + 1]; j++) {
        const neuron = `layers[${layer}].neurons[${j}]`;
        for (let k = 0; k < widths[layer]; k++) this.names.push(`${neuron}.weights[${k}]`);
        this.names.push(`${neuron}.bias`);
        for (let k = 0; k <= widths[layer]; k++) this.places.push([neuron, `layers[${layer}]`]);
      }
    }
    this.parameters = new Float64Array(this.names.length);
  }

  // Start anew: weights as drawn, biases zero. "" is the initialisation that suits each layer's activation.
  /** @type {(initialisation: string, generator: Generator) => void} */
  reset(initialisation, generator) {
    const { widths } = this;
    let at = 0;
    for (let layer = 0; layer + 1 < widths.length; layer++) {
      const isLast = layer + 2 === widths.length;
      const suited = isLast ? "xavier_uniform" : offered.activations[this.activation];
      const draw = INITIALISATIONS[initialisation || suited];
      const drawn = draw(widths[layer], widths[layer + 1], generator);
      for (let j = 0; j < widths[layer + 1]; j++) {
        const row = drawn.slice(j * widths[layer], (j + 1) * widths[layer]);
        this.parameters.set([...row, 0], at);
        at += row.length + 1;
      }
    }
  }

  // The network applied to leaves for its inputs: the numbers of its outputs, of each layer's, of the parameters, and
  // what each node that was made belongs to.
  /** @type {(graph: Recording, inputs: number[]) => RecordedModel} */
  record(graph, inputs) {
    const { widths } = this;
    const parameters = this.names.map((name, k) => graph.leaf(name, this.parameters[k]));
    /** @type {Map<number, [string, string]>} */
    const parts = new Map(parameters.map((made, k) => [made, this.places[k]]));
    const layers = [inputs];
    let at = 0;
    for (let layer = 0; layer + 1 < widths.length; layer++) {
      const before = layers[layer];
      const isLast = layer + 2 === widths.length;
      const activation = isLast ? this.loss.output : this.activation;
      const units = fill(widths[layer + 1], () => {
        const first = graph.made.length;
        const weights = parameters.slice(at, at + before.length);
        const weighted = graph.apply("affine", [...weights, ...before, parameters[at + before.length]]);
        const unit = activation === "log_softmax" ? weighted : recordActivation(graph, activation, weighted);
        for (let made = first; made < graph.made.length; made++) parts.set(made, this.places[at]);
        at += before.length + 1;
        return unit;
      });
      if (activation === "log_softmax") {
        const normaliser = graph.apply("logsumexp", units);
        layers.push(units.map((unit) => graph.apply("-", [unit, normaliser])));
      } else layers.push(units);
    }
    return { parameters, parts, layers, outputs: layers[layers.length - 1] };
  }
}

/** @type {(graph: Recording, activation: string, weighted: number) => number} */
function recordActivation(graph, activation, weighted) {
  if (activation === "linear") return weighted;
  if (activation === "leaky_relu") return graph.apply("leaky_relu", [weighted, graph.constant(offered.slope)]);
  return graph.apply(activation, [weighted]);
}

// The loss of one sample as a graph, and for each of its nodes the neuron and the layer that it belongs to.
/** @type {(model: Model, sample: { inputs: number[]; target: number }) => { nodes: RecordedNode[]; parts: [string, string][] }} */
function lossGraph(model, { inputs, target }) {
  const graph = new Recording();
  const leaves = inputs.map((number, i) => graph.leaf(`x${i + 1}`, number));
  const { outputs, parts } = model.record(graph, leaves);
  const aim = model.loss.targets === "class" ? target : graph.constant(target);
  const loss = model.loss.record(graph, outputs, aim);
  graph.made[loss].name = "loss";
  const { nodes, order } = graph.list(loss);
  return { nodes, parts: order.map((made) => parts.get(made) ?? ["", ""]) };
}
