// Lays out boxes and edges, in ranks from left to right, and in rows. viz/pictures/layout.py does the same and
// describes how a long picture continues in a row below.

// Lays out boxes of the given sizes, at least one.
// texts    for every edge, the length and breadth of the text beside its end, 0 for none
// most     how many arrangements to try
// width    where to break the picture into rows, as far as its ranks allow
// again    for every box, the width and height of its copy, drawn if it is a leaf in each later row that uses it
/** @type {(sizes: Size[], ends: Ends, texts: Size[] | null, most: number, width?: number, again?: Size[]) => Layout} */
function layOut(sizes, ends, texts, most, width = Infinity, again = sizes) {
  return breakRows(new Plan(sizes, ends, texts, most), width, again).draw();
}

// Lays out boxes in the number of rows that makes the picture largest in a room of that width and height.
/** @type {(sizes: Size[], ends: Ends, texts: Size[] | null, most: number, room: Size, again: Size[]) => Layout} */
function fitRoom(sizes, ends, texts, most, room, again) {
  const { MOST_ROWS, LOOSE } = measures.layout;
  /** @type {(plan: Plan) => number} */
  const scale = (plan) => Math.min(room[0] / plan.right, room[1] / plan.bottom, 1);
  const whole = new Plan(sizes, ends, texts, most);
  let best = whole;
  for (let rows = 2; rows <= MOST_ROWS; rows++) {
    if (scale(best) === 1 || whole.right * room[1] < whole.bottom * room[0] * (rows - 1) ** 2) break;
    const width = Math.max((whole.right / rows) * LOOSE, room[0]);
    const broken = breakRows(whole, width, again);
    if (scale(broken) > scale(best)) best = broken;
    if (width === room[0]) break;
  }
  return best.draw();
}

// The plan broken into rows of that width, as far as its ranks allow.
/** @type {(whole: Plan, width: number, again: Size[]) => Plan} */
function breakRows(whole, width, again) {
  const { TRIES, LEAST } = measures.layout;
  const bend = whole.right > width ? whole.findBend(width) : undefined;
  if (bend) return new Plan(whole.sizes, whole.ends, whole.texts, whole.most, [], [], bend);
  let best = whole;
  let room = width;
  let breaks = "";
  for (let tried = 0; tried < TRIES; tried++) {
    if (best.right <= width || whole.width.length < 3) break;
    let found = whole.findBreaks(room);
    while (String(found) === breaks && room > LEAST * width) {
      room *= 0.97;
      found = whole.findBreaks(room);
    }
    breaks = String(found);
    const broken = breakPlan(whole, found, again);
    if (broken.right < best.right) best = broken;
    room *= 0.99 * Math.min(width / broken.right, 1);
  }
  return best;
}

// The plan broken into rows. A leaf that several rows use is copied into each of them.
/** @type {(whole: Plan, breaks: number[], again: Size[]) => Plan} */
function breakPlan(whole, breaks, again) {
  const row = whole.grid.rank.map((c) => breaks.filter((each) => each < c).length);
  /** @type {Map<number, number>} */
  const first = new Map(); // the row of a leaf
  for (const [source, target] of whole.ends) {
    if (whole.arriving[source].length) continue;
    first.set(source, Math.min(first.get(source) ?? Infinity, row[target]));
  }
  const rows = breaks.length + 1;
  const later = whole.ends.filter(([s, t]) => row[t] > (first.get(s) ?? Infinity));
  const uses = [...new Set(later.map(([s, t]) => s * rows + row[t]))].sort(ascending);
  /** @type {Ends} */
  const ends = whole.ends.map(([s, t]) => {
    const use = first.has(s) ? uses.indexOf(s * rows + row[t]) : -1;
    return [use < 0 ? s + uses.length : use, t + uses.length];
  });
  const leaves = uses.map((use) => Math.floor(use / rows));
  const sizes = [...leaves.map((leaf) => again[leaf]), ...whole.sizes];
  return new Plan(sizes, ends, whole.texts, whole.most, breaks, leaves);
}
