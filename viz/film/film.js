// The film of a training: every panel shows the frame that the slider stands at.

const film = JSON.parse(document.getElementById("data").textContent);
const { epochs, series, layers, spreads, network, plane } = film;
const last = epochs.length - 1;
const byId = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const panels = new Map(); // by id: how to draw it
let now = 0;
let timer = null;
let ink = {};

const ICONS = {
  start: "M6 5v14M19 5L9 12l10 7z",
  back: "M16 5L6 12l10 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  next: "M8 5l10 7-10 7z",
  end: "M18 5v14M5 5l10 7-10 7z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
};

function showIcon(id, name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  byId(id).replaceChildren(svg);
}

function short(number) {
  if (number === null || number === undefined) return "–";
  const size = Math.abs(number);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? number.toExponential(2) : String(Number(number.toPrecision(4)));
}

// A canvas fitted to its place, and its width and height in CSS pixels.
function prepare(id) {
  const canvas = byId(id).querySelector("canvas");
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = `11px ${ink["--mono"]}`;
  return { pen, width, height, canvas };
}

function line(pen, points, colour, width = 1, dash = []) {
  pen.beginPath();
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

function write(pen, text, x, y, align = "left", colour = ink["--muted"]) {
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

// A vertical axis from low to high with grid lines; `log`: both are powers of ten.
function axis(pen, { left, right, top, bottom, low, high, log }) {
  const count = log ? Math.min(high - low, 6) : 4;
  const step = log ? Math.ceil((high - low) / count) : (high - low) / count;
  const place = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (let tick = low; tick <= high + 1e-9; tick += step) {
    line(pen, [[left, place(tick)], [right, place(tick)]], ink["--line"]);
    write(pen, log ? `1e${Math.round(tick)}` : short(tick), left - 6, place(tick) + 4, "right");
  }
  return place;
}

function decades(numbers) {
  const sizes = numbers.filter((number) => number > 0).map(Math.log10);
  if (!sizes.length) return [-1, 0];
  const low = Math.floor(sizes.reduce((a, b) => Math.min(a, b)));
  return [low, Math.max(Math.ceil(sizes.reduce((a, b) => Math.max(a, b))), low + 1)];
}

// --- the loss ---

const losses = [...series.loss, ...series.validation_loss].filter((number) => number !== null);
const lossLog = losses.length > 0 && losses.every((number) => number > 0);
const lossRange = lossLog ? decades(losses) : [Math.min(0, ...losses), Math.max(...losses, 1e-9)];
const lossEnds = [0, Math.max(series.loss.length, 1)];
const lossFrame = (width, height) => ({ left: 52, right: width - 12, top: 8, bottom: height - 24 });

panels.set("loss", () => {
  const { pen, width, height } = prepare("loss");
  const frame = lossFrame(width, height);
  const place = axis(pen, { ...frame, low: lossRange[0], high: lossRange[1], log: lossLog });
  const across = (epoch) => frame.left + (epoch / lossEnds[1]) * (frame.right - frame.left);
  const up = (number) => place(lossLog ? Math.log10(number) : number);
  for (const [name, colour, dash] of [["loss", "--positive", []], ["validation_loss", "--negative", [6, 4]]]) {
    const points = series[name].map((number, i) => [number, i + 1]).filter(([number]) => number !== null);
    line(pen, points.map(([number, epoch]) => [across(epoch), up(number)]), ink[colour], 1.8, dash);
    const value = series[name][epochs[now] - 1];
    if (value !== null && value !== undefined) {
      pen.beginPath();
      pen.arc(across(epochs[now]), up(value), 4.5, 0, 7);
      pen.fillStyle = ink[colour];
      pen.fill();
    }
  }
  const x = across(epochs[now]);
  line(pen, [[x, frame.top], [x, frame.bottom]], ink["--ink"], 1.2);
  write(pen, "0", frame.left, height - 8, "center");
  write(pen, `epoch ${lossEnds[1]}`, frame.right, height - 8, "right");
});

// --- the gradients of each layer ---

const sizes = spreads.flat(2).filter((number) => number > 0).sort((a, b) => a - b);
const gradientRange = decades(sizes.slice(Math.floor(sizes.length / 50))); // a few are so small that they would squeeze the rest

panels.set("gradients", () => {
  const { pen, width, height } = prepare("gradients");
  const frame = { left: 52, right: width - 10, top: 8, bottom: height - 24 };
  const [low, high] = gradientRange;
  const place = axis(pen, { ...frame, low, high, log: true });
  const up = (size) => (size > 0 ? place(Math.max(Math.log10(size), low)) : frame.bottom);
  const room = (frame.right - frame.left) / layers.length;
  const half = Math.min(room * 0.3, 26);
  spreads[now].forEach((quantiles, i) => {
    const x = frame.left + room * (i + 0.5);
    const skip = Math.ceil((pen.measureText(layers[i]).width + 10) / room);
    if (i % skip === 0) write(pen, layers[i], x, height - 8, "center");
    if (quantiles.some((size) => size === null)) return write(pen, "not finite", x, frame.top + 16, "center", ink["--mark"]);
    if (quantiles[4] === 0) return epochs[now] ? write(pen, "zero", x, frame.bottom - 6, "center", ink["--mark"]) : null;
    const [least, lower, median, upper, largest] = quantiles.map(up);
    line(pen, [[x, least], [x, largest]], ink["--neutral"], 1.4);
    line(pen, [[x - half / 2, largest], [x + half / 2, largest]], ink["--neutral"], 1.4);
    line(pen, [[x - half / 2, least], [x + half / 2, least]], ink["--neutral"], 1.4);
    pen.fillStyle = ink["--unit"];
    pen.fillRect(x - half, upper, 2 * half, Math.max(lower - upper, 1));
    line(pen, [[x - half, median], [x + half, median]], ink["--ink"], 2.4);
  });
  if (!epochs[now]) write(pen, "no backward pass yet", (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, "center");
});

// --- the network ---

if (network) {
  const [weights, slopes, numbers] = [bytes(network.weights), bytes(network.slopes), bytes(network.numbers)];
  const widths = network.widths;
  const units = widths.reduce((a, b) => a + b, 0);
  const count = weights.length / epochs.length;
  const MOST = 64;

  panels.set("network", () => {
    const { pen, width, height } = prepare("network");
    const top = 20;
    const tallest = Math.min(Math.max(...widths), MOST);
    const apart = Math.min((height - top - 6) / tallest, 46);
    const radius = Math.min(0.37 * apart, 16);
    const room = (width - 2 * Math.max(radius, 24) - 30) / (widths.length - 1);
    const across = (i) => Math.max(radius, 24) + 15 + room * i;
    const middle = top + (height - top) / 2;
    const spread = (size) => Math.min((height - top - 6) / size, 46);
    const up = (i, j) => (widths[i] > MOST ? middle : middle + spread(widths[i]) * (j - (widths[i] - 1) / 2));
    const dense = Math.max(...network.drawn.map((drawn, i) => (drawn ? widths[i] * widths[i + 1] : 0)), 1);
    const widest = Math.min(Math.max(3.6 * Math.sqrt(120 / dense), 0.8), 3.6);

    let at = now * count;
    const strokes = new Map(); // lines of one look are drawn together
    network.drawn.forEach((drawn, i) => {
      const [from, to] = [widths[i], widths[i + 1]];
      if (!drawn) {
        for (let j = 0; j < (from > MOST ? 1 : from); j += 1) {
          for (let k = 0; k < (to > MOST ? 1 : to); k += 1) collect(strokes, "neutral 40", [across(i), up(i, j), across(i + 1), up(i + 1, k)]);
        }
        return;
      }
      for (let k = 0; k < to; k += 1) {
        for (let j = 0; j < from; j += 1, at += 1) {
          const sign = weights[at] > 128 ? "positive" : weights[at] < 128 ? "negative" : "neutral";
          collect(strokes, `${sign} ${slopes[at] >> 3}`, [across(i), up(i, j), across(i + 1), up(i + 1, k)]);
        }
      }
    });
    const looks = [...strokes.keys()].sort((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]));
    for (const look of looks) {
      const [sign, level] = look.split(" ");
      pen.beginPath();
      for (const [x, y, x2, y2] of strokes.get(look)) {
        pen.moveTo(x, y);
        pen.lineTo(x2, y2);
      }
      pen.strokeStyle = ink[`--${sign}`];
      pen.lineWidth = sign === "neutral" ? 0.6 : widest * (0.1 + (0.9 * Number(level)) / 31);
      pen.setLineDash(sign === "negative" ? [5, 3] : []);
      pen.globalAlpha = 0.35 + (0.65 * Math.min(Number(level), 31)) / 31;
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.setLineDash([]);

    let unit = now * units;
    widths.forEach((size, i) => {
      write(pen, network.names[i], across(i), 11, "center");
      const shades = [...numbers.subarray(unit, unit + size)].map((byte) => (byte - 128) / 127);
      unit += size;
      if (size > MOST) return stripe(pen, across(i), top, height - top - 6, shades, size);
      shades.forEach((share, j) => {
        const size = Math.min(0.37 * spread(widths[i]), 16);
        pen.beginPath();
        pen.arc(across(i), up(i, j), size, 0, 7);
        pen.fillStyle = ink["--card"];
        pen.fill();
        pen.globalAlpha = Math.abs(share);
        pen.fillStyle = ink["--unit"];
        pen.fill();
        pen.globalAlpha = 1;
        pen.strokeStyle = ink["--ink"];
        pen.lineWidth = size > 6 ? 1.2 : 0.7;
        pen.setLineDash(share < 0 ? [3, 2] : []);
        pen.stroke();
        pen.setLineDash([]);
        if (size >= 13) {
          const text = short(Number((share * network.most[i]).toPrecision(2)));
          pen.font = `${Math.min(9, (1.8 * size) / (0.61 * text.length)).toFixed(1)}px ${ink["--mono"]}`;
          write(pen, text, across(i), up(i, j) + 3, "center", ink["--ink"]);
          pen.font = `11px ${ink["--mono"]}`;
        }
      });
    });
  });
}

function collect(map, key, item) {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(item);
}

// A layer of many units: what they put out, sorted.
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
