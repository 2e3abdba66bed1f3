// The wrong backward passes of engine/teaching/mistakes.py: the same small pass under the same settings.

// The gradient that a mistake leaves on every node, or null where plain recursion would visit too many.
// only: make it just where a gradient reaches this node, the rest being right.
// tell: is told each step.
/** @type {(graph: Graph, pass: Pass, mistake: Settings, only?: number | null, tell?: ((step: Seed | Backward) => void) | null) => number[] | null} */
function runMistake(graph, pass, mistake, only = null, tell = null) {
  const gradients = new Array(graph.size).fill(0);
  const uses = findReachedUses(graph);
  const leftOut = findLeftOut(uses, mistake.forget);
  const passes = only !== null && graph.isOperation(only) ? 1 : mistake.passes;
  for (let number = 0; number < passes; number++) {
    for (let node = 0; node < graph.size; node++) {
      if (number && (graph.isOperation(node) ? mistake.reset : mistake.zero)) gradients[node] = 0;
    }
    const { root } = graph;
    tell?.({ kind: "seed", node: root, operand: root, before: gradients[root], total: 1 });
    gradients[root] = 1;
    const visits = listVisits(graph, only === null ? mistake.order : "reverse");
    if (!visits) return null;
    for (const node of visits) {
      graph.operands[node].forEach((operand, index) => {
        const made = only === null || operand === only ? mistake : RIGHT;
        if (graph.isConstant(operand)) return;
        const forgotten = made.forget !== "" && leftOut.has(`${node} ${index}`);
        const derivative = mistakenDerivative(graph, pass, made, node, index);
        const closed = derivative === null;
        const local = derivative ?? pass.locals[node][index];
        const upstream = made.upstream ? gradients[node] : 1;
        const passed = closed || forgotten ? 0 : upstream * local;
        const contribution = made.average ? passed / uses[operand].length : passed;
        const before = gradients[operand];
        const total = forgotten ? before : contribution + (made.accumulate ? before : 0);
        gradients[operand] = total;
        const sum = { before, contribution, total };
        tell?.({ kind: "backward", node, index, operand, upstream, local, closed, ...sum, forgotten });
      });
    }
  }
  return gradients;
}

/** @type {Settings} */
const RIGHT = {
  order: "reverse",
  accumulate: true,
  average: false,
  upstream: true,
  local: "right",
  forget: "",
  passes: 1,
  reset: true,
  zero: true,
};

// Null on a branch not taken.
/** @type {(graph: Graph, pass: Pass, mistake: Settings, node: number, index: number) => number | null} */
function mistakenDerivative(graph, pass, mistake, node, index) {
  const op = graph.ops[node];
  const row = operations[op];
  const result = pass.values[node];
  const numbers = graph.operands[node].map((operand) => pass.values[operand]);
  const right = pass.closed[node][index] ? null : pass.locals[node][index];
  if (!isMistaken(graph, pass, mistake, node, index)) return right;
  switch (mistake.local) {
    case "minus":
      return -pass.locals[node][index];
    case "exponent":
      return numbers[1] * result;
    case "own":
      return numbers[index];
    case "output": {
      const output = row.forward(result); // f'(y), where f'(a) is meant
      return isClosed(op, [result], output, 0) ? null : row.derivatives[0](result, output);
    }
    case "input":
      return row.derivatives[0](numbers[0], numbers[0]);
    default:
      return 1; // "none" and "sign"
  }
}

// Whether a mistake takes another rule for this local derivative than the right one.
/** @type {(graph: Graph, pass: Pass, mistake: Settings, node: number, index: number) => boolean} */
function isMistaken(graph, pass, { local }, node, index) {
  const op = graph.ops[node];
  const row = operations[op];
  const operands = graph.operands[node];
  const [, ...formulas] = row.formulas;
  const isPower = op === "**" && index === 0;
  const isFunction = row.letters.length === 1 && !row.sequences;
  switch (local) {
    case "right":
      return false;
    case "minus":
      return (op === "/" && index === 1) || (isPower && pass.values[operands[1]] < 0);
    case "exponent":
      return isPower;
    case "own":
      return formulas[0] === "b" && formulas[1] === "a" && letterOf(row, index, operands.length)[0] < 2;
    case "sign":
      return JSON.stringify(formulas) === '[1,["-",1]]' && index === 1;
    case "output":
      return isFunction;
    case "input":
      return isFunction && usesResult(formulas[0]);
    default:
      return true;
  }
}

/** @type {Record<string, string>} */
const MISSING = {
  own: "no gradient goes through a product",
  sign: "nothing that gets a gradient is subtracted",
  minus: "no gradient goes to a divisor, or through a power with a negative exponent",
  exponent: "no gradient goes through a power",
  output: "no gradient goes through a function of one number",
  input: "no gradient goes through a function whose derivative is written with its result",
  none: "no gradient goes anywhere",
};

