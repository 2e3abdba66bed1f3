// The camera: zooms with the wheel, the keys or two fingers, pans by dragging, and fits the picture.

const NEAREST = 3;
const FARTHEST = 0.05;
const READABLE = 1; // a picture is not shown smaller than this unless a person asks for it: no letter under 11 px
const STRIP = { above: 46, below: 58, beside: 52 }; // for the buttons, the legend and the map, so that they cover no box
const LOW = { above: 0, below: 42 }; // the same where there is little height: for the map alone
const MARGIN = 8;
const TALL = 2; // how much higher than wide a picture is whose map stands beside it
const LEAST = 24; // px of width and height that are counted on, even while the page has no room at all
const LARGEST = 2.2; // a small graph is not blown up further than this

class Camera {
  // svg: where it is seen; layer: the group that holds the picture; resized: what to do when there is other room;
  // signal: until when
  /** @param {Held<SVGSVGElement>} svg @param {SVGGElement} layer @param {() => void} resized @param {AbortSignal} signal */
  constructor(svg, layer, resized, signal) {
    this.svg = svg;
    this.layer = layer;
    this.x = this.y = 0;
    this.scale = 1;
    this.fitted = true; // until a person moves it
    this.bounds = { width: 1, height: 1 };
    /** @type {Area[]} */
    this.areas = []; // of all boxes: one of them is always seen
    this.moved = () => {}; // whom to tell
    /** @type {Map<number, Spot>} */
    this.fingers = new Map(); // by the id of their pointer
    this.start = { x: 0, y: 0 }; // where the last of them was put
    this.dragged = false;
    this.printing = false;
    this.resized = resized;
    this.size = this.measure();
    const observer = new ResizeObserver(() => this.printing || this.resize());
    observer.observe(svg.parentElement);
    signal.addEventListener("abort", () => observer.disconnect());
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
    svg.addEventListener("pointerdown", (event) => this.press(event), { signal });
    svg.addEventListener("pointermove", (event) => this.move(event), { signal });
    for (const lifted of /** @type {const} */ (["pointerup", "pointercancel"])) {
      window.addEventListener(lifted, (event) => this.fingers.delete(event.pointerId), { signal }); // wherever that is
    }
  }

  // To ask for the size makes the browser lay out everything, so it is asked once. And a picture whose size depends
  // on nothing around it is not laid out again each time that a text beside it changes.
  measure() {
    this.svg.parentElement.style.setProperty("--above", `${this.svg.parentElement.offsetTop}px`);
    const { clientWidth, clientHeight } = this.svg.parentElement;
    const { width, height } = this.bounds;
    this.low = !byId("legend").clientHeight;
    const isWhole = this.low && width <= clientWidth - 2 * MARGIN && height <= clientHeight - 2 * MARGIN;
    const { above, below } = this.strips;
    const size = {
      width: Math.max((clientWidth || 800) - (this.isTall ? STRIP.beside : 0), LEAST),
      height: Math.max((clientHeight || 500) - above - (isWhole || (this.low && this.isTall) ? 0 : below), LEAST),
    };
    this.svg.style.top = `${above}px`;
    this.svg.style.width = `${size.width}px`;
    this.svg.style.height = `${size.height}px`;
    return size;
  }

  resize() {
    this.size = this.measure();
    this.resized();
  }

  // The room above and below the picture for all else; none above where the buttons stand beside the legend.
  get strips() {
    if (this.low) return LOW;
    return byId("zoom").offsetTop > STRIP.above ? { ...STRIP, above: 0 } : STRIP;
  }

  get isTall() {
    return this.bounds.height > TALL * this.bounds.width;
  }

  // A picture of another size.
  /** @type {(bounds: { width: number; height: number }) => void} */
  setBounds(bounds) {
    this.bounds = bounds;
    const { above, below } = this.strips;
    const need = bounds.height + above + below + 2 * MARGIN;
    this.svg.parentElement.style.setProperty("--need", `${need}px`); // the height to show all of it
    this.size = this.measure();
  }

  // A plane, or a narrower one where this is too wide to be read as a whole: one reads on downwards, like text.
  /** @type {(plane: Plane) => Plane} */
  choose(plane) {
    const fits = plane.width * READABLE <= this.size.width - 2 * MARGIN;
    return plane.narrow && !fits ? this.choose(plane.narrow) : plane;
  }

  // A transform, not the viewBox: a step aside then needs no new layout of the whole picture.
  apply() {
    this.printing = false;
    this.svg.removeAttribute("viewBox");
    this.layer.setAttribute("transform", `scale(${this.scale}) translate(${-this.x} ${-this.y})`);
    this.moved();
  }

  // What is seen of the plane, without its margin.
  get seen() {
    const { width, height } = this.size;
    const side = MARGIN / this.scale;
    const above = (this.low ? MARGIN : 6) / this.scale;
    return {
      x: this.x + side,
      y: this.y + above,
      width: width / this.scale - 2 * side,
      height: height / this.scale - 2 * above,
    };
  }

  // What is seen of the plane, all of it.
  get view() {
    return { x: this.x, y: this.y, width: this.size.width / this.scale, height: this.size.height / this.scale };
  }

  get showsAll() {
    return holds(this.seen, { x: 0, y: 0, ...this.bounds });
  }

