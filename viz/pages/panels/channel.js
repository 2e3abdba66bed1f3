// Connects the page to `viz.widget` in a notebook: changes in Python come in, changes on the page go out. Elsewhere no
// channel is opened.

class Channel {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {MessagePort | null} */
    this.port = null;
    this.taking = false;
    /** @type {Record<string, string>} */
    this.known = {}; // what the other end knows, as JSON
    this.told = 0; // the number of what came from Python last
    this.numbers = page.right.values; // what all leaves were then
    /** @type {Set<number>} */
    this.moved = new Set(); // the leaves that a person has changed since
    /** @type {(event: MessageEvent) => void} */
    const hear = ({ source, data, ports }) => {
      if (parent === window || source !== parent || data !== "gradwalk" || ports.length !== 1 || this.port) return;
      this.port = ports[0];
      this.port.onmessage = (event) => this.take(event.data);
    };
    addEventListener("message", hear, { signal: page.open.signal });
  }

  // The state of the page. Only what was moved here, since the rest may be another in Python by now; and no mistake
  // that is to be found.
  /** @type {() => Required<Omit<Shared, "_told">>} */
  read() {
    const { page } = this;
    const { names, leaves } = page.graph;
    const { values } = page.right;
    for (const leaf of leaves) if (!Object.is(values[leaf], this.numbers[leaf])) this.moved.add(leaf);
    /** @type {(number: number) => string} */
    const text = (number) => (Object.is(number, -0) ? "-0" : String(number));
    return {
      _moved: [this.told, Object.fromEntries([...this.moved].map((leaf) => [names[leaf], text(values[leaf])]))],
      step: page.k,
      pinned: page.pinned === null || page.graph.isConstant(page.pinned) ? null : names[page.pinned],
      mistake: page.marks && page.mistake ? page.mistake.name : "",
    };
  }

  // Tell what has changed.
  tell() {
    if (!this.port || this.taking) return;
    const changed = Object.entries(this.read()).filter(([name, value]) => this.known[name] !== JSON.stringify(value));
    if (!changed.length) return;
    for (const [name, value] of changed) this.known[name] = JSON.stringify(value);
    this.port.postMessage(Object.fromEntries(changed));
  }

  /** @type {(state: Shared) => void} */
  take(state) {
    const { page } = this;
    this.taking = true;
    if (state._told) {
      this.takeNumbers(state._told[1]);
      this.told = state._told[0];
      this.numbers = page.right.values;
      this.moved.clear();
    }
    if (state._moved?.[0] === this.told) this.takeNumbers(state._moved[1]); // in another view of the same page
    const now = this.read();
    /** @type {(name: "step" | "pinned" | "mistake") => boolean} */
    const differs = (name) => state[name] !== undefined && state[name] !== now[name];
    if (page.quiz && (differs("step") || differs("pinned") || differs("mistake"))) page.setCover(false);
    if (differs("mistake")) page.chooseMistake(state.mistake ?? "");
    if (differs("step")) {
      page.controls.pause();
      page.go(state.step ?? 0);
    }
    if (differs("pinned")) page.pin(this.find(state.pinned ?? null));
    this.taking = false;
    for (const [name, value] of Object.entries(state)) this.known[name] = JSON.stringify(value);
    this.tell();
  }

  // Numbers of leaves by name, of which all may be those that are here.
  /** @type {(numbers: Record<string, string>) => void} */
  takeNumbers(numbers) {
    const { page } = this;
    const { names, leaves, recorded } = page.graph;
    const given = page.right.values.slice();
    for (const leaf of leaves) {
      const name = names[leaf];
      if (Object.hasOwn(numbers, name)) given[leaf] = asFloat(/** @type {Float} */ (numbers[name]));
    }
    /** @type {(others: number[]) => number[]} */
    const differing = (others) => leaves.filter((leaf) => !Object.is(given[leaf], others[leaf]));
    if (!differing(page.right.values).length) return;
    if (page.quiz) page.setCover(false);
    page.k ||= page.run.steps.length; // where it can be seen what they do
    page.descent.forget();
    const changed = differing(recorded.values);
    page.replaceLeaves(changed.length ? new Map(changed.map((leaf) => [leaf, given[leaf]])) : null);
  }

  // A node that is no constant, by its name.
  /** @type {(name: string | null) => number | null} */
  find(name) {
    const { graph } = this.page;
    const node = graph.names.findIndex((other, node) => other === name && !graph.isConstant(node));
    return node < 0 ? null : node;
  }
}
