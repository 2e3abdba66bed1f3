// The expression: the box to type into; what is typed becomes the graph that the page shows.

const PAUSE = 250; // ms without a key after which what was typed is read

class Expression {
  /** @param {string[]} ramp */
  constructor(ramp) {
    this.ramp = ramp; // of the pages that it opens
    /** @type {Map<string, number>} */
    this.numbers = new Map(); // of all names that there were
    /** @type {Set<string>} */
    this.chosen = new Set(); // the names whose numbers a person has changed
    this.text = ""; // whose graph is shown
    this.tried = ""; // that was read last
    this.names = /** @type {Map<string, number | null>} */ (new Map()); // of its leaves, with their nodes
    /** @type {ExpressionState | null} */
    this.aside = null; // what was shown before the inside of a network
    this.timer = 0;
    this.past = new Past(
      () => this.readState(),
      isSameExpression,
      () => Boolean(byId("network").hidden),
    );
    this.box = byId("expression");
    this.fillExamples();
    this.listen();
  }

  listen() {
    const { box } = this;
    box.addEventListener("input", () => this.typeLater());
    box.addEventListener("change", () => this.type());
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.type();
      if (!box.matches("[aria-invalid]")) byId("graph").focus({ preventScroll: true }); // where keys step
    });
    byId("examples").addEventListener("change", () => this.chooseExample());
    byId("length").addEventListener("input", () => this.chooseExample());
  }

  fillExamples() {
    const options = EXAMPLES.map(({ title }, number) => make("option", { value: number }, title));
    byId("examples").replaceChildren(make("option", { value: "" }, "Examples …"), ...options);
  }

  // Reading what is typed.

  typeLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.type(), PAUSE);
  }

  type() {
    clearTimeout(this.timer);
    if (this.box.value === this.tried) return;
    byId("examples").value = "";
    byId("length-label").hidden = true;
    if (this.show(this.box.value)) this.finish(true);
  }

  // To where it can be seen what the graph does.
  finish(typed = false) {
    page.go(Infinity);
    const { size, root } = page.graph;
    page.say(`${page.topName} is ${formatNumber(page.run.values[root])}, from ${size} ${plural(size, "node")}.`);
    this.past.keep(typed);
  }

  // Show the graph of a text; false where it cannot be read, which is told. The numbers of leaves stay what they are.
  /** @type {(text: string) => boolean} */
  show(text) {
    this.takeNumbers();
    this.tried = text;
    this.growBox();
    try {
      let parsed = this.read(text);
      if (this.isAnother(parsed.leaves)) {
        for (const name of this.numbers.keys()) if (!this.chosen.has(name)) this.numbers.delete(name);
        parsed = this.read(text);
      }
      const kept = this.aside?.page ?? page?.readState();
      this.aside = null;
      this.open({ nodes: parsed.nodes, parts: null });
      if (typeof kept?.mistake === "string" || kept?.constants === false) {
        page.restoreState({ mistake: kept.mistake, constants: kept.constants });
      }
      this.text = text;
      this.names = parsed.leaves;
      this.forgive();
      document.title = `${shorten(text, 60)} · Gradwalk playground`;
      return true;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.complain(error, text);
      return false;
    }
  }

  // Whether most names are gone: then only the numbers that a person has chosen stay.
  /** @type {(leaves: Map<string, number | null>) => boolean} */
  isAnother(leaves) {
    const kept = [...this.names.keys()].filter((name) => leaves.has(name)).length;
    return 2 * kept < this.names.size;
  }

  // The box is as high as its text; some browsers see to that themselves.
  growBox() {
    if (CSS.supports("field-sizing", "content")) return;
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 3}px`;
  }

  /** @type {(text: string) => Parsed} */
  read(text) {
    let place = 0;
    return parseExpression(text, new Map(), (name) => {
      const number = this.numbers.get(name) ?? giveNumber(name, place);
      place++;
      this.numbers.set(name, number);
      return number;
    });
  }

  /** @type {(graph: { nodes: RecordedNode[]; parts: BuiltFrom[] | null }) => void} */
  open({ nodes, parts }) {
    openGraph({ ...readViews(nodes, parts), nodes, ramp: this.ramp, listings: [], places: [] });
  }

  // Those that a person has changed on the page since.
  takeNumbers() {
    for (const [name, node] of this.names) {
      const number = node === null ? undefined : page.leaves?.get(node);
      if (number === undefined) continue;
      this.numbers.set(name, number);
      this.chosen.add(name);
    }
  }

  /** @type {(error: ExpressionError, text: string) => void} */
  complain(error, text) {
    this.box.setAttribute("aria-invalid", "true");
    const { column, reason, instead } = error;
    const pointed = column === null ? "" : pointAt(text, column).replace(/^ {4}/gm, "");
    byId("complaint").replaceChildren(
      pointed && make("pre", { "aria-hidden": "true" }, pointed),
      make("p", {}, capitalise(reason)),
      ...(instead?.names ?? []).map((name) => button(name, () => this.replace(column ?? 0, instead?.word ?? "", name))),
    );
  }

  // Put another word in place of one.
  /** @type {(column: number, word: string, name: string) => void} */
  replace(column, word, name) {
    const { box } = this;
    box.setRangeText(name, column, column + word.length, "end");
    box.focus();
    this.type();
  }

  forgive() {
    this.box.removeAttribute("aria-invalid");
    byId("complaint").replaceChildren();
  }

  chooseExample() {
    const example = EXAMPLES[Number(byId("examples").value || NaN)];
    if (!example) return;
    const { text } = example;
    byId("length-label").hidden = typeof text === "string";
    const length = Math.min(Math.max(Math.round(Number(byId("length").value) || 1), 1), 40);
    this.past.keep();
    this.numbers = new Map(Object.entries(example.numbers));
    this.names = new Map();
    this.box.value = typeof text === "string" ? text : text(length);
    this.show(this.box.value);
    this.finish();
  }

  // Another graph in its place, until its state is restored.
  /** @type {(graph: { nodes: RecordedNode[]; parts: BuiltFrom[] | null }) => void} */
  stepAside(graph) {
    this.aside = this.readState();
    this.names = new Map();
    this.open(graph);
  }

  // What is shown, to be shown again.

  /** @type {() => ExpressionState} */
  readState() {
    if (this.aside) return this.aside;
    return { text: this.text, numbers: this.listNumbers(page.graph.recorded.values), page: page.readState() };
  }

  // The leaves by name, with their numbers among these of all nodes.
  /** @type {(values: number[]) => Pair[]} */
  listNumbers(values) {
    const numbers = [...this.names].map(([name, node]) => (node === null ? this.numbers.get(name) : values[node]));
    return [...this.names.keys()].map((name, place) => [name, writeNumber(numbers[place] ?? NaN)]);
  }

  /** @type {(state: unknown) => void} */
  restoreState(state) {
    const text = readKey(state, "text");
    if (typeof text !== "string") throw new StateError("there is no expression in it");
    /** @type {(name: unknown) => boolean} */
    const isName = (name) => typeof name === "string" && name.length <= grammar.longest;
    const numbers = readPairs(readKey(state, "numbers"), "the numbers", isName);
    const shown = readKey(state, "page") ?? {};
    this.aside = null;
    this.names = new Map();
    this.numbers = new Map([...this.numbers, ...numbers]);
    this.box.value = text;
    if (!this.show(text)) throw new StateError("its expression cannot be read");
    page.restoreState(shown);
  }

  /** @type {(way: -1 | 1) => void} */
  undo(way) {
    const state = this.past.step(way);
    if (state) this.restoreState(state);
  }
}

// Whether only the step differs, or what is pointed at.
/** @type {(a: ExpressionState, b: ExpressionState) => boolean} */
function isSameExpression(a, b) {
  /** @type {(state: ExpressionState) => string} */
  const deed = ({ text, numbers, page }) => JSON.stringify([text, numbers, page.leaves, page.mistake]);
  return deed(a) === deed(b);
}

/** @type {(text: string) => string} */
function capitalise(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
