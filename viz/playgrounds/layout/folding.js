// Decides which nodes share a box, as engine/teaching/folding.py and graph.py do. Nodes belong together if they are
// built from the same part of a network. No fold may close a circle.

// The graph as boxes in an order of computation, and a sentence on what was folded.
// parts       for every node, the neuron and the layer that it belongs to; null if there are none
// constants   whether constants get a box of their own, instead of sharing that of the first operation that uses them
/** @type {(nodes: RecordedNode[], parts: BuiltFrom[] | null, fold: Fold, constants?: boolean) => FoldedGraph} */
function foldGraph(nodes, parts, fold, constants = true) {
  const { FEW, SCOPED, STRETCHES } = measures.folding;
  const { LIMIT } = measures.graph;
  /** @type {FoldLink[]} */
  const links = nodes.flatMap(([, , operands], target) =>
    operands.map((source, index) => /** @type {FoldLink} */ ([source, target, index])),
  );
  /** @type {FoldedGraph | null} */
  let best = null; // the fewest boxes among more than a few
  for (const [said, keys] of listFolds(nodes, parts, fold)) {
    if (said || !constants) placeConstants(nodes, keys);
    if (said === STRETCHES && best) break;
    const isPart = SCOPED.includes(said);
    let numbers = numberBoxes(nodes, keys, links);
    if (!numbers && isPart) {
      closeCircles(keys, links);
      placeConstants(nodes, keys); // again: some are used by nodes that now belong to a part
      numbers = numberBoxes(nodes, keys, links);
    }
    if (numbers && isPart && Math.max(...numbers) >= Math.floor(LIMIT / 3)) {
      foldRest(nodes, keys, links, numbers);
      numbers = numberBoxes(nodes, keys, links);
    }
    if (!numbers) continue;
    const graph = readBoxes(nodes, keys, numbers, said);
    const count = graph.boxes.length;
    if (fold !== null || count <= FEW) return graph;
    if (count <= LIMIT && (!best || (isPart && count < best.boxes.length))) best = graph;
  }
  return /** @type {FoldedGraph} */ (best);
}

// Yields ways to fold, from the finest to the coarsest, each with the name of what it folds. The last closes no circle.
/** @type {(nodes: RecordedNode[], parts: BuiltFrom[] | null, fold: Fold) => Generator<[said: string, keys: FoldKey[]]>} */
function* listFolds(nodes, parts, fold) {
  const { SCOPED, CONSTANTS, STRETCHES, MOST_STRETCHES } = measures.folding;
  const alone = [...nodes.keys()];
  if (fold === null || fold === "none" || !parts) yield ["", [...alone]];
  if (fold === null) yield [CONSTANTS, [...alone]];
  if (parts && fold !== "none") {
    if (fold !== "layer") yield [SCOPED[0], alone.map((node) => parts[node][0] || node)];
    yield [SCOPED[1], alone.map((node) => parts[node][1] || node)];
  }
  const length = Math.ceil(nodes.length / MOST_STRETCHES);
  const last = nodes.length - 1;
  yield [STRETCHES, alone.map((node) => (node === last ? node : Symbol.for(`stretch ${Math.floor(node / length)}`)))];
}

// Puts every constant where it is used first.
/** @type {(nodes: RecordedNode[], keys: FoldKey[]) => void} */
function placeConstants(nodes, keys) {
  const placed = new Set();
  nodes.forEach(([, , operands], node) => {
    for (const operand of operands) {
      if (nodes[operand][1] !== "constant" || placed.has(operand)) continue;
      placed.add(operand);
      keys[operand] = keys[node];
    }
  });
}

// The number of each node's box, in an order of computation; null if the boxes form a circle.
/** @type {(nodes: RecordedNode[], keys: FoldKey[], links: FoldLink[]) => number[] | null} */
function numberBoxes(nodes, keys, links) {
  /** @type {Map<FoldKey, number>} */
  const first = new Map();
  const box = keys.map((key) => {
    const number = first.get(key) ?? first.size;
    first.set(key, number);
    return number;
  });
  if (first.size === nodes.length) return box;
  /** @type {Set<number>[]} */
  const users = Array.from({ length: first.size }, () => new Set());
  const size = users.map(() => 0);
  for (const b of box) size[b]++;
  for (const [source, target] of links) {
    const inside = nodes[source][1] === "constant" && size[box[source]] > 1; // shown only there
    if (box[source] !== box[target] && !inside) users[box[source]].add(box[target]);
  }
  const order = orderBoxes(users.map((targets) => [...targets].sort(ascending)));
  if (order.length < users.length) return null;
  /** @type {number[]} */
  const rank = [];
  order.forEach((b, i) => {
    rank[b] = i;
  });
  return box.map((b) => rank[b]);
}

