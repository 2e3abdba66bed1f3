// Turns a wrong backward pass into steps, each with the right numbers beside the wrong ones.

const MOST_MISTAKEN = 20000; // steps; plain recursion may have many more

// The run of a mistake; null where it cannot be made, or is too long to be walked through.
/** @type {(graph: Graph, right: Run, mistake: Mistake) => Run | null} */
function runMistaken(graph, right, mistake) {
  const steps = right.steps.slice(0, graph.size);
  const sums = new Array(graph.size).fill(0); // what is right so far
  /** @type {Set<string>} */
  const counted = new Set(); // the uses that are in them
  /** @type {number | null} */
  let again = null; // the step at which a second pass begins
  const gradients = runMistake(graph, right, mistake, null, (step) => {
    if (step.kind === "seed") {
      again = steps.length > graph.size ? steps.length : null;
      sums.fill(0);
      counted.clear();
      sums[graph.root] = 1;
      steps.push({ ...step, right: { total: 1 } });
      return;
    }
    const number = right.stepOf[step.node][step.index];
    const truth = number === null ? null : right.steps[number];
    if (truth?.kind !== "backward" || steps.length > MOST_MISTAKEN) return;
    const use = `${step.node} ${step.index}`;
    if (!counted.has(use)) sums[step.operand] += truth.contribution;
    counted.add(use);
    const { upstream, local, contribution } = truth;
    steps.push({ ...step, right: { upstream, local, contribution, total: sums[step.operand] } });
  });
  if (!gradients || steps.length > MOST_MISTAKEN) return null;
  /** @type {(node: number) => boolean} */
  const starts = (node) => (graph.isOperation(node) ? mistake.reset : mistake.zero);
  return { ...right, steps, ...indexSteps(graph, steps), again: again === null ? null : { step: again, starts } };
}

// Whether one number is wrong beside another one, and can be seen to be.
/** @type {(number: number, right: number) => boolean} */
function readsWrong(number, right) {
  return differs(number, right) && formatNumber(number) !== formatNumber(right);
}

/** @type {(step: Step) => boolean} */
function isWrong(step) {
  if (!("right" in step) || !step.right) return false;
  const { total, contribution } = step.right;
  return (
    readsWrong(step.total, total) ||
    (contribution !== undefined && step.kind === "backward" && readsWrong(step.contribution, contribution))
  );
}

// Whether the sum was replaced where it should have grown.
/** @type {(step: Backward) => boolean} */
function isOverwritten({ right, before, contribution, total, forgotten }) {
  return right !== undefined && !forgotten && differs(before + contribution, total);
}

// The nodes that a mistake gets wrong, with what it gives there; null where it cannot be run.
/** @type {(graph: Graph, run: Run, mistake: Mistake) => Map<number, number> | null} */
function findWrong(graph, run, mistake) {
  const gradients = runMistake(graph, run, mistake);
  if (!gradients) return null;
  const wrong = new Map();
  gradients.forEach((gradient, node) => {
    if (!graph.isConstant(node) && readsWrong(gradient, run.gradients[node])) wrong.set(node, gradient);
  });
  return wrong;
}
