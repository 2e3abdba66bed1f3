// Draws a small map of the whole graph, with the visible part and the current boxes, if not all of it is visible.

const MAP = { width: 168, height: 44, margin: 4 }; // below the picture
const BESIDE = { width: 36, height: 400 }; // of one that is much higher than wide

class Overview {
  /** @param {Camera} camera @param {AbortSignal} signal */
  constructor(camera, signal) {
    this.camera = camera;
    this.svg = byId("map");
    this.svg.replaceChildren();
    this.boxes = draw("path", { class: "boxes" }, this.svg);
    this.spoken = draw("path", { class: "spoken" }, this.svg);
    this.frame = draw("rect", { class: "frame", rx: 2 }, this.svg);
    this.scale = 1;
    camera.moved = () => this.paintFrame();
    this.svg.addEventListener("pointerdown", (event) => this.go(event), { signal });
    this.svg.addEventListener("pointermove", (event) => event.buttons && this.go(event), { signal });
  }

  // Draw another picture.
  build() {
    const { bounds, isTall, low, size } = this.camera;
    const { width, height } = bounds;
    const room = isTall
      ? { width: BESIDE.width, height: Math.min(BESIDE.height, size.height - 20) }
      : { width: MAP.width, height: low ? LOW.below - 12 : MAP.height };
    this.scale = Math.min(room.width / width, room.height / height);
    this.svg.classList.toggle("beside", isTall);
    this.svg.setAttribute("width", String(width * this.scale + 2 * MAP.margin));
    this.svg.setAttribute("height", String(height * this.scale + 2 * MAP.margin));
    this.boxes.setAttribute("d", this.outline(this.camera.areas));
    this.paintFrame();
  }

  /** @type {(areas: Area[]) => void} */
  paint(areas) {
    this.spoken.setAttribute("d", this.outline(areas));
  }

  /** @type {(areas: Area[]) => string} */
  outline(areas) {
    /** @type {(length: number) => number} */
    const scaled = (length) => Math.max(round(length * this.scale), 1.5);
    return areas
      .map(({ x, y, width, height }) => {
        const [left, top] = [round(x * this.scale + MAP.margin), round(y * this.scale + MAP.margin)];
        return `M${left} ${top}h${scaled(width)}v${scaled(height)}h${-scaled(width)}z`;
      })
      .join("");
  }

  paintFrame() {
    const { camera } = this;
    this.svg.classList.toggle("unneeded", camera.showsAll);
    if (camera.showsAll) return;
    for (const [name, length] of Object.entries(camera.view)) {
      const shift = name === "x" || name === "y" ? MAP.margin : 0;
      this.frame.setAttribute(name, String(round(length * this.scale + shift)));
    }
  }

  // To the place on the map that is pointed at.
  /** @type {(event: PointerEvent) => void} */
  go(event) {
    const at = this.svg.getBoundingClientRect();
    const { seen } = this.camera;
    const x = (event.clientX - at.left - MAP.margin) / this.scale - seen.x - seen.width / 2;
    const y = (event.clientY - at.top - MAP.margin) / this.scale - seen.y - seen.height / 2;
    this.camera.pan(-x * this.camera.scale, -y * this.camera.scale);
  }
}
