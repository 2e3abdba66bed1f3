// The shell: the box to type into, above the page; what is typed becomes the graph that the page shows.

const PAUSE = 250; // ms without a key after which what was typed is read

class Shell {
  /** @param {PlaygroundData} data */
  constructor(data) {
    this.data = data;
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
      () => this.readExpression(),
      isSameExpression,
      () => Boolean(byId("network").hidden),
    );
    /** @type {NetworkPanels | null} */
    this.network = null;
    this.back = () => {}; // to the training that was looked into
    this.box = byId("expression");
    byId("tabs").hidden = typeof NetworkPanels === "undefined";
    this.fillExamples();
    this.listen();
  }

  listen() {
    const { box } = this;
    /** @type {(id: keyof Elements, event: string, action: () => void) => void} */
    const on = (id, event, action) => byId(id).addEventListener(event, action);
    on("expression", "input", () => this.typeLater());
    on("expression", "change", () => this.type());
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.type();
      if (!box.matches("[aria-invalid]")) byId("graph").focus({ preventScroll: true }); // where keys step
    });
    on("examples", "change", () => this.chooseExample());
    on("length", "input", () => this.chooseExample());
    on("undo", "click", () => this.step(-1));
    on("redo", "click", () => this.step(1));
    on("share", "click", () => showSharing(this));
    on("expression-tab", "click", () => this.showNetwork(false));
    on("network-tab", "click", () => this.showNetwork(true));
    on("training", "click", () => this.back());
    byId("tabs").addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      event.stopPropagation();
      this.showNetwork(Boolean(byId("network").hidden));
      byId(byId("network").hidden ? "expression-tab" : "network-tab").focus();
    });
    document.addEventListener("keydown", (event) => this.press(event));
    document.addEventListener("pointerdown", () => byId("warning").replaceChildren());
  }

  // Ctrl+Z outside of a field, whose own undo is the browser's.
  /** @type {(event: KeyboardEvent) => void} */
  press(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.target instanceof Element && /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (byId("undo").hidden) return;
    event.preventDefault();
    this.step(event.shiftKey ? 1 : -1);
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
    page.say(`${page.topName} is ${formatNumber(page.run.values[page.graph.root])}, from ${page.graph.size} nodes.`);
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
    openGraph({ ...readViews(nodes, parts), nodes, ramp: this.data.ramp, listings: [], places: [] });
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
    /** @type {(name: string) => Element} */
    const button = (name) =>
      make("button", { type: "button", onclick: () => this.replace(column ?? 0, instead?.word ?? "", name) }, name);
    byId("complaint").replaceChildren(
      pointed && make("pre", { "aria-hidden": "true" }, pointed),
      make("p", {}, capitalise(reason)),
      ...(instead?.names ?? []).map(button),
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

  // Something else than the expression is wrong: told until a person goes on.
  /** @type {(sentence: string) => void} */
  warn(sentence) {
    byId("warning").replaceChildren(sentence);
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

  // The network, in a tab of its own.

  /** @type {(shown: boolean) => void} */
  showNetwork(shown) {
    byId("network").hidden = !shown;
    if (shown && !this.network) {
      this.network = new NetworkPanels(byId("network"), this.lookInside.bind(this), this.data.network ?? null);
    }
    byId("typing").hidden = shown;
    byId("training").hidden = true;
    byId("undo").hidden = byId("redo").hidden = false;
    (shown ? this.network : this)?.past.paint();
    for (const [id, chosen] of /** @type {const} */ ([
      ["expression-tab", !shown],
      ["network-tab", shown],
    ])) {
      byId(id).setAttribute("aria-selected", String(chosen));
      byId(id).tabIndex = chosen ? 0 : -1;
    }
    page.controls.pause();
    if (!shown && this.aside) this.restoreExpression(this.aside);
  }

  // The loss of one sample as a graph to step through, and a way back.
  /** @type {(graph: { nodes: RecordedNode[]; parts: BuiltFrom[] | null }, model: Model, back: () => void) => void} */
  lookInside(graph, _model, back) {
    this.aside = this.readExpression();
    this.names = new Map();
    byId("network").hidden = true;
    byId("training").hidden = false;
    byId("undo").hidden = byId("redo").hidden = true; // what would be undone is not seen
    this.open(graph);
    this.back = () => {
      back();
      this.showNetwork(true);
      byId("network-tab").focus();
    };
    byId("training").focus();
  }

  // What is shown, to be shown again.

  readState() {
    const network = this.network?.readState();
    const isNetwork = !byId("network").hidden || this.aside; // which is where its inside leads back to
    return { ...this.readExpression(), network, tab: isNetwork ? "network" : undefined };
  }

  // Throws a StateError for what no playground has written.
  /** @type {(state: unknown) => void} */
  restoreState(state) {
    const network = readKey(state, "network");
    const isShown = readKey(state, "tab") === "network";
    this.restoreExpression(state); // first: a network is not changed by a state that is refused
    if (isShown || network !== undefined) this.showNetwork(true);
    if (network !== undefined) this.network?.restoreState(network);
    if (!isShown) this.showNetwork(false);
  }

  /** @type {() => ExpressionState} */
  readExpression() {
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
  restoreExpression(state) {
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

  // Undo, redo.
  /** @type {(way: -1 | 1) => void} */
  step(way) {
    if (!byId("network").hidden) return this.network?.undo(way);
    const state = this.past.step(way);
    if (state) this.restoreExpression(state);
  }
}

/** @type {Shell} */
let shell;

// The playground: in the state that its address holds, else with the expression that it came with.
/** @type {() => void} */
function openPlayground() {
  const data = /** @type {PlaygroundData} */ (JSON.parse(byId("data").textContent));
  shell = new Shell(data);
  shell.numbers = new Map(data.numbers.map(([name, number]) => [name, asFloat(number)]));
  shell.box.value = data.text;
  shell.show(data.text);
  address = new Address(
    () => {
      shell.past.keep();
      shell.network?.past.keep();
      return shell.readState();
    },
    (state) => shell.restoreState(state),
    (sentence) => shell.warn(sentence),
  );
  if (data.network) shell.showNetwork(true);
  address.open();
  shell.past.keep();
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
