// Draws the plane of two inputs: the outputs, and the data on top.

/** @type {[mark: string, corners: number][]} */
const CLASS_MARKS = [
  ["●", 0],
  ["■", 4],
  ["▲", 3],
  ["◆", 4],
  ["⬢", 6],
  ["⬟", 5],
]; // of each class
const NO_CLASS = 255; // where an output is nan
const CELL_CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
]; // of a cell of the grid

// The edges of the plane on its surface.
/** @type {(width: number, height: number) => Margins} */
function findPlane(width, height) {
  return leaveRoom({ left: 40, right: width - 8, top: 4, bottom: height - 16 });
}

// shares: for each point of the grid, row by row from the bottom, the index of its class or its output from -1 to 1.
/** @type {(surface: Surface, plane: PlanePicture, shares: ArrayLike<number>) => void} */
function drawPlane({ pen, width, height }, plane, shares) {
  const { size, low, high, kind, points } = plane;
  const { left, right, top, bottom } = findPlane(width, height);
  const [w, h] = [right - left, bottom - top];
  const [across, up] = [w / (size - 1), h / (size - 1)]; // of a cell; the points of the grid are its corners
  pen.save();
  pen.beginPath();
  pen.rect(left, top, w, h);
  pen.clip();
  pen.imageSmoothingEnabled = kind !== "classes";
  pen.drawImage(paintOutputs(plane, shares), left - across / 2, top - up / 2, w + across, h + up);
  /** @type {(x: number, y: number) => Dot} */
  const place = (x, y) => [left + x * across, bottom - y * up];
  const segments = kind === "classes" ? findSides(size, shares) : findCrossings(size, shares);
  pen.beginPath();
  for (const [x, y, x2, y2] of segments) {
    pen.moveTo(...place(x, y));
    pen.lineTo(...place(x2, y2));
  }
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = 1.8;
  pen.stroke();
  pen.restore();
  pen.strokeStyle = ink["--neutral"];
  pen.lineWidth = 1;
  pen.strokeRect(left, top, w, h);
  const known = plane.classes.length > 0;
  /** @type {(x: number, y: number) => Dot} */
  const find = (x, y) =>
    place(((x - low[0]) / (high[0] - low[0])) * (size - 1), ((y - low[1]) / (high[1] - low[1])) * (size - 1));
  for (const [x, y, value] of points) drawMark(pen, ...find(x, y), value, known);
  if (plane.marked) drawRing(pen, ...find(...plane.marked));
  writeEnds(pen, { left, right, top, bottom }, low, high);
  writeText(pen, "x1", left + w / 2, bottom + 14, "center");
  writeText(pen, "x2", left - 5, top + h / 2, "right");
}

// Writes the numbers at the ends of both axes; up the side, long ones stand within the plane.
/** @type {(pen: Pen, margins: Margins, low: number[], high: number[]) => void} */
function writeEnds(pen, { left, right, top, bottom }, low, high) {
  /** @type {(column: number) => string[]} */
  const write = (column) => [low, high].map((ends) => writeEnd(ends[column], high[column] - low[column]));
  const [[west, east], [south, north]] = [write(0), write(1)];
  writeText(pen, west, left, bottom + 14, "left");
  writeText(pen, east, right, bottom + 14, "right");
  /** @type {(text: string, outside: number, within: number) => void} */
  const writeBeside = (text, outside, within) => {
    if (text.length <= 5) writeText(pen, text, left - 5, outside, "right");
    else writeText(pen, text, left + 4, within, "left", ink["--ink"]);
  };
  writeBeside(south, bottom, bottom - 5);
  writeBeside(north, top + 9, top + 13);
}

// The end of an axis, with as many digits as tell both ends apart.
/** @type {(end: number, reach: number) => string} */
function writeEnd(end, reach) {
  const size = Math.abs(end);
  const digits = size > reach ? Math.min(Math.floor(Math.log10(size / reach)) + 2, 15) : 2;
  const isShort = size === 0 || (size >= 1e-3 && size < 1e7);
  return isShort ? String(Number(end.toPrecision(digits))) : end.toExponential(digits - 1);
}

const outputsPicture = document.createElement("canvas");

