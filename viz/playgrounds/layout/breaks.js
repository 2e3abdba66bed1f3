// Breaks: behind which columns the rows of a long picture end, as the lines of a paragraph do; as
// viz/pictures/breaks.py, which says what is given.

/** @type {(lengths: number[], begin: number[], end: number, trunks: number[]) => number[]} */
function findBreaks(lengths, begin, end, trunks) {
  const count = lengths.length;
  const best = [0, ...lengths.map(() => Infinity)]; // of the columns before this one
  const origin = best.map(() => 0);
  for (let first = 0; first < count; first++) {
    if (first === 1) continue; // there is nothing but leaves before it
    let room = first ? begin[first] : 0;
    for (let last = first; last < count; last++) {
      const goesOn = last + 1 < count;
      room += lengths[last];
      const length = room + (goesOn ? end : 0);
      if (length > 1 && last > Math.max(first, 1)) break;
      const loose = Math.max(1 - length, 0) ** 2 + Math.max(length - 1, 0);
      const cost = best[first] + 1 + loose + (goesOn ? measures.breaks.CROSSED * trunks[last] : 0);
      if (cost < best[last + 1]) [best[last + 1], origin[last + 1]] = [cost, first];
    }
  }
  const breaks = [];
  for (let at = origin[count]; at; at = origin[at]) breaks.unshift(at - 1);
  return breaks;
}
