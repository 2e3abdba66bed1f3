// The graph as SVG: built once for a view, then painted for every step by changing only what is different.

const SVG = "http://www.w3.org/2000/svg";
const LETTER_WIDTH = 7.3;
const MOST_SCOPE = 32;
const SIGNS = { "*": "×", "-": "−", "/": "÷" };
const ONE_LINE = ["constant", "outside", "operand"];
const CORNER = { leaf: 1, constant: 28, operation: 10, part: 10, folded: 4, outside: 14, operand: 14 };

function draw(tag, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (parent) parent.append(element);
  return element;
}

// layers[0].neurons[3].weights[1] as ["layers[0].neurons[3]", "weights[1]"]; other names as ["", name].
function splitName(name) {
  if (!/^[\p{L}_][\p{L}\p{N}_]*(\[\d+\])*(\.[\p{L}_][\p{L}\p{N}_]*(\[\d+\])*)+$/u.test(name)) return ["", name];
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

// Text cut in the middle to what fits.
function shorten(text, most) {
  const letters = [...text];
  if (letters.length <= most) return text;
  return (
    letters.slice(0, Math.ceil(most / 2) - 1).join("") +
    "…" +
    letters.slice(letters.length - Math.floor(most / 2)).join("")
  );
}

class Picture {
  constructor(svg, page) {
    this.svg = svg;
    this.page = page;
    this.layer = svg.querySelector("#frames");
    this.camera = new Camera(svg, this.layer);
  }

  // Draw a plane anew: { boxes, curves, texts } of viz/page/plane.js, with the planes inside opened boxes.
  build(plane) {
    this.layer.replaceChildren();
    this.boxes = [];
    this.curves = [];
    this.texts = [];
    this.drawPlane(plane, 0, 0, this.layer);
    this.camera.bounds = { width: plane.width, height: plane.height };
  }

  drawPlane(plane, x, y, parent) {
    const group = draw("g", { transform: `translate(${x} ${y})` }, parent);
    for (const curve of plane.curves) {
      const path = draw("path", { d: drawCurve(curve.points), class: "edge" }, group);
      const head = curve.ends ? draw("path", { d: arrowAt(curve.points.at(-1)), class: "head" }, group) : null;
      this.curves.push({ ...curve, path, head, painted: {} });
    }
    for (const text of plane.texts) {
      const element = draw("text", { x: text.x, y: text.y, class: "local" }, group);
      this.texts.push({ ...text, element, painted: {} });
    }
    for (const placed of plane.boxes) this.drawBox(placed, group, x, y);
  }

  drawBox(placed, parent, x, y) {
    const { box, child, width, height } = placed;
    const group = draw("g", { transform: `translate(${placed.x} ${placed.y})` }, parent);
    const drawn = { ...placed, group, at: { x: x + placed.x, y: y + placed.y, width, height }, painted: {} };
    if (box.kind === "leaf") [drawn.scopeText] = splitName(box.name);
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "-1");
    const corner = Math.min(CORNER[box.kind], height / 2);
    if (box.kind === "folded" && !child)
      draw("rect", { x: 4, y: 4, width, height, rx: corner, class: "behind" }, group);
    drawn.body = draw("rect", { width, height, rx: corner, class: "body" }, group);
    if (child) this.drawFrame(drawn);
    else if (ONE_LINE.includes(box.kind)) drawn.title = textAt(group, width / 2, 18, "name middle");
    else this.drawLines(drawn, corner);
    if (box.inside) this.drawOpener(drawn);
    drawn.tip = draw("title", {}, group);
    this.boxes.push(drawn);
    group.addEventListener("click", () => this.camera.dragged || this.page.select(drawn));
    group.addEventListener("dblclick", () => box.inside && this.page.toggle(drawn));
    if (child)
      this.drawPlane(
        child,
        x + placed.x + FRAME.side,
        y + placed.y + FRAME.top,
        parent.ownerSVGElement.firstElementChild,
      );
  }

  drawFrame(drawn) {
    drawn.group.setAttribute("class", "frame");
    drawn.title = textAt(drawn.group, 12, 19, "name");
  }

  drawLines(drawn, corner) {
    const { group, width, height, box } = drawn;
    const down = drawn.scopeText ? 10 : 0;
    if (down) textAt(group, 9, 12, "scope").textContent = shorten(drawn.scopeText, MOST_SCOPE);
    drawn.strip = draw("path", { d: bottomStrip(width, height, 19, Math.min(corner, 19)), class: "strip" }, group);
    drawn.title = textAt(group, 9, 15 + down, "name");
    drawn.op = textAt(group, width - (box.inside ? 27 : 9), 16 + down, "op end");
    drawn.word = textAt(group, 9, 31 + down, "word");
    drawn.value = textAt(group, width - 9, 31 + down, "number end");
    drawn.gradWord = textAt(group, 9, height - 6, "word");
    drawn.grad = textAt(group, width - 9, height - 6, "number end");
  }

  drawOpener(drawn) {
    const x = drawn.width - 21;
    const opener = draw("g", { class: "opener", transform: `translate(${x} 4)`, "aria-hidden": "true" }, drawn.group);
    draw("rect", { width: 16, height: 16, rx: 4 }, opener);
    draw("path", { d: drawn.child ? "M4 8h8" : "M4 8h8M8 4v8" }, opener);
    opener.addEventListener("click", (event) => {
      event.stopPropagation();
      if (!this.camera.dragged) this.page.toggle(drawn);
    });
  }

  // Bring everything up to date with the page's state.
  paint() {
    const page = this.page;
    const focus = this.boxes.find((drawn) => page.isSelected(drawn)) ?? this.boxes.at(-1);
    for (const drawn of this.boxes) {
      const looks = describeBox(page, drawn);
      set(drawn, "class", looks.classes, (value) => drawn.group.setAttribute("class", value));
      set(drawn, "label", looks.label, (value) => {
        drawn.group.setAttribute("aria-label", value);
        drawn.tip.textContent = value;
      });
      set(drawn, "tab", drawn === focus ? "0" : "-1", (value) => drawn.group.setAttribute("tabindex", value));
      const room = Math.floor((drawn.width - 20 - (drawn.box.inside ? 20 : 0)) / LETTER_WIDTH);
      const title = drawn.scopeText ? splitName(looks.title)[1] : looks.title;
      set(
        drawn,
        "title",
        shorten(title, room - (looks.op ? looks.op.length + 1 : 0)),
        (value) => (drawn.title.textContent = value),
      );
      if (!drawn.value) continue;
      const spare = drawn.width - 24;
      const fits = (word, number) => word.length * 5.8 + number.length * LETTER_WIDTH <= spare;
      set(drawn, "op", SIGNS[looks.op] ?? looks.op, (value) => (drawn.op.textContent = value));
      set(drawn, "value", looks.value, (value) => (drawn.value.textContent = value));
      set(drawn, "grad", looks.grad, (value) => (drawn.grad.textContent = value));
      set(drawn, "word", fits(looks.word, looks.value) ? looks.word : "", (value) => (drawn.word.textContent = value));
      set(
        drawn,
        "gradWord",
        fits(looks.gradWord, looks.grad) ? looks.gradWord : looks.gradWord === "so far" ? "…" : "",
        (value) => (drawn.gradWord.textContent = value),
      );
      set(drawn, "fill", looks.fill ?? "", (value) => (drawn.strip.style.fill = value));
      set(drawn, "ink", looks.ink ?? "", (value) => (drawn.grad.style.fill = drawn.gradWord.style.fill = value));
    }
    for (const curve of this.curves) {
      const looks = describeCurve(page, curve);
      set(curve, "class", looks.classes, (value) => {
        curve.path.setAttribute("class", `edge ${value}`);
        curve.head?.setAttribute("class", `head ${value}`);
      });
      set(curve, "lit", looks.lit, (value) => {
        curve.road?.remove(); // a broad road under the curve
        curve.road = value ? draw("path", { d: curve.path.getAttribute("d"), class: "road" }) : null;
        if (value) curve.path.parentNode.prepend(curve.road);
      });
      set(curve, "width", String(looks.width), (value) => curve.path.style.setProperty("stroke-width", value));
    }
    for (const text of this.texts) {
      const looks = describeText(page, text);
      set(text, "text", looks.text, (value) => (text.element.textContent = value));
      set(text, "class", looks.classes, (value) => text.element.setAttribute("class", `local ${value}`));
    }
  }
}

// Touch the document only where something changed.
function set(drawn, key, value, apply) {
  if (!drawn.painted) drawn.painted = {};
  if (drawn.painted[key] === value) return;
  drawn.painted[key] = value;
  apply(value);
}

function textAt(parent, x, y, classes) {
  return draw("text", { x, y, class: classes }, parent);
}

function arrowAt([x, y]) {
  return `M${x} ${y}l-7 -3.2v6.4z`;
}

// The lower part of a box, with its round corners.
function bottomStrip(width, height, part, corner) {
  const top = height - part;
  return `M0 ${top}H${width}V${height - corner}Q${width} ${height} ${width - corner} ${height}H${corner}Q0 ${height} 0 ${height - corner}Z`;
}
