// The pictures side by side: the network, its outputs, the loss, the gradients.

const APART = 12; // pixels between the points of a stroke

class NetworkPictures {
  /** @param {NetworkPanels} panels */
  constructor(panels) {
    this.panels = panels;
    /** @type {[low: number, high: number] | null} */
    this.range = null; // of the gradients so far
    this.turn = 0; // of the pictures that are drawn in turn
    /** @type {(title: string, said: string, ...below: HTMLElement[]) => PictureFrame} */
    const frame = (title, said, ...below) => {
      const canvas = make("canvas", { role: "img" });
      const explained = make("span", {}, said);
      const caption = make("figcaption", {}, make("b", {}, title), " ", explained);
      return {
        figure: make("figure", {}, caption, make("div", { class: "stage" }, canvas), ...below),
        canvas,
        title,
        said: explained,
      };
    };
    this.marks = make("p", { class: "legend" });
    this.kind = make("select", { id: "net-kind" });
    this.label = make("label", {}, "class ", this.kind);
    /** @type {(name: string) => HTMLInputElement} */
    const field = (name) =>
      make("input", {
        type: "text",
        inputmode: "decimal",
        size: 5,
        placeholder: name,
        "aria-label": `${name} of a point`,
      });
    this.across = field("x1");
    this.up = field("x2");
    // What adds points, beside a click or a stroke in the plane: two numbers and a class.
    this.adding = make(
      "p",
      { class: "net-adding" },
      "Click adds a point: ",
      this.label,
      this.across,
      this.up,
      button("Add", () => this.addTyped()),
      button("Clear", () => panels.change({ data: "points", points: findMiddle(panels) }), {
        title: "Begin with one point in the middle",
      }),
    );
    this.network = frame("Network", "one sample passing through; line width: |gradient|", explainNetwork());
    this.plane = frame("Output", "", this.marks, this.adding);
    this.loss = frame("Loss", "mean of each epoch");
    this.gradients = frame("Gradients by layer", "sizes, log scale: median, quartiles, extremes");
    const all = [this.network, this.plane, this.loss, this.gradients];
    this.element = make("div", { class: "net-pictures" }, ...all.map(({ figure }) => figure));
    this.listen();
  }

