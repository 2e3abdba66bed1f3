// The recorded graph, and both passes over it. Nodes are numbers 0, 1, ... in topological order, the output last.

class Graph {
  /** @param {RecordedNode[]} nodes */
  constructor(nodes) {
    this.size = nodes.length;
    this.root = nodes.length - 1;
    this.names = nodes.map((node) => node[0]);
    this.ops = nodes.map((node) => node[1]);
    this.operands = nodes.map((node) => node[2]);
    this.recorded = {
      values: nodes.map((node) => asFloat(node[3])),
      locals: nodes.map((node) => node[4].map((local) => asFloat(local ?? 0))),
      closed: nodes.map((node) => node[4].map((local) => local === null)),
    };
    this.kinds = nodes.map((node) => [...node[5]].map((kind) => factors.kinds[Number(kind)]));
    /** @type {Use[][]} */
    this.uses = nodes.map(() => []); // of every node: [user, index] in the order of the backward pass
    for (let node = this.root; node >= 0; node--) {
      for (const [index, operand] of this.operands[node].entries()) this.uses[operand].push([node, index]);
    }
  }

  /** @type {(node: number) => boolean} */
  isLeaf(node) {
    return this.ops[node] === "";
  }

  /** @type {(node: number) => boolean} */
  isConstant(node) {
    return this.ops[node] === "constant";
  }

  /** @type {(node: number) => boolean} */
  isOperation(node) {
    return this.operands[node].length > 0;
  }

  get leaves() {
    return [...this.ops.keys()].filter((node) => this.isLeaf(node));
  }
}

/** @type {(row: Row) => number} */
function singles(row) {
  return row.letters.length - row.sequences.length; // the sequences stand first
}

/** @type {(row: Row, count: number) => number} */
function sequenceLength(row, count) {
  return row.sequences.length ? (count - singles(row)) / row.sequences.length : 0;
}

// The number of the letter of operand `index` of `count`, and its place in that letter's sequence.
/** @type {(row: Row, index: number, count: number) => [letter: number, place: number]} */
function letterOf(row, index, count) {
  const length = sequenceLength(row, count);
  if (index < length * row.sequences.length) return [Math.floor(index / length), index % length];
  return [row.letters.length + index - count, 0];
}

// What the letters stand for: an operand each, or an array of them for a sequence. With `index`, what they
// stand for in the derivative by that operand: of each sequence, one element.
/** @type {<Text>(row: Row, operands: Text[], index?: number | null) => (Text | Text[])[]} */
function bind(row, operands, index = null) {
  const length = sequenceLength(row, operands.length);
  return [...row.letters].map((letter, number) => {
    if (!row.sequences.includes(letter)) return operands[operands.length + number - row.letters.length];
    if (index === null) return operands.slice(number * length, (number + 1) * length);
    return operands[number * length + letterOf(row, index, operands.length)[1]];
  });
}

/** @type {(op: string, numbers: number[]) => number} */
function compute(op, numbers) {
  const row = operations[op];
  return row.forward(...bind(row, numbers));
}

/** @type {(op: string, numbers: number[], result: number, index: number) => number} */
function localDerivative(op, numbers, result, index) {
  const row = operations[op];
  const [letter] = letterOf(row, index, numbers.length);
  return row.derivatives[letter](...bind(row, numbers, index), result);
}

// Whether that is a branch not taken, which passes nothing on, not even of infinity.
/** @type {(op: string, numbers: number[], result: number, index: number) => boolean} */
function isClosed(op, numbers, result, index) {
  const row = operations[op];
  const closed = row.closed[letterOf(row, index, numbers.length)[0]];
  return Boolean(closed?.(...bind(row, numbers, index), result));
}

// The forward pass from these numbers for the leaves (a Map): the value of every node, its local derivatives,
// and which of these are branches not taken.
/** @type {(graph: Graph, leaves: Map<number, number>) => Pass} */
function runForward(graph, leaves) {
  const values = graph.recorded.values.slice();
  const locals = [];
  const closed = [];
  for (let node = 0; node < graph.size; node++) {
    const numbers = graph.operands[node].map((operand) => values[operand]);
    if (numbers.length) values[node] = compute(graph.ops[node], numbers);
    else values[node] = leaves.get(node) ?? values[node];
    locals.push(
      graph.operands[node].map((operand, index) =>
        graph.isConstant(operand) ? 0 : localDerivative(graph.ops[node], numbers, values[node], index),
      ),
    );
    closed.push(numbers.map((_, index) => isClosed(graph.ops[node], numbers, values[node], index)));
  }
  return { values, locals, closed };
}

