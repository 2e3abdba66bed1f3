// Computes the y coordinate of every box and virtual node. viz/pictures/coordinates.py does the same and describes the
// method.

/** @type {Map<string, Arrangement>} */
const arrangementsFound = new Map(); // cached: many neurons have the same shape

// The ranks, half heights and y coordinates of the best arrangement; cached, so do not change them.
/** @type {(heights: number[], ends: Ends, most: number, breaks: number[]) => Arrangement} */
function arrangeBoxes(heights, ends, most, breaks) {
  const key = [heights, ends, most, breaks].join("|");
  const found = arrangementsFound.get(key) ?? chooseArrangement(heights, ends, most, breaks);
  if (arrangementsFound.size >= 128) arrangementsFound.clear();
  arrangementsFound.set(key, found);
  return found;
}

/** @type {(heights: number[], ends: Ends, most: number, breaks: number[]) => Arrangement} */
function chooseArrangement(heights, ends, most, breaks) {
  let best = Infinity;
  const tried = new Set();
  /** @type {Arrangement | undefined} */
  let chosen;
  for (const grid of arrangeRanks(heights.length, ends, most, breaks)) {
    const key = grid.ranks.join("|");
    if (tried.has(key)) continue;
    tried.add(key);
    const crossings = countCrossings(grid.ranks, grid);
    if (crossings >= 0.9 * best) continue;
    const half = grid.rank.map((_, node) => (heights[node] ?? 0) / 2);
    const cut = cutRanks(grid);
    const y = findCoordinates(cut, half);
    let steps = 0;
    for (const [node, at] of y.entries()) for (const near of cut.left[node]) steps += Math.abs(y[near] - at);
    const score = crossings + steps / measures.coordinates.CROSSING;
    if (score < 0.9 * best) [best, chosen] = [score, { grid, half, y }]; // the first keeps operands in order
  }
  return /** @type {Arrangement} */ (chosen);
}

// The y of the middle of every node; `half` is half the height of each.
/** @type {(grid: Ranks, half: number[]) => number[]} */
function findCoordinates(grid, half) {
  const gaps = grid.ranks.map((rank) =>
    rank.slice(1).map((lower, i) => {
      const virtual = Number(rank[i] >= grid.count) + Number(lower >= grid.count);
      return half[rank[i]] + half[lower] + measures.coordinates.BETWEEN[virtual];
    }),
  );
  const pulls = findPulls(grid);
  const y = half.map(() => 0);
  grid.ranks.forEach((rank, c) => {
    let top = -gaps[c].reduce((sum, gap) => sum + gap, 0) / 2;
    rank.forEach((node, i) => {
      y[node] = top;
      top += gaps[c][i];
    });
  });
  const numbers = [...grid.ranks.keys()];
  for (let round = 0; round < measures.coordinates.ROUNDS; round++) {
    const before = [...y];
    for (const c of [...numbers, ...numbers.toReversed()]) settleRank(grid.ranks[c], gaps[c], pulls, y);
    if (before.every((was, node) => Math.abs(was - y[node]) < measures.coordinates.STILL)) break;
  }
  return new StraightLines(grid, gaps, pulls, y).find(measures.coordinates.ROUNDS / 2);
}

// Each node's neighbours and how strongly they pull; leaves pull weakly, so that a box does not follow them.
/** @type {(grid: Ranks) => Pull[][]} */
function findPulls(grid) {
  const { TRUNK, LEAF } = measures.coordinates;
  /** @type {(node: number) => boolean} */
  const isVirtual = (node) => node >= grid.count;
  const leaf = grid.left.map((left, node) => !isVirtual(node) && !left.length && grid.right[node].length === 1);
  return grid.left.map((left, node) =>
    [...left, ...grid.right[node]].map((near) => {
      const strength = isVirtual(node) && isVirtual(near) ? TRUNK : leaf[node] || leaf[near] ? LEAF : 1;
      return { near, strength };
    }),
  );
}

// Moves each node of a rank towards its neighbours, as far as the others leave room.
/** @type {(rank: number[], gaps: number[], pulls: Pull[][], y: number[]) => void} */
function settleRank(rank, gaps, pulls, y) {
  const wanted = [];
  const weights = [];
  const offsets = [];
  let offset = 0;
  for (let i = 0; i < rank.length; i++) {
    let [total, weight] = [0, 0];
    for (const { near, strength } of pulls[rank[i]]) {
      total += strength * y[near];
      weight += strength;
    }
    wanted.push((weight ? total / weight : y[rank[i]]) - offset);
    weights.push(weight || 1);
    offsets.push(offset);
    offset += gaps[i];
  }
  const bases = isotonic(wanted, weights);
  for (let i = 0; i < rank.length; i++) y[rank[i]] = bases[i] + offsets[i];
}

// The ascending numbers nearest to `wanted` by weighted squares, found by pooling adjacent violators.
/** @type {(wanted: number[], weights: number[]) => number[]} */
function isotonic(wanted, weights) {
  const means = [];
  const sums = []; // of the weights of each pool
  const sizes = [];
  for (let i = 0; i < wanted.length; i++) {
    let [mean, sum, size] = [wanted[i], weights[i], 1];
    while (means.length && means[means.length - 1] >= mean) {
      const other = Number(sums.pop());
      mean = (mean * sum + Number(means.pop()) * other) / (sum + other);
      sum += other;
      size += Number(sizes.pop());
    }
    means.push(mean);
    sums.push(sum);
    sizes.push(size);
  }
  const numbers = [];
  for (const [pool, mean] of means.entries()) {
    for (let i = 0; i < sizes[pool]; i++) numbers.push(mean);
  }
  return numbers;
}

