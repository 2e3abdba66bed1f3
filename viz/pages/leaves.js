// Changing the numbers of the leaves: by typing or by dragging; both passes are run again at once.

const MOST_LEAVES = 40; // that are listed; the one in focus is always among them

/** @type {Record<string, number>} */
const WAYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

class Leaves {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<number, Record<"typed" | "range", HTMLInputElement> & Record<"row" | "gradient", HTMLElement>>} */
    this.rows = new Map(); // by leaf
    this.scope = "";
    const { leaves } = page.graph;
    this.list = make("div", { class: "rows" });
    this.note = make("p", { class: "note", role: "status" });
    this.reset = make(
      "button",
      {
        type: "button",
        class: "quiet",
        id: "reset",
        title: "Back to the recorded numbers",
        onclick: () => page.resetLeaves(),
      },
      "reset",
    );
    byId("leaves").replaceChildren(
      make("div", { class: "head" }, make("h2", { id: "leaves-title" }, "Change a number"), this.reset),
      make("p", { class: "muted" }, "Choose a leaf, here or on the graph, and its strongest path lights up."),
      this.note,
      this.list,
      leaves.length > MOST_LEAVES
        ? make("p", { class: "muted" }, `${MOST_LEAVES} of ${leaves.length} leaves; choose another one on the graph.`)
        : "",
    );
    for (const leaf of leaves.slice(0, MOST_LEAVES)) this.addRow(leaf);
  }

  /** @type {(leaf: number, first?: boolean) => void} */
  addRow(leaf, first = false) {
    const { page } = this;
    const name = page.graph.names[leaf];
    const [scope, last] = splitName(name);
    const recorded = page.graph.recorded.values[leaf];
    const reach = 2 * Math.max(1, abs(Number.isFinite(recorded) ? recorded : 0));
    const middle = Number.isFinite(recorded) ? recorded : 0;
    const typed = make("input", {
      type: "text",
      inputmode: "decimal",
      size: "10",
      "aria-label": `Number of ${name}`,
    });
    typed.addEventListener("change", () => this.type(leaf, typed));
    const range = make("input", {
      type: "range",
      min: middle - reach,
      max: middle + reach,
      step: "any",
      "aria-label": `Drag ${name}`,
    });
    range.addEventListener("input", () => page.setLeaf(leaf, Number(range.value)));
    range.addEventListener("keydown", (event) => this.nudge(event, leaf, reach / 100));
    const gradient = make("span", { class: "slope", title: "gradient" });
    const row = make(
      "div",
      { class: "row" },
      make(
        "button",
        { type: "button", class: "link name", title: name, onclick: () => page.pin(leaf) },
        make("bdi", {}, last),
      ),
      range,
      typed,
      gradient,
    );
    this.rows.set(leaf, { row, typed, range, gradient });
    if (first) return this.list.prepend(row);
    if (scope !== this.scope) this.list.append(make("p", { class: "scope" }, scope));
    this.scope = scope;
    this.list.append(row);
  }

  // With step="any" the arrow keys of a range do nothing useful: a hundredth of its reach each.
  /** @type {(event: KeyboardEvent, leaf: number, step: number) => void} */
  nudge(event, leaf, step) {
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    this.page.setLeaf(leaf, this.page.run.values[leaf] + way * step);
  }

  /** @type {(leaf: number, typed: HTMLInputElement) => void} */
  type(leaf, typed) {
    const number = readNumber(typed.value);
    const good = number !== null && Number.isFinite(number);
    typed.setAttribute("aria-invalid", String(!good));
    this.note.textContent = good ? "" : `${typed.value.slice(0, 40)} is not a number (such as 0.42, -3 or 1.5e-3)`;
    if (good) this.page.setLeaf(leaf, number);
  }

  paint() {
    const { page } = this;
    if (page.graph.isLeaf(page.focus) && !this.rows.has(page.focus)) this.addRow(page.focus, true);
    this.reset.disabled = !page.leaves;
    for (const [leaf, { row, typed, range, gradient }] of this.rows) {
      const value = page.run.values[leaf];
      if (document.activeElement !== typed || page.changed === leaf)
        typed.value = exactNumber(Number(value.toPrecision(7)));
      if (value < Number(range.min)) range.min = String(value);
      if (value > Number(range.max)) range.max = String(value);
      range.value = String(value);
      const received = page.gradientOf(leaf);
      gradient.textContent = received ? `∂ ${formatNumber(received.total)}` : "";
      row.className = `row${leaf === page.focus ? " selected" : ""}${page.leaves?.has(leaf) ? " changed" : ""}`;
    }
  }
}
