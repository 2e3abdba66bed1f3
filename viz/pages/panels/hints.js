// What the quiz says of a gradient: a question that leads to it, its formula, and how it is added up.

const MOST_TERMS = 6; // of a sum that is written out

/** @type {(page: Page, node: number) => string} */
function partial(page, node) {
  return `∂${page.topName}/∂${page.graph.names[node]}`;
}

// The first terms of a sum and the last, where there are many.
/** @type {(terms: string[]) => string} */
function writeSum(terms) {
  return (terms.length > MOST_TERMS ? [...terms.slice(0, 5), "…", ...terms.slice(-1)] : terms).join(" + ");
}

// What to ask oneself about a node.
/** @type {(page: Page, node: number) => string} */
function questionOf({ graph, topName }, node) {
  const name = graph.names[node];
  const users = graph.uses[node].map(([user]) => user);
  if (!users.length) return `Does anything depend on ${name}?`;
  if (users.length > 1) return `${name} is used ${users.length} times. What does each of its arrows bring back?`;
  const [user] = users.map((each) => graph.names[each]);
  const rest = users[0] === graph.root ? "" : `, and ${topName} with ${user}`;
  return `${user} = ${definition(graph, users[0])}. How fast does ${user} change with ${name}${rest}?`;
}

// What one use of a node passes on to it, in symbols.
/** @type {(page: Page, user: number, index: number) => string} */
function writeUse(page, user, index) {
  return `${partial(page, user)} · ${factor(describe(page.graph, page.run, user, index).symbols)}`;
}

/** @type {(page: Page, node: number) => string} */
function writeFormula(page, node) {
  const uses = page.graph.uses[node].map(([user, index]) => writeUse(page, user, index));
  return `${partial(page, node)} = ${writeSum(uses)}`;
}

// The first step that may have gone wrong in an answer that no mistake explains.
/** @type {(page: Page, node: number, knows: (node: number) => boolean) => string} */
function tellFirstStep(page, node, knows) {
  const { graph, run } = page;
  const step = findFirstStep(graph, run.steps, node, knows);
  if (step?.kind !== "backward") return "No common mistake gives this number.";
  const user = `${graph.names[step.node]} = ${definition(graph, step.node)}`;
  const sends = writeUse(page, step.node, step.index);
  return `No common mistake gives this number. The first step that may have gone wrong is ${user}, which sends ${sends} to ${graph.names[step.operand]}.`;
}

// How a gradient is added up, of many parts the first and the last: 0.5 · 2.0 + 1.0 · (-6.0) = -5.0.
/** @type {(page: Page, node: number) => string} */
function tellSum({ run }, node) {
  const steps = run.ledger[node].map((number) => run.steps[number]).filter((step) => step.kind === "backward");
  const total = run.gradients[node];
  if (!steps.length) return formatNumber(total); // no gradient comes back to it
  const leftOut = steps.length > MOST_TERMS;
  const passing = steps.filter((step) => !step.closed);
  const [a, b] = [passing.map((step) => step.upstream), passing.map((step) => step.local)];
  const [digits, sign] = leftOut ? [DIGITS, EXACT] : balance(["sum", ["*", "a", "b"]], { a, b }, total);
  const sum = steps.map(
    ({ upstream, local, closed }) =>
      `${factor(formatDigits(upstream, digits))} · ${factor(formatDigits(local, digits))}${closed ? ` (${CLOSED})` : ""}`,
  );
  return `${writeSum(sum)} ${sign} ${formatNumber(total)}`;
}
