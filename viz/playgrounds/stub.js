// STUB: until viz/playgrounds/layout is there.
/** @type {(nodes: RecordedNode[], parts: BuiltFrom[] | null) => Pick<PageData, "views" | "insides">} */
function readViews(nodes, _parts) {
  /** @type {number[]} */
  const rank = [];
  const rows = new Map();
  /** @type {Box[]} */
  const boxes = nodes.map(([name, op, operands], n) => {
    rank[n] = Math.max(-1, ...operands.map((o) => rank[o])) + 1;
    const row = rows.get(rank[n]) ?? 0;
    rows.set(rank[n], row + 1);
    const kind = op === "" ? "leaf" : op === "constant" ? "constant" : "operation";
    return {
      x: rank[n] * 190,
      y: row * 80,
      w: 130,
      h: kind === "constant" ? 28 : 56,
      kind,
      name,
      members: [n],
      inside: null,
    };
  });
  /** @type {Edge[]} */
  const edges = nodes.flatMap(([, , operands], n) =>
    operands.map((o, i) => ({
      source: o,
      target: n,
      uses: [/** @type {Use} */ ([n, i])],
      end: /** @type {Point} */ ([boxes[n].x, boxes[n].y + 15 + i * 12]),
    })),
  );
  const curves = edges.map((edge, n) => {
    const s = boxes[edge.source];
    const start = /** @type {Point} */ ([s.x + s.w, s.y + s.h / 2]);
    return { points: [start, edge.end], edges: [n] };
  });
  const width = Math.max(...boxes.map((b) => b.x + b.w));
  const height = Math.max(...boxes.map((b) => b.y + b.h));
  return {
    views: [
      {
        key: "graph",
        title: "every node",
        said: "",
        plane: { width, height, texts: true, boxes, edges, curves },
        bare: null,
      },
    ],
    insides: {},
  };
}
