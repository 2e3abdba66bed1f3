// The plane of two inputs: the outputs, and the data over it.

/** @type {[mark: string, corners: number][]} */
const MARKS = [
  ["●", 0],
  ["■", 4],
  ["▲", 3],
  ["◆", 4],
  ["⬢", 6],
  ["⬟", 5],
]; // of each class
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
]; // of a cell of the grid

if (plane) showPlane(plane);

/** @type {(plane: Plane) => void} */
function showPlane(plane) {
  const outputs = bytes(plane.bytes);
  const { size, low, high } = plane;
  const picture = document.createElement("canvas");
  picture.width = picture.height = size;

  /** @type {(colour: string) => number[]} */
  const parse = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));

  panels.set("plane", () => {
    const { pen, width, height } = prepare("plane");
    const [left, top] = [40, 4];
    const [w, h] = [width - left - 8, height - top - 20];
    /** @type {(x: number) => number} */
    const across = (x) => left + ((x - low[0]) / (high[0] - low[0])) * w;
    /** @type {(y: number) => number} */
    const up = (y) => top + h - ((y - low[1]) / (high[1] - low[1])) * h;
    const at = now * size * size;
    const colours = MARKS.map((_, i) => parse(ink[`--c${i}`]));
    const ground = parse(ink["--card"]);
    const small = penOf(picture);
    const image = small.createImageData(size, size);
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        const byte = outputs[at + row * size + column];
        const share = plane.kind === "classes" ? 0.45 : (0.72 * Math.abs(byte - 128)) / 127;
        const colour = plane.kind === "classes" ? colours[byte % 6] : colours[byte < 128 ? 0 : 1];
        const place = 4 * ((size - 1 - row) * size + column);
        for (let i = 0; i < 3; i += 1) image.data[place + i] = ground[i] + (colour[i] - ground[i]) * share;
        image.data[place + 3] = 255;
      }
    }
    small.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = plane.kind !== "classes";
    pen.drawImage(picture, left, top, w, h);
    border(
      pen,
      (row, column) => outputs[at + row * size + column],
      (x, y) => [left + (x / (size - 1)) * w, top + h - (y / (size - 1)) * h],
    );
    pen.strokeStyle = ink["--neutral"];
    pen.lineWidth = 1;
    pen.strokeRect(left, top, w, h);
    for (const [x, y, value] of plane.points) point(pen, across(x), up(y), value);
    write(pen, short(Number(low[0].toPrecision(2))), left, top + h + 14, "left");
    write(pen, short(Number(high[0].toPrecision(2))), left + w, top + h + 14, "right");
    write(pen, "x1", left + w / 2, top + h + 14, "center");
    write(pen, short(Number(low[1].toPrecision(2))), left - 5, top + h, "right");
    write(pen, short(Number(high[1].toPrecision(2))), left - 5, top + 9, "right");
    write(pen, "x2", left - 5, top + h / 2, "right");
  });

  // Where the output passes the threshold: marching squares; between classes: the sides of the cells.
  /** @type {(pen: Pen, value: (row: number, column: number) => number, place: (x: number, y: number) => Point) => void} */
  function border(pen, value, place) {
    pen.beginPath();
    for (let row = 0; row < size - 1; row += 1) {
      for (let column = 0; column < size - 1; column += 1) {
        const corners = CORNERS.map(([dx, dy]) => [column + dx, row + dy, value(row + dy, column + dx) - 128]);
        if (plane.kind === "classes") {
          const [here, beside, , above] = corners;
          if (here[2] !== beside[2]) stroke(pen, place(column + 0.5, row - 0.5), place(column + 0.5, row + 0.5));
          if (here[2] !== above[2]) stroke(pen, place(column - 0.5, row + 0.5), place(column + 0.5, row + 0.5));
          continue;
        }
        /** @type {Point[]} */
        const cuts = [];
        corners.forEach(([x, y, a], i) => {
          const [x2, y2, b] = corners[(i + 1) % 4];
          if (a < 0 !== b < 0) cuts.push(place(x + ((x2 - x) * a) / (a - b), y + ((y2 - y) * a) / (a - b)));
        });
        for (let i = 0; i + 1 < cuts.length; i += 2) stroke(pen, cuts[i], cuts[i + 1]);
      }
    }
    pen.strokeStyle = ink["--ink"];
    pen.lineWidth = 1.8;
    pen.stroke();
  }

  /** @type {(pen: Pen, from: Point, to: Point) => void} */
  function stroke(pen, from, to) {
    pen.moveTo(...from);
    pen.lineTo(...to);
  }

  /** @type {(pen: Pen, x: number, y: number, value: number) => void} */
  function point(pen, x, y, value) {
    const known = plane.classes.length > 0;
    const r = 3.6;
    pen.beginPath();
    const [, corners] = MARKS[known ? value : 0];
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

  plane.classes.forEach((name, i) => {
    const mark = document.createElement("span");
    mark.className = `mark c${i}`;
    mark.textContent = MARKS[i][0];
    const item = document.createElement("span");
    item.append(mark, `class ${name}`);
    byId("classes").append(item);
  });
  const said =
    plane.kind === "classes"
      ? "the largest of the outputs, over the two inputs"
      : `over the two inputs; line: output ${short(plane.threshold)}`;
  byId("plane-said").textContent = said;
}
