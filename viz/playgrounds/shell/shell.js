// The shell: what stands above the page, an expression or a network, each in a tab of its own.

class Shell {
  /** @param {PlaygroundData} data */
  constructor(data) {
    this.data = data;
    this.expression = new Expression(data.ramp);
    /** @type {NetworkPanels | null} */
    this.network = null;
    this.back = () => {}; // to the training that was looked into
    this.listen();
  }

  listen() {
    /** @type {(id: keyof Elements, event: string, action: () => void) => void} */
    const on = (id, event, action) => byId(id).addEventListener(event, action);
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
    (shown ? this.network : this.expression)?.past.paint();
    for (const [id, chosen] of /** @type {const} */ ([
      ["expression-tab", !shown],
      ["network-tab", shown],
    ])) {
      byId(id).setAttribute("aria-selected", String(chosen));
      byId(id).tabIndex = chosen ? 0 : -1;
    }
    page.controls.pause();
    if (!shown && this.expression.aside) this.expression.restoreState(this.expression.aside);
  }

  // The loss of one sample as a graph to step through, and a way back.
  /** @type {(graph: { nodes: RecordedNode[]; parts: BuiltFrom[] | null }, back: () => void) => void} */
  lookInside(graph, back) {
    byId("network").hidden = true;
    byId("training").hidden = false;
    byId("undo").hidden = byId("redo").hidden = true; // what would be undone is not seen
    this.expression.stepAside(graph);
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
    const isNetwork = !byId("network").hidden || this.expression.aside; // which is where its inside leads back to
    return { ...this.expression.readState(), network, tab: isNetwork ? "network" : undefined };
  }

  // Throws a StateError for what no playground has written.
  /** @type {(state: unknown) => void} */
  restoreState(state) {
    const network = readKey(state, "network");
    const isShown = readKey(state, "tab") === "network";
    this.expression.restoreState(state); // first: a network is not changed by a state that is refused
    if (isShown || network !== undefined) this.showNetwork(true);
    if (network !== undefined) this.network?.restoreState(network);
    if (!isShown) this.showNetwork(false);
  }

  // Undo, redo.
  /** @type {(way: -1 | 1) => void} */
  step(way) {
    (byId("network").hidden ? this.expression : this.network)?.undo(way);
  }
}

/** @type {Shell} */
let shell;

// The playground: in the state that its address holds, else with the expression that it came with.
/** @type {() => void} */
function openPlayground() {
  const data = /** @type {PlaygroundData} */ (JSON.parse(byId("data").textContent));
  shell = new Shell(data);
  const { expression } = shell;
  expression.numbers = new Map(data.numbers.map(([name, number]) => [name, asFloat(number)]));
  expression.box.value = data.text;
  expression.show(data.text);
  address = new Address(
    () => {
      expression.past.keep();
      shell.network?.past.keep();
      return shell.readState();
    },
    (state) => shell.restoreState(state),
    (sentence) => byId("warning").replaceChildren(sentence), // until a person goes on
  );
  if (data.network) shell.showNetwork(true);
  address.open();
  expression.past.keep();
}
