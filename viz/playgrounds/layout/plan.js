// Plans where every box, curve and edge of a picture lies, in ranks from left to right. viz/pictures/plan.py does the
// same and describes it.

// Ranks and coordinates, and from them where every edge leaves its box, bends and arrives.
class Plan {
  // again: the leaves that the first boxes are copies of, numbered without these copies
  // bend: the most room for a curve
  /** @param {Size[]} sizes @param {Ends} ends @param {Size[] | null} texts @param {number} most @param {number[]} breaks @param {number[]} again @param {number} bend */
  constructor(sizes, ends, texts, most, breaks = [], again = [], bend = measures.plan.BEND[1]) {
    this.bend = bend;
    /** @type {number[]} */
    this.bends = []; // the room for curves before each rank
    this.sizes = sizes;
    this.ends = ends;
    this.texts = texts;
    this.most = most;
    this.again = again;
    const heights = sizes.map((size) => size[1]);
    const { grid, half, y } = arrangeBoxes(heights, ends, most, breaks);
    this.grid = grid;
    this.half = half;
    /** @type {number[]} */
    this.bottoms = [];
    this.y = this.stackRows(y);
    /** @type {number[][]} */
    this.arriving = sizes.map(() => []); // for every box, the edges that end there, in the order of its operands
    for (const [e, [, target]] of ends.entries()) this.arriving[target].push(e);
    this.exits = this.y.slice(0, grid.count); // for every box, the y at which its trunk leaves
    /** @type {number[]} */
    this.arrivals = []; // for every edge, the y at which it arrives
    /** @type {Map<number, number>} */
    this.starts = new Map(); // for some edges, a y of their own instead
    this.findPorts();
    /** @type {number[]} */
    this.width = grid.ranks.map((rank) =>
      Math.max(0, ...rank.filter((node) => node < grid.count).map((box) => sizes[box][0])),
    );
    this.level = this.findLevels(); // the level room before every rank
    this.left = this.findLefts();
    this.right = Math.max(...this.left.map((left, c) => left + this.width[c]));
    /** @type {Map<number, Point[]>} */
    this.ways = new Map(); // for every virtual node at the end of a row, the way of its trunk into the next row
    this.findWays();
  }

  /** @type {() => Layout} */
  draw() {
    const { grid, ends, sizes } = this;
    const more = this.again.length;
    /** @type {Point[]} */
    const corners = sizes.map((_, box) => [this.boxLeft(box), this.y[box] - this.half[box]]);
    const boxes = [...sizes.keys()].filter((box) => grid.right[box].length);
    return {
      width: this.right,
      height: this.bottom,
      boxes: [...corners.slice(more), ...corners.slice(0, more)],
      curves: boxes.flatMap((box) => [...this.trace(box)]),
      ends: ends.map(([, target], e) => [this.boxLeft(target), this.arrivals[e]]),
      again: this.again,
      sources: ends.map(([source]) => (source >= more ? source - more : sizes.length - more + source)),
    };
  }

  get bottom() {
    return this.bottoms[this.bottoms.length - 1];
  }

  // The most room for curves that makes this layout, which has no breaks, no longer than `width`.
  /** @type {(width: number) => number | undefined} */
  findBend(width) {
    /** @type {(most: number) => number} */
    const spared = (most) => this.bends.reduce((total, bend) => total + Math.max(bend - most, 0), 0);
    return measures.plan.STEEP.find((most) => spared(most) >= this.right - width);
  }

