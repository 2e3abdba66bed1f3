// The tape: a graph flattened once, whose passes run over typed arrays, by the kernels that are made from the op table.

class Tape {
  // nodes: as a Recording lists them. roots: the nodes that may be computed, such as the loss for each class; kept:
  // nodes that are computed along with each of them.
  /** @param {RecordedNode[]} nodes @param {number[]} roots @param {number[]} kept */
  constructor(nodes, roots, kept) {
    this.roots = roots;
    this.values = Float64Array.from(nodes, (node) => asFloat(node[3]));
    this.gradients = new Float64Array(nodes.length);
    this.operands = Int32Array.from(nodes.flatMap((node) => node[2]));
    /** @type {TapeStep[]} */
    this.steps = [];
    let at = 0;
    for (const [node, [, op, operands]] of nodes.entries()) {
      if (operands.length)
        this.steps.push({ ...kernels[op], at, count: sequenceLength(operations[op], operands.length), node });
      at += operands.length;
    }
    /** @type {(wanted: number[]) => TapeStep[]} */
    const find = (wanted) => {
      const reached = new Set(wanted);
      for (let node = nodes.length - 1; node >= 0; node--) {
        if (reached.has(node)) for (const operand of nodes[node][2]) reached.add(operand);
      }
      return this.steps.filter(({ node }) => reached.has(node));
    };
    this.ways = roots.map((root) => ({ forward: find([root, ...kept]), backward: find([root]).reverse() }));
  }

  // Compute everything, or what a root depends on.
  runForward(steps = this.steps) {
    const { values, operands } = this;
    for (const { forward, at, count, node } of steps) forward(values, operands, at, count, node);
  }

  // Both passes of one root: its value. Gradients of leaves accumulate; those in between start from zero.
  /** @type {(root: number) => number} */
  run(root) {
    const { values, gradients, operands } = this;
    const way = this.ways[root];
    this.runForward(way.forward);
    for (const { node } of way.backward) gradients[node] = 0;
    gradients[this.roots[root]] = 1;
    for (const { backward, at, count, node } of way.backward) backward(values, gradients, operands, at, count, node);
    return values[this.roots[root]];
  }
}
