// Columns: which box stands in which column, and in what order from top to bottom; as viz/pictures/ranks.py, which
// tells the recipe.

// Ways to place `count` boxes, the first of `most` and fewer the larger the graph is, one at least.
/** @type {(count: number, ends: Ends, most: number, breaks: number[]) => Generator<Columns>} */
function* arrangeColumns(count, ends, most, breaks) {
  const grid = placeColumns(count, ends, breaks);
  const shuffle = shuffler(count);
  const ways = Math.max(1, Math.min(most, Math.floor(measures.ranks.NODES / grid.column.length)));
  for (let way = 0; way < ways; way++) {
    const columns = searchColumns(grid, way > 1 ? shuffle : (operands) => operands);
    yield { ...grid, columns: reduceCrossings(columns, grid, way % 2 === 1) };
  }
}

// A function that shuffles lists; with the same seed always in the same way.
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

/** @type {(count: number, ends: Ends, breaks: number[]) => Columns} */
function placeColumns(count, ends, breaks) {
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
  const column = behind.map((steps, box) => {
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
    const end = Math.max(0, ...targets.map((target) => column[target]));
    for (let c = column[source] + 1; c < end; c++) {
      const before = trunk[trunk.length - 1];
      const place = column.push(c) - 1;
      depth.push(depth[source]);
      left.push([before]);
      right.push([]);
      right[before].push(place);
      trunk.push(place);
    }
    return trunk;
  });
  for (const [source, target] of ends) {
    const before = trunks[source][column[target] - column[source] - 1];
    left[target].push(before);
    right[before].push(target);
  }
  const starts = breaks.map((c, row) => c + 2 * row + 2);
  const columns = Array.from({ length: last + 2 * breaks.length + 1 }, () => []);
  return { count, columns, column, depth, left, right, starts };
}

// Depth first from the output, so that what belongs together comes to stand together.
/** @type {(grid: Columns, shuffle: (operands: number[]) => number[]) => number[][]} */
function searchColumns(grid, shuffle) {
  /** @type {number[][]} */
  const columns = grid.columns.map(() => []);
  const seen = new Set();
  const stack = [...grid.right.keys()].filter((box) => !grid.right[box].length).reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    columns[grid.column[node]].push(node);
    stack.push(...shuffle([...grid.left[node]].reverse()));
  }
  return columns;
}

// Sweep to and fro, keep the best, and swap neighbours; `steady` trunks do not turn towards their branches.
/** @type {(columns: number[][], grid: Columns, steady: boolean) => number[][]} */
function reduceCrossings(columns, grid, steady) {
  const { count, left } = grid;
  let best = columns;
  let fewest = countCrossings(columns, grid);
  /** @type {number[]} */
  const place = [];
  for (const column of columns) spreadColumn(column, place);
  const swept = columns.map((column) => [...column]);
  /** @type {(near: number[], node: number) => number[]} */
  const steadied = (near, node) => {
    const places = node < count ? [] : near.filter((each) => each >= count);
    return places.length ? places : near;
  };
  const right = steady ? grid.right.map(steadied) : grid.right;
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const column of swept) sortColumn(column, left, right, place);
    for (const column of swept.toReversed()) sortColumn(column, right, left, place);
    const crossings = countCrossings(swept, grid);
    if (crossings < fewest) {
      best = swept.map((column) => [...column]);
      fewest = crossings;
    }
  }
  const position = findPositions(best);
  while (best.filter((column) => swapNeighbours(column, grid, position)).length);
  for (const column of best) sortAlike(column, grid);
  for (const start of grid.starts) {
    // what goes on into the next row keeps its order
    best[start - 1] = best[start].filter((node) => node >= count).map((node) => left[node][0]);
  }
  return best;
}

/** @type {(columns: number[][]) => number[]} */
function findPositions(columns) {
  /** @type {number[]} */
  const position = [];
  for (const column of columns) {
    column.forEach((node, i) => {
      position[node] = i;
    });
  }
  return position;
}

// Put boxes with the same neighbours in the order of their numbers: neurons of a layer, weights of a neuron.
/** @type {(column: number[], grid: Columns) => void} */
function sortAlike(column, grid) {
  /** @type {Map<string, number[]>} */
  const alike = new Map();
  column.forEach((node, i) => {
    if (node >= grid.count) return;
    const key = [grid.left, grid.right].map((side) => [...side[node]].sort(ascending)).join("|");
    alike.set(key, [...(alike.get(key) ?? []), i]);
  });
  for (const places of alike.values()) {
    const boxes = places.map((i) => column[i]).sort(ascending);
    places.forEach((i, each) => {
      column[i] = boxes[each];
    });
  }
}

/** @type {(a: number, b: number) => number} */
function ascending(a, b) {
  return a - b;
}

/** @type {(column: number[], place: number[]) => void} */
function spreadColumn(column, place) {
  column.forEach((node, i) => {
    place[node] = (i + 0.5) / column.length;
  });
}

// Sort by the mean place of the neighbours on the first side; where there are none, of those on the second.
/** @type {(column: number[], first: number[][], second: number[][], place: number[]) => void} */
function sortColumn(column, first, second, place) {
  if (column.length > 1) {
    /** @type {number[]} */
    const mean = [];
    for (const node of column) {
      const near = first[node].length ? first[node] : second[node];
      let sum = 0;
      for (const each of near) sum += place[each];
      mean[node] = near.length ? sum / near.length : place[node];
    }
    column.sort((a, b) => mean[a] - mean[b]);
  }
  spreadColumn(column, place);
}

// How often edges cross between the columns.
/** @type {(columns: number[][], grid: Columns) => number} */
function countCrossings(columns, grid) {
  const position = findPositions(columns);
  let crossings = 0;
  for (const column of columns) {
    /** @type {number[]} */
    const ends = []; // of the edges from what stands above, ascending
    for (const node of column) {
      const near = grid.right[node];
      for (const each of near) crossings += ends.length - bisect(ends, position[each]);
      for (const each of near) ends.splice(bisect(ends, position[each]), 0, position[each]);
    }
  }
  return crossings;
}

// How many of ascending numbers are not above this one.
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

// Swap neighbours as long as that takes crossings away; returns whether it did.
/** @type {(column: number[], grid: Columns, position: number[]) => boolean} */
function swapNeighbours(column, grid, position) {
  /** @type {(side: number[][]) => number[][]} */
  const endsOn = (side) => column.map((node) => side[node].map((near) => position[near]).sort(ascending));
  const lists = [endsOn(grid.left), endsOn(grid.right), column];
  const sides = /** @type {number[][][]} */ (lists.slice(0, 2));
  let swapped = false;
  for (let i = 0; i + 1 < column.length; i++) {
    const gains = sides.map((ends) => countCrossed(ends[i], ends[i + 1]) - countCrossed(ends[i + 1], ends[i]));
    if (gains[0] + gains[1] > 0) {
      for (const list of lists) [list[i], list[i + 1]] = [list[i + 1], list[i]];
      swapped = true;
      i = Math.max(i - 2, -1);
    }
  }
  column.forEach((node, i) => {
    position[node] = i;
  });
  return swapped;
}

// How many edges to `upper` cross edges to `lower`; both ascend.
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