// Straight horizontal lines of one or more nodes.
class StraightLines {
  /** @param {Ranks} grid @param {number[][]} gaps @param {Pull[][]} pulls @param {number[]} y */
  constructor(grid, gaps, pulls, y) {
    this.pulls = pulls;
    this.line = joinLines(grid, y); // the line of each node
    const count = Math.max(...this.line) + 1;
    /** @type {number[][]} */
    this.members = Array.from({ length: count }, () => []);
    for (const [node, line] of this.line.entries()) this.members[line].push(node);
    this.y = this.members.map((nodes) => nodes.reduce((sum, node) => sum + y[node], 0) / nodes.length);
    /** @type {Map<number, number>[]} */
    this.above = this.members.map(() => new Map()); // for each line, the lines just above it and the distance to keep from each
    /** @type {Map<number, number>[]} */
    this.below = this.members.map(() => new Map());
    grid.ranks.forEach((rank, c) => {
      gaps[c].forEach((gap, i) => {
        const [a, b] = [this.line[rank[i]], this.line[rank[i + 1]]];
        const room = Math.max(gap, this.above[b].get(a) ?? 0);
        this.above[b].set(a, room);
        this.below[a].set(b, room);
      });
    });
  }

  // Moves the lines apart, as little down as up, then back towards their neighbours.
  /** @type {(rounds: number) => number[]} */
  find(rounds) {
    const order = this.order();
    const back = order.toReversed();
    const [down, up] = [[...this.y], [...this.y]];
    for (const line of order) {
      for (const [a, room] of this.above[line]) down[line] = Math.max(down[line], down[a] + room);
    }
    for (const line of back) {
      for (const [b, room] of this.below[line]) up[line] = Math.min(up[line], up[b] - room);
    }
    this.y = down.map((lowest, line) => (lowest + up[line]) / 2);
    for (let round = 0; round < rounds; round++) {
      for (const line of [...order, ...back]) this.shift(line);
    }
    return this.line.map((line) => this.y[line]);
  }

  // The lines from top to bottom.
  order() {
    const waiting = this.above.map((above) => above.size);
    const ready = [...waiting.keys()].filter((line) => !waiting[line]);
    for (const line of ready) {
      // grows while it is read
      for (const lower of this.below[line].keys()) {
        if (!--waiting[lower]) ready.push(lower);
      }
    }
    return ready;
  }

  // Moves one line towards its neighbours, as far as the lines above and below leave room.
  /** @type {(line: number) => void} */
  shift(line) {
    let [total, weight] = [0, 0];
    for (const node of this.members[line]) {
      for (const { near, strength } of this.pulls[node]) {
        if (this.line[near] === line) continue;
        total += strength * this.y[this.line[near]];
        weight += strength;
      }
    }
    if (!weight) return;
    let y = total / weight;
    for (const [b, room] of this.below[line]) y = Math.min(y, this.y[b] - room);
    for (const [a, room] of this.above[line]) y = Math.max(y, this.y[a] + room);
    this.y[line] = y;
  }
}

// The line of each node, by number.
/** @type {(grid: Ranks, y: number[]) => number[]} */
function joinLines(grid, y) {
  const position = findPositions(grid.ranks);
  const line = y.map(() => -1);
  let count = 0;
  for (const rank of grid.ranks) {
    /** @type {number[]} */
    const befores = []; // positions of joined nodes, ascending on both sides so that lines do not cross
    /** @type {number[]} */
    const nodes = [];
    for (const [, before, node] of offerPairs(rank, grid)) {
      const i = bisect(befores, position[before]);
      const crosses = nodes[i - 1] >= position[node] || nodes[i] <= position[node];
      const taken = befores[i - 1] === position[before];
      const near = Math.abs(y[before] - y[node]) <= measures.coordinates.STEP;
      if (crosses || taken || line[node] >= 0 || !near) continue;
      line[node] = line[before];
      befores.splice(i, 0, position[before]);
      nodes.splice(i, 0, position[node]);
    }
    for (const node of rank) {
      if (line[node] < 0) line[node] = count++;
    }
  }
  return line;
}

// Pairs of neighbours to put on one line, each with a priority; lower numbers are chosen first. A trunk continues
// straight; a box follows its only operand, or its deepest one.
/** @type {(rank: number[], grid: Ranks) => [priority: number, before: number, node: number][]} */
function offerPairs(rank, grid) {
  /** @type {[number, number, number][]} */
  const pairs = [];
  for (const node of rank) {
    const near = [...new Set(grid.left[node])];
    const depths = near.map((before) => grid.depth[before]).sort(ascending);
    const deepest = depths.length === 1 || depths[depths.length - 1] > depths[depths.length - 2] ? depths.at(-1) : null;
    for (const before of near) {
      const isTrunk = before >= grid.count;
      if (node >= grid.count) pairs.push([isTrunk ? 0 : 3, before, node]);
      else if (grid.depth[before] === deepest) pairs.push([isTrunk ? 2 : 1, before, node]);
    }
  }
  return pairs.sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2]);
}
