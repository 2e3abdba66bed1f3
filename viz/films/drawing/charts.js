// The charts of a training: the loss, and the gradients of each layer.

/** @type {(width: number, height: number) => Margins} */
function findChart(width, height) {
  return leaveRoom({ left: 52, right: width - 12, top: 8, bottom: height - 24 });
}

// Draws a line for each series of losses, one loss per epoch from the first on, and marks the epoch `now`. A cross at
// the top stands for a loss that is not finite.
/** @type {(surface: Surface, chart: LossPicture) => void} */
function drawLosses({ pen, width, height }, { series, range, log, epochs, now, stride = 1, marks = [] }) {
  const margins = findChart(width, height);
  const place = drawAxis(pen, { ...margins, low: range[0], high: range[1], log });
  /** @type {(epoch: number) => number} */
  const across = (epoch) => margins.left + (epoch / epochs) * (margins.right - margins.left);
  /** @type {(number: number) => number} */
  const up = (number) => place(log ? Math.log10(number) : number);
  for (const epoch of marks.filter((each) => each <= epochs)) {
    const look = { colour: ink["--neutral"], dash: [2, 3] };
    strokeLine(pen, look, [across(epoch), margins.top], [across(epoch), margins.bottom]);
  }
  series.forEach((numbers, i) => {
    const look = { colour: ink[i ? "--negative" : "--positive"], width: 1.8, dash: i ? [6, 4] : [] };
    /** @type {(x: number, y: number, radius: number) => void} */
    const drawDot = (x, y, radius) => {
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fillStyle = look.colour;
      pen.fill();
    };
    /** @type {Dot[][]} */
    const lines = [[]]; // from one loss that is not finite to the next
    numbers.forEach((number, epoch) => {
      const x = across((epoch + 1) * stride);
      if (number === null) {
        writeText(pen, "×", x, margins.top + 4, "center", look.colour);
        lines.push([]);
      } else lines[lines.length - 1].push([x, up(number)]);
    });
    for (const line of lines) {
      if (line.length > 1) strokeLine(pen, look, ...line);
      else for (const [x, y] of line) drawDot(x, y, 2.5); // no line leads to it
    }
    const value = numbers[Math.floor(now / stride) - 1];
    if (value !== null && value !== undefined) drawDot(across(now), up(value), 4.5);
  });
  strokeLine(pen, { colour: ink["--ink"], width: 1.2 }, [across(now), margins.top], [across(now), margins.bottom]);
  if (series.every((numbers) => !numbers.length)) {
    writeText(pen, "no epoch yet", (margins.left + margins.right) / 2, (margins.top + margins.bottom) / 2, "center");
  }
  writeText(pen, "0", margins.left, height - 8, "center");
  writeText(pen, `epoch ${epochs}`, margins.right, height - 8, "right");
}

// The range of the axis of losses: exponents of ten if all losses are positive, else the numbers themselves.
/** @type {(losses: number[]) => { log: boolean; range: [low: number, high: number] }} */
function encloseLosses(losses) {
  const log = losses.length > 0 && losses.every((number) => number > 0);
  const [least, most] = losses.reduce(([a, b], number) => [Math.min(a, number), Math.max(b, number)], [0, 0]);
  return { log, range: log ? encloseSizes(losses) : [least, most > least ? most : 1] };
}

// Draws for each layer the quantiles of |gradient|: median, quartiles, extremes; an arrow leads to what is below the
// axis. done: after a backward pass.
/** @type {(surface: Surface, layers: string[], quantiles: (number | null)[][], range: [low: number, high: number], done: boolean) => void} */
function drawQuantiles({ pen, width, height }, layers, quantiles, [low, high], done) {
  const margins = leaveRoom({ ...findChart(width, height), right: width - 10 });
  const place = drawAxis(pen, { ...margins, low, high, log: true });
  /** @type {(size: number) => number} */
  const up = (size) => (size > 0 ? place(Math.max(Math.log10(size), low)) : margins.bottom);
  const room = (margins.right - margins.left) / layers.length;
  const half = Math.min(room * 0.3, 26);
  const line = { colour: ink["--neutral"], width: 1.4 };
  const skip = findSkip(pen, layers, room);
  for (const [i, sizes] of quantiles.entries()) {
    const x = margins.left + room * (i + 0.5);
    if (i % skip === 0) writeText(pen, layers[i], x, height - 8, "center");
    const known = keepFinite(sizes);
    const failing = known.length < sizes.length;
    if (failing) writeText(pen, "not finite", x, margins.top + 16, "center", ink["--warning"]);
    else if (known[4] === 0 && done) writeText(pen, "zero", x, margins.bottom - 6, "center", ink["--warning"]);
    if (failing || known[4] === 0) continue;
    const [least, lower, median, upper, largest] = known.map(up);
    strokeLine(pen, line, [x, least], [x, largest]);
    strokeLine(pen, line, [x - half / 2, largest], [x + half / 2, largest]);
    pen.fillStyle = ink["--unit"];
    pen.fillRect(x - half, upper, 2 * half, Math.max(lower - upper, 1));
    strokeLine(pen, { colour: ink["--ink"], width: 2.4 }, [x - half, median], [x + half, median]);
    const isBelow = known[0] < 0.999 * 10 ** low;
    const end = isBelow ? { colour: ink["--ink"], width: 1.4 } : line;
    const tip = least - (isBelow ? 6 : 0);
    strokeLine(pen, end, [x - half / 2, tip], [x, least], [x + half / 2, tip]);
  }
  const [middle, level] = [(margins.left + margins.right) / 2, (margins.top + margins.bottom) / 2];
  if (!done) writeText(pen, "no backward pass yet", middle, level, "center");
}

// The range of the axis of gradients, in exponents of ten. Leaves out the smallest few, which would squeeze the rest.
/** @type {(sizes: number[]) => [low: number, high: number]} */
function encloseGradients(sizes) {
  const positive = sizes.filter((size) => size > 0).sort((a, b) => a - b);
  return encloseSizes(positive.slice(Math.floor(positive.length / 50)));
}
