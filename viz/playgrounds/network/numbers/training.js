// Training as nn.fit does it: an update from each batch, the order drawn anew for each epoch.

// What follows a gradient; `move` changes the parameters in place. As nn.optim has them.
/** @type {Record<string, (count: number, momentum: number) => (parameters: Float64Array, gradient: Float64Array, rate: number) => void>} */
const OPTIMISERS = {
  sgd: () => (parameters, gradient, rate) => {
    for (let k = 0; k < parameters.length; k++) parameters[k] -= rate * gradient[k];
  },
  momentum: (count, momentum) => {
    const velocity = new Float64Array(count);
    return (parameters, gradient, rate) => {
      for (let k = 0; k < count; k++) {
        velocity[k] = momentum * velocity[k] + gradient[k];
        parameters[k] -= rate * velocity[k];
      }
    };
  },
  adam: (count) => {
    const mean = new Float64Array(count);
    const square = new Float64Array(count);
    let steps = 0;
    return (parameters, gradient, rate) => {
      steps += 1;
      const scale = Math.sqrt(1 - SECOND ** steps);
      const size = (rate * scale) / (1 - FIRST ** steps);
      for (let k = 0; k < count; k++) {
        mean[k] = mean[k] * FIRST + (1 - FIRST) * gradient[k];
        square[k] = square[k] * SECOND + (1 - SECOND) * gradient[k] * gradient[k];
        parameters[k] -= (mean[k] / (Math.sqrt(square[k]) + EPSILON * scale)) * size;
      }
    };
  },
};
const [FIRST, SECOND, EPSILON] = [0.9, 0.999, 1e-8]; // of Adam

class Training {
  // rows: the inputs of one sample after those of another. targets: as the loss takes them.
  /** @param {Model} model @param {Samples} samples @param {TrainingSettings} settings @param {Generator} generator */
  constructor(model, samples, { optimiser, rate, turns, momentum, batch, decay }, generator) {
    this.model = model;
    this.samples = samples;
    this.rate = rate;
    this.turns = turns;
    this.decay = decay;
    this.generator = generator;
    this.size = Math.min(batch || samples.count, samples.count);
    this.move = OPTIMISERS[optimiser](model.parameters.length, momentum);
    this.gradient = new Float64Array(model.parameters.length);
    /** @type {Int32Array} */
    this.order = Int32Array.from({ length: samples.count }, (_, i) => i);
    this.start = 0; // of the batch at hand, in the order
    this.at = 0; // the sample of it that comes next
    this.lost = 0; // the losses of the epoch so far, and of the batch
    this.lostHere = 0;
    this.right = 0;
    this.updates = 0;
    /** @type {number[]} */
    this.losses = []; // mean of each epoch, each sample before its batch's update; and the share that was right
    /** @type {number[]} */
    this.accuracies = [];
    this.trouble = ""; // why it cannot go on
    const { tape, places } = recordTape(model, samples.inputs);
    this.tape = tape;
    this.places = places;
    this.load();
  }

  // Give the tape the model's numbers.
  load() {
    const { places, tape, model } = this;
    for (let k = 0; k < places.parameters.length; k++) tape.values[places.parameters[k]] = model.parameters[k];
  }

  get epoch() {
    return this.losses.length;
  }

  // Make so many updates, but none after `until`, in milliseconds of performance.now(): how many were made. An update
  // for which there is no time left is gone on with in the next call.
  /** @type {(most: number, until?: number) => number} */
  advance(most, until = Infinity) {
    let made = 0;
    while (made < most && !this.trouble) {
      if (!this.addSamples(until)) break;
      this.update();
      if (!this.trouble) made += 1;
      if (performance.now() >= until) break;
    }
    return made;
  }

  // The gradients of the batch's samples, added up: false where time was up before.
  /** @type {(until: number) => boolean} */
  addSamples(until) {
    const { tape, samples } = this;
    const end = Math.min(this.start + this.size, samples.count);
    if (this.at === this.start) {
      if (this.start === 0 && this.size < samples.count) this.order = this.generator.permutation(samples.count);
      tape.gradients.fill(0);
      this.lostHere = 0;
    }
    for (let done = 1; this.at < end; this.at++, done++) {
      if (done % 64 === 0 && performance.now() >= until) return false;
      const target = this.give(this.order[this.at]);
      this.lostHere += tape.run(this.places.target === null ? target : 0);
      if (samples.classes && this.isRight(target)) this.right += 1;
    }
    return true;
  }

