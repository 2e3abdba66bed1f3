// The plane of two inputs, and the controls of a film: what moves it.

if (plane) {
  const outputs = bytes(plane.bytes);
  const { size, low, high } = plane;
  const picture = document.createElement("canvas");
  picture.width = picture.height = size;
  const shapes = ["disc", "square", "triangle", "diamond", "cross", "star"];

  const parse = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));

  panels.set("plane", () => {
    const { pen, width, height } = prepare("plane");
    const [left, top] = [40, 4];
    const [w, h] = [width - left - 8, height - top - 20];
    const across = (x) => left + ((x - low[0]) / (high[0] - low[0])) * w;
    const up = (y) => top + h - ((y - low[1]) / (high[1] - low[1])) * h;
    const at = now * size * size;
    const colours = plane.kind === "classes" ? [0, 1, 2, 3, 4, 5].map((i) => parse(ink[`--c${i}`])) : [parse(ink["--c0"]), parse(ink["--c1"])];
    const ground = parse(ink["--card"]);
    const small = picture.getContext("2d");
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
    border(pen, (row, column) => outputs[at + row * size + column], (x, y) => [left + (x / (size - 1)) * w, top + h - (y / (size - 1)) * h]);
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
  function border(pen, value, place) {
    pen.beginPath();
    for (let row = 0; row < size - 1; row += 1) {
      for (let column = 0; column < size - 1; column += 1) {
        const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([dx, dy]) => [column + dx, row + dy, value(row + dy, column + dx) - 128]);
        if (plane.kind === "classes") {
          const [here, beside, , above] = corners;
          if (here[2] !== beside[2]) stroke(pen, place(column + 0.5, row - 0.5), place(column + 0.5, row + 0.5));
          if (here[2] !== above[2]) stroke(pen, place(column - 0.5, row + 0.5), place(column + 0.5, row + 0.5));
          continue;
        }
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

  function stroke(pen, from, to) {
    pen.moveTo(...from);
    pen.lineTo(...to);
  }

  function point(pen, x, y, value) {
    const known = plane.classes.length > 0;
    const r = 3.6;
    pen.beginPath();
    const shape = known ? shapes[value] : "disc";
    if (shape === "disc") pen.arc(x, y, r, 0, 7);
    else if (shape === "square") pen.rect(x - r, y - r, 2 * r, 2 * r);
    else {
      const corners = { triangle: 3, diamond: 4, cross: 6, star: 5 }[shape];
      for (let i = 0; i < corners; i += 1) pen.lineTo(x + 1.3 * r * Math.sin((6.2832 * i) / corners), y - 1.3 * r * Math.cos((6.2832 * i) / corners));
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

  const marks = ["●", "■", "▲", "◆", "⬢", "⬟"];
  plane.classes.forEach((name, i) => {
    const mark = document.createElement("span");
    mark.className = `mark c${i}`;
    mark.textContent = marks[i];
    byId("classes").append(mark, `class ${name}`);
  });
  const said = plane.kind === "classes" ? "the largest of the outputs, over the two inputs" : `over the two inputs; line: output ${short(plane.threshold)}`;
  byId("plane-said").textContent = said;
}

// --- what moves ---

function readInk() {
  const style = getComputedStyle(document.documentElement);
  const names = ["paper", "card", "ink", "muted", "line", "soft", "positive", "negative", "neutral", "unit", "mark", "mono", "c0", "c1", "c2", "c3", "c4", "c5"];
  ink = Object.fromEntries(names.map((name) => [`--${name}`, style.getPropertyValue(`--${name}`).trim()]));
}

function drawAll() {
  for (const draw of panels.values()) draw();
}

function describe() {
  const epoch = epochs[now];
  const numbers = [["epoch", String(epoch)], ["loss", short(series.loss[epoch - 1])]];
  if (series.validation_loss.length) numbers.push(["held out", short(series.validation_loss[epoch - 1])]);
  byId("numbers").replaceChildren(
    ...numbers.map(([name, text]) => {
      const [box, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term.textContent = name;
      value.textContent = text;
      box.append(term, value);
      return box;
    }),
  );
  byId("position").textContent = `frame ${now + 1} of ${epochs.length}`;
  const text = numbers.map(([name, value]) => `${name} ${value}`).join(", ");
  byId("slider").setAttribute("aria-valuetext", text);
  if (timer === null) byId("live").textContent = text;
  const medians = layers.map((name, i) => `${name} ${short(spreads[now][i][2])}`).join(", ");
  byId("gradients").querySelector("canvas").setAttribute("aria-label", `Median gradient by layer: ${medians}`);
  byId("loss").querySelector("canvas").setAttribute("aria-label", `Loss by epoch; ${text}`);
  for (const id of ["network", "plane"]) byId(id).querySelector("canvas").setAttribute("aria-label", `${id} at ${text}`);
}

function go(to) {
  now = Math.min(Math.max(to, 0), last);
  byId("slider").value = now;
  for (const [id, end] of [["start", 0], ["back", 0], ["next", last], ["end", last]]) byId(id).disabled = now === end;
  drawAll();
  describe();
}

function pause() {
  clearInterval(timer);
  timer = null;
  showIcon("play", "play");
  byId("play").setAttribute("aria-label", "Play");
}

function play() {
  if (now === last) go(0);
  clearInterval(timer);
  timer = setInterval(() => {
    go(now + 1);
    if (now === last) {
      pause();
      describe();
    }
  }, Number(byId("speed").value));
  showIcon("play", "pause");
  byId("play").setAttribute("aria-label", "Pause");
}

function toggle() {
  if (timer === null) play();
  else {
    pause();
    describe();
  }
}

function turnTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  readInk();
  drawAll();
}

function step(to) {
  pause();
  go(to);
}

const KEYS = {
  " ": toggle,
  ArrowRight: () => step(now + 1),
  ArrowLeft: () => step(now - 1),
  PageDown: () => step(now + 10),
  PageUp: () => step(now - 10),
  Home: () => step(0),
  End: () => step(last),
  d: turnTheme,
  D: turnTheme,
};

document.addEventListener("keydown", (event) => {
  const typed = event.target.closest("select");
  const pressed = event.key === " " && event.target.closest("button");
  if (event.ctrlKey || event.metaKey || event.altKey || typed || pressed || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

byId("loss").querySelector("canvas").addEventListener("click", (event) => {
  const { left, right } = lossFrame(event.target.clientWidth, 0);
  const epoch = ((event.offsetX - left) / (right - left)) * lossEnds[1];
  const nearest = epochs.reduce((best, each, i) => (Math.abs(each - epoch) < Math.abs(epochs[best] - epoch) ? i : best), 0);
  step(nearest);
});

byId("title").textContent = film.title;
byId("said").textContent = film.said;
byId("loss-said").textContent = `${lossLog ? "log scale; " : ""}${series.validation_loss.length ? "dashed: held out; " : ""}click to go there`;
if (network) byId("widths").textContent = `width: 1e${network.scale[0]} to 1e${network.scale[1]}, log scale`;
byId("slider").max = last;
byId("network").hidden = !network;
byId("plane").hidden = !plane;
document.querySelector("main").className = network && plane ? "" : network || plane ? "three" : "two";
(plane && !network ? byId("plane") : byId("network")).classList.add("first");
for (const [id, act] of [
  ["start", () => step(0)],
  ["back", () => step(now - 1)],
  ["play", toggle],
  ["next", () => step(now + 1)],
  ["end", () => step(last)],
  ["theme", turnTheme],
]) {
  showIcon(id, id);
  byId(id).addEventListener("click", act);
}
byId("slider").addEventListener("input", (event) => step(Number(event.target.value)));
byId("speed").addEventListener("change", () => timer !== null && play());
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
readInk();
new ResizeObserver(drawAll).observe(document.querySelector("main"));
go(last);