  // The ranks of this layout, which has no breaks yet, at which to break it into rows of that width.
  /** @type {(width: number) => number[]} */
  findBreaks(width) {
    const { grid, left } = this;
    const { MARGIN, TRACK, BEND, LEVEL } = measures.plan;
    const rights = left.map((each, c) => each + this.width[c]);
    const passing = left.map(() => new Set()); // the boxes whose trunks continue after each rank
    const leaves = left.map(() => 0); // the widest leaf used right after it, which moves to the next row
    for (const [source, target] of this.ends) {
      const [first, last] = [grid.rank[source], grid.rank[target]];
      if (!this.arriving[source].length) leaves[first] = Math.max(leaves[first], this.sizes[source][0]);
      else for (let c = first; c < last; c++) passing[c].add(source);
    }
    const trunks = passing.map((each) => each.size);
    const margin = MARGIN + TRACK * (Math.max(...trunks) - 1);
    const begin = [0, ...leaves.slice(0, -1)].map((leaf) => (leaf ? leaf + BEND[0] + LEVEL : 0));
    const room = width - margin;
    return findBreaks(
      rights.map((right, c) => (right - (rights[c - 1] ?? 0)) / room),
      begin.map((each) => each / room),
      margin / room,
      trunks,
    );
  }

  // The y coordinates with each row of the picture below the one before, and room for trunks between them.
  /** @type {(given: number[]) => number[]} */
  stackRows(given) {
    const { grid, half } = this;
    const y = [...given];
    let top = 0;
    let first = 0;
    for (const behind of [...grid.starts, grid.ranks.length]) {
      const nodes = grid.ranks.slice(first, behind).flat();
      const down = top - Math.min(...nodes.map((node) => y[node] - half[node]));
      for (const node of nodes) y[node] += down;
      const bottom = Math.max(...nodes.map((node) => y[node] + half[node]));
      this.bottoms.push(bottom);
      top = bottom + 2 * measures.plan.CHANNEL + measures.plan.TRACK * (grid.ranks[behind - 1].length - 1);
      first = behind;
    }
    return y;
  }

  // Leads each trunk into the next row, around the others, so that they keep their order and never cross.
  findWays() {
    const { grid } = this;
    const { MARGIN, CHANNEL, TRACK } = measures.plan;
    const margin = this.right + MARGIN;
    grid.starts.forEach((start, row) => {
      const virtual = grid.ranks[start - 1];
      virtual.forEach((node, i) => {
        const out = TRACK * (virtual.length - 1 - i);
        const left = this.left[start] - MARGIN - TRACK * i;
        const right = margin + out;
        const between = this.bottoms[row] + CHANNEL + out;
        this.right = Math.max(this.right, right);
        const [entry] = grid.right[node];
        this.ways.set(node, [
          [right, this.y[node]],
          [right, between],
          [left, between],
          [left, this.y[entry]],
        ]);
      });
    });
  }

  findPorts() {
    const { grid, y } = this;
    const only = grid.right.slice(0, grid.count).map((near) => (near.every((each) => each === near[0]) ? near[0] : -1));
    only.forEach((near, box) => {
      if (near >= 0) this.exits[box] = this.towards(box, y[near]);
    });
    this.arriving.forEach((numbers, box) => {
      this.placeEnds(box, numbers);
      numbers.forEach((e, i) => {
        const before = grid.left[box][i];
        if (only[before] === box) this.starts.set(e, this.towards(before, this.arrivals[e]));
      });
    });
  }

  // The y at which a straight line leaves a box for `y`; where none can, a y on that side of the box.
  /** @type {(box: number, y: number) => number} */
  towards(box, y) {
    const away = y - this.y[box];
    const room = this.half[box] - measures.plan.CORNER;
    return Math.abs(away) <= room ? y : this.y[box] + Math.sign(away) * 0.3 * room;
  }

  // Lets edges end on the left side of a box, close to where they come from and in that order.
  /** @type {(box: number, numbers: number[]) => void} */
  placeEnds(box, numbers) {
    const { PORT, CORNER } = measures.plan;
    const breadth = Math.max(0, ...numbers.map((e) => this.texts?.[e][1] ?? 0));
    const low = this.y[box] - this.half[box] + (breadth || CORNER);
    const high = this.y[box] + this.half[box] - CORNER;
    const apart = Math.min(breadth || PORT, (high - low) / Math.max(numbers.length - 1, 1));
    const come = this.grid.left[box].map((before) => this.exitOf(before));
    const order = [...numbers.keys()].sort((a, b) => come[a] - come[b]);
    isotonic(
      order.map((k, i) => come[k] - i * apart),
      order.map(() => 1),
    ).forEach((y, i) => {
      const first = Math.min(Math.max(y, low), high - (order.length - 1) * apart);
      this.arrivals[numbers[order[i]]] = first + i * apart;
    });
  }

