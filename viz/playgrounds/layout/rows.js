// Rows: how high every box stands, and every place where a trunk passes a column; as viz/pictures/coordinates.py, which
// tells how.

// The y of the middle of every box and place; `half` is half the height of each.
/** @type {(grid: Columns, half: number[]) => number[]} */
function findRows(grid, half) {
  const gaps = grid.columns.map((column) =>
    column.slice(1).map((lower, i) => {
      const places = Number(column[i] >= grid.count) + Number(lower >= grid.count);
      return half[column[i]] + half[lower] + measures.coordinates.BETWEEN[places];
    }),
  );
  const pulls = findPulls(grid);
  const y = half.map(() => 0);
  grid.columns.forEach((column, c) => {
    let row = -gaps[c].reduce((sum, gap) => sum + gap, 0) / 2;
    column.forEach((node, i) => {
      y[node] = row;
      row += gaps[c][i];
    });
  });
  const numbers = [...grid.columns.keys()];
  for (let round = 0; round < measures.coordinates.ROUNDS; round++) {
    const before = [...y];
    for (const c of [...numbers, ...numbers.toReversed()]) settleColumn(grid.columns[c], gaps[c], pulls, y);
    if (before.every((row, node) => Math.abs(row - y[node]) < measures.coordinates.STILL)) break;
  }
  return new StraightLines(grid, gaps, pulls, y).find(measures.coordinates.ROUNDS / 2);
}

// For every box and place its neighbours and how strongly they pull: a box does not follow its leaves.
/** @type {(grid: Columns) => Pull[][]} */
function findPulls(grid) {
  const { TRUNK, LEAF } = measures.coordinates;
  /** @type {(node: number) => boolean} */
  const isPlace = (node) => node >= grid.count;
  const leaf = grid.left.map((left, node) => !isPlace(node) && !left.length && grid.right[node].length === 1);
  return grid.left.map((left, node) =>
    [...left, ...grid.right[node]].map((near) => {
      const strength = isPlace(node) && isPlace(near) ? TRUNK : leaf[node] || leaf[near] ? LEAF : 1;
      return { near, strength };
    }),
  );
}

// Put each node of a column where its neighbours pull it, as far as the others leave room.
/** @type {(column: number[], gaps: number[], pulls: Pull[][], y: number[]) => void} */
function settleColumn(column, gaps, pulls, y) {
  const wanted = [];
  const weights = [];
  const offsets = [];
  let offset = 0;
  for (let i = 0; i < column.length; i++) {
    let [total, weight] = [0, 0];
    for (const { near, strength } of pulls[column[i]]) {
      total += strength * y[near];
      weight += strength;
    }
    wanted.push((weight ? total / weight : y[column[i]]) - offset);
    weights.push(weight || 1);
    offsets.push(offset);
    offset += gaps[i];
  }
  const rows = isotonic(wanted, weights);
  for (let i = 0; i < column.length; i++) y[column[i]] = rows[i] + offsets[i];
}

// The ascending numbers nearest to those wanted by weighted squares: pool adjacent violators.
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
  const rows = [];
  for (const [pool, mean] of means.entries()) {
    for (let i = 0; i < sizes[pool]; i++) rows.push(mean);
  }
  return rows;
}

// Straight lines of one or more boxes and places, each in one row.
class StraightLines {
  /** @param {Columns} grid @param {number[][]} gaps @param {Pull[][]} pulls @param {number[]} y */
  constructor(grid, gaps, pulls, y) {
    this.pulls = pulls;
    this.line = joinLines(grid, y); // for each box or place the number of its line
    const count = Math.max(...this.line) + 1;
    /** @type {number[][]} */
    this.members = Array.from({ length: count }, () => []);
    for (const [node, line] of this.line.entries()) this.members[line].push(node);
    this.y = this.members.map((nodes) => nodes.reduce((sum, node) => sum + y[node], 0) / nodes.length);
    /** @type {Map<number, number>[]} */
    this.above = this.members.map(() => new Map()); // for each line those just above it, with the room they need
    /** @type {Map<number, number>[]} */
    this.below = this.members.map(() => new Map());
    grid.columns.forEach((column, c) => {
      gaps[c].forEach((gap, i) => {
        const [a, b] = [this.line[column[i]], this.line[column[i + 1]]];
        const room = Math.max(gap, this.above[b].get(a) ?? 0);
        this.above[b].set(a, room);
        this.below[a].set(b, room);
      });
    });
  }

  // Move the lines apart, from the wanted rows as little down as up, then back together.
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
    this.y = down.map((row, line) => (row + up[line]) / 2);
    for (let round = 0; round < rounds; round++) {
      for (const line of [...order, ...back]) this.shift(line);
    }
    return this.line.map((line) => this.y[line]);
  }

  // The lines from the uppermost to the lowest.
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

  // Move one line to where its neighbours pull it, as far as the lines above and below leave room.
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
    let row = total / weight;
    for (const [b, room] of this.below[line]) row = Math.min(row, this.y[b] - room);
    for (const [a, room] of this.above[line]) row = Math.max(row, this.y[a] + room);
    this.y[line] = row;
  }
}

// For every box and place the number of the line it goes on.
/** @type {(grid: Columns, y: number[]) => number[]} */
function joinLines(grid, y) {
  const position = findPositions(grid.columns);
  const line = y.map(() => -1);
  let count = 0;
  for (const column of grid.columns) {
    /** @type {number[]} */
    const befores = []; // positions of what is joined, ascending on both sides: lines do not cross
    /** @type {number[]} */
    const nodes = [];
    for (const [, before, node] of offerPairs(column, grid)) {
      const i = bisect(befores, position[before]);
      const crosses = nodes[i - 1] >= position[node] || nodes[i] <= position[node];
      const taken = befores[i - 1] === position[before];
      const near = Math.abs(y[before] - y[node]) <= measures.coordinates.STEP;
      if (crosses || taken || line[node] >= 0 || !near) continue;
      line[node] = line[before];
      befores.splice(i, 0, position[before]);
      nodes.splice(i, 0, position[node]);
    }
    for (const node of column) {
      if (line[node] < 0) line[node] = count++;
    }
  }
  return line;
}

// Pairs of neighbours that look well on one line, and how late they are to be chosen, the first to be chosen first.
// A trunk goes straight on; a box follows its only operand, or the one that is deepest.
/** @type {(column: number[], grid: Columns) => [late: number, before: number, node: number][]} */
function offerPairs(column, grid) {
  /** @type {[number, number, number][]} */
  const pairs = [];
  for (const node of column) {
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
