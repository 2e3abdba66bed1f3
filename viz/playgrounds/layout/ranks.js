// Assigns every box to a rank, and orders the boxes of each rank from top to bottom. viz/pictures/ranks.py does the
// same and describes the method.

// Yields at most `most` arrangements of `count` boxes; large graphs get fewer, but at least one.
/** @type {(count: number, ends: Ends, most: number, breaks: number[]) => Generator<Ranks>} */
function* arrangeRanks(count, ends, most, breaks) {
  const grid = assignRanks(count, ends, breaks);
  const shuffle = shuffler(count);
  const ways = Math.max(1, Math.min(most, Math.floor(measures.ranks.NODES / grid.rank.length)));
  for (let way = 0; way < ways; way++) {
    const ranks = searchRanks(grid, way > 1 ? shuffle : (operands) => operands);
    yield { ...grid, ranks: reduceCrossings(ranks, grid, way % 2 === 1) };
  }
}

// The same ranks without the links from one row to the next.
/** @type {(grid: Ranks) => Ranks} */
function cutRanks(grid) {
  const [left, right] = [[...grid.left], [...grid.right]];
  for (const start of grid.starts) {
    for (const node of grid.ranks[start]) left[node] = [];
    for (const node of grid.ranks[start - 1]) right[node] = [];
  }
  return { ...grid, left, right };
}

// Returns a function that shuffles lists; the same seed always shuffles them in the same way.
/** @type {(seed: number) => (list: number[]) => number[]} */
function shuffler(seed) {
  let state = seed;
  return (list) => {
    for (let last = list.length - 1; last > 0; last--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the generator of Numerical Recipes
      const other = Math.floor((state / 2 ** 32) * (last + 1));
      [list[last], list[other]] = [list[other], list[last]];
    }
    return list;
  };
}

/** @type {(count: number, ends: Ends, breaks: number[]) => Ranks} */
function assignRanks(count, ends, breaks) {
  /** @type {number[][]} */
  const users = Array.from({ length: count }, () => []);
  const isLeaf = users.map(() => true);
  for (const [source, target] of ends) {
    users[source].push(target);
    isLeaf[target] = false;
  }
  const behind = users.map(() => 0);
  for (let source = count - 1; source >= 0; source--) {
    for (const target of users[source]) behind[source] = Math.max(behind[source], behind[target] + 1);
  }
  const last = Math.max(...behind);
  const rank = behind.map((steps, box) => {
    const c = last - steps;
    return c + 2 * breaks.filter((each) => each < c).length + (isLeaf[box] && breaks.includes(c) ? 2 : 0);
  });
  const depth = users.map(() => 0);
  users.forEach((targets, source) => {
    for (const target of targets) depth[target] = Math.max(depth[target], depth[source] + 1);
  });
  /** @type {number[][][]} */
  const [left, right] = [users.map(() => []), users.map(() => [])];
  const trunks = users.map((targets, source) => {
    const trunk = [source];
    const end = Math.max(0, ...targets.map((target) => rank[target]));
    for (let c = rank[source] + 1; c < end; c++) {
      const before = trunk[trunk.length - 1];
      const virtual = rank.push(c) - 1;
      depth.push(depth[source]);
      left.push([before]);
      right.push([]);
      right[before].push(virtual);
      trunk.push(virtual);
    }
    return trunk;
  });
  for (const [source, target] of ends) {
    const before = trunks[source][rank[target] - rank[source] - 1];
    left[target].push(before);
    right[before].push(target);
  }
  const starts = breaks.map((c, row) => c + 2 * row + 2);
  const ranks = Array.from({ length: last + 2 * breaks.length + 1 }, () => []);
  return { count, ranks, rank, depth, left, right, starts };
}

// Orders the ranks by a depth-first search from the output, which keeps related boxes together.
/** @type {(grid: Ranks, shuffle: (operands: number[]) => number[]) => number[][]} */
function searchRanks(grid, shuffle) {
  /** @type {number[][]} */
  const ranks = grid.ranks.map(() => []);
  const seen = new Set();
  const stack = [...grid.right.keys()].filter((box) => !grid.right[box].length).reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    ranks[grid.rank[node]].push(node);
    stack.push(...shuffle([...grid.left[node]].reverse()));
  }
  return ranks;
}