// Paints the outputs into a picture with a pixel for each point of the grid.
/** @type {(plane: PlanePicture, shares: ArrayLike<number>) => HTMLCanvasElement} */
function paintOutputs({ size, kind }, shares) {
  if (outputsPicture.width !== size) outputsPicture.width = outputsPicture.height = size;
  const pen = penOf(outputsPicture);
  /** @type {(colour: string) => number[]} */
  const parse = (colour) => {
    pen.fillStyle = colour; // reads back as six digits, even if it was set as a name
    return [1, 3, 5].map((i) => parseInt(String(pen.fillStyle).slice(i, i + 2), 16));
  };
  const colours = CLASS_MARKS.map((_, i) => parse(ink[`--c${i}`]));
  const ground = parse(ink["--card"]);
  const image = pen.createImageData(size, size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const output = shares[row * size + column];
      const share = kind === "classes" ? 0.45 * Number(output !== NO_CLASS) : 0.72 * Math.abs(output);
      const colour = kind === "classes" ? colours[output % 6] : colours[output < 0 ? 0 : 1];
      const start = 4 * ((size - 1 - row) * size + column);
      for (let i = 0; i < 3; i += 1) image.data[start + i] = ground[i] + (colour[i] - ground[i]) * share;
      image.data[start + 3] = 255;
    }
  }
  pen.putImageData(image, 0, 0);
  return outputsPicture;
}

// Finds the borders between classes: the sides of cells.
/** @type {(size: number, classes: ArrayLike<number>) => Segment[]} */
function findSides(size, classes) {
  /** @type {Segment[]} */
  const found = [];
  for (let row = 0; row < size - 1; row += 1) {
    for (let column = 0; column < size - 1; column += 1) {
      const here = classes[row * size + column];
      const [beside, above] = [classes[row * size + column + 1], classes[(row + 1) * size + column]];
      if (here !== beside) found.push([column + 0.5, row - 0.5, column + 0.5, row + 0.5]);
      if (here !== above) found.push([column - 0.5, row + 0.5, column + 0.5, row + 0.5]);
    }
  }
  return found;
}

// Finds where the output crosses zero, by marching squares.
/** @type {(size: number, outputs: ArrayLike<number>) => Segment[]} */
function findCrossings(size, outputs) {
  /** @type {Segment[]} */
  const found = [];
  for (let row = 0; row < size - 1; row += 1) {
    for (let column = 0; column < size - 1; column += 1) {
      const corners = CELL_CORNERS.map(([x, y]) => [column + x, row + y, outputs[(row + y) * size + column + x]]);
      /** @type {Dot[]} */
      const cuts = [];
      corners.forEach(([x, y, a], i) => {
        const [x2, y2, b] = corners[(i + 1) % 4];
        if (a < 0 !== b < 0) cuts.push([x + ((x2 - x) * a) / (a - b), y + ((y2 - y) * a) / (a - b)]);
      });
      for (let i = 0; i + 1 < cuts.length; i += 2) found.push([...cuts[i], ...cuts[i + 1]]);
    }
  }
  return found;
}

// Draws a point of the data: the mark of its class, or a shade for its number from -1 to 1.
/** @type {(pen: Pen, x: number, y: number, value: number, known: boolean) => void} */
function drawMark(pen, x, y, value, known) {
  const r = 3.6;
  pen.beginPath();
  const [, corners] = CLASS_MARKS[known ? value : 0];
  if (corners === 0) pen.arc(x, y, r, 0, 7);
  else if (value === 1) pen.rect(x - r, y - r, 2 * r, 2 * r);
  else {
    for (let i = 0; i < corners; i += 1) {
      const turn = (6.2832 * i) / corners;
      pen.lineTo(x + 1.3 * r * Math.sin(turn), y - 1.3 * r * Math.cos(turn));
    }
    pen.closePath();
  }
  pen.fillStyle = known ? ink[`--c${value}`] : ink[value < 0 ? "--c0" : "--c1"];
  pen.globalAlpha = known ? 1 : 0.25 + 0.75 * Math.abs(value);
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = ink["--card"];
  pen.lineWidth = 1;
  pen.stroke();
}

/** @type {(pen: Pen, x: number, y: number) => void} */
function drawRing(pen, x, y) {
  pen.beginPath();
  pen.arc(x, y, 8, 0, 7);
  pen.strokeStyle = ink["--ink"];
  pen.lineWidth = 2;
  pen.stroke();
}

// Lists the marks of the classes with their names; where there are more classes than marks, some share one.
/** @type {(element: HTMLElement, names: string[]) => void} */
function explainMarks(element, names) {
  element.replaceChildren();
  CLASS_MARKS.slice(0, names.length).forEach(([shape], i) => {
    const mark = document.createElement("span");
    mark.className = `mark c${i}`;
    mark.textContent = shape;
    const item = document.createElement("span");
    item.append(mark, `class ${names.filter((_, number) => number % CLASS_MARKS.length === i).join(", ")}`);
    element.append(item);
  });
}
