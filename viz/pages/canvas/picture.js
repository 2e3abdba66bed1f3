// Draws the graph as SVG: built once for a view, then updated at every step only where something changed.

const LEAST_READ = 0.5; // the scale below which letters are too small to follow what they say
const FEW_BOXES = 60; // that are painted all at once, whatever happens
/** @type {Record<BoxKind, number>} */
const CORNER = { leaf: 1, constant: 28, operation: 10, part: 10, folded: 4, outside: 14, operand: 14 };
const ONE_LINE = ["constant", "outside", "operand"];

class Picture {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.layer = byId("frames");
    const { signal } = page.open;
    this.camera = new Camera(byId("graph"), this.layer, () => page.resized(), signal);
    this.overview = new Overview(this.camera, signal);
    this.labels = new Labels(this.camera);
    /** @type {DrawnBox[]} */
    this.boxes = [];
    /** @type {DrawnCurve[]} */
    this.curves = [];
    /** @type {DrawnText[]} */
    this.texts = [];
    this.later = 0; // the timer of what is painted a moment later
    signal.addEventListener("abort", () => clearTimeout(this.later));
  }

  // Draw a plane anew, with the planes inside opened boxes.
  /** @type {(plane: Unfolded) => void} */
  build(plane) {
    this.layer.replaceChildren();
    this.boxes = [];
    this.curves = [];
    this.texts = [];
    this.labels.crossed.clear();
    this.drawPlane(plane, 0, 0, this.layer);
    this.camera.setBounds({ width: plane.width, height: plane.height });
    this.camera.areas = this.boxes.filter((drawn) => !drawn.child).map((drawn) => drawn.at);
    this.overview.build();
  }

  /** @type {(plane: Unfolded, x: number, y: number, parent: Element) => void} */
  drawPlane(plane, x, y, parent) {
    const group = draw("g", { transform: `translate(${x} ${y})` }, parent);
    for (const curve of plane.curves) {
      const path = draw("path", { d: drawCurve(curve.points), class: "edge" }, group);
      const head = curve.ends ? draw("path", { d: arrowAt(curve.points), class: "head" }, group) : null;
      const area = enclose(curve.points, x, y);
      this.curves.push({ ...curve, x, y, area, path, head, road: null, painted: {} });
      if (plane.texts.length) this.labels.cross(curve.points, x, y);
    }
    for (const text of plane.texts) {
      const element = draw("text", { x: text.x, y: text.y, class: "local" }, group);
      this.texts.push({ ...text, origin: { x, y }, element, painted: {} });
    }
    for (const placed of plane.boxes) this.drawBox(placed, group, x, y);
  }

  /** @type {(placed: Placed, parent: Element, x: number, y: number) => void} */
  drawBox(placed, parent, x, y) {
    const { box, child, width, height } = placed;
    const group = draw("g", { transform: `translate(${placed.x} ${placed.y})` }, parent);
    const tip = draw("title", {}, group); // also its name for those who listen
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    const corner = Math.min(CORNER[box.kind], height / 2);
    if (box.kind === "folded" && !child)
      draw("rect", { x: 4, y: 4, width, height, rx: corner, class: "behind" }, group);
    draw("rect", { width, height, rx: corner, class: "body" }, group);
    const scope = findScope(box);
    const lines = child || ONE_LINE.includes(box.kind) ? null : drawLines(placed, group, corner, scope);
    /** @type {DrawnBox} */
    const drawn = {
      ...placed,
      group,
      at: { x: x + placed.x, y: y + placed.y, width, height },
      scope,
      title: drawTitle(placed, group, scope),
      tip,
      lines,
      painted: {},
    };
    if (child) group.setAttribute("class", "frame");
    if (box.inside) this.drawOpener(drawn);
    this.boxes.push(drawn);
    if (box.kind === "leaf") group.addEventListener("pointerdown", (event) => this.page.nudge.grab(event, drawn));
    group.addEventListener("click", () => this.camera.dragged || this.page.select(drawn));
    group.addEventListener("dblclick", () => box.inside && this.page.scene.toggle(drawn));
    if (child) this.drawPlane(child, x + placed.x + FRAME.side, y + placed.y + FRAME.top, this.layer);
  }

  /** @type {(drawn: DrawnBox) => void} */
  drawOpener(drawn) {
    const x = drawn.width - 21;
    const opener = draw("g", { class: "opener", transform: `translate(${x} 4)`, "aria-hidden": "true" }, drawn.group);
    draw("rect", { width: 16, height: 16, rx: 4 }, opener);
    draw("path", { d: drawn.child ? "M4 8h8" : "M4 8h8M8 4v8" }, opener);
    opener.addEventListener("click", (event) => {
      event.stopPropagation();
      if (!this.camera.dragged) this.page.scene.toggle(drawn);
    });
  }

  // Bring everything up to date with the page's state; while a number is dragged, what is seen at once and the rest a
  // moment later.
  paint() {
    clearTimeout(this.later);
    const { page } = this;
    this.overview.paint(page.scene.spoken);
    const hasty = page.changed !== null && this.boxes.length > FEW_BOXES;
    const seen = hasty ? this.camera.view : null;
    const letters = !hasty || this.camera.scale > LEAST_READ;
    if (hasty) this.later = setTimeout(() => this.paint(), 150);
    const focus = this.boxes.find((drawn) => page.scene.isSelected(drawn)) ?? page.scene.boxOf(page.graph.root);
    for (const drawn of this.boxes) if (!seen || meet(seen, drawn.at)) this.paintBox(drawn, drawn === focus, letters);
    for (const curve of this.curves) if (!seen || meet(seen, curve.area)) this.paintCurve(curve);
    for (const text of this.texts) {
      const style = describeText(this.page, text);
      set(text, "class", style.classes, (value) => text.element.setAttribute("class", `local ${value}`));
      set(text, "text", `${style.classes} ${style.texts.join(" ")}`, () => this.labels.place(text, style));
    }
  }

  /** @type {(drawn: DrawnBox, focus: boolean, letters: boolean) => void} */
  paintBox(drawn, focus, letters) {
    const style = describeBox(this.page, drawn);
    const sign = SIGNS[style.op] ?? style.op;
    set(drawn, "class", style.classes, (value) => drawn.group.setAttribute("class", value));
    set(drawn, "tab", focus ? "0" : "-1", (value) => drawn.group.setAttribute("tabindex", value));
    if (drawn.lines) {
      const { strip, grad, gradWord } = drawn.lines;
      set(drawn, "fill", style.fill ?? "", (value) => (strip.style.fill = value));
      set(drawn, "ink", style.ink ?? "", (value) => (grad.style.fill = gradWord.style.fill = value));
    }
    if (!letters) return;
    set(drawn, "label", style.label, (value) => (drawn.tip.textContent = value));
    const room = Math.floor((drawn.width - 20 - (drawn.box.inside ? 20 : 0)) / LETTER_WIDTH);
    const title = drawn.scope ? style.title.slice(drawn.scope.length + 1) : style.title;
    const short = shorten(title, room - (sign ? sign.length + 1 : 0));
    set(drawn, "title", short, (value) => (drawn.title.textContent = value));
    const { lines } = drawn;
    if (!lines) return;
    /** @type {(word: string, number: string) => boolean} */
    const fits = (word, number) => word.length * SMALL_WIDTH + number.length * LETTER_WIDTH <= drawn.width - 24;
    const old = shortenNumber(style.oldValue, (text) => fits(text, style.value));
    const oldGrad = shortenNumber(style.oldGrad, (text) => fits(text, style.grad));
    const word = old || (fits(style.word, style.value) ? style.word : "");
    const soFar = style.gradWord === "so far" ? "…" : "";
    const brief = style.gradWord === MOST_SIZE ? "|∂|≤" : "∂";
    const gradWord = oldGrad || (fits(style.gradWord, style.grad) ? style.gradWord : soFar || (style.grad && brief));
    set(drawn, "op", sign, (value) => (lines.op.textContent = value));
    set(drawn, "value", minus(style.value), (value) => (lines.value.textContent = value));
    set(drawn, "grad", minus(style.grad), (value) => (lines.grad.textContent = value));
    set(drawn, "word", word, (value) => (lines.word.textContent = value));
    const oldWord = oldGrad && style.oldWord && fits(style.oldWord + oldGrad, style.grad) ? style.oldWord : "";
    set(drawn, "gradWord", `${oldWord}${gradWord} ${Boolean(oldGrad)}`, () => {
      lines.gradWord.replaceChildren(oldWord);
      draw("tspan", oldGrad ? { class: "old" } : {}, lines.gradWord).textContent = gradWord;
    });
    set(drawn, "old", old ? "word old" : "word", (value) => lines.word.setAttribute("class", value));
  }

  /** @type {(curve: DrawnCurve) => void} */
  paintCurve(curve) {
    const style = describeCurve(this.page, curve);
    set(curve, "class", style.classes, (value) => {
      curve.path.setAttribute("class", `edge ${value}`);
      curve.head?.setAttribute("class", `head ${value}`);
    });
    set(curve, "lit", style.lit, (value) => {
      curve.road?.remove(); // a broad road under the curve
      curve.road = value ? draw("path", { d: drawCurve(curve.points), class: "road" }) : null;
      if (curve.road) curve.path.parentNode?.prepend(curve.road);
    });
    set(curve, "width", String(style.width), (value) => curve.path.style.setProperty("stroke-width", value));
  }
}

