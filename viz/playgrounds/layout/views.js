// Lays out the planes of the page, as viz/pages/views.py does: the graph, its folded views, and the inside of every
// box that can be opened.

// parts: for every node, the neuron and the layer that it belongs to, "" for none; null if there are none at all
/** @type {(nodes: RecordedNode[], parts?: BuiltFrom[] | null) => Pick<PageData, "views" | "insides">} */
function readViews(nodes, parts = null) {
  const { views, insides } = new Views(nodes, parts);
  return { views, insides };
}

class Views {
  /** @param {RecordedNode[]} nodes @param {BuiltFrom[] | null} parts */
  constructor(nodes, parts) {
    this.nodes = nodes;
    this.parts = parts;
    /** @type {Record<string, Plane>} */
    this.insides = {};
    /** @type {Map<string, string>} */
    this.keys = new Map(); // of the insides of folded boxes, by their members
    /** @type {Map<number, FoldedBox>} */
    this.neuron = new Map(); // that a node belongs to
    this.views = this.readAll();
  }

  readAll() {
    const { FEW } = measures.folding;
    const { LIMIT } = measures.graph;
    const graphs = new Map(measures.views.FOLDS.map(([key, , fold]) => [key, this.fold(fold)]));
    for (const box of graphs.get("neurons")?.boxes ?? []) {
      if (box.scope) for (const node of box.members) this.neuron.set(node, box);
    }
    /** @type {View[]} */
    const views = [];
    const sizes = new Set();
    for (const [key, title, fold] of measures.views.FOLDS) {
      const graph = graphs.get(key);
      if (!graph || graph.boxes.length > LIMIT || sizes.has(graph.boxes.length)) continue;
      if (key !== "graph" && !graph.boxes.some((box) => box.kind === "folded")) continue;
      sizes.add(graph.boxes.length);
      views.push(this.readView(key, title, graph, key === "graph" ? foldGraph(this.nodes, null, fold, false) : null));
    }
    if (!views.length) views.push(this.readView("overview", "folded", foldGraph(this.nodes, this.parts, null), null));
    const first = views.find((view) => view.plane.boxes.length <= FEW) ?? views[views.length - 1];
    return [first, ...views.filter((view) => view !== first)];
  }

  /** @type {(fold: Fold) => FoldedGraph | undefined} */
  fold(fold) {
    const isLarge = this.nodes.length > measures.graph.LIMIT;
    if (fold === "none" ? isLarge : !this.parts) return undefined;
    return foldGraph(this.nodes, this.parts, fold);
  }

  /** @type {(key: string, title: string, graph: FoldedGraph, bare: FoldedGraph | null) => View} */
  readView(key, title, graph, bare) {
    const plane = this.readPlane(graph.boxes);
    const isLess = bare && bare.boxes.length < graph.boxes.length;
    return { key, title, said: graph.folded, plane, bare: isLess ? this.readPlane(bare.boxes) : null };
  }

  // The plane of boxes, given as groups of nodes in an order of computation.
  // outside   how many of the first groups are computed elsewhere
  /** @type {(groups: Group[], outside?: number) => Plane} */
  readPlane(groups, outside = 0) {
    const { TRIES, ROOM } = measures.views;
    const boxes = groups.map(({ members, name }, number) => this.measureBox(members, name, number < outside));
    const edges = this.readEdges(boxes, outside);
    const most = Math.max(1, Math.min(MOST_WAYS, Math.floor(TRIES / this.nodes.length)));
    const plane = outside ? arrange(boxes, edges, most) : arrange(boxes, edges, undefined, ROOM);
    for (let shown = /** @type {Plane | undefined} */ (plane); shown; shown = shown.narrow) {
      for (const box of shown.boxes) box.inside = this.openBox(box.members, box.kind);
    }
    return plane;
  }

  /** @type {(boxes: SizedBox[], outside: number) => SizedEdge[]} */
  readEdges(boxes, outside) {
    const { nodes } = this;
    /** @type {Map<number, number>} */
    const boxOf = new Map();
    boxes.forEach(({ members }, number) => {
      for (const node of members) boxOf.set(node, number);
    });
    const isFolded = boxes.map(({ kind, members }) => kind === "folded" || (kind === "outside" && members.length > 1));
    /** @type {Map<string, SizedEdge>} */
    const edges = new Map();
    boxes.slice(outside).forEach(({ members }, inside) => {
      const target = inside + outside;
      for (const node of members) {
        for (const [index, operand] of nodes[node][2].entries()) {
          const source = boxOf.get(operand);
          if (source === undefined || source === target) continue;
          // a constant is shown only where it is folded
          if (nodes[operand][1] === "constant" && boxes[source].members.length > 1) continue;
          const key = isFolded[source] || isFolded[target] ? `${source} ${target}` : `${source} ${target} ${index}`;
          const edge = edges.get(key) ?? { source, target, uses: [] };
          edge.uses.push([node, index]);
          edges.set(key, edge);
        }
      }
    });
    return [...edges.values()];
  }