// Why a mistake cannot be made on a graph; nothing where it can, be it without harm.
/** @type {(graph: Graph, pass: Pass, mistake: Settings) => string} */
function findMissing(graph, pass, mistake) {
  if (!mistake.accumulate || mistake.average || mistake.forget) {
    const isShared = findReachedUses(graph).some((uses, node) => uses.length > 1 && !graph.isConstant(node));
    return isShared ? "" : "no number gets its gradient from more than one use";
  }
  if (mistake.local === "right") return "";
  const isMade = listReached(graph).some((node) =>
    graph.operands[node].some(
      (operand, index) => !graph.isConstant(operand) && isMistaken(graph, pass, mistake, node, index),
    ),
  );
  return isMade ? "" : MISSING[mistake.local];
}

/** @type {(tree: Tree) => boolean} */
function usesResult(tree) {
  return tree === "y" || (Array.isArray(tree) && tree.some(usesResult));
}

/** @type {(graph: Graph, order: Settings["order"]) => number[] | null} */
function listVisits(graph, order) {
  const reached = listReached(graph);
  if (order === "reverse") return reached;
  if (order === "forward") return reached.reverse();
  const visits = [];
  const stack = [graph.root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (visits.length === MOST_VISITS) return null;
    visits.push(node);
    if (graph.ops[node] !== "detach") stack.push(...graph.operands[node].slice().reverse());
  }
  return visits;
}

// Of each node the uses that a gradient comes back from.
/** @type {(graph: Graph) => Use[][]} */
function findReachedUses(graph) {
  const reached = new Set(listReached(graph));
  return graph.uses.map((uses) => uses.filter(([node]) => reached.has(node)));
}

// The uses that are forgotten: of every node with several, the first or the last in the backward pass.
/** @type {(uses: Use[][], which: Settings["forget"]) => Set<string>} */
function findLeftOut(uses, which) {
  const several = which ? uses.filter((each) => each.length > 1) : [];
  return new Set(several.map((each) => each[which === "first" ? 0 : each.length - 1].join(" ")));
}

// The mistakes that give this answer for the gradient of `node`; first those that give it even if they are made at this
// node alone. Of mistakes that give the same number everywhere in this graph, the first one stands for all.
/** @type {(graph: Graph, pass: Pass, node: number, answer: string) => Mistake[]} */
function diagnose(graph, pass, node, answer) {
  /** @type {{ mistake: Mistake; local: boolean; gradients: number[] }[]} */
  const found = [];
  for (const mistake of mistakes) {
    const [there, gradients] = [runMistake(graph, pass, mistake, node), runMistake(graph, pass, mistake)];
    if (!there || !gradients) continue;
    const local = accepts(answer, there[node]);
    if (!local && !accepts(answer, gradients[node])) continue;
    if (!found.some((other) => agree(graph, gradients, other.gradients))) found.push({ mistake, local, gradients });
  }
  return [...found.filter((each) => each.local), ...found.filter((each) => !each.local)].map((each) => each.mistake);
}

/** @type {(graph: Graph, gradients: number[], others: number[]) => boolean} */
function agree(graph, gradients, others) {
  return gradients.every((gradient, node) => graph.isConstant(node) || !differs(gradient, others[node]));
}

// The node whose gradient went wrong first, where the mistake gives this answer for `node`: the one to name.
// That is `node` itself, unless its number only comes about if the mistake is made on the way there.
/** @type {(graph: Graph, run: Run, node: number, mistake: Mistake, answer: string) => number} */
function findPlace(graph, run, node, mistake, answer) {
  const [there, throughout] = [runMistake(graph, run, mistake, node), runMistake(graph, run, mistake)];
  if (!throughout || (there && accepts(answer, there[node]))) return node;
  const reaching = findBetween(graph, node);
  return [...reaching].findLast((other) => differs(throughout[other], run.gradients[other])) ?? node;
}

// The first step of the backward pass that matters to the gradient of `node`: where to look again. Steps towards
// nodes whose gradients are known already are passed over.
/** @type {(graph: Graph, steps: Step[], node: number, known: (node: number) => boolean) => Step | undefined} */
function findFirstStep(graph, steps, node, known) {
  const reaching = findBetween(graph, node);
  return steps.find((step) => step.kind === "backward" && reaching.has(step.operand) && !known(step.operand));
}

// `node`, and every node that was computed from it, in order of computation.
/** @type {(graph: Graph, node: number) => Set<number>} */
function findBetween(graph, node) {
  const reaching = new Set([node]);
  for (let other = node + 1; other < graph.size; other++) {
    if (graph.operands[other].some((operand) => reaching.has(operand))) reaching.add(other);
  }
  return reaching;
}

// The explanation of a mistake made at the node of that name.
/** @type {(mistake: Mistake, name: string) => string} */
function nameMistake({ title, sentence }, name) {
  return `${title[0].toUpperCase()}${title.slice(1)}: ${putName(name, sentence)}.`;
}

// A number gets one diagnosis, the likeliest; other mistakes that lead to it are only named.
/** @type {(found: [Mistake, string][]) => string[]} */
function nameMistakes(found) {
  if (!found.length) return [];
  const [[mistake, name], ...others] = found;
  const titles = others.map((other) => other[0].title).join("; ");
  return [nameMistake(mistake, name), ...(titles ? [`The same number results from: ${titles}.`] : [])];
}

/** @type {(name: string, text: string) => string} */
function putName(name, text) {
  return text.replaceAll("{name}", () => name); // a function, since a name may hold $&
}
