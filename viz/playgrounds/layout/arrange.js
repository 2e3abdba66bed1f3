// Arranges the boxes and edges of a plane, as viz/pages/arrangement.py does for the page.

const MOST_WAYS = 4; // arrangements to try; Python tries more, since nobody waits for it while typing

// Lays out boxes and edges with the uses along them.
// most   how many arrangements to try
// room   the width and height to fill, in rows if that makes the picture larger; in later rows, one-line boxes of
//        kind "outside" repeat the leaves. A plane of few boxes has a narrower one, `narrow`, which may have one too
/** @type {(boxes: SizedBox[], edges: SizedEdge[], most?: number, room?: Size | null) => Plane} */
function arrange(boxes, edges, most = MOST_WAYS, room = null) {
  const { TEXT, ROOMY, LOW, WHOLE, NARROW, FEW } = measures.views;
  const roomy = boxes.length <= ROOMY;
  /** @type {Size[] | null} */
  const texts = roomy ? edges.map((edge) => (edge.uses.length === 1 ? TEXT : [0, 0])) : null;
  const arriving = boxes.map(() => 0);
  for (const { target } of edges) arriving[target]++;
  const sized = boxes.map((box, number) => {
    const least = roomy && arriving[number] && box.kind !== "folded" ? TEXT[1] * arriving[number] + 10 : 0;
    return { ...box, height: Math.max(box.height, least) };
  });
  /** @type {Size[]} */
  const sizes = sized.map((box) => [box.width, box.height]);
  /** @type {Ends} */
  const ends = edges.map(({ source, target }) => [source, target]);
  /** @type {Size[]} */
  const again = boxes.map((box) => [widthOfName(box.name), LOW]);
  /** @type {(layout: Layout) => Plane} */
  const write = (layout) => {
    /** @type {SizedBox[]} */
    const copies = layout.again.map((leaf) => {
      const [width, height] = again[leaf];
      return { ...boxes[leaf], width, height, kind: "outside" };
    });
    return {
      width: roundTenth(layout.width),
      height: roundTenth(layout.height),
      texts: roomy,
      boxes: [...sized, ...copies].map(({ width, height, kind, name, members }, number) => {
        const [x, y] = layout.boxes[number].map(roundTenth);
        return { x, y, w: roundTenth(width), h: height, kind, name, members };
      }),
      edges: edges.map(({ target, uses }, e) => ({
        source: layout.sources[e],
        target,
        uses,
        end: roundPoint(layout.ends[e]),
      })),
      curves: layout.curves.map((curve) => ({ points: curve.points.map(roundPoint), edges: curve.edges })),
    };
  };
  if (!room) return write(layOut(sizes, ends, texts, most));
  const fill = boxes.length <= WHOLE ? fitRoom : layInRows;
  const plane = write(fill(sizes, ends, texts, most, room, again));
  let last = plane;
  for (const width of boxes.length <= FEW ? NARROW : []) {
    if (last.width > width) last = last.narrow = write(layOut(sizes, ends, texts, most, width, again));
  }
  return plane;
}

// Lays out a picture that is too large to be seen at once; a long strip in rows, each as wide as the room.
/** @type {typeof fitRoom} */
function layInRows(sizes, ends, texts, most, room, again) {
  const { LONG, BESIDE } = measures.views;
  const whole = layOut(sizes, ends, texts, most);
  if (whole.width * room[1] < whole.height * room[0] * LONG) return whole;
  return layOut(sizes, ends, texts, most, room[0] - BESIDE, again);
}

/** @type {(name: string) => number} */
function widthOfName(name) {
  return measures.views.LETTER * Math.min([...name].length, measures.views.MOST_LETTERS) + 22;
}

/** @type {(number: number) => number} */
function roundTenth(number) {
  return Math.round(number * 10) / 10;
}

/** @type {(point: Point) => Point} */
function roundPoint([x, y]) {
  return [roundTenth(x), roundTenth(y)];
}

// Whether a formula has only letters and operations, neither constants nor branches.
/** @type {(tree: Tree) => boolean} */
function isPlain(tree) {
  return Array.isArray(tree) ? tree[0] !== "where" && tree.slice(1).every(isPlain) : typeof tree === "string";
}

// Splits an operation over sequences into primitive operations, in order of computation. Each is [operation, operands];
// an operand is ["operand", index] or ["part", index of an earlier one].
/** @type {(row: Row, count: number) => Part[]} */
function primitiveParts(row, count) {
  /** @type {Part[]} */
  const parts = [];
  const operands = Array.from({ length: count }, (_, index) => /** @type {Reference} */ (["operand", index]));
  const bound = Object.fromEntries(bind(row, operands).map((meaning, index) => [row.letters[index], meaning]));
  /** @type {(op: string, operands: Reference[]) => Reference} */
  const add = (op, operands) => ["part", parts.push([op, operands]) - 1];
  /** @type {Reference} */
  let term = ["part", -1];
  /** @type {(tree: Tree, element: number) => Reference} */
  const expand = (tree, element) => {
    if (typeof tree === "string") {
      if (tree === "t") return term;
      return /** @type {Reference} */ (row.sequences.includes(tree) ? bound[tree][element] : bound[tree]);
    }
    const [head, ...arguments_] = /** @type {Branch} */ (tree);
    const op = head === "-" && arguments_.length === 1 ? "neg" : head;
    if (op !== "sum" && op !== "largest")
      return add(
        op,
        arguments_.map((argument) => expand(argument, element)),
      );
    const elements = Array.from({ length: sequenceLength(row, count) }, (_, i) => expand(arguments_[0], i));
    if (row.name !== "sum") return add(op, elements);
    return elements.reduce((total, each) => add("+", [total, each]));
  };
  if (row.termFormula !== null) term = expand(row.termFormula, 0);
  expand(row.formulas[0], 0);
  return parts;
}
