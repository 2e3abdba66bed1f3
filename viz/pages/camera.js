// Which part of the plane is seen: zoom with the wheel, the keys or two fingers, pan by dragging, fit.

const NEAREST = 3;
const FARTHEST = 0.05;
const READABLE = 0.55; // a picture is not shown smaller than this unless a person asks for it

class Camera {
  // svg: where it is seen; layer: the group that holds the picture
  /** @param {Held<SVGSVGElement>} svg @param {SVGGElement} layer */
  constructor(svg, layer) {
    this.svg = svg;
    this.layer = layer;
    this.x = this.y = 0;
    this.scale = 1;
    this.fitted = true; // until a person moves it
    this.bounds = { width: 1, height: 1 };
    /** @type {Map<number, Spot>} */
    this.fingers = new Map(); // by the id of their pointer
    this.start = { x: 0, y: 0 }; // where the last of them was put
    this.dragged = false;
    this.printing = false;
    this.size = this.measure();
    new ResizeObserver(() => {
      if (this.printing) return;
      this.size = this.measure();
      if (this.fitted) this.fit(true);
    }).observe(svg.parentElement);
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.press(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.fingers.delete(event.pointerId));
    svg.addEventListener("pointercancel", (event) => this.fingers.delete(event.pointerId));
  }

  // To ask for the size makes the browser lay out everything, so it is asked once. And a picture whose size depends
  // on nothing around it is not laid out again each time that a text beside it changes.
  measure() {
    const { clientWidth, clientHeight } = this.svg.parentElement;
    const size = { width: clientWidth || 800, height: clientHeight || 500 };
    this.svg.style.width = `${size.width}px`;
    this.svg.style.height = `${size.height}px`;
    return size;
  }

  // A transform, not the viewBox: a step aside then needs no new layout of the whole picture.
  apply() {
    this.printing = false;
    this.svg.removeAttribute("viewBox");
    this.layer.setAttribute("transform", `scale(${this.scale}) translate(${-this.x} ${-this.y})`);
  }

  // On paper everything is seen.
  showAll() {
    this.printing = true;
    this.svg.setAttribute("viewBox", `-8 -8 ${this.bounds.width + 16} ${this.bounds.height + 16}`);
    this.layer.removeAttribute("transform");
  }

  // Show everything; unless `readable`, however small it becomes.
  /** @type {(readable?: boolean, focus?: Spot | null) => void} */
  fit(readable = false, focus = null) {
    const { width, height } = this.size;
    const margin = width < 500 ? 12 : 28;
    const edge = height < 420 ? 44 : 68; // above and below are buttons and the legend
    const fitting = Math.min((width - 2 * margin) / this.bounds.width, (height - 2 * edge) / this.bounds.height);
    this.scale = Math.min(Math.max(fitting, readable ? READABLE : FARTHEST), 1.35);
    const seen = { width: width / this.scale, height: height / this.scale };
    /** @type {(axis: "x" | "y", extent: "width" | "height", room: number) => number} */
    const place = (axis, extent, room) => {
      if (this.bounds[extent] + (2 * room) / this.scale <= seen[extent] + 1)
        return (this.bounds[extent] - seen[extent]) / 2;
      const wanted = (focus ? focus[axis] : this.bounds[extent]) - seen[extent] / 2;
      return Math.min(Math.max(wanted, -room / this.scale), this.bounds[extent] + room / this.scale - seen[extent]);
    };
    this.x = place("x", "width", margin);
    this.y = place("y", "height", edge);
    this.fitted = true;
    this.apply();
  }

  // Move as little as brings a box into sight.
  /** @type {(box: Area) => void} */
  show(box) {
    const { width, height } = this.size;
    const margin = 24 / this.scale;
    /** @type {(from: number, seen: number, start: number, extent: number) => number} */
    const nearest = (from, seen, start, extent) => {
      if (extent + 2 * margin > seen) return start + extent / 2 - seen / 2;
      return Math.min(Math.max(from, start + extent + margin - seen), start - margin);
    };
    const x = nearest(this.x, width / this.scale, box.x, box.width);
    const y = nearest(this.y, height / this.scale, box.y, box.height);
    if (x === this.x && y === this.y) return;
    this.x = x;
    this.y = y;
    this.apply();
  }

  /** @type {(factor: number, at?: Spot) => void} */
  zoom(factor, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const scale = Math.min(Math.max(this.scale * factor, FARTHEST), NEAREST);
    this.x += at.x / this.scale - at.x / scale;
    this.y += at.y / this.scale - at.y / scale;
    this.scale = scale;
    this.fitted = false;
    this.apply();
  }

  /** @type {(x: number, y: number) => void} */
  pan(x, y) {
    this.x -= x / this.scale;
    this.y -= y / this.scale;
    this.fitted = false;
    this.apply();
  }

  /** @type {(event: WheelEvent) => void} */
  wheel(event) {
    event.preventDefault();
    const frame = this.svg.getBoundingClientRect();
    const turn = event.deltaMode ? event.deltaY * 16 : event.deltaY;
    this.zoom(Math.exp(-turn / 400), { x: event.clientX - frame.left, y: event.clientY - frame.top });
  }

  /** @type {(event: PointerEvent) => void} */
  press(event) {
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.start = { x: event.clientX, y: event.clientY };
    this.dragged = false;
  }

  /** @type {(event: PointerEvent) => void} */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (!this.dragged && Math.hypot(now.x - this.start.x, now.y - this.start.y) < 5) return;
    if (!this.dragged) this.svg.setPointerCapture(event.pointerId);
    this.dragged = true;
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.fingers.set(event.pointerId, now);
    if (!others.length) return this.pan(now.x - before.x, now.y - before.y);
    const [other] = others;
    /** @type {(place: Spot) => number} */
    const distance = (place) => Math.hypot(place.x - other.x, place.y - other.y);
    const frame = this.svg.getBoundingClientRect();
    const middle = { x: (now.x + other.x) / 2 - frame.left, y: (now.y + other.y) / 2 - frame.top };
    this.zoom(distance(now) / Math.max(distance(before), 1), middle);
  }
}
