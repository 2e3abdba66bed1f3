// Draws a small plot of curves and points, with numbers at its ends.

const PLOT = { width: 330, height: 132, right: 8, top: 10, bottom: 20, letter: 6.7 };

// about: what it shows, for those who do not see it; x, y: from where to where; names: of the two axes
/** @type {(about: string, x: Reach, y: Reach, lines: PlotLine[], dots: PlotDot[], names: string[]) => SVGSVGElement} */
function drawPlot(about, x, y, lines, dots, names) {
  const { width, height, right, top, bottom, letter } = PLOT;
  /** @type {(number: number, digits?: number) => string} */
  const write = (number, digits = 3) => minus(formatDigits(Number(number.toPrecision(digits)), digits + 1));
  const digits = [3, 5, 7, 9].find((few) => write(y.low, few) !== write(y.high, few)) ?? 11;
  const heights = [y.low, y.high].map((number) => write(number, digits));
  const left = 8 + letter * Math.max(...heights.map((text) => text.length));
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": about });
  /** @type {(point: Point) => Point} */
  const at = ([a, b]) => [
    round(left + ((a - x.low) / (x.high - x.low)) * (width - left - right)),
    round(height - bottom - clip((b - y.low) / (y.high - y.low)) * (height - top - bottom)),
  ];
  draw("path", { d: `M${left} ${height - bottom}H${width - right}`, class: "axis" }, svg);
  const frame = draw("svg", { width, height: height - bottom + 4 }, svg); // what leaves it is cut off
  for (const { points, classes } of lines) {
    const d = points.map((point, number) => {
      const drawable = point.every(Number.isFinite);
      const before = number > 0 && points[number - 1].every(Number.isFinite);
      return drawable ? `${before ? "L" : "M"}${at(point).join(" ")}` : "";
    });
    draw("path", { d: d.join(""), class: classes }, frame);
  }
  for (const { point, classes } of dots) {
    if (!point.every(Number.isFinite)) continue;
    const [cx, cy] = at(point);
    draw("circle", { cx, cy, r: 4.5, class: classes }, frame);
  }
  /** @type {(number: number, anchor: string) => void} */
  const tick = (number, anchor) => {
    const place = { x: at([number, 0])[0], y: height - 5, class: anchor };
    draw("text", place, svg).textContent = write(number);
  };
  tick(x.low, "start");
  tick(x.high, "end");
  draw("text", { x: left - 4, y: height - bottom, class: "end" }, svg).textContent = heights[0];
  draw("text", { x: left - 4, y: top + 4, class: "end" }, svg).textContent = heights[1];
  const [across, up] = names.map((name) => shorten(name, 24));
  draw("text", { x: (left + width) / 2, y: height - 5, class: "middle axis" }, svg).textContent = across;
  draw("text", { x: left + 4, y: top + 4, class: "axis" }, svg).textContent = up;
  return svg;
}

// What is far outside of the frame is not drawn where it is: no number of the picture overflows.
/** @type {(share: number) => number} */
function clip(share) {
  return Math.min(Math.max(share, -1000), 1000);
}

// From the smallest to the largest of these, with a little room; without the few that are far from all others.
/** @type {(numbers: number[], also?: number[]) => Reach} */
function findReach(numbers, also = []) {
  const sorted = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 20);
  const kept = [...sorted.slice(cut, sorted.length - cut), ...also.filter(Number.isFinite)];
  const low = kept.reduce((a, b) => Math.min(a, b), Infinity);
  const high = kept.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!kept.length || !Number.isFinite(high - low)) return { low: -1, high: 1 };
  const room = 0.08 * (high - low) || Math.max(abs(low), 1) * 0.1;
  return { low: low - room, high: high + room };
}
