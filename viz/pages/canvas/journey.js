// Animates the backward pass: a number moves back along an edge, is multiplied by the local derivative, and drops into
// the sum of the node that receives it. If motion is off, an arrow and words say the same.

const LONGEST_JOURNEY = 1100; // milliseconds
const BRIEFEST = 150; // a journey that is briefer is not seen
const MILESTONES = { multiplied: 0.25, reduced: 0.55, arrived: 0.8 }; // parts of the time

class Journey {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.layer = draw("g", { class: "journey", "aria-hidden": "true" });
    this.frame = 0; // that was asked for, while it goes on
    /** @type {{ text: SVGTextElement; content: string | null } | null} */
    this.held = null; // the sum that it has not dropped into yet
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  // What stays where the step is: an arrow back, and beside it what it brings.
  paint() {
    this.layer.remove();
    const { page } = this;
    const step = page.drawnStep;
    if (step?.kind !== "backward") return;
    const route = this.findRoute(step);
    if (!route) return;
    this.layer.replaceChildren();
    page.picture.layer.append(this.layer);
    draw("path", { d: arrowBack(route), class: "back" }, this.layer);
    const brings = `${isOverwritten(step) ? "→" : "+"} ${minus(factor(formatNumber(step.contribution)))}`; // short: boxes stand close
    const width = brings.length * LETTER_WIDTH;
    const { x, y } = route.getPointAtLength(4);
    const places = [{ x: x + 2, y: y + 20 }];
    const receiver = page.scene.boxOf(step.operand)?.at;
    if (receiver) {
      const left = receiver.x + receiver.width - width;
      places.push({ x: left, y: receiver.y - 4 }, { x: left, y: receiver.y + receiver.height + 12 });
    }
    const spot = page.picture.labels.findRoom(width, places, receiver ?? null);
    if (spot) draw("text", { x: spot.x, y: spot.y, class: "brings" }, this.layer).textContent = brings;
  }

  // The way from the node that receives a gradient to the one that passes it on, along the edge that is drawn.
  /** @type {(step: Backward) => SVGPathElement | null} */
  findRoute({ node, index }) {
    const along = this.page.picture.curves.filter(
      (curve) =>
        !curve.owner && curve.edges.some((edge) => edge.uses.some(([user, use]) => user === node && use === index)),
    );
    const { x, y } = along.at(-1) ?? { x: 0, y: 0 }; // of planes inside one another the innermost
    const parts = along.filter((curve) => curve.x === x && curve.y === y).map((curve) => curve.points);
    /** @type {Point[]} */
    const points = [];
    let next = parts.find((part) => !parts.some((other) => leadsTo(other, part)));
    while (next) {
      const current = next;
      points.push(...current.slice(points.length ? 1 : 0));
      parts.splice(parts.indexOf(current), 1);
      next = parts.find((part) => leadsTo(current, part));
    }
    return points.length ? draw("path", { d: drawCurve(points.map((point) => [point[0] + x, point[1] + y])) }) : null;
  }

  // Let the number of this step travel, for so long.
  /** @type {(time: number) => void} */
  go(time) {
    const { page } = this;
    const { step } = page;
    const lasts = Math.min(time * 0.8, LONGEST_JOURNEY);
    if (step?.kind !== "backward" || this.still.matches || lasts < BRIEFEST || !this.layer.isConnected) return;
    const route = this.findRoute(step);
    const receiver = page.scene.boxOf(step.operand);
    if (!route || !receiver?.lines) return;
    const whole = route.getTotalLength();
    this.layer.classList.add("going");
    const bubble = draw("g", { class: "bubble" }, this.layer);
    const body = draw("rect", { height: 20, y: -10, rx: 10 }, bubble);
    const text = draw("text", { y: 4, class: "middle" }, bubble);
    const [upstream, local, contribution] = [step.upstream, step.local, step.contribution].map(formatNumber);
    const stages = [upstream, `${upstream} × ${factor(local)}`, contribution].map(minus);
    this.hold(receiver.lines.grad, step);
    const end = { x: receiver.at.x + receiver.at.width / 2, y: receiver.at.y + receiver.at.height - 10 };
    const start = performance.now();
    let stage = -1;
    /** @type {(now: number) => void} */
    const show = (now) => {
      const part = Math.min(Math.max((now - start) / lasts, 0), 1);
      const due = part < MILESTONES.multiplied ? 0 : part < MILESTONES.reduced ? 1 : 2;
      stage = Math.min(due, stage + 1); // none is left out, however slow the browser is
      if (text.textContent !== stages[stage]) {
        text.textContent = stages[stage];
        const width = stages[stage].length * LETTER_WIDTH + 16;
        body.setAttribute("width", String(width));
        body.setAttribute("x", String(-width / 2));
      }
      const way = Math.min(part / MILESTONES.arrived, 1);
      const { x, y } = route.getPointAtLength(whole * (1 - way));
      const drop = Math.max((part - MILESTONES.arrived) / (1 - MILESTONES.arrived), 0);
      bubble.setAttribute("transform", `translate(${round(x + (end.x - x) * drop)} ${round(y + (end.y - y) * drop)})`);
      if (part === 1 && stage === 2) return this.stop();
      this.frame = requestAnimationFrame(show);
    };
    this.frame = requestAnimationFrame(show);
    show(start);
  }

  // Until it has dropped in, the sum is seen as it was before.
  /** @type {(text: SVGTextElement, step: Backward) => void} */
  hold(text, step) {
    this.held = { text, content: text.textContent };
    const first = this.page.run.ledger[step.operand][0] === this.page.k - 1;
    text.textContent = first ? "" : minus(formatNumber(step.before));
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.held) this.held.text.textContent = this.held.content;
    this.held = null;
    this.layer.classList.remove("going");
    this.layer.querySelector(".bubble")?.remove();
  }
}

// Whether one curve ends where another one begins.
/** @type {(points: Point[], others: Point[]) => boolean} */
function leadsTo(points, others) {
  const [[x, y], [otherX, otherY]] = [points[points.length - 1], others[0]];
  return points !== others && Math.hypot(x - otherX, y - otherY) < 0.3;
}

// An arrowhead at the beginning of an edge, which points to where the edge comes from.
/** @type {(route: SVGPathElement) => string} */
function arrowBack(route) {
  const [tip, behind] = [route.getPointAtLength(1), route.getPointAtLength(13)];
  const length = Math.hypot(behind.x - tip.x, behind.y - tip.y) || 1;
  const [x, y] = [(behind.x - tip.x) / length, (behind.y - tip.y) / length];
  /** @type {(along: number, aside: number) => string} */
  const at = (along, aside) => `${round(tip.x + along * x - aside * y)} ${round(tip.y + along * y + aside * x)}`;
  return `M${at(0, 0)}L${at(13, 6.5)}L${at(13, -6.5)}Z`;
}