  /** @type {(members: number[], name: string, isOutside: boolean) => SizedBox} */
  measureBox(members, name, isOutside) {
    const { NARROWEST, HEIGHT, LOW, SIGN, SMALL, MOST_SCOPE, SCOPE, OPENER, WORDS } = measures.views;
    const kind = isOutside ? "outside" : kindOfBox(this.nodes, members);
    const [scope, last] = kind === "leaf" ? splitName(name) : ["", name];
    if (kind === "constant" || kind === "outside")
      return { width: widthOfName(last), height: LOW, kind, name, members };
    const op = kind === "folded" ? "" : this.nodes[shownMembers(this.nodes, members).slice(-1)[0]][1];
    const opens = kind === "folded" || Boolean(op && operations[op]?.sequences);
    const width = Math.max(
      NARROWEST,
      widthOfName(last) + SIGN * (WORDS[op] ?? op).length + (opens ? OPENER : 0),
      SMALL * Math.min([...scope].length, MOST_SCOPE) + 20,
    );
    return { width, height: HEIGHT + (scope ? SCOPE : 0), kind, name, members };
  }

  // The key of the inside of a box; null if there is nothing to open.
  /** @type {(members: number[], kind: BoxKind) => string | null} */
  openBox(members, kind) {
    if (kind === "operation") {
      const [, op, operands] = this.nodes[shownMembers(this.nodes, members).slice(-1)[0]];
      return this.openFused(operations[op], operands.length);
    }
    if (kind !== "folded") return null;
    const id = members.join();
    const known = this.keys.get(id);
    if (known) return known;
    const key = `inside ${this.keys.size}`;
    this.keys.set(id, key);
    const groups = [...this.listOutside(members)];
    const outside = groups.length;
    for (const group of this.split(members)) groups.push({ members: group, name: this.nameOf(group) });
    this.insides[key] = this.readPlane(groups, outside);
    return key;
  }

  // The operands of the members that are not among them.
  /** @type {(members: number[]) => Group[]} */
  listOutside(members) {
    const inside = new Set(members);
    const before = [...new Set(members.flatMap((node) => this.nodes[node][2]))]
      .filter((operand) => !inside.has(operand) && this.nodes[operand][1] !== "constant")
      .sort(ascending);
    if (before.length > measures.views.MOST_OUTSIDE) return [{ members: before, name: `${before.length} operands` }];
    return before.map((node) => ({ members: [node], name: this.nodes[node][0] }));
  }

  /** @type {(members: number[]) => string} */
  nameOf(members) {
    const shown = shownMembers(this.nodes, members);
    const [first, last] = [shown[0], shown[shown.length - 1]].map((node) => this.nodes[node][0]);
    if (shown.length === 1) return first;
    const neuron = this.neuron.get(shown[0]);
    return neuron?.members.join() === members.join() ? neuron.name : `${first} … ${last}`;
  }

  // The groups inside a group, in an order of computation: neurons, nodes, or stretches of these.
  /** @type {(members: number[]) => number[][]} */
  split(members) {
    const inside = new Set(members);
    /** @type {Map<number, number[]>} */
    const groupOf = new Map(members.map((node) => [node, [node]]));
    for (const node of members) {
      const neuron = this.neuron.get(node)?.members ?? [];
      if (neuron.length === members.length || !neuron.every((each) => inside.has(each))) continue;
      for (const each of neuron) groupOf.set(each, neuron);
    }
    const groups = [...new Set(groupOf.values())];
    const number = new Map(groups.map((group, index) => [group, index]));
    /** @type {Set<number>[]} */
    const users = groups.map(() => new Set());
    for (const [node, group] of groupOf) {
      for (const operand of this.nodes[node][2]) {
        const before = groupOf.get(operand);
        if (!before || before === group || this.nodes[operand][1] === "constant") continue;
        users[Number(number.get(before))].add(Number(number.get(group)));
      }
    }
    const ordered = orderBoxes(users.map((targets) => [...targets])).map((index) => groups[index]);
    if (ordered.length <= measures.views.MOST_INSIDE) return ordered;
    const length = Math.ceil(ordered.length / 50);
    return Array.from({ length: Math.ceil(ordered.length / length) }, (_, i) =>
      ordered
        .slice(i * length, (i + 1) * length)
        .flat()
        .sort(ascending),
    );
  }

  /** @type {(row: Row, count: number) => string | null} */
  openFused(row, count) {
    const { NARROWEST, LOW, HEIGHT, MOST_INSIDE } = measures.views;
    if (!row.sequences || 2 * count > MOST_INSIDE || (row.name === "sum" && count < 3)) return null;
    if (![row.termFormula ?? "t", row.formulas[0]].every(isPlain)) return null;
    const key = `${row.name}/${count}`;
    if (key in this.insides) return key;
    const parts = primitiveParts(row, count);
    /** @type {SizedBox[]} */
    const boxes = Array.from({ length: count }, (_, operand) => {
      return { width: NARROWEST, height: LOW, kind: "operand", name: "", members: [operand] };
    });
    parts.forEach(([op], part) => {
      boxes.push({ width: NARROWEST, height: HEIGHT, kind: "part", name: op, members: [part] });
    });
    const edges = parts.flatMap(([, operands], part) =>
      operands.map(([where, number], index) => {
        const source = where === "part" ? count + number : number;
        return { source, target: count + part, uses: [/** @type {Use} */ ([part, index])] };
      }),
    );
    this.insides[key] = { ...arrange(boxes, edges), parts };
    return key;
  }
}