  // The y at which trunks leave a node.
  /** @type {(node: number) => number} */
  exitOf(node) {
    return node < this.grid.count ? this.exits[node] : this.y[node];
  }

  findLevels() {
    const { LEVEL } = measures.plan;
    const level = this.grid.ranks.map(() => LEVEL);
    this.ends.forEach(([, target], e) => {
      const c = this.grid.rank[target];
      const length = this.texts?.[e][0];
      if (length) level[c] = Math.max(level[c], length + LEVEL + 4);
    });
    return level;
  }

  findLefts() {
    const { grid } = this;
    const { MARGIN, TRACK, BEND, STRAIGHT } = measures.plan;
    const most = Math.max(0, ...grid.starts.map((start) => grid.ranks[start - 1].length));
    const begin = most && MARGIN + TRACK * (most - 1);
    const left = [begin];
    grid.ranks.slice(1).forEach((rank, before) => {
      const c = before + 1;
      if (grid.starts.includes(c)) {
        left.push(begin);
        return;
      }
      const steps = rank.flatMap((node) => grid.left[node].map((near) => Math.abs(this.exitOf(near) - this.y[node])));
      const most = Math.max(...steps);
      const bend = most < 0.1 ? STRAIGHT : Math.min(Math.max(most / 4, BEND[0]), this.bend);
      this.bends.push(bend);
      left.push(left[before] + this.width[before] + bend + this.level[c]);
    });
    return left;
  }

  /** @type {(box: number) => number} */
  boxLeft(box) {
    const c = this.grid.rank[box];
    return this.left[c] + (this.width[c] - this.sizes[box][0]) / 2;
  }

  // The curves from a box: its trunk, in pieces from branch to branch, and each branch to its end.
  /** @type {(box: number) => Generator<PlacedCurve>} */
  *trace(box) {
    const { grid } = this;
    const trunk = [box];
    for (const node of trunk) trunk.push(...grid.right[node].filter((near) => near >= grid.count)); // grows while read
    const branches = trunk.map((node) => this.branchesOf(node));
    const edges = branches.flat();
    let passed = 0;
    /** @type {Point[]} */
    let points = [[this.boxLeft(box) + this.sizes[box][0], this.exits[box]]];
    for (const [i, node] of trunk.entries()) {
      const c = grid.rank[node];
      points.push([this.left[c] + this.width[c], this.exitOf(node)]);
      const here = branches[i].length;
      if (node !== box && here && passed + 1 < edges.length) {
        yield { points: straighten(points), edges: edges.slice(passed) };
        points = points.slice(-1);
      }
      passed += here;
      const bend = this.left[c + 1] - this.level[c + 1];
      for (const e of branches[i]) {
        const y = this.arrivals[e];
        /** @type {Point[]} */
        const start = points.map(([x, exit]) => [x, this.starts.get(e) ?? exit]);
        yield { points: straighten([...start, [bend, y], [this.boxLeft(this.ends[e][1]), y]]), edges: [e] };
      }
      if (passed < edges.length) points.push(...(this.ways.get(node) ?? [[bend, this.y[trunk[i + 1]]]]));
    }
  }

  // The edges from a node that end in the next rank.
  /** @type {(node: number) => number[]} */
  branchesOf(node) {
    const targets = new Set(this.grid.right[node].filter((near) => near < this.grid.count));
    return [...targets].flatMap((target) => this.arriving[target].filter((_, i) => this.grid.left[target][i] === node));
  }
}

// The line without the points in the middle of a straight stretch.
/** @type {(points: Point[]) => Point[]} */
function straighten(points) {
  const kept = points.slice(0, 1);
  points.slice(1).forEach((point, i) => {
    const after = points[i + 2];
    if (!after || kept[kept.length - 1][1] !== point[1] || point[1] !== after[1]) kept.push(point);
  });
  return kept;
}