// The steps of both passes, in the order of engine/teaching/steps.py. The state of the page after any number of them
// follows from this list alone, so that a step back is as easy as a step forward.
/** @type {(graph: Graph, pass: Pass) => Step[]} */
function listSteps(graph, pass) {
  /** @type {Step[]} */
  const steps = [];
  for (let node = 0; node < graph.size; node++) {
    steps.push({ kind: graph.isOperation(node) ? "forward" : "leaf", node, operand: node });
  }
  const totals = new Array(graph.size).fill(0);
  totals[graph.root] = 1;
  steps.push({ kind: "seed", node: graph.root, operand: graph.root, before: 0, total: 1 });
  for (const node of listReached(graph)) {
    graph.operands[node].forEach((operand, index) => {
      if (graph.isConstant(operand)) return;
      const upstream = totals[node];
      const local = pass.locals[node][index];
      const closed = pass.closed[node][index];
      const contribution = closed ? 0 : upstream * local;
      const before = totals[operand];
      const total = before + contribution;
      totals[operand] = total;
      steps.push({ kind: "backward", node, index, operand, upstream, local, closed, contribution, before, total });
    });
  }
  return steps;
}

// The nodes that a gradient comes to, last first: not those that only a detach() depends on.
/** @type {(graph: Graph) => number[]} */
function listReached(graph) {
  const reached = new Set([graph.root]);
  for (let node = graph.root; node >= 0; node--) {
    if (!reached.has(node) || graph.ops[node] === "detach") continue;
    for (const operand of graph.operands[node]) reached.add(operand);
  }
  return [...reached].sort((a, b) => b - a);
}

// One run of both passes.
/** @type {(graph: Graph, leaves?: Map<number, number> | null) => Run} */
function runPasses(graph, leaves = null) {
  const pass = leaves ? runForward(graph, leaves) : graph.recorded;
  const steps = listSteps(graph, pass);
  const indexed = indexSteps(graph, steps);
  const sizes = [...indexed.gradients, ...steps.map((step) => step.contribution ?? 0)].map(abs);
  return { ...pass, steps, ...indexed, scale: findScale(sizes), again: null };
}

// Where in the steps a node is spoken of, and the gradients that they come to.
/** @type {(graph: Graph, steps: Step[]) => Pick<Run, "gradients" | "ledger" | "sent" | "stepOf">} */
function indexSteps(graph, steps) {
  /** @type {Pick<Run, "ledger" | "sent" | "stepOf">} */
  const { ledger, sent, stepOf } = {
    ledger: graph.names.map(() => []),
    sent: graph.names.map(() => []),
    stepOf: graph.operands.map((operands) => operands.map(() => null)),
  };
  const gradients = new Array(graph.size).fill(0);
  steps.forEach((step, number) => {
    if (step.kind !== "seed" && step.kind !== "backward") return;
    ledger[step.operand].push(number);
    gradients[step.operand] = step.total;
    if (step.kind === "seed") return;
    sent[step.node].push(number);
    stepOf[step.node][step.index] = number;
  });
  return { gradients, ledger, sent, stepOf };
}

// The slope of the output over a small step of one node to either side.
/** @type {(graph: Graph, values: number[], node: number) => number} */
function centralDifference(graph, values, node) {
  const step = 2 ** -17 * Math.max(1, abs(values[node]));
  const above = values[node] + step;
  const below = values[node] - step;
  return (outputAt(graph, values, node, above) - outputAt(graph, values, node, below)) / (above - below);
}

// The output if one node had this number; nodes behind it follow, all others keep theirs.
/** @type {(graph: Graph, values: number[], node: number, number: number) => number} */
function outputAt(graph, values, node, number) {
  const moved = new Map([[node, number]]);
  for (let other = node + 1; other < graph.size; other++) {
    if (!graph.operands[other].some((operand) => moved.has(operand))) continue;
    const numbers = graph.operands[other].map((operand) => moved.get(operand) ?? values[operand]);
    moved.set(other, compute(graph.ops[other], numbers));
  }
  return moved.get(graph.root) ?? values[graph.root];
}
