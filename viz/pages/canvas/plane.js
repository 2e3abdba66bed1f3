// Computes positions on the plane when boxes are opened in place.
//
// The layouts themselves come from Python (viz/pictures/layout.py). To open a box stretches the plane: what lies right
// of it moves right by the extra width, what lies below it moves down by the extra height. Boxes move as a whole and
// never past each other, so that nothing comes to overlap; an opened box may hold opened boxes.

const FRAME = { side: 14, top: 30, bottom: 14 };

// How far a coordinate moves along one axis: boxes one behind the other add up, boxes beside each other do not.
/** @type {(openings: { from: number; to: number; extra: number }[]) => Shift} */
function stretching(openings) {
  /** @type {{ to: number; total: number }[]} */
  const done = [];
  /** @type {Shift} */
  const shift = (at) =>
    done.reduce((most, opening) => (opening.to <= at + 0.05 ? Math.max(most, opening.total) : most), 0);
  for (const opening of openings.slice().sort((a, b) => a.to - b.to)) {
    done.push({ to: opening.to, total: shift(opening.from) + opening.extra });
  }
  return shift;
}

// A plane with some of its boxes opened, each of which has the plane inside it as `child`.
// open: the inside of a box if it is opened, else null; its owner is the fused node
/** @type {(plane: Plane, path: string, owner: Owner | null, open: Opener) => Unfolded} */
function unfoldPlane(plane, path, owner, open) {
  const sized = plane.boxes.map((box, number) => {
    const at = `${path}/${number}`;
    const inside = open(box, at);
    const child = inside && unfoldPlane(inside.plane, at, inside.owner, open);
    const width = child ? Math.max(box.w, child.width + 2 * FRAME.side) : box.w;
    const height = child ? Math.max(box.h, child.height + FRAME.top + FRAME.bottom) : box.h;
    return { box, path: at, owner, child, width, height };
  });
  const opened = sized.filter((placed) => placed.child);
  const right = stretching(opened.map(({ box, width }) => ({ from: box.x, to: box.x + box.w, extra: width - box.w })));
  const down = stretching(opened.map(({ box, height }) => ({ from: box.y, to: box.y + box.h, extra: height - box.h })));
  const boxes = sized.map((each) => ({ ...each, x: each.box.x + right(each.box.x), y: each.box.y + down(each.box.y) }));
  const curves = plane.curves.map((curve) => moveCurve(plane, curve, boxes, right, down, owner));
  return {
    boxes,
    curves,
    texts: plane.texts ? plane.edges.map((edge) => placeText(edge, boxes, owner)) : [],
    width: Math.max(...boxes.map((placed) => placed.x + placed.width), ...curves.map((curve) => curve.right)),
    height: Math.max(...boxes.map((placed) => placed.y + placed.height), ...curves.map((curve) => curve.bottom)),
  };
}

// The ends of a curve stay with their boxes, the rest moves with the plane.
/** @type {(plane: Plane, curve: Plane["curves"][0], boxes: Placed[], right: Shift, down: Shift, owner: Owner | null) => Curve} */
function moveCurve(plane, curve, boxes, right, down, owner) {
  const edges = curve.edges.map((edge) => plane.edges[edge]);
  const source = boxes[edges[0].source];
  const target = boxes[edges[0].target];
  const [first, last] = [curve.points[0], curve.points[curve.points.length - 1]];
  const starts = Math.abs(first[0] - source.box.x - source.box.w) < 0.3;
  const ends = edges.length === 1 && Math.abs(last[0] - edges[0].end[0]) < 0.3;
  /** @type {Point[]} */
  const points = curve.points.map(([x, y], number) => {
    if (starts && y === first[1] && number < 2) {
      return [number ? x + right(x) : source.x + source.width, y + source.y - source.box.y];
    }
    if (ends && y === last[1] && number >= curve.points.length - 2) {
      return [x === last[0] ? target.x : x + right(x), y + target.y - target.box.y];
    }
    return [x + right(x), y + down(y)];
  });
  /** @type {(axis: 0 | 1) => number} */
  const farthest = (axis) => Math.max(...points.map((point) => point[axis]));
  return { points, ends, owner, edges, right: farthest(0), bottom: farthest(1) };
}

/** @type {(edge: Edge, boxes: Placed[], owner: Owner | null) => EdgeText} */
function placeText(edge, boxes, owner) {
  const target = boxes[edge.target];
  return { x: target.x - 9, y: edge.end[1] + target.y - target.box.y - 3, owner, edge };
}

// Straight where two points have the same height, else a curve that is level at both.
/** @type {(points: Point[]) => string} */
function drawCurve(points) {
  return points
    .map(([x, y], number) => {
      if (!number) return `M${x} ${y}`;
      const [before, height] = points[number - 1];
      if (height === y) return `H${x}`;
      const middle = (before + x) / 2;
      return `C${middle} ${height} ${middle} ${y} ${x} ${y}`;
    })
    .join("");
}
