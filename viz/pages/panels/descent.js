// Gradient descent on the page: steps w ← w − η·grad, forward and back, with a trace of the output.

class Descent {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.rate = 0.1;
    this.chosen = new Set(page.graph.leaves); // those that take part
    /** @type {{ leaves: Map<number, number> | null; result: number }[]} */
    this.past = []; // what was there before each step
    this.listed = false; // whether the list of leaves is open
    this.complaint = "";
    // These stay while the rest is written anew: a click that begins on a button ends on it.
    this.typed = make("input", {
      type: "text",
      inputmode: "decimal",
      size: "6",
      id: "rate",
      autocomplete: "off",
      "aria-label": "Learning rate η",
      value: exactNumber(this.rate),
    });
    this.typed.addEventListener("change", () => this.setRate());
    this.typed.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.step();
    });
    this.down = button("Step", () => this.step(), { id: "descend", title: "One step down (d)" });
    this.up = button("Back", () => this.back(), { id: "ascend", title: "Take the last step back (u)" });
    this.rest = make("div");
    byId("descent").replaceChildren(
      make("h2", { id: "descent-title" }, "Descend: w ← w − η·grad"),
      make("div", { class: "form" }, make("label", {}, "η ", this.typed), this.down, this.up),
      this.rest,
    );
  }

  // Other numbers were put there by hand: what follows is another descent.
  forget() {
    this.past = [];
    this.forgive();
  }

  // Nothing is wrong any more: a rate that was refused is the last good one again.
  forgive() {
    this.complaint = "";
    if (this.typed.getAttribute("aria-invalid") !== "true") return;
    this.typed.removeAttribute("aria-invalid");
    this.typed.value = exactNumber(this.rate);
  }

  get result() {
    return this.page.run.values[this.page.graph.root];
  }

  // The leaves after a step, of those that take part; null where one of them has no finite number then.
  /** @type {() => Map<number, number> | null} */
  findNext() {
    const { values, gradients } = this.page.run;
    /** @type {Map<number, number>} */
    const next = new Map();
    for (const leaf of this.chosen) next.set(leaf, values[leaf] - this.rate * gradients[leaf]);
    const lost = [...next].find(([, number]) => !Number.isFinite(number));
    this.complaint = lost
      ? `No step from here: ${this.page.graph.names[lost[0]]} would be ${formatNumber(lost[1])}.`
      : "";
    return lost ? null : next;
  }

  step() {
    const { page } = this;
    if (page.quiz) return;
    if (page.k < page.run.steps.length) return page.controls.move(page.run.steps.length); // gradients come first
    if (!this.setRate()) return page.say(this.complaint);
    const next = this.chosen.size ? this.findNext() : null;
    if (next) {
      const result = this.result;
      this.past.push({ leaves: page.leaves, result });
      page.replaceLeaves(new Map([...(page.leaves ?? []), ...next]));
      page.say(
        `Step ${this.past.length} of the descent: ${page.topName} from ${formatNumber(result)} to ${formatNumber(this.result)}.`,
      );
    } else {
      page.update(false);
      page.say(this.complaint || "No leaf is ticked.");
    }
  }

  back() {
    const { page } = this;
    const before = page.quiz ? null : this.past.pop();
    if (!before) return;
    this.forgive();
    page.replaceLeaves(before.leaves);
    page.say(`One step of the descent taken back: ${page.topName} is ${formatNumber(this.result)}.`);
  }

  // Whether what is typed can be the rate; if so, it is.
  setRate() {
    const number = readNumber(this.typed.value);
    const good = number !== null && Number.isFinite(number) && number > 0;
    if (good) this.rate = number;
    this.complaint = good
      ? ""
      : `η is a number above 0 (such as 0.1), not ${this.typed.value.slice(0, 40) || "nothing"}.`;
    this.typed.setAttribute("aria-invalid", String(!good));
    this.page.update(false);
    return good;
  }

  /** @type {(leaves: number[], on: boolean) => void} */
  choose(leaves, on) {
    for (const leaf of leaves) on ? this.chosen.add(leaf) : this.chosen.delete(leaf);
    this.page.update(false);
  }

  paint() {
    const { page } = this;
    const card = byId("descent");
    card.hidden = page.quiz !== null || page.k < page.run.steps.length;
    if (card.hidden) return;
    disable(this.down, !this.chosen.size);
    disable(this.up, !this.past.length);
    refill(
      this.rest,
      make("p", { class: "note", role: "status" }, this.complaint),
      this.past.length
        ? this.drawTrace()
        : make(
            "p",
            { class: "muted" },
            `Every ticked leaf moves against its gradient, down the slope of ${page.topName}. Where η is too large, it overshoots.`,
          ),
      this.listLeaves(),
    );
  }

  drawTrace() {
    const results = [...this.past.map(({ result }) => result), this.result];
    const [first, last] = [results[0], this.result].map(formatNumber);
    const said = `${this.page.topName} after ${count(this.past.length)} ${this.past.length === 1 ? "step" : "steps"}: from ${first} to ${last}`;
    /** @type {Point[]} */
    const points = results.map((result, number) => [number, result]);
    const reach = findReach([], results);
    return make(
      "div",
      {},
      make("p", { class: "facts", id: "trace" }, words(said)),
      drawPlot(
        said,
        { low: 0, high: this.past.length },
        reach,
        [{ points, classes: "curve" }],
        points
          .slice(-60)
          .map((point, number, all) => ({ point, classes: number + 1 === all.length ? "now" : "old small" })),
        ["steps", this.page.topName],
      ),
    );
  }

  // What a step would do to each leaf.
  listLeaves() {
    const { graph, run } = this.page;
    const { leaves } = graph;
    const listed = leaves.slice(0, MOST_LEAVES);
    /** @type {(leaf: number) => Element} */
    const row = (leaf) => {
      const box = make("input", {
        type: "checkbox",
        id: `descend-${leaf}`,
        checked: this.chosen.has(leaf),
        "aria-label": `${graph.names[leaf]} takes part`,
      });
      box.addEventListener("change", () => this.choose([leaf], box.checked));
      const next = run.values[leaf] - this.rate * run.gradients[leaf];
      const texts = [
        formatNumber(run.values[leaf]),
        `− ${exactNumber(this.rate)} · ${factor(formatNumber(run.gradients[leaf]))}`,
        `→ ${formatNumber(this.chosen.has(leaf) ? next : run.values[leaf])}`,
      ];
      if (!this.chosen.has(leaf)) texts[1] = "stays";
      const name = make("label", { for: `descend-${leaf}` }, " ", words(shorten(graph.names[leaf], 24)));
      return make("tr", {}, make("td", {}, box, name), ...texts.map((text) => make("td", {}, minus(text))));
    };
    const all = make("input", { type: "checkbox", id: "descend-all", checked: this.chosen.size === leaves.length });
    all.addEventListener("change", () => this.choose(leaves, all.checked));
    const details = make(
      "details",
      { id: "descend-leaves", open: this.listed },
      make(
        "summary",
        {},
        `${count(this.chosen.size)} of ${count(leaves.length)} ${plural(leaves.length, "leaf", "leaves")} ${plural(this.chosen.size, "takes", "take")} part`,
      ),
      make("label", {}, all, " all leaves"),
      make("div", { class: "scroll" }, make("table", { class: "numbers" }, make("tbody", {}, ...listed.map(row)))),
      listed.length < leaves.length ? make("p", { class: "muted" }, `${listed.length} of ${leaves.length} leaves`) : "",
    );
    details.addEventListener("toggle", () => (this.listed = details.open));
    return details;
  }
}