// The area that a curve takes.
/** @type {(points: Point[], x: number, y: number) => Area} */
function enclose(points, x, y) {
  const across = points.map((point) => point[0]);
  const down = points.map((point) => point[1]);
  const [left, top] = [Math.min(...across), Math.min(...down)];
  return { x: x + left, y: y + top, width: Math.max(...across) - left, height: Math.max(...down) - top };
}

// A number that is no longer, or not, there: with as many digits as there is room for, two at least, or none.
/** @type {(number: number | null | undefined, fits: (text: string) => boolean) => string} */
function shortenNumber(number, fits) {
  if (number === null || number === undefined) return "";
  return writeShorter(number).find(fits) ?? "";
}

// What stands above the name of a leaf or, as in "layers[0].step 2.forget gate", of a gate or a step.
/** @type {(box: Box) => string} */
function findScope({ kind, name }) {
  if (kind === "leaf") return splitName(name)[0];
  return kind === "folded" && name.includes(" ") ? name.slice(0, Math.max(name.lastIndexOf("."), 0)) : "";
}

/** @type {(placed: Placed, group: SVGGElement, scope: string) => SVGTextElement} */
function drawTitle({ box, child, width }, group, scope) {
  if (child) return textAt(group, 12, 19, "name");
  return ONE_LINE.includes(box.kind)
    ? textAt(group, width / 2, 18, "name middle")
    : textAt(group, 9, scope ? 27 : 15, "name");
}

