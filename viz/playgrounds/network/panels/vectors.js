// A pen that writes what it draws as SVG: it stands in for that of a canvas, so that the same code draws both.

class SvgPen {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.picture = draw("svg", { xmlns: SVG, viewBox: `0 0 ${width} ${height}`, width, height });
    this.path = "";
    this.clips = 0;
    /** @type {object[]} */
    this.kept = []; // what restore() brings back
    // What a canvas's pen has, and where the next element goes.
    this.parent = /** @type {SVGElement} */ (this.picture);
    this.fillStyle = /** @type {Pen["fillStyle"]} */ ("#000000");
    this.strokeStyle = /** @type {Pen["strokeStyle"]} */ ("#000000");
    this.lineWidth = 1;
    this.globalAlpha = 1;
    this.textAlign = /** @type {CanvasTextAlign} */ ("left");
    this.font = "";
    this.imageSmoothingEnabled = true;
    /** @type {number[]} */
    this.dash = [];
  }

  write() {
    return new XMLSerializer().serializeToString(this.picture);
  }

  save() {
    const { picture, path, clips, kept, ...looks } = this;
    kept.push(looks);
  }

  restore() {
    Object.assign(this, this.kept.pop());
  }

  /** @type {Pen["translate"]} */
  translate(x, y) {
    this.parent = this.add("g", { transform: `translate(${roundThousandth(x)} ${roundThousandth(y)})` });
  }

  clip() {
    const id = `clip${++this.clips}`;
    draw("path", { d: this.path }, this.add("clipPath", { id }));
    this.parent = this.add("g", { "clip-path": `url(#${id})` });
  }

  beginPath() {
    this.path = "";
  }

  closePath() {
    this.path += "Z";
  }

  /** @type {Pen["moveTo"]} */
  moveTo(x, y) {
    this.path += `M${writePlace(x, y)}`;
  }

  /** @type {Pen["lineTo"]} */
  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${writePlace(x, y)}`;
  }

  /** @type {Pen["rect"]} */
  rect(x, y, width, height) {
    this.path += `M${writePlace(x, y)}h${writePlace(width)}v${writePlace(height)}h${writePlace(-width)}Z`;
  }

  // The pictures have whole circles only.
  /** @type {Pen["arc"]} */
  arc(x, y, radius) {
    const half = `${writePlace(radius, radius)} 0 1 1 `;
    this.path += `M${writePlace(x - radius, y)}A${half}${writePlace(x + radius, y)}A${half}${writePlace(x - radius, y)}Z`;
  }

  /** @type {(dash: number[]) => void} */
  setLineDash(dash) {
    this.dash = [...dash];
  }

  stroke() {
    const { strokeStyle, lineWidth, dash } = this;
    const looks = dash.length ? { "stroke-dasharray": dash.join(" ") } : {};
    this.add("path", { d: this.path, fill: "none", stroke: strokeStyle, "stroke-width": lineWidth, ...looks });
  }

  fill() {
    this.add("path", { d: this.path, fill: this.fillStyle });
  }

  /** @type {Pen["fillRect"]} */
  fillRect(x, y, width, height) {
    this.add("rect", { x, y, width, height, fill: this.fillStyle });
  }

  /** @type {Pen["strokeRect"]} */
  strokeRect(x, y, width, height) {
    const { strokeStyle, lineWidth } = this;
    this.add("rect", { x, y, width, height, fill: "none", stroke: strokeStyle, "stroke-width": lineWidth });
  }

  /** @type {Pen["fillText"]} */
  fillText(text, x, y) {
    const anchor = { left: "start", center: "middle", right: "end", start: "start", end: "end" }[this.textAlign];
    const [, bold, size, family] = /^(bold )?(\d+px) (.*)$/.exec(this.font) ?? [];
    const letters = { "font-family": family, "font-size": size, ...(bold ? { "font-weight": "bold" } : {}) };
    this.add("text", { x, y, fill: this.fillStyle, "text-anchor": anchor, ...letters }).textContent = text;
  }

  /** @type {Pen["measureText"]} */
  measureText(text) {
    const pen = penOf(make("canvas"));
    pen.font = this.font;
    return pen.measureText(text);
  }

  // Dots stay dots: they are embedded.
  /** @type {Pen["drawImage"]} */
  drawImage(canvas, x, y, width, height) {
    const looks = this.imageSmoothingEnabled ? {} : { "image-rendering": "pixelated" };
    this.add("image", { x, y, width, height, preserveAspectRatio: "none", href: canvas.toDataURL(), ...looks });
  }

  /** @type {(name: keyof SVGElementTagNameMap, attributes: Record<string, any>) => SVGElement} */
  add(name, attributes) {
    const looks = this.globalAlpha < 1 ? { ...attributes, opacity: this.globalAlpha } : attributes;
    /** @type {(value: any) => string | number} */
    const round = (value) => (typeof value === "number" ? roundThousandth(value) : value);
    return draw(
      name,
      Object.fromEntries(Object.entries(looks).map(([key, value]) => [key, round(value)])),
      this.parent,
    );
  }
}

/** @type {(...numbers: number[]) => string} */
function writePlace(...numbers) {
  return numbers.map(roundThousandth).join(" ");
}

/** @type {(number: number) => number} */
function roundThousandth(number) {
  return Math.round(number * 1000) / 1000;
}
