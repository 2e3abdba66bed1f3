// Fits a canvas to its element, and draws lines, texts and axes on it in the colours of the page.

const STEPS = [0, Math.log10(2), Math.log10(5)]; // of a logarithmic axis, between powers of ten

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

// Of names that stand side by side with this room for each, every how many-th can be written.
/** @type {(pen: Pen, names: string[], room: number) => number} */
function findSkip(pen, names, room) {
  return Math.ceil((Math.max(...names.map((name) => pen.measureText(name).width)) + 10) / room);
}

// Draws a vertical axis from low to high with grid lines; with `log`, both are exponents of ten.
/** @type {(pen: Pen, ends: Margins & { low: number; high: number; log: boolean }) => (value: number) => number} */
function drawAxis(pen, { left, right, top, bottom, low, high, log }) {
  /** @type {(value: number) => number} */
  const place = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  const quarters = [0, 1, 2, 3, 4].map((i) => low + (i * (high - low)) / 4);
  for (const tick of log ? findTicks(low, high) : quarters) {
    strokeLine(pen, { colour: ink["--line"] }, [left, place(tick)], [right, place(tick)]);
    writeText(pen, log ? writePower(tick) : writeShort(tick), left - 6, place(tick) + 4, "right");
  }
  return place;
}

// The ticks of a logarithmic axis: 1, 2 and 5 times each power of ten, or of many powers every few.
/** @type {(low: number, high: number) => number[]} */
function findTicks(low, high) {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  /** @type {(ticks: number[]) => number[]} */
  const within = (ticks) => ticks.filter((tick) => tick > low - 1e-9 && tick < high + 1e-9);
  const steps = within(powers.flatMap((power) => STEPS.map((step) => power + step)));
  if (steps.length <= 6) return steps;
  const whole = within(powers);
  const stride = Math.ceil((whole.length - 1) / 6) || 1;
  return whole.filter((_, i) => i % stride === 0);
}

/** @type {(exponent: number) => string} */
function writePower(exponent) {
  const power = Math.floor(exponent + 1e-9);
  return `${Math.round(10 ** (exponent - power))}e${power}`;
}

// A pixel at least between the margins, also of a picture that is narrower than they are.
/** @type {(margins: Margins) => Margins} */
function leaveRoom({ left, right, top, bottom }) {
  return { left, right: Math.max(right, left + 1), top, bottom: Math.max(bottom, top + 1) };
}

// The ends of a logarithmic axis around positive numbers, as exponents of ten: of 1, 2 or 5 times a power of ten.
/** @type {(numbers: number[]) => [low: number, high: number]} */
function encloseSizes(numbers) {
  const sizes = numbers.filter((number) => number > 0).map(Math.log10);
  if (!sizes.length) return [-1, 0];
  /** @type {(exponent: number) => number} */
  const lower = (exponent) => {
    const power = Math.floor(exponent + 1e-9);
    return power + Math.max(...STEPS.filter((step) => power + step < exponent + 1e-9));
  };
  const low = lower(sizes.reduce((a, b) => Math.min(a, b)));
  return [
    low,
    -lower(
      -Math.max(
        sizes.reduce((a, b) => Math.max(a, b)),
        low + 0.1,
      ),
    ),
  ];
}
