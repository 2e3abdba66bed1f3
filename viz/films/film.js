// The film of a training: every panel shows the frame that the slider stands at.

/** @type {FilmData} */
const film = JSON.parse(document.getElementById("data").textContent);
const { epochs, series, layers, spreads, network, plane } = film;
const last = epochs.length - 1;
/** @type {<Id extends keyof Elements>(id: Id) => Elements[Id]} */
const byId = (id) => document.getElementById(id);
/** @type {(text: string) => Uint8Array} */
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
/** @type {Map<keyof Elements, () => void>} */
const panels = new Map(); // by id: how to draw it

const ICONS = {
  start: "M6 5v14M19 5L9 12l10 7z",
  back: "M16 5L6 12l10 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  next: "M8 5l10 7-10 7z",
  end: "M18 5v14M5 5l10 7-10 7z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
};

/** @type {(id: keyof Elements, name: keyof typeof ICONS) => void} */
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

/** @type {(number: number | null | undefined) => string} */
function short(number) {
  if (number === null || number === undefined) return "–";
  const size = Math.abs(number);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? number.toExponential(2) : String(Number(number.toPrecision(4)));
}

// What is not finite comes as null.
/** @type {(numbers: (number | null)[]) => number[]} */
function finite(numbers) {
  return numbers.filter((number) => number !== null);
}

// A canvas fitted to its place, and its width and height in CSS pixels.
/** @type {(id: "network" | "plane" | "loss" | "gradients") => { pen: Pen; width: number; height: number }} */
function prepare(id) {
  const canvas = byId(id).querySelector("canvas");
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = penOf(canvas);
  pen.scale(ratio, ratio);
  pen.font = `11px ${ink["--mono"]}`;
  return { pen, width, height };
}

/** @type {(canvas: HTMLCanvasElement) => Pen} */
function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser does not draw on a canvas");
  return pen;
}

/** @type {(pen: Pen, look: Look, ...points: Point[]) => void} */
function line(pen, { colour, width = 1, dash = [] }, ...points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y); // the first of them only moves there
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** @type {(pen: Pen, text: string, x: number, y: number, align?: CanvasTextAlign, colour?: string) => void} */
function write(pen, text, x, y, align = "left", colour = ink["--muted"]) {
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

// A vertical axis from low to high with grid lines; `log`: both are powers of ten.
/** @type {(pen: Pen, ends: Frame & { low: number; high: number; log: boolean }) => (value: number) => number} */
function axis(pen, { left, right, top, bottom, low, high, log }) {
  const count = log ? Math.min(high - low, 6) : 4;
  const step = log ? Math.ceil((high - low) / count) : (high - low) / count;
  /** @type {(value: number) => number} */
  const place = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (let tick = low; tick <= high + 1e-9; tick += step) {
    line(pen, { colour: ink["--line"] }, [left, place(tick)], [right, place(tick)]);
    write(pen, log ? `1e${Math.round(tick)}` : short(tick), left - 6, place(tick) + 4, "right");
  }
  return place;
}

/** @type {(numbers: number[]) => [low: number, high: number]} */
function decades(numbers) {
  const sizes = numbers.filter((number) => number > 0).map(Math.log10);
  if (!sizes.length) return [-1, 0];
  const low = Math.floor(sizes.reduce((a, b) => Math.min(a, b)));
  return [low, Math.max(Math.ceil(sizes.reduce((a, b) => Math.max(a, b))), low + 1)];
}

// --- the loss ---

const losses = finite([...series.loss, ...series.validation_loss]);
const lossLog = losses.length > 0 && losses.every((number) => number > 0);
const lossRange = lossLog ? decades(losses) : [Math.min(0, ...losses), Math.max(...losses, 1e-9)];
const lossEnds = [0, Math.max(series.loss.length, 1)];
/** @type {(width: number, height: number) => Frame} */
const lossFrame = (width, height) => ({ left: 52, right: width - 12, top: 8, bottom: height - 24 });

panels.set("loss", () => {
  const { pen, width, height } = prepare("loss");
  const frame = lossFrame(width, height);
  const place = axis(pen, { ...frame, low: lossRange[0], high: lossRange[1], log: lossLog });
  /** @type {(epoch: number) => number} */
  const across = (epoch) => frame.left + (epoch / lossEnds[1]) * (frame.right - frame.left);
  /** @type {(number: number) => number} */
  const up = (number) => place(lossLog ? Math.log10(number) : number);
  /** @type {(numbers: (number | null)[], colour: string, dash: number[]) => void} */
  const show = (numbers, colour, dash) => {
    /** @type {Point[]} */
    const points = numbers.flatMap((number, i) => (number === null ? [] : [[across(i + 1), up(number)]]));
    line(pen, { colour, width: 1.8, dash }, ...points);
    const value = numbers[epochs[now] - 1];
    if (value !== null && value !== undefined) {
      pen.beginPath();
      pen.arc(across(epochs[now]), up(value), 4.5, 0, 7);
      pen.fillStyle = colour;
      pen.fill();
    }
  };
  show(series.loss, ink["--positive"], []);
  show(series.validation_loss, ink["--negative"], [6, 4]);
  const x = across(epochs[now]);
  line(pen, { colour: ink["--ink"], width: 1.2 }, [x, frame.top], [x, frame.bottom]);
  write(pen, "0", frame.left, height - 8, "center");
  write(pen, `epoch ${lossEnds[1]}`, frame.right, height - 8, "right");
});

// --- the gradients of each layer ---

const sizes = finite(spreads.flat(2))
  .filter((number) => number > 0)
  .sort((a, b) => a - b);
const gradientRange = decades(sizes.slice(Math.floor(sizes.length / 50))); // a few are so small that they would squeeze the rest

panels.set("gradients", () => {
  const { pen, width, height } = prepare("gradients");
  const frame = { left: 52, right: width - 10, top: 8, bottom: height - 24 };
  const [low, high] = gradientRange;
  const place = axis(pen, { ...frame, low, high, log: true });
  /** @type {(size: number) => number} */
  const up = (size) => (size > 0 ? place(Math.max(Math.log10(size), low)) : frame.bottom);
  const room = (frame.right - frame.left) / layers.length;
  const half = Math.min(room * 0.3, 26);
  const looks = { colour: ink["--neutral"], width: 1.4 };
  for (const [i, quantiles] of spreads[now].entries()) {
    const x = frame.left + room * (i + 0.5);
    const skip = Math.ceil((pen.measureText(layers[i]).width + 10) / room);
    if (i % skip === 0) write(pen, layers[i], x, height - 8, "center");
    const known = finite(quantiles);
    const failing = known.length < quantiles.length;
    if (failing) write(pen, "not finite", x, frame.top + 16, "center", ink["--mark"]);
    else if (known[4] === 0 && epochs[now]) write(pen, "zero", x, frame.bottom - 6, "center", ink["--mark"]);
    if (failing || known[4] === 0) continue;
    const [least, lower, median, upper, largest] = known.map(up);
    line(pen, looks, [x, least], [x, largest]);
    line(pen, looks, [x - half / 2, largest], [x + half / 2, largest]);
    line(pen, looks, [x - half / 2, least], [x + half / 2, least]);
    pen.fillStyle = ink["--unit"];
    pen.fillRect(x - half, upper, 2 * half, Math.max(lower - upper, 1));
    line(pen, { colour: ink["--ink"], width: 2.4 }, [x - half, median], [x + half, median]);
  }
  const middle = (frame.left + frame.right) / 2;
  if (!epochs[now]) write(pen, "no backward pass yet", middle, (frame.top + frame.bottom) / 2, "center");
});
