// Finds the strongest path from the output to a leaf and describes it, like engine/teaching/paths.py and
// viz/paths/strongest.py.

const UNCOUNTED = BigInt(factors.uncounted);

// The path whose local derivatives have the largest product by size, in one go however many paths there are; its links
// by node, from the output on.
/** @type {(graph: Graph, run: Run, leaf: number) => Path} */
function findStrongest(graph, run, leaf) {
  /** @type {bigint[]} */
  const counts = new Array(graph.size).fill(0n); // of the paths from each node to the leaf
  counts[leaf] = 1n;
  for (let node = leaf + 1; node < graph.size; node++) {
    const sum = graph.operands[node].reduce((total, operand) => total + counts[operand], 0n);
    counts[node] = sum < UNCOUNTED ? sum : UNCOUNTED;
  }
  /** @type {Way[]} */
  const ways = new Array(graph.size); // the best from the output to each node, multiplied as in the backward pass
  ways[graph.root] = { node: -1, index: -1, product: 1, detached: false };
  for (let node = graph.root; node > leaf; node--) {
    if (!ways[node]) continue;
    graph.operands[node].forEach((operand, index) => {
      if (!counts[operand]) return;
      const way = extend(graph, run, ways[node], node, index);
      if (!ways[operand] || sizeOf(way.product) > sizeOf(ways[operand].product)) ways[operand] = way;
    });
  }
  const route = [];
  for (let way = ways[leaf]; way.node >= 0; way = ways[way.node]) route.push(way);
  const links = new Map();
  let before = 1;
  for (const { node, index, product } of route.reverse()) {
    const kind = graph.kinds[node][index];
    const bound = kind === "slope" ? findBound(graph, run, node) : null;
    const [operand, factor, closed] = [graph.operands[node][index], run.locals[node][index], run.closed[node][index]];
    links.set(node, { node, operand, index, kind, factor, closed, before, after: product, bound });
    before = product;
  }
  return { run, leaf, product: ways[leaf].product, count: counts[graph.root], links };
}

// A way with one more edge, as the backward pass goes on; it computes nothing behind a detach().
/** @type {(graph: Graph, run: Run, way: Way, node: number, index: number) => Way} */
function extend(graph, run, way, node, index) {
  const detached = way.detached || graph.ops[node] === "detach";
  const isZero = detached || run.closed[node][index]; // a branch not taken
  return { node, index, detached, product: isZero ? 0 : way.product * run.locals[node][index] + 0 }; // 0, not -0
}

// The largest slope of the operation of a node by size, at whichever number; null if it is not bounded.
/** @type {(graph: Graph, run: Run, node: number) => number | null} */
function findBound(graph, run, node) {
  if (graph.ops[node] !== "leaky_relu") return factors.bounds[graph.ops[node]] ?? null;
  return Math.max(1, abs(run.values[graph.operands[node][1]]) || 1); // nan is no slope
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
  if (!links.length) return ["It is the result itself: there is no factor in between."];
  const product = links[links.length - 1].after;
  const zero = links.find((link) => link.closed || link.factor === 0);
  if (zero && product === 0) {
    const { node, kind, closed } = links.find((link) => link.closed) ?? zero;
    return [`Nothing arrives: at ${placeName(graph, node)} the ${partName(kind)} is 0${closed ? `, ${CLOSED}` : ""}.`];
  }
  const broken = links.findLast((link) => Number.isFinite(link.before));
  if (broken && !Number.isFinite(product) && (zero || links.some((link) => !Number.isFinite(link.factor)))) {
    const { node, kind, factor } = broken;
    return [
      `The gradient is not finite: at ${placeName(graph, node)} the ${partName(kind)} is ${formatNumber(factor)}.`,
    ];
  }
  /** @type {(some: Link[]) => number} */
  const orders = (some) => some.reduce((sum, { factor }) => sum + Math.log10(abs(factor)), 0);
  const kinds = [...Object.keys(factors.plurals), "other"]
    .map((kind) => ({ kind, some: links.filter((link) => link.kind === kind) }))
    .filter(({ some }) => some.length);
  const said = kinds.map(
    ({ kind, some }) => `${count(some.length)} ${kindName(kind, some.length)} ${change(orders(some), some.length)}`,
  );
  if (kinds[0]?.kind === "other") said.pop(); // there are none of a kind beside them
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
      `The most is lost at ${placeName(graph, weakest.node)}: its ${partName(weakest.kind)} is ${number}${bound}.`,
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

/** @type {(kind: Kind) => string} */
function partName(kind) {
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