// The boxes in an order of computation, by number; those in a circle or after one are left out.
/** @type {(users: number[][]) => number[]} */
function orderBoxes(users) {
  const waiting = users.map(() => 0);
  for (const target of users.flat()) waiting[target]++;
  const ready = [...users.keys()].filter((box) => !waiting[box]);
  for (const box of ready) {
    // grows while it is read
    for (const target of users[box]) {
      if (!--waiting[target]) ready.push(target);
    }
  }
  return ready;
}

// Adds the nodes between two nodes of a part to that part: a layer unrolled in time is one part.
/** @type {(keys: FoldKey[], links: FoldLink[]) => void} */
function closeCircles(keys, links) {
  const parts = [...new Set(keys.filter((key) => typeof key === "string"))];
  const own = keys.map((key) => (typeof key === "string" ? 1n << BigInt(parts.indexOf(key)) : 0n)); // a set of parts
  const [before, behind] = [[...own], [...own]];
  for (const [source, target] of links) before[target] |= before[source];
  for (const [source, target] of links.toReversed()) behind[source] |= behind[target];
  const named = new Map(parts.map((part, bit) => [1n << BigInt(bit), part]));
  keys.forEach((key, node) => {
    keys[node] = named.get(before[node] & behind[node]) ?? key;
  });
}

// Folds the nodes that belong to no part too: leaves, and operations by how many parts are before them. This number
// never falls along an edge and grows after a part, so no circle is closed.
/** @type {(nodes: RecordedNode[], keys: FoldKey[], links: FoldLink[], numbers: number[]) => void} */
function foldRest(nodes, keys, links, numbers) {
  const parts = new Set(numbers.filter((_, node) => typeof keys[node] === "string"));
  const depth = numbers.map(() => 0);
  const pairs = links.map(([source, target]) => [numbers[source], numbers[target]]);
  for (const [source, target] of pairs.sort((one, other) => one[0] - other[0])) {
    if (source >= target) continue; // a constant folded elsewhere may come later
    depth[target] = Math.max(depth[target], depth[source] + Number(parts.has(source)));
  }
  nodes.forEach(([, op], node) => {
    if (parts.has(numbers[node]) || node === nodes.length - 1) return;
    keys[node] = Symbol.for(`${op ? "operations" : "leaves"} ${depth[numbers[node]]}`);
  });
}

/** @type {(nodes: RecordedNode[], keys: FoldKey[], numbers: number[], said: string) => FoldedGraph} */
function readBoxes(nodes, keys, numbers, said) {
  /** @type {number[][]} */
  const inside = Array.from({ length: Math.max(...numbers) + 1 }, () => []);
  for (const [node, box] of numbers.entries()) inside[box].push(node);
  const boxes = inside.map((members) => {
    const key = keys[members[0]];
    const shown = shownMembers(nodes, members);
    const kind = kindOfBox(nodes, members);
    const part = typeof key === "string" && kind === "folded" ? key : "";
    const names = shown.map((node) => nodes[node][0]);
    const name = part || (kind === "folded" ? `${names[0]} … ${names.at(-1)}` : names[0]);
    return { name, kind, members, scope: part };
  });
  return { boxes, folded: tellFolded(boxes, said) };
}

/** @type {(nodes: RecordedNode[], members: number[]) => number[]} */
function shownMembers(nodes, members) {
  const shown = members.filter((node) => nodes[node][1] !== "constant");
  return shown.length ? shown : members;
}

/** @type {(nodes: RecordedNode[], members: number[]) => BoxKind} */
function kindOfBox(nodes, members) {
  const [first, ...others] = shownMembers(nodes, members);
  if (others.length) return "folded";
  const [, op, operands] = nodes[first];
  return operands.length ? "operation" : op ? "constant" : "leaf";
}

/** @type {(boxes: FoldedBox[], words: string) => string} */
function tellFolded(boxes, words) {
  const folded = boxes.filter((box) => box.kind === "folded");
  /** @type {(some: FoldedBox[], less: number) => number} */
  const total = (some, less) => some.reduce((sum, box) => sum + box.members.length - less, 0);
  const hidden = total(boxes, 1) - total(folded, 1);
  const said = [];
  if (folded.length) {
    const rest = words === measures.folding.STRETCHES || folded.every((box) => box.scope) ? "" : " and the rest";
    const into = `${count(folded.length)} ${plural(folded.length, "box", "boxes")}`;
    said.push(`${count(total(folded, 0))} nodes folded into ${into}: ${words}${rest}`);
  }
  if (hidden) {
    const where = hidden > 1 ? "the operations that use them" : "the operation that uses it";
    said.push(`${count(hidden)} ${plural(hidden, "constant")} folded into ${where} first`);
  }
  return said.join("; ");
}
