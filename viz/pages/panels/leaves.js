// Lets a person change the numbers of leaves by typing or dragging; both passes run again at once.

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
    const reset = () => {
      page.resetLeaves();
      this.restore();
    };
    this.reset = quietButton("reset", "reset", reset, "Back to the recorded numbers");
    // The number that is being typed is not taken first: that would move the button away.
    this.reset.addEventListener("mousedown", (event) => event.preventDefault());
    byId("leaves").replaceChildren(
      cardHead("leaves", ["Change a number"], this.reset),
      make(
        "p",
        { class: "muted" },
        ...prose(
          `Drag a slider, or a leaf’s box, and see what ${quote(page.topName)} does. Click a name to light up the path that contributes most of its gradient.`,
        ),
      ),
      this.note,
      this.list,
      leaves.length > MOST_LEAVES
        ? make("p", { class: "muted" }, `${MOST_LEAVES} of ${leaves.length} leaves; choose another one on the graph.`)
        : "",
    );
    for (const leaf of inReadingOrder(page.graph).slice(0, MOST_LEAVES)) this.addRow(leaf);
  }

  /** @type {(leaf: number, first?: boolean) => void} */
  addRow(leaf, first = false) {
    const { page } = this;
    const name = page.graph.names[leaf];
    const [scope, last] = splitName(name);
    const recorded = page.graph.recorded.values[leaf];
    const home = reachAround(recorded);
    const typed = make("input", {
      type: "text",
      inputmode: "decimal",
      size: "10",
      autocomplete: "off",
      "aria-label": `Number of ${name}`,
    });
    typed.addEventListener("change", () => this.type(leaf, typed));
    const range = make("input", {
      type: "range",
      min: home.low,
      max: home.high,
      autocomplete: "off",
      step: "any",
      "aria-label": `Drag ${name}`,
    });
    range.addEventListener("input", () => page.setLeaf(leaf, roundDragged(Number(range.value))));
    range.addEventListener("keydown", (event) => {
      const way = WAYS[event.key]; // with step="any" the browser's own steps are of no use
      if (!way) return;
      event.preventDefault();
      page.nudge.move(leaf, way);
    });
    const gradient = make("span", { class: "slope", title: "gradient" });
    const row = make(
      "div",
      { class: "row" },
      button(words(last), () => page.pin(leaf), { class: "link name", title: name }),
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

  /** @type {(leaf: number, typed: HTMLInputElement) => void} */
  type(leaf, typed) {
    const number = readNumber(typed.value);
    const good = number !== null && Number.isFinite(number);
    if (good) {
      this.forgive();
      return this.page.setLeaf(leaf, number);
    }
    typed.setAttribute("aria-invalid", "true");
    typed.parentElement?.after(this.note);
    const given = typed.value.slice(0, 40);
    this.note.textContent = !given.trim()
      ? "Type a number."
      : number === null
        ? `${given} is not a number (such as 0.42, -3 or 1.5e-3)`
        : /\d/.test(given)
          ? `${given} is too large: the largest number is 1.798e308`
          : `${given} is not allowed here: a leaf needs a finite number`;
  }

  // No field holds a wrong number any more.
  forgive() {
    this.note.textContent = "";
    for (const { typed } of this.rows.values()) typed.removeAttribute("aria-invalid");
  }

  // All fields as the page has them, whatever the browser has put there.
  restore() {
    this.forgive();
    for (const [leaf, { typed }] of this.rows) typed.value = shownNumber(this.page.run.values[leaf]);
    this.paint();
  }

  // The slider goes around the recorded number, and elsewhere only as long as the number is elsewhere.
  /** @type {(leaf: number, range: HTMLInputElement, value: number) => void} */
  setRange(leaf, range, value) {
    const home = reachAround(this.page.graph.recorded.values[leaf]);
    const athome = value >= home.low && value <= home.high;
    const inside = value >= Number(range.min) && value <= Number(range.max);
    const { low, high } = athome ? home : reachAround(value);
    if ((athome || !inside) && (Number(range.min) !== low || Number(range.max) !== high)) {
      range.min = String(low);
      range.max = String(high);
    }
    range.value = String(value);
  }

  paint() {
    const { page } = this;
    if (page.graph.isLeaf(page.focus) && !this.rows.has(page.focus)) this.addRow(page.focus, true);
    disable(this.reset, !page.leaves);
    for (const [leaf, { row, typed, range, gradient }] of this.rows) {
      const value = page.run.values[leaf];
      if (document.activeElement !== typed || page.changed === leaf) {
        typed.value = shownNumber(value);
        typed.removeAttribute("aria-invalid"); // what was wrong is no longer there
        if (row.nextElementSibling === this.note) this.note.textContent = "";
      }
      this.setRange(leaf, range, value);
      const received = page.gradientOf(leaf);
      gradient.textContent = received ? `∂ ${minus(formatNumber(received.total))}` : "";
      row.className = `row${leaf === page.focus ? " selected" : ""}${page.leaves?.has(leaf) ? " changed" : ""}`;
    }
  }
}

// Leaves of no part of a network first, then part by part, the first layer first.
/** @type {(graph: Graph) => number[]} */
function inReadingOrder({ leaves, names }) {
  const { compare } = new Intl.Collator("en", { numeric: true });
  /** @type {(leaf: number) => string} */
  const scope = (leaf) => splitName(names[leaf])[0];
  return [...leaves].sort((a, b) => compare(scope(a), scope(b)));
}

// From where to where a slider goes for a number.
/** @type {(number: number) => { low: number; high: number }} */
function reachAround(number) {
  const middle = Number.isFinite(number) ? number : 0;
  const reach = 2 * Math.max(1, abs(middle));
  const most = Number.MAX_VALUE / 4; // the width of the slider is a number as well
  return { low: Math.max(middle - reach, -most), high: Math.min(middle + reach, most) };
}

// A number that was dragged to, without digits that mean less than a pixel.
/** @type {(number: number) => number} */
function roundDragged(number) {
  return Number(number.toPrecision(3));
}

// The number, if its field has room for it; else rounded so that one sees it: 1.23457e+7, 1.00000
/** @type {(number: number) => string} */
function shownNumber(number) {
  const exact = exactNumber(number);
  return exact.length > 10 ? number.toPrecision(6) : exact;
}