/** @type {(placed: Placed, group: SVGGElement, corner: number, scope: string) => Lines} */
function drawLines({ box, width, height }, group, corner, scope) {
  const down = scope ? 12 : 0;
  if (scope) textAt(group, 9, 12, "scope").textContent = shorten(scope, MOST_SCOPE);
  return {
    strip: draw("path", { d: bottomStrip(width, height, 19, Math.min(corner, 19)), class: "strip" }, group),
    op: textAt(group, width - (box.inside ? 27 : 9), 16 + down, "op end"),
    word: textAt(group, 9, 31 + down, "word"),
    value: textAt(group, width - 9, 31 + down, "number end"),
    gradWord: textAt(group, 9, height - 6, "word"),
    grad: textAt(group, width - 9, height - 6, "number end"),
  };
}

// Changes the document only where a value changed.
/** @type {<Value>(drawn: Drawn, key: string, value: Value, apply: (value: Value) => void) => void} */
function set(drawn, key, value, apply) {
  if (drawn.painted[key] === value) return;
  drawn.painted[key] = value;
  apply(value);
}

/** @type {(parent: Element, x: number, y: number, classes: string) => SVGTextElement} */
function textAt(parent, x, y, classes) {
  return draw("text", { x, y, class: classes }, parent);
}

// Where a curve ends.
/** @type {(points: Point[]) => string} */
function arrowAt(points) {
  const [x, y] = points[points.length - 1];
  return `M${x} ${y}l-7 -3.2v6.4z`;
}

// The lower part of a box, with its round corners.
/** @type {(width: number, height: number, part: number, corner: number) => string} */
function bottomStrip(width, height, part, corner) {
  const top = height - part;
  return `M0 ${top}H${width}V${height - corner}Q${width} ${height} ${width - corner} ${height}H${corner}Q0 ${height} 0 ${height - corner}Z`;
}
