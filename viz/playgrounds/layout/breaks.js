// Breaks a long picture into rows, as a paragraph is broken into lines. viz/pictures/breaks.py does the same and
// describes the arguments.

/** @type {(lengths: number[], begin: number[], end: number, trunks: number[]) => number[]} */
function findBreaks(lengths, begin, end, trunks) {
  const count = lengths.length;
  const best = [0, ...lengths.map(() => Infinity)]; // cost of the ranks before each rank
  const origin = best.map(() => 0);
  for (let first = 0; first < count; first++) {
    if (first === 1) continue; // only leaves stand before it
    let room = first ? begin[first] : 0;
    for (let last = first; last < count; last++) {
      const continues = last + 1 < count;
      room += lengths[last];
      const length = room + (continues ? end : 0);
      if (length > 1 && last > Math.max(first, 1)) break;
      const slack = Math.max(1 - length, 0) ** 2 + Math.max(length - 1, 0);
      const cost = best[first] + 1 + slack + (continues ? measures.breaks.CROSSED * trunks[last] : 0);
      if (cost < best[last + 1]) [best[last + 1], origin[last + 1]] = [cost, first];
    }
  }
  const breaks = [];
  for (let at = origin[count]; at; at = origin[at]) breaks.unshift(at - 1);
  return breaks;
}
