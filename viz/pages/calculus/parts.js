// The inside of a fused operation: its primitive parts, with numbers of their own.

// The value of every part, and its gradient (null for the shift that keeps exp() in range: it passes nothing on).
/** @type {(graph: Graph, run: Run, node: number, parts: Part[]) => Inside} */
function computeParts(graph, run, node, parts) {
  const operands = graph.operands[node].map((operand) => run.values[operand]);
  /** @type {number[]} */
  const values = [];
  /** @type {(refs: Reference[]) => number[]} */
  const numbersOf = (refs) => refs.map(([where, number]) => (where === "part" ? values : operands)[number]);
  for (const [op, refs] of parts) {
    const numbers = numbersOf(refs);
    values.push(op === "largest" ? largest(numbers.length, (i) => numbers[i]) : compute(op, numbers));
  }
  /** @type {Inside["gradients"]} */
  const gradients = parts.map(([op]) => (op === "largest" ? null : 0));
  gradients[parts.length - 1] = run.gradients[node];
  const received = operands.map(() => 0); // what each operand of the fused node is given
  /** @type {Inside["locals"]} */
  const locals = parts.map(() => []);
  for (let part = parts.length - 1; part >= 0; part--) {
    const [op, refs] = parts[part];
    const upstream = gradients[part];
    if (upstream === null) continue;
    const numbers = numbersOf(refs);
    refs.forEach(([where, number], index) => {
      const local = localDerivative(op, numbers, values[part], index);
      const contribution = isClosed(op, numbers, values[part], index) ? 0 : upstream * local;
      locals[part][index] = { local, contribution };
      if (where === "operand") received[number] += contribution;
      else if (gradients[number] !== null) gradients[number] += contribution;
    });
  }
  return { values, gradients, locals, received };
}

// The parts through which a fused operation passes its gradient on to one of its operands.
/** @type {(parts: Part[], index: number) => Set<number>} */
function findPassing(parts, index) {
  const passing = new Set();
  parts.forEach(([op, refs], part) => {
    if (op !== "largest" && refs.some((ref) => isPassing(passing, index, ref))) passing.add(part);
  });
  return passing;
}

/** @type {(passing: Set<number>, index: number, ref: Reference) => boolean} */
function isPassing(passing, index, [where, number]) {
  return where === "part" ? passing.has(number) : number === index;
}
