// The network of a film: units and weights, with the widths of lines telling gradients.

const MOST = 64; // units of a layer that are drawn one by one

if (network) showNetwork(network);

/** @type {(network: Network) => void} */
function showNetwork(network) {
  const [weights, slopes, numbers] = [bytes(network.weights), bytes(network.slopes), bytes(network.numbers)];
  const widths = network.widths;
  const units = widths.reduce((a, b) => a + b, 0);
  const count = weights.length / epochs.length;

  panels.set("network", () => {
    const { pen, width, height } = prepare("network");
    const top = 20;
    const tallest = Math.min(Math.max(...widths), MOST);
    const apart = Math.min((height - top - 6) / tallest, 46);
    const radius = Math.min(0.37 * apart, 16);
    const room = (width - 2 * Math.max(radius, 24) - 30) / (widths.length - 1);
    /** @type {(i: number) => number} */
    const across = (i) => Math.max(radius, 24) + 15 + room * i;
    const middle = top + (height - top) / 2;
    /** @type {(size: number) => number} */
    const spread = (size) => Math.min((height - top - 6) / size, 46);
    /** @type {(i: number, j: number) => number} */
    const up = (i, j) => (widths[i] > MOST ? middle : middle + spread(widths[i]) * (j - (widths[i] - 1) / 2));
    const dense = Math.max(...network.drawn.map((drawn, i) => (drawn ? widths[i] * widths[i + 1] : 0)), 1);
    const widest = Math.min(Math.max(3.6 * Math.sqrt(120 / dense), 0.8), 3.6);

    let at = now * count;
    /** @type {Map<string, Line[]>} */
    const strokes = new Map(); // lines of one look are drawn together
    /** @type {(look: string, i: number, j: number, k: number) => void} */
    const collect = (look, i, j, k) => {
      const lines = strokes.get(look) ?? [];
      strokes.set(look, lines);
      lines.push([across(i), up(i, j), across(i + 1), up(i + 1, k)]);
    };
    network.drawn.forEach((drawn, i) => {
      const [from, to] = [widths[i], widths[i + 1]];
      if (!drawn) {
        for (let j = 0; j < (from > MOST ? 1 : from); j += 1) {
          for (let k = 0; k < (to > MOST ? 1 : to); k += 1) collect("neutral 40", i, j, k);
        }
        return;
      }
      for (let k = 0; k < to; k += 1) {
        for (let j = 0; j < from; j += 1, at += 1) {
          const sign = weights[at] > 128 ? "positive" : weights[at] < 128 ? "negative" : "neutral";
          collect(`${sign} ${slopes[at] >> 3}`, i, j, k);
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
      pen.lineWidth = sign === "neutral" ? 0.6 : widest * (0.1 + (0.9 * Number(level)) / 31);
      pen.setLineDash(sign === "negative" ? [5, 3] : []);
      pen.globalAlpha = 0.85 + (0.15 * Math.min(Number(level), 31)) / 31;
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);

    let unit = now * units;
    for (const [i, size] of widths.entries()) {
      write(pen, network.names[i], across(i), 11, "center");
      const shades = [...numbers.subarray(unit, unit + size)].map((byte) => (byte - 128) / 127);
      unit += size;
      const r = Math.min(0.37 * spread(size), 16);
      if (size > MOST) stripe(pen, across(i), top, height - top - 6, shades, size);
      else for (const [j, share] of shades.entries()) disc(pen, across(i), up(i, j), r, share, network.most[i]);
    }
  });
}

// A unit: what it puts out, as a share of the most that its layer ever does.
/** @type {(pen: Pen, x: number, y: number, r: number, share: number, most: number) => void} */
function disc(pen, x, y, r, share, most) {
  pen.beginPath();
  pen.arc(x, y, r, 0, 7);
  pen.fillStyle = ink["--card"];
  pen.fill();
  pen.globalAlpha = Math.abs(share);
  pen.fillStyle = ink["--unit"];
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = r > 6 ? 1.2 : 0.7;
  pen.setLineDash(share < 0 ? [3, 2] : []);
  pen.stroke();
  pen.setLineDash([]);
  if (r < 13) return;
  const text = short(Number((share * most).toPrecision(2)));
  pen.font = `${Math.min(9, (1.8 * r) / (0.61 * text.length)).toFixed(1)}px ${ink["--mono"]}`;
  write(pen, text, x, y + 3, "center", ink["--ink"]);
  pen.font = `11px ${ink["--mono"]}`;
}

// A layer of many units: what they put out, sorted.
/** @type {(pen: Pen, x: number, top: number, height: number, shares: number[], size: number) => void} */
function stripe(pen, x, top, height, shares, size) {
  const sorted = shares.sort((a, b) => b - a);
  const steps = 32;
  for (let i = 0; i < steps; i += 1) {
    const share = sorted[Math.round((i / (steps - 1)) * (sorted.length - 1))];
    pen.fillStyle = ink["--card"];
    pen.fillRect(x - 20, top + (i * height) / steps, 40, height / steps + 0.5);
    pen.globalAlpha = Math.abs(share);
    pen.fillStyle = ink["--unit"];
    pen.fillRect(x - 20, top + (i * height) / steps, 40, height / steps + 0.5);
    pen.globalAlpha = 1;
  }
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = 1;
  pen.strokeRect(x - 20, top, 40, height);
  write(pen, `${size}`, x, top + height / 2, "center", ink["--ink"]);
  write(pen, "units", x, top + height / 2 + 13, "center", ink["--ink"]);
}
