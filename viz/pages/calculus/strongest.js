// Finds the strongest path from the output to a leaf and describes it, like engine/teaching/paths.py and
// viz/paths/strongest.py.

const UNCOUNTED = BigInt(factors.uncounted);

// The path whose local derivatives have the largest product by size, in one go however many paths there are:
// { run, leaf, product, count, links }, where links has for every node on it, from the output on, its factor:
// { node, operand, index, kind, factor, closed, before, after, bound }, with the products before and behind it.
/** @type {(graph: Graph, run: Run, leaf: number) => Path} */
function findStrongest(graph, run, leaf) {
  /** @type {{ product: number; closed: boolean; index: number; count: bigint }[]} */
  const ways = new Array(graph.size); // from a node to the leaf: the best product and its first edge, and their number
  ways[leaf] = { product: 1, closed: false, index: -1, count: 1n };
  for (let node = leaf + 1; node < graph.size; node++) {
    graph.operands[node].forEach((operand, index) => {
      if (!ways[operand]) return;
      ways[node] ??= { product: 0, closed: true, index: -1, count: 0n };
      const way = ways[node];
      const closed = run.closed[node][index] || ways[operand].closed; // a branch not taken
      const product = closed ? 0 : run.locals[node][index] * ways[operand].product;
      if (way.index < 0 || sizeOf(product) > sizeOf(way.product)) Object.assign(way, { product, closed, index });
      way.count += ways[operand].count;
      if (way.count > UNCOUNTED) way.count = UNCOUNTED;
    });
  }
  const links = new Map();
  let [node, before, behind] = [graph.root, 1, false];
  while (node !== leaf) {
    const { index } = ways[node];
    const operand = graph.operands[node][index];
    const kind = graph.kinds[node][index];
    const bound = kind === "slope" ? (factors.bounds[graph.ops[node]] ?? null) : null;
    const factor = run.locals[node][index];
    const closed = run.closed[node][index];
    behind ||= closed; // a branch not taken
    const after = behind ? 0 : before * factor + 0; // 0, not -0
    links.set(node, { node, operand, index, kind, factor, closed, before, after, bound });
    before = after;
    node = operand;
  }
  const { product, count } = ways[graph.root];
  return { run, leaf, product: product + 0, count, links };
}

/** @type {(product: number) => number} */
function sizeOf(product) {
  return !Number.isNaN(product) ? abs(product) : Infinity; // a nan is worth finding
}

// Describes the path in sentences: which factors lose how many orders of magnitude.
/** @type {(graph: Graph, path: Path) => string[]} */
function tellPath(graph, path) {
  const sought = `∂${graph.names[graph.root]}/∂${graph.names[path.leaf]} = ${formatNumber(path.run.gradients[path.leaf])}`;
  if (path.count === 1n) return [`${sought}, along the only path.`, ...tellLinks(graph, path)];
  const counted = path.count < UNCOUNTED ? count(path.count) : "more than 10^100";
  const share = `the strongest contributes ${formatNumber(path.product)}`;
  return [`${sought}, summed over ${counted} paths; ${share}.`, ...tellLinks(graph, path)];
}

/** @type {(graph: Graph, path: Path) => string[]} */
function tellLinks(graph, path) {
  const links = [...path.links.values()];
  if (!links.length) return ["The leaf is the result itself: there is no factor in between."];
  const closed = links.find((link) => link.closed);
  if (closed) return [`Nothing arrives: at ${placeName(graph, closed.node)} the ${partName(closed)} is 0, ${CLOSED}.`];
  const broken = links.find((link) => !Number.isFinite(link.factor));
  if (broken)
    return [
      `The gradient is not finite: at ${placeName(graph, broken.node)} the ${partName(broken)} is ${formatNumber(broken.factor)}.`,
    ];
  const zero = links.find((link) => link.factor === 0);
  if (zero) return [`Nothing arrives: at ${placeName(graph, zero.node)} the ${partName(zero)} is 0.`];
  /** @type {(some: Link[]) => number} */
  const orders = (some) => some.reduce((sum, { factor }) => sum + Math.log10(abs(factor)), 0);
  const said = [...Object.keys(factors.plurals), "other"]
    .map((kind) => ({ kind, some: links.filter((link) => link.kind === kind) }))
    .filter(({ some }) => some.length)
    .map(
      ({ kind, some }) => `${count(some.length)} ${kindName(kind, some.length)} ${change(orders(some), some.length)}`,
    );
  const verb = change(orders(links), links.length);
  const measure = verb.includes("size") ? "" : " orders of magnitude";
  const sentences = [
    `${count(links.length)} factor${links.length > 1 ? "s" : ""} ${verb}${measure}${said.length ? ": " : ""}${said.join(", ")}.`,
  ];
  const weakest = links.reduce((least, link) => (orders([link]) < orders([least]) ? link : least));
  if (orders([weakest]) < -0.05) {
    const bound = weakest.bound === null ? "" : `, and at most ${fourDigits(weakest.bound)}`;
    const number = formatNumber(weakest.kind === "slope" ? abs(weakest.factor) : weakest.factor);
    sentences.push(
      `The most is lost at ${placeName(graph, weakest.node)}: its ${partName(weakest)} is ${number}${bound}.`,
    );
  }
  return sentences;
}

// v2 = sigmoid(v1), in at most 40 characters.
/** @type {(graph: Graph, node: number) => string} */
function placeName(graph, node) {
  const text = `${graph.names[node]} = ${definition(graph, node)}`;
  const long = [...text].length > 40 && /^\w+$/.test(graph.ops[node]);
  return shorten(long ? `${graph.names[node]} = ${graph.ops[node]}(…)` : text, 40);
}

/** @type {(link: Link) => string} */
function partName({ kind }) {
  return kind in factors.plurals ? kind : "factor";
}

/** @type {(kind: string, number: number) => string} */
function kindName(kind, number) {
  if (!(kind in factors.plurals)) return number > 1 ? "other factors" : "other factor";
  return number > 1 ? factors.plurals[kind] : kind;
}

/** @type {(orders: number, number: number) => string} */
function change(orders, number) {
  const s = number === 1 ? "s" : "";
  if (abs(orders) < 0.05) return `keep${s} the size`;
  return `${orders > 0 ? "gain" : "lose"}${s} ${abs(orders).toFixed(1)}`;
}

/** @type {(number: number) => string} */
function fourDigits(number) {
  return String(Number(number.toPrecision(4)));
}