  // On paper everything is seen.
  showAll() {
    this.printing = true;
    this.svg.classList.toggle("tall", this.isTall);
    this.svg.setAttribute("viewBox", `-18 -18 ${this.bounds.width + 36} ${this.bounds.height + 36}`);
    this.layer.removeAttribute("transform");
  }

  // Show everything; unless `readable`, however small it becomes. Where that is too much, these areas.
  /** @type {(readable: boolean, areas: Area[]) => void} */
  fit(readable, areas) {
    this.scale = 1;
    const { width, height } = this.seen; // at a scale of 1
    const fitting = Math.min(width / this.bounds.width, height / this.bounds.height);
    this.scale = Math.min(Math.max(fitting, readable ? READABLE : FARTHEST), LARGEST);
    const { seen } = this;
    this.x += this.bounds.width / 2 - seen.x - seen.width / 2;
    this.y += this.bounds.height / 2 - seen.y - seen.height / 2;
    this.fitted = true;
    this.show(areas);
    this.apply();
  }

  // Move as little as brings these areas into sight, the first before the others; into the middle from afar.
  /** @type {(areas: Area[]) => void} */
  show(areas) {
    if (!areas.length || this.showsAll) return;
    const { seen } = this;
    let shown = areas[0];
    for (const area of areas.slice(1)) {
      const both = union(shown, area);
      if (both.width <= seen.width && both.height <= seen.height) shown = both;
    }
    const x = nearest(seen.x, seen.width, shown.x, shown.width);
    const y = nearest(seen.y, seen.height, shown.y, shown.height);
    if (!x && !y) return;
    const { width, height } = this.bounds;
    this.x += inside(seen.x + x, width - seen.width) - seen.x;
    this.y += inside(seen.y + y, height - seen.height) - seen.y;
    this.apply();
  }

  // Some box stays in sight, wherever a person goes.
  keep() {
    const { seen } = this;
    /** @type {(area: Area) => number} */
    const away = (area) => Math.hypot(...offset(seen, area));
    const closest = this.areas.reduce((a, b) => (away(b) < away(a) ? b : a), this.areas[0]);
    if (!closest || !away(closest)) return;
    const [x, y] = offset(seen, closest);
    this.x += x;
    this.y += y;
  }

  /** @type {(factor: number, at?: Spot) => void} */
  zoom(factor, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const scale = Math.min(Math.max(this.scale * factor, FARTHEST), NEAREST);
    this.x += at.x / this.scale - at.x / scale;
    this.y += at.y / this.scale - at.y / scale;
    this.scale = scale;
    this.fitted = false;
    this.keep();
    this.apply();
  }

  /** @type {(x: number, y: number) => void} */
  pan(x, y) {
    this.x -= x / this.scale;
    this.y -= y / this.scale;
    this.fitted = false;
    this.keep();
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
    const { pointerId, pointerType, buttons } = event;
    if (pointerType === "mouse" && !buttons) this.fingers.delete(pointerId); // lifted over a menu, which tells nobody
    const before = this.fingers.get(pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    if (!this.dragged && Math.hypot(now.x - this.start.x, now.y - this.start.y) < 5) return;
    if (!this.dragged) this.svg.setPointerCapture(pointerId);
    this.dragged = true;
    const others = [...this.fingers].filter(([id]) => id !== pointerId).map(([, place]) => place);
    this.fingers.set(pointerId, now);
    if (!others.length) return this.pan(now.x - before.x, now.y - before.y);
    const [other] = others;
    /** @type {(place: Spot) => number} */
    const distance = (place) => Math.hypot(place.x - other.x, place.y - other.y);
    const frame = this.svg.getBoundingClientRect();
    const middle = { x: (now.x + other.x) / 2 - frame.left, y: (now.y + other.y) / 2 - frame.top };
    this.zoom(distance(now) / Math.max(distance(before), 1), middle);
  }
}

// How far to move a stretch that is seen for it to hold another: into the middle where that is longer, or far away.
/** @type {(from: number, seen: number, start: number, extent: number) => number} */
function nearest(from, seen, start, extent) {
  const middle = start + extent / 2 - (from + seen / 2);
  if (extent > seen || Math.abs(middle) > 1.5 * seen) return middle;
  return Math.min(start - from, 0) || Math.max(start + extent - from - seen, 0);
}

// No further than the picture goes, where it is larger than what is seen.
/** @type {(at: number, most: number) => number} */
function inside(at, most) {
  return most > 0 ? Math.min(Math.max(at, 0), most) : at;
}

// How far to move for a corner of an area, 40 wide and high, to be seen.
/** @type {(seen: Area, area: Area) => [x: number, y: number]} */
function offset(seen, area) {
  /** @type {(from: number, length: number, start: number, extent: number) => number} */
  const along = (from, length, start, extent) =>
    Math.max(start + Math.min(extent, 40) - from - length, 0) ||
    Math.min(start + extent - Math.min(extent, 40) - from, 0);
  return [along(seen.x, seen.width, area.x, area.width), along(seen.y, seen.height, area.y, area.height)];
}

/** @type {(a: Area, b: Area) => Area} */
function union(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  return { x, y, width: right - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** @type {(a: Area, b: Area) => boolean} */
function meet(a, b) {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;
}

/** @type {(a: Area, b: Area) => boolean} */
function holds(a, b) {
  const spare = 0.5;
  return (
    a.x <= b.x + spare &&
    a.y <= b.y + spare &&
    a.x + a.width >= b.x + b.width - spare &&
    a.y + a.height >= b.y + b.height - spare
  );
}