// Sweeps back and forth, keeps the best order, and swaps neighbours; `steady` trunks ignore their branches.
/** @type {(ranks: number[][], grid: Ranks, steady: boolean) => number[][]} */
function reduceCrossings(ranks, grid, steady) {
  const { count, left } = grid;
  let best = ranks;
  let fewest = countCrossings(ranks, grid);
  /** @type {number[]} */
  const relative = [];
  for (const rank of ranks) spaceEvenly(rank, relative);
  const swept = ranks.map((rank) => [...rank]);
  /** @type {(near: number[], node: number) => number[]} */
  const steadied = (near, node) => {
    const virtual = node < count ? [] : near.filter((each) => each >= count);
    return virtual.length ? virtual : near;
  };
  const right = steady ? grid.right.map(steadied) : grid.right;
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const rank of swept) sortRank(rank, left, right, relative);
    for (const rank of swept.toReversed()) sortRank(rank, right, left, relative);
    const crossings = countCrossings(swept, grid);
    if (crossings < fewest) {
      best = swept.map((rank) => [...rank]);
      fewest = crossings;
    }
  }
  const position = findPositions(best);
  while (best.filter((rank) => swapNeighbours(rank, grid, position)).length);
  for (const rank of best) sortAlike(rank, grid);
  for (const start of grid.starts) {
    // trunks keep their order across the break
    best[start - 1] = best[start].filter((node) => node >= count).map((node) => left[node][0]);
  }
  return best;
}

/** @type {(ranks: number[][]) => number[]} */
function findPositions(ranks) {
  /** @type {number[]} */
  const position = [];
  for (const rank of ranks) {
    rank.forEach((node, i) => {
      position[node] = i;
    });
  }
  return position;
}

// Sorts boxes with the same neighbours by number: neurons of a layer, weights of a neuron.
/** @type {(rank: number[], grid: Ranks) => void} */
function sortAlike(rank, grid) {
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  rank.forEach((node, i) => {
    if (node >= grid.count) return;
    const key = [grid.left, grid.right].map((side) => [...side[node]].sort(ascending)).join("|");
    alike.set(key, [...(alike.get(key) ?? []), i]);
  });
  for (const positions of alike.values()) {
    const boxes = positions.map((i) => rank[i]).sort(ascending);
    positions.forEach((i, each) => {
      rank[i] = boxes[each];
    });
  }
}

/** @type {(a: number, b: number) => number} */
function ascending(a, b) {
  return a - b;
}

// Sets each node's position relative to its rank, from 0 at the top to 1 at the bottom.
/** @type {(rank: number[], relative: number[]) => void} */
function spaceEvenly(rank, relative) {
  rank.forEach((node, i) => {
    relative[node] = (i + 0.5) / rank.length;
  });
}

// Sorts by the mean position of the neighbours on the first side, or on the second where the first has none.
/** @type {(rank: number[], first: number[][], second: number[][], relative: number[]) => void} */
function sortRank(rank, first, second, relative) {
  if (rank.length > 1) {
    /** @type {number[]} */
    const mean = [];
    for (const node of rank) {
      const near = first[node].length ? first[node] : second[node];
      let sum = 0;
      for (const each of near) sum += relative[each];
      mean[node] = near.length ? sum / near.length : relative[node];
    }
    rank.sort((a, b) => mean[a] - mean[b]);
  }
  spaceEvenly(rank, relative);
}

// Counts the crossings of edges between the ranks.
/** @type {(ranks: number[][], grid: Ranks) => number} */
function countCrossings(ranks, grid) {
  const position = findPositions(ranks);
  let crossings = 0;
  for (const rank of ranks) {
    /** @type {number[]} */
    const ends = []; // of the edges from the nodes above, ascending
    for (const node of rank) {
      const near = grid.right[node];
      for (const each of near) crossings += ends.length - bisect(ends, position[each]);
      for (const each of near) ends.splice(bisect(ends, position[each]), 0, position[each]);
    }
  }
  return crossings;
}

// Counts how many of the ascending numbers are at most `number`.
/** @type {(numbers: number[], number: number) => number} */
function bisect(numbers, number) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Swaps neighbours while that removes crossings; returns whether any were swapped.
/** @type {(rank: number[], grid: Ranks, position: number[]) => boolean} */
function swapNeighbours(rank, grid, position) {
  /** @type {(side: number[][]) => number[][]} */
  const endsOn = (side) => rank.map((node) => side[node].map((near) => position[near]).sort(ascending));
  const lists = [endsOn(grid.left), endsOn(grid.right), rank];
  const sides = /** @type {number[][][]} */ (lists.slice(0, 2));
  let swapped = false;
  for (let i = 0; i + 1 < rank.length; i++) {
    const gains = sides.map((ends) => countCrossed(ends[i], ends[i + 1]) - countCrossed(ends[i + 1], ends[i]));
    if (gains[0] + gains[1] > 0) {
      for (const list of lists) [list[i], list[i + 1]] = [list[i + 1], list[i]];
      swapped = true;
      i = Math.max(i - 2, -1);
    }
  }
  rank.forEach((node, i) => {
    position[node] = i;
  });
  return swapped;
}

// Counts the edges to `upper` that cross edges to `lower`; both ascend.
/** @type {(upper: number[], lower: number[]) => number} */
function countCrossed(upper, lower) {
  if (!upper.length || !lower.length || upper[upper.length - 1] <= lower[0]) return 0;
  let crossed = 0;
  let before = 0;
  for (const end of upper) {
    while (before < lower.length && lower[before] < end) before++;
    crossed += before;
  }
  return crossed;
}
