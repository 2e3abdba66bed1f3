// Fits a canvas to its element, and draws lines, texts and axes on it in the colours of the page.

/** @type {Record<string, string>} */
let ink = {}; // the colours of the page's style

function readInk() {
  const style = getComputedStyle(document.documentElement);
  const names = "card ink muted line positive negative neutral unit warning mono c0 c1 c2 c3 c4 c5".split(" ");
  ink = Object.fromEntries(names.map((name) => [`--${name}`, style.getPropertyValue(`--${name}`).trim()]));
}

/** @type {(number: number | null | undefined) => string} */
function writeShort(number) {
  if (number === null || number === undefined) return "–";
  const size = Math.abs(number);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? number.toExponential(2) : String(Number(number.toPrecision(4)));
}

// Drops numbers that are not finite, which come as null.
/** @type {(numbers: (number | null)[]) => number[]} */
function keepFinite(numbers) {
  return numbers.filter((number) => number !== null);
}

// Fits a canvas to its element; returns its pen, width and height, in CSS pixels.
/** @type {(canvas: HTMLCanvasElement) => Surface} */
function fitCanvas(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  const pen = penOf(canvas);
  pen.scale(ratio, ratio);
  pen.font = smallLetters();
  return { pen, width, height };
}

// The font of the pictures.
function smallLetters() {
  return `11px ${ink["--mono"]}`;
}

/** @type {(canvas: HTMLCanvasElement) => CanvasRenderingContext2D} */
function penOf(canvas) {
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser cannot draw on a canvas");
  return pen;
}

/** @type {(pen: Pen, look: Stroke, ...points: Dot[]) => void} */
function strokeLine(pen, { colour, width = 1, dash = [] }, ...points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y); // the first call only moves there
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
}

/** @type {(pen: Pen, text: string, x: number, y: number, align?: CanvasTextAlign, colour?: string) => void} */
function writeText(pen, text, x, y, align = "left", colour = ink["--muted"]) {
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

// Draws a vertical axis from low to high with grid lines; with `log`, both are powers of ten.
/** @type {(pen: Pen, ends: Margins & { low: number; high: number; log: boolean }) => (value: number) => number} */
function drawAxis(pen, { left, right, top, bottom, low, high, log }) {
  const count = log ? Math.min(high - low, 6) : 4;
  const step = log ? Math.ceil((high - low) / count) : (high - low) / count;
  /** @type {(value: number) => number} */
  const place = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (let tick = low; tick <= high + 1e-9; tick += step) {
    strokeLine(pen, { colour: ink["--line"] }, [left, place(tick)], [right, place(tick)]);
    writeText(pen, log ? `1e${Math.round(tick)}` : writeShort(tick), left - 6, place(tick) + 4, "right");
  }
  return place;
}

// A pixel at least between the margins, also of a picture that is narrower than they are.
/** @type {(margins: Margins) => Margins} */
function leaveRoom({ left, right, top, bottom }) {
  return { left, right: Math.max(right, left + 1), top, bottom: Math.max(bottom, top + 1) };
}

/** @type {(numbers: number[]) => [low: number, high: number]} */
function encloseDecades(numbers) {
  const sizes = numbers.filter((number) => number > 0).map(Math.log10);
  if (!sizes.length) return [-1, 0];
  const low = Math.floor(sizes.reduce((a, b) => Math.min(a, b)));
  return [low, Math.max(Math.ceil(sizes.reduce((a, b) => Math.max(a, b))), low + 1)];
}
