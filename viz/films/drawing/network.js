// Draws a network: units and weights. The width of a line shows the gradient of its weight.

const MOST_UNITS = 64; // of a layer; a larger one is drawn as a stripe
const LEVELS = 31; // of line width

/** @type {(surface: Surface, network: NetworkPicture) => void} */
function drawNetwork({ pen, width, height }, { names, widths, drawn, signs, levels, shares, most }) {
  const [top, side] = [20, 39]; // room for the names
  const tall = Math.max(height - top - 6, 0); // a frame that is not shown has no room at all
  const room = Math.max(width - 2 * side, 0) / (widths.length - 1);
  /** @type {(i: number) => number} */
  const across = (i) => side + room * i;
  const middle = top + (height - top) / 2;
  /** @type {(size: number) => number} */
  const distance = (size) => Math.min(tall / size, 46);
  /** @type {(i: number, j: number) => number} */
  const up = (i, j) => (widths[i] > MOST_UNITS ? middle : middle + distance(widths[i]) * (j - (widths[i] - 1) / 2));
  const dense = Math.max(...drawn.map((each, i) => (each ? widths[i] * widths[i + 1] : 0)), 1);
  const widest = Math.min(Math.max(3.6 * Math.sqrt(120 / dense), 0.8), 3.6);

  let at = 0;
  /** @type {Map<string, Segment[]>} */
  const strokes = new Map(); // lines that look the same are drawn together
  /** @type {(look: string, i: number, j: number, k: number) => void} */
  const collect = (look, i, j, k) => {
    const lines = strokes.get(look) ?? [];
    strokes.set(look, lines);
    lines.push([across(i), up(i, j), across(i + 1), up(i + 1, k)]);
  };
  drawn.forEach((isDrawn, i) => {
    const [from, to] = [widths[i], widths[i + 1]];
    if (!isDrawn) {
      for (let j = 0; j < (from > MOST_UNITS ? 1 : from); j += 1) {
        for (let k = 0; k < (to > MOST_UNITS ? 1 : to); k += 1) collect("neutral 40", i, j, k);
      }
      return;
    }
    for (let k = 0; k < to; k += 1) {
      for (let j = 0; j < from; j += 1, at += 1) {
        const sign = signs[at] > 0 ? "positive" : signs[at] < 0 ? "negative" : "neutral";
        collect(`${sign} ${levels[at]}`, i, j, k);
      }
    }
  });
  const looks = [...strokes].sort(([a], [b]) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]));
  for (const [look, lines] of looks) {
    const [sign, level] = look.split(" ");
    pen.beginPath();
    for (const [x, y, x2, y2] of lines) {
      pen.moveTo(x, y);
      pen.lineTo(x2, y2);
    }
    pen.strokeStyle = ink[`--${sign}`];
    pen.lineWidth = sign === "neutral" ? 0.6 : widest * (0.1 + (0.9 * Number(level)) / LEVELS);
    pen.setLineDash(sign === "negative" ? [5, 3] : []);
    pen.globalAlpha = 0.85 + (0.15 * Math.min(Number(level), LEVELS)) / LEVELS;
    pen.stroke();
  }
  pen.globalAlpha = 1;
  pen.setLineDash([]);

  let unit = 0;
  const skip = findSkip(pen, names, room);
  for (const [i, size] of widths.entries()) {
    if (i % skip === 0) writeText(pen, names[i], across(i), 11, "center");
    const shades = [...shares.subarray(unit, unit + size)];
    unit += size;
    const r = Math.min(0.37 * distance(size), 0.42 * room, 16);
    if (size > MOST_UNITS) drawStripe(pen, across(i), top, tall, shades, size);
    else for (const [j, share] of shades.entries()) drawUnit(pen, across(i), up(i, j), r, share, most[i]);
  }
}

// Draws a unit, with its output as a share of the largest that its layer ever has; nan if it is not finite.
/** @type {(pen: Pen, x: number, y: number, r: number, share: number, most: number) => void} */
function drawUnit(pen, x, y, r, share, most) {
  pen.beginPath();
  pen.arc(x, y, r, 0, 7);
  pen.fillStyle = ink["--card"];
  pen.fill();
  pen.globalAlpha = Number.isNaN(share) ? 1 : Math.abs(share);
  pen.fillStyle = ink["--unit"];
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = r > 6 ? 1.2 : 0.7;
  pen.setLineDash(share < 0 ? [3, 2] : []);
  pen.stroke();
  pen.setLineDash([]);
  const number = share * most;
  const rounded = Math.abs(number) < 10 ? Number(number.toPrecision(2)) : Math.round(number);
  const isNearly = Math.abs(number) < 9.5 && Number.isInteger(rounded) && rounded !== Number(number.toPrecision(5));
  const text = writeShort(Number.isNaN(share) ? null : rounded).replace("0.", ".") + (isNearly ? ".0" : "");
  if (r >= 13 && text.length <= r / 3.7) writeText(pen, text, x, y + 4, "center", ink["--ink"]);
}

// Draws a layer of many units as a stripe of their sorted outputs, those that are not finite first.
/** @type {(pen: Pen, x: number, top: number, height: number, shares: number[], size: number) => void} */
function drawStripe(pen, x, top, height, shares, size) {
  const sorted = shares.map((share) => (Number.isNaN(share) ? Infinity : share)).sort((a, b) => (a < b ? 1 : -1));
  const steps = 32;
  for (let i = 0; i < steps; i += 1) {
    const share = sorted[Math.round((i / (steps - 1)) * (sorted.length - 1))];
    pen.fillStyle = ink["--card"];
    pen.fillRect(x - 20, top + (i * height) / steps, 40, height / steps + 0.5);
    pen.globalAlpha = Math.min(Math.abs(share), 1);
    pen.fillStyle = ink["--unit"];
    pen.fillRect(x - 20, top + (i * height) / steps, 40, height / steps + 0.5);
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = 1;
  pen.strokeRect(x - 20, top, 40, height);
  writeText(pen, `${size}`, x, top + height / 2, "center", ink["--ink"]);
  writeText(pen, "units", x, top + height / 2 + 13, "center", ink["--ink"]);
}