  // Put a sample into the tape: its target.
  /** @type {(row: number) => number} */
  give(row) {
    const { tape, places, samples } = this;
    for (let i = 0; i < samples.inputs; i++) tape.values[places.inputs[i]] = samples.rows[row * samples.inputs + i];
    if (places.target !== null) tape.values[places.target] = samples.targets[row];
    return samples.targets[row];
  }

  // Whether the outputs in the tape stand for the class that is the target.
  /** @type {(target: number) => boolean} */
  isRight(target) {
    const { threshold } = this.model.loss;
    const outputs = this.places.layers[this.places.layers.length - 1];
    const { values } = this.tape;
    if (threshold !== null) return values[outputs[0]] > threshold === target > threshold;
    return findLargest(values, outputs) === target;
  }

  // Follow the gradient of the batch; at the end of an epoch, note what it was like.
  update() {
    const { tape, places, model, gradient, samples } = this;
    let finite = Number.isFinite(this.lostHere);
    if (!finite) this.trouble = `the loss became ${formatNumber(this.lostHere)}`;
    for (let k = 0; k < gradient.length; k++) {
      gradient[k] = tape.gradients[places.parameters[k]] / (this.at - this.start);
      finite &&= Number.isFinite(gradient[k]);
    }
    if (!finite) {
      this.trouble ||= "a gradient became infinite or nan";
      this.at = this.start; // nothing has changed
      return;
    }
    const step = this.decay ? gradient.map((slope, k) => slope + this.decay * model.parameters[k]) : gradient;
    this.move(model.parameters, step, findRate(this, this.updates));
    this.load();
    this.updates += 1;
    this.lost += this.lostHere;
    this.start = this.at;
    if (this.start < samples.count) return;
    this.losses.push(this.lost / samples.count);
    this.accuracies.push(this.right / samples.count);
    this.start = this.at = this.lost = this.right = 0;
  }

  // What the layers put out for a sample's inputs, the inputs first.
  /** @type {(inputs: ArrayLike<number>) => number[][]} */
  putOut(inputs) {
    const { tape, places } = this;
    for (let i = 0; i < inputs.length; i++) tape.values[places.inputs[i]] = inputs[i];
    tape.runForward();
    return places.layers.map((layer) => Array.from(layer, (node) => tape.values[node]));
  }
}

// Which of the nodes has the largest number, the first of several.
/** @type {(values: Float64Array, nodes: Int32Array) => number} */
function findLargest(values, nodes) {
  let best = 0;
  for (let k = 1; k < nodes.length; k++) if (values[nodes[k]] > values[nodes[best]]) best = k;
  return best;
}

// The learning rate of the update that comes after so many.
/** @type {(settings: Pick<NetworkSettings, "rate" | "turns">, updates: number) => number} */
function findRate({ rate, turns }, updates) {
  return turns.findLast(([update]) => update <= updates)?.[1] ?? rate;
}

// One tape for all samples: where targets are classes, with a loss for each of them.
/** @type {(model: Model, inputs: number) => TrainingTape} */
function recordTape(model, inputs) {
  const graph = new Recording();
  const leaves = Array.from({ length: inputs }, (_, i) => graph.leaf(`x${i + 1}`, 0));
  const { outputs, parameters, layers } = model.record(graph, leaves);
  const target = model.loss.targets === "class" ? null : graph.constant(0);
  const aims = target === null ? [...outputs.keys()] : [target];
  const losses = aims.map((aim) => model.loss.record(graph, outputs, aim));
  const { nodes, order } = graph.list(graph.apply("sum", losses)); // which nobody computes
  const node = new Map(order.map((made, number) => [made, number]));
  /** @type {(made: number[]) => Int32Array} */
  const find = (made) => Int32Array.from(made, (each) => node.get(each) ?? -1);
  return {
    tape: new Tape(nodes.slice(0, -1), [...find(losses)], [...find(outputs)]),
    places: {
      inputs: find(leaves),
      target: target === null ? null : find([target])[0],
      parameters: find(parameters),
      layers: layers.map(find),
    },
  };
}
