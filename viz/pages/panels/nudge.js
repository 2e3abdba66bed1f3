// Shows the meaning of a gradient: nudge a leaf, and the output follows its slope. Old numbers stay beside the new.

const SAMPLES = 60; // points of the curve
const DRAG = 160; // pixels from the middle of a leaf's slider to its end

class Nudge {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {number | null} */
    this.leaf = null;
    /** @type {Point[]} */
    this.curve = [];
  }

  // Remember what is before a leaf changes, unless it is in the midst of changing.
  /** @type {(leaf: number) => void} */
  begin(leaf) {
    if (this.leaf === leaf) return;
    this.leaf = leaf;
    this.page.before = this.page.right;
    this.curve = [];
    this.page.order.paint(); // once, not with every change
  }

  end() {
    this.leaf = this.page.before = null;
  }

  // A leaf follows the pointer that took hold of its box: to the right it grows.
  /** @type {(event: PointerEvent, drawn: DrawnBox) => void} */
  grab(event, { group, box }) {
    const { page } = this;
    const { camera } = page.picture;
    const [leaf] = box.members;
    if (page.quiz || event.button || camera.fingers.size) return;
    event.stopPropagation(); // the picture stays where it is
    camera.dragged = false;
    const start = page.run.values[leaf];
    const { low, high } = reachAround(page.graph.recorded.values[leaf]);
    const step = (high - low) / 2 / DRAG;
    /** @type {(moved: PointerEvent) => void} */
    const move = (moved) => {
      if (!moved.buttons) return drop(); // lifted beside the box
      const way = moved.clientX - event.clientX;
      if (moved.pointerId !== event.pointerId || (!camera.dragged && abs(way) < 5)) return;
      if (!camera.dragged) group.setPointerCapture(event.pointerId);
      camera.dragged = true;
      page.setLeaf(leaf, roundDragged(start + way * step));
    };
    const drop = () => {
      group.removeEventListener("pointermove", move);
      for (const name of DROPS) group.removeEventListener(name, drop);
    };
    group.addEventListener("pointermove", move);
    for (const name of DROPS) group.addEventListener(name, drop);
  }

  // A hundredth of the way from the middle of its slider to the end, to the right or to the left.
  /** @type {(leaf: number, way: number) => void} */
  move(leaf, way) {
    const { low, high } = reachAround(this.page.graph.recorded.values[leaf]);
    const step = (high - low) / 200;
    this.page.setLeaf(leaf, Number((this.page.run.values[leaf] + way * step).toPrecision(6)));
  }

  // The nudge, and what it did, in one sentence.
  tell() {
    const { page, leaf } = this;
    const { before } = page;
    if (leaf === null || !before) return "";
    const { moved, grown, said } = this.measure(leaf, before);
    return `Δ${page.graph.names[leaf]} is ${formatNumber(moved)}, Δ${page.topName} is ${formatNumber(grown)}, the gradient says ${formatNumber(said)}.`;
  }

  /** @type {(leaf: number, before: Run) => { moved: number; grown: number; said: number }} */
  measure(leaf, before) {
    const { graph, run } = this.page;
    const moved = run.values[leaf] - before.values[leaf];
    return {
      moved,
      grown: run.values[graph.root] - before.values[graph.root],
      said: moved === 0 ? 0 : before.gradients[leaf] * moved,
    };
  }

  paint() {
    const { page, leaf } = this;
    const { before } = page;
    const card = byId("nudge");
    card.hidden = leaf === null || page.quiz !== null;
    if (leaf === null || !before || card.hidden) return card.replaceChildren();
    const first = !card.childElementCount;
    const [scope, name] = splitName(page.graph.names[leaf]);
    const top = page.topName;
    /** @type {(number: number) => string} */
    const shown = (number) => minus(formatNumber(number));
    const [from, to] = [before, page.run].map(({ values }) => shown(values[leaf]));
    const { moved, grown, said } = this.measure(leaf, before);
    const isKnown = [before.gradients[leaf], before.values[page.graph.root]].every(Number.isFinite);
    const isSmooth = isKnown && findBreak(page.graph, before, leaf) < 0;
    const judgement = isSmooth
      ? [words(judgeNudge(grown, said, name, top))]
      : prose(sayNoSlope(page.graph, before, leaf, top));
    /** @type {(...texts: string[]) => Element} */
    const row = (head, ...cells) =>
      make("tr", {}, make("th", { scope: "row" }, words(head)), ...cells.map((text) => make("td", {}, words(text))));
    refill(
      card,
      cardHead(
        "nudge",
        ["Nudge ", words(name)],
        quietButton("from-here", "from here", () => this.restart(), "Compare with the present numbers"),
        quietButton("put-back", "put back", () => this.putBack(), "Back to where it was"),
      ),
      scope ? make("p", { class: "scope" }, words(scope)) : "",
      make("p", { class: "moved" }, words(name), " ", make("s", {}, from), ` → ${to}`),
      make(
        "table",
        { class: "numbers" },
        make(
          "tbody",
          {},
          row("nudge", `Δ${shorten(name, 20)}`, shown(moved)),
          row("what happened", `Δ${shorten(top, 20)}`, shown(grown)),
          row(
            "gradient · nudge",
            `${minus(factor(formatNumber(before.gradients[leaf])))} · ${minus(factor(formatNumber(moved)))}`,
            shown(said),
          ),
        ),
      ),
      this.drawCurve(leaf, before),
      make("p", { class: "note" }, ...judgement),
    );
    if (first) card.scrollIntoView({ block: "nearest" });
  }

  // The output over the leaf, with a line where the nudge began: its tangent, unless the gradient is no slope.
  /** @type {(leaf: number, before: Run) => Element} */
  drawCurve(leaf, before) {
    const { graph, run, topName } = this.page;
    const [x, y] = [before.values[leaf], before.values[graph.root]];
    const [now, result] = [run.values[leaf], run.values[graph.root]];
    const home = reachAround(graph.recorded.values[leaf]);
    const ends = [home.low, home.high, x, now].filter(Number.isFinite); // a leaf may come from inf or nan
    const reach = { low: Math.min(...ends), high: Math.max(...ends) };
    if (!this.curve.length || reach.low !== this.curve[0][0] || reach.high !== this.curve[SAMPLES][0]) {
      this.curve = Array.from({ length: SAMPLES + 1 }, (_, number) => {
        const part = number / SAMPLES; // the ends exactly, as they are compared
        const place = reach.low * (1 - part) + reach.high * part;
        return [place, outputAt(graph, before.values, leaf, place)];
      });
    }
    const slope = before.gradients[leaf];
    /** @type {(place: number) => Point} */
    const tangent = (place) => [place, y + slope * (place - x)];
    const name = graph.names[leaf];
    return drawPlot(
      `${topName} against ${name}: a curve, and the gradient as a line of slope ${formatNumber(slope)} at ${name} = ${formatNumber(x)}`,
      reach,
      findReach(
        this.curve.map((point) => point[1]),
        [y, result],
      ),
      [
        { points: this.curve, classes: "curve" },
        { points: [tangent(reach.low), tangent(reach.high)], classes: "tangent" },
        { points: [tangent(now), [now, result]], classes: "gap" },
      ],
      [
        { point: [x, y], classes: "old" },
        { point: tangent(now), classes: "said" },
        { point: [now, result], classes: "now" },
      ],
      [splitName(name)[1], topName],
    );
  }

  restart() {
    const { leaf } = this;
    this.end();
    if (leaf !== null) this.begin(leaf);
    this.page.update(false);
  }

  putBack() {
    const { page, leaf } = this;
    const { before } = page;
    if (leaf === null || !before) return;
    page.setLeaf(leaf, before.values[leaf]);
    this.end();
    page.update(false);
  }
}

/** @type {("pointerup" | "pointercancel")[]} */
const DROPS = ["pointerup", "pointercancel"];

/** @type {(grown: number, said: number, name: string, top: string) => string} */
function judgeNudge(grown, said, name, top) {
  const slope = `The gradient is the slope of the tangent: how fast ${top} changes with ${name} at the start of the nudge.`;
  if (grown === said) return slope;
  if (isClose(grown, said, 1e-6)) return `${slope} Along a straight line it is right at any distance.`;
  if (isClose(grown, said, 0.05)) return `${slope} This close, both nearly agree.`;
  return `${slope} Farther away the curve leaves its tangent: a gradient describes small nudges.`;
}

/** @type {(graph: Graph, run: Run, leaf: number, top: string) => string} */
function sayNoSlope(graph, run, leaf, top) {
  const node = findBreak(graph, run, leaf);
  const why = node < 0 ? "" : `: see the step back from ${quote(graph.names[node])}`;
  return `Here the gradient need not be how fast ${quote(top)} changes with ${quote(graph.names[leaf])}${why}.`;
}
