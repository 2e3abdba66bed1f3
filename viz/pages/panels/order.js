// Shows the topological order as a numbered strip: which nodes are done, ready, or waiting, and for what.

const MOST_CHIPS = 300;
const AROUND = 60; // chips of a longer order: the part around the current step

// In the forward pass a node is ready when its operands are computed; in the backward pass when all its users
// have passed their gradient on.
/** @type {(page: Page, node: number) => { state: "done" | "ready" | "waiting"; why: string }} */
function statusOf(page, node) {
  const { graph, run } = page;
  if (!page.inBackward) {
    if (page.isComputed(node)) return { state: "done", why: graph.isOperation(node) ? "computed" : "given" };
    const missing = graph.operands[node].filter((operand) => !page.isComputed(operand)).length;
    if (!missing)
      return { state: "ready", why: graph.isOperation(node) ? "its operands are computed" : "its number is given" };
    const total = `${graph.operands[node].length} ${plural(graph.operands[node].length, "operand")}`;
    return { state: "waiting", why: `not ready: ${missing} of ${total} not computed` };
  }
  if (graph.isConstant(node)) return { state: "done", why: "a constant: no gradient" };
  const uses = graph.uses[node];
  const { quiz } = page;
  if (quiz) {
    if (quiz.knows(node)) return { state: "done", why: "its gradient is known" };
    const ready = uses.every(([user]) => quiz.knows(user));
    return {
      state: ready ? "ready" : "waiting",
      why: ready ? "the gradients of its users are known" : "not ready: gradients of its users are still covered",
    };
  }
  if (!run.ledger[node].length) return { state: "done", why: "no gradient comes back to it" };
  /** @type {(number: number | null) => boolean} */
  const isDone = (number) => page.isShown(number) && page.isOfThisPass(number ?? 0);
  const passing = uses.filter(([user, index]) => run.stepOf[user][index] !== null); // not those behind a detach()
  const open = passing.filter(([user, index]) => !isDone(page.stepOf(user, index))).length;
  if (open) {
    const what = graph.isOperation(node) ? "not ready" : "not complete";
    const have = plural(open, "has not passed its", "have not passed their");
    const second = run.again && page.k > run.again.step ? " in the second pass" : "";
    const total = `${passing.length} ${plural(passing.length, "use")}`;
    return { state: "waiting", why: `${what}: ${open} of ${total} ${have} gradient on${second}` };
  }
  if (!page.gradientOf(node)?.complete)
    return { state: "waiting", why: "not complete: uses pass their gradient on a second time" };
  const sent = run.sent[node].filter((number) => page.isOfThisPass(number)).every((number) => page.isShown(number));
  if (sent)
    return { state: "done", why: graph.isOperation(node) ? "has passed its gradient on" : "its gradient is complete" };
  return { state: "ready", why: "its gradient is complete, to be passed on" };
}

class Order {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.list = byId("order");
    this.first = this.shown = -1;
    /** @type {(Drawn & { node: number; button: HTMLElement; name: string })[]} */
    this.chips = [];
    this.room = page.graph.size <= MOST_CHIPS ? page.graph.size : AROUND;
  }

  /** @type {(first: number) => void} */
  build(first) {
    this.first = first;
    const { graph } = this.page;
    const last = Math.min(first + this.room, graph.size);
    this.chips = [];
    this.list.replaceChildren();
    if (first) this.list.append(make("li", { class: "more" }, `${first} before`));
    let scopeBefore = "";
    for (let node = first; node < last; node++) {
      const [scope, name] = splitName(graph.names[node]);
      if (scope && scope !== scopeBefore) this.list.append(make("li", { class: "scope" }, shorten(scope, 32)));
      scopeBefore = scope || scopeBefore;
      const short = shorten(name, 14);
      const full = short === name ? name : `${short}, ${name}`; // a name begins with what is seen
      const button = make(
        "button",
        { type: "button", tabindex: "-1", onclick: () => this.page.pin(node) },
        make("span", { class: "count" }, String(node + 1)),
        " ",
        make("bdi", {}, short),
      );
      this.chips.push({ node, button, name: scope ? `${full} of ${scope}` : full, painted: {} });
      this.list.append(make("li", {}, button));
    }
    if (last < graph.size) this.list.append(make("li", { class: "more" }, `${graph.size - last} more`));
  }

  paint() {
    const { page } = this;
    const focus = page.marked;
    const step = page.drawnStep;
    const current = step ? step.operand : (focus ?? 0);
    const before = this.first;
    if (this.first < 0 || current < this.first || current >= this.first + this.room) {
      this.build(Math.min(Math.max(current - this.room / 2, 0), Math.max(page.graph.size - this.room, 0)));
    }
    for (const chip of this.chips) {
      const { state, why } = statusOf(page, chip.node);
      const now = step && (step.operand === chip.node ? " current" : step.node === chip.node ? " sender" : "");
      set(
        chip,
        "class",
        `${state}${now ?? ""}${chip.node === focus ? " selected" : ""}`,
        (value) => (chip.button.className = value),
      );
      set(chip, "label", `${chip.node + 1}, ${chip.name}: ${why}`, (value) => {
        chip.button.setAttribute("aria-label", value);
        chip.button.title = value;
      });
      set(chip, "tab", chip.node === current ? "0" : "-1", (value) => chip.button.setAttribute("tabindex", value));
      if (chip.node === current && (this.shown !== current || before !== this.first)) this.reveal(chip.button);
    }
    this.shown = current;
  }

  /** @type {(button: HTMLElement) => void} */
  reveal(button) {
    const { offsetLeft, offsetWidth } = button;
    const { scrollLeft, clientWidth } = this.list;
    const inside = offsetLeft >= scrollLeft && offsetLeft + offsetWidth <= scrollLeft + clientWidth;
    if (!inside) this.list.scrollLeft = offsetLeft - clientWidth / 2;
  }
}