  // A click adds a point, a stroke of the mouse several; a finger that moves scrolls.
  listen() {
    const { canvas } = this.plane;
    /** @type {number[][]} */
    let stroke = [];
    let [x, y] = [0, 0];
    /** @type {(event: PointerEvent) => void} */
    const add = (event) => {
      const point = this.findPoint(event.offsetX, event.offsetY);
      if (!point || (stroke.length && Math.hypot(event.offsetX - x, event.offsetY - y) < APART)) return;
      [x, y] = [event.offsetX, event.offsetY];
      stroke.push(point);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      stroke = [];
      add(event);
      if (event.pointerType !== "touch") canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (stroke.length && event.pointerType !== "touch" && canvas.hasPointerCapture(event.pointerId)) add(event);
    });
    canvas.addEventListener("pointercancel", () => (stroke = []));
    canvas.addEventListener("pointerup", () => {
      if (stroke.length) addPoints(this.panels, stroke);
      stroke = [];
    });
  }

  // The point of the data at a place of the picture, with the class that is chosen; null outside of the plane.
  /** @type {(x: number, y: number) => number[] | null} */
  findPoint(x, y) {
    const { samples, room } = this.panels;
    if (samples.inputs > 2) return null;
    const { canvas } = this.plane;
    const { left, right, top, bottom } = findPlane(canvas.clientWidth, canvas.clientHeight);
    const [across, up] = [(x - left) / (right - left), (bottom - y) / (bottom - top)];
    if (across < 0 || across > 1 || up < 0 || up > 1) return null;
    const place = [across, up].map((share, i) =>
      Number((room.low[i] + share * (room.high[i] - room.low[i])).toPrecision(4)),
    );
    return this.endPoint(place);
  }

  // A point of these two numbers: the second is the target of one input, unless that is a class.
  /** @type {(place: number[]) => number[]} */
  endPoint(place) {
    const { inputs, classes } = this.panels.samples;
    return inputs === 1 && !classes ? place : [...place.slice(0, inputs), Number(this.kind.value) || 0];
  }

  addTyped() {
    const { panels } = this;
    const fields = [this.across, this.up].filter((field) => !field.hidden);
    const place = fields.map((field) => readNumber(field.value));
    if (place.some((number) => number === null || !Number.isFinite(number))) {
      const needed = fields.length > 1 ? "two numbers, such as 0.5 and -1" : "a number, such as 0.5, and a class";
      return panels.form.complain(`A point has ${needed}.`, []);
    }
    addPoints(panels, [this.endPoint(/** @type {number[]} */ (place))]);
  }

  // For another training.
  start() {
    const { samples, names, points } = this.panels;
    this.range = null;
    const chosen = this.kind.value;
    this.kind.replaceChildren(...names.map((name, value) => make("option", { value }, name)));
    if (Number(chosen) < names.length) this.kind.value = chosen || "0";
    this.plane.figure.hidden = samples.inputs > 2;
    this.element.classList.toggle("three", samples.inputs > 2);
    this.up.placeholder = samples.inputs === 1 ? "y" : "x2";
    this.up.ariaLabel = `${this.up.placeholder} of a point`;
    this.up.hidden = samples.inputs === 1 && samples.classes > 0;
    this.label.hidden = !samples.classes;
    this.adding.hidden = samples.inputs === 2 && !samples.classes;
    explainMarks(this.marks, samples.inputs <= 2 ? names : []);
    const fitted = samples.classes ? "line: on which side, and how far" : "the fitted line";
    const [low, high] = findEnds(samples.targets);
    const parted = samples.classes ? "line: where the classes part" : `line: output ${writeShort((low + high) / 2)}`;
    const meant =
      names.length > 2
        ? "the largest of the outputs; ring: the sample"
        : `${samples.inputs === 1 ? fitted : parted}; ring: the sample`;
    const shown = Math.ceil(points.length / findStride(points));
    this.plane.said.textContent =
      points.length === 1
        ? "one point is left, since training needs one; ring: the sample"
        : shown < points.length
          ? `${meant}; ${count(shown)} of ${count(points.length)} points are drawn`
          : meant;
  }

  /** @type {(inTurn: boolean) => void} */
  draw(inTurn) {
    if (this.network.canvas.clientHeight < 60) return; // there is no room, or it is not shown
    const { drawings, told } = this.read();
    this.turn = 1 - this.turn;
    for (const [i, [{ canvas }, draw]] of drawings.entries()) {
      if (!inTurn || i % 2 === this.turn) draw(fitCanvas(canvas));
    }
    this.describe(told);
  }

  // All of them by one pen, as they stand on the page, with their titles.
  /** @type {(pen: Pen) => void} */
  drawSheet(pen) {
    const all = this.element.getBoundingClientRect();
    pen.fillStyle = ink["--card"];
    pen.fillRect(0, 0, ...this.measure());
    for (const [{ canvas, title }, draw] of this.read().drawings) {
      const { x, y, width, height } = canvas.getBoundingClientRect();
      pen.save();
      pen.translate(x - all.x, y - all.y);
      pen.font = `bold 13px ${ink["--mono"]}`;
      writeText(pen, title, 0, -9, "left", ink["--ink"]);
      pen.font = smallLetters();
      draw({ pen, width, height });
      pen.restore();
    }
  }

  // The sheet as dots, twice as fine as a plain screen.
  /** @type {() => HTMLCanvasElement} */
  paint() {
    const fine = 2;
    const [width, height] = this.measure();
    const canvas = make("canvas", { width: fine * width, height: fine * height });
    const pen = penOf(canvas);
    pen.scale(fine, fine);
    this.drawSheet(pen);
    return canvas;
  }

  // The sheet as SVG.
  /** @type {() => string} */
  write() {
    const pen = new SvgPen(...this.measure());
    this.drawSheet(pen);
    return pen.write();
  }

  // The size of the sheet, in whole pixels.
  /** @type {() => [width: number, height: number]} */
  measure() {
    const { width, height } = this.element.getBoundingClientRect();
    return [Math.ceil(width), Math.ceil(height)];
  }

  // What there is to be drawn at this moment, each with the frame that it is for.
  read() {
    const { panels, network, plane, loss, gradients } = this;
    const { training, points, samples, room, sample } = panels;
    const layers = training.model.widths.slice(1).map((_, i) => `layers[${i}]`);
    const shown = describeNetwork(training, sample, ["inputs", ...layers]);
    const each = Math.ceil(samples.count / training.size); // updates of an epoch
    const turned = training.turns.map(([updates]) => updates / each);
    const losses = describeLosses(training.losses, turned);
    loss.said.textContent = `mean of each epoch${turned.length ? "; dotted: the rate was changed" : ""}`;
    const quantiles = describeGradients(training);
    const [low, high] = encloseGradients(keepFinite(quantiles.flat()));
    this.range = this.range ? [Math.min(this.range[0], low), Math.max(this.range[1], high)] : [low, high];
    if (!training.updates) this.range = null;
    const range = this.range ?? [-4, 0];
    /** @type {[PictureFrame, (surface: Surface) => void][]} */
    const drawings = [
      [network, (surface) => drawNetwork(surface, shown)],
      [loss, (surface) => drawLosses(surface, losses)],
      [gradients, (surface) => drawQuantiles(surface, layers, quantiles, range, training.updates > 0)],
    ];
    if (samples.inputs === 1) drawings.push([plane, (surface) => drawFit(surface, training, points, room, sample)]);
    if (samples.inputs === 2) {
      const size = panels.frame ? COARSE : FINE;
      const described = describePlane(training, points, room, panels.names, sample, size);
      drawings.push([plane, (surface) => drawPlane(surface, described, readOutputs(training, room, size))]);
    }
    return { drawings, told: { quantiles, widths: shown.widths } };
  }

  // What the pictures show, in words.
  /** @type {(told: { quantiles: (number | null)[][]; widths: number[] }) => void} */
  describe({ quantiles, widths }) {
    const { panels } = this;
    const medians = quantiles.map((sizes, i) => `layers[${i}] ${writeShort(sizes[2])}`).join(", ");
    /** @type {[HTMLCanvasElement, string][]} */
    const labels = [
      [this.network.canvas, `Network of ${widths.join(", ")} units; ${panels.bar.sentence}`],
      [this.plane.canvas, `Outputs over the inputs, and ${count(panels.points.length)} points; ${panels.bar.sentence}`],
      [this.loss.canvas, `Loss by epoch; ${panels.bar.sentence}`],
      [this.gradients.canvas, `Median gradient by layer: ${medians}`],
    ];
    for (const [canvas, label] of labels) canvas.setAttribute("aria-label", label);
  }
}

// What lines and discs mean.
function explainNetwork() {
  const meanings = [
    ["net-line", "positive weight"],
    ["net-line negative", "negative weight"],
    ["net-disc", "larger output"],
    ["net-disc below", "negative output"],
  ];
  const explained = meanings.map(([classes, text]) => make("span", {}, make("i", { class: classes }), text));
  return make("p", { class: "legend" }, ...explained);
}
