// The page. Everything shown follows from the graph, the numbers of the leaves and the number of steps done.

class Page extends Progress {
  /** @param {PageData} data */
  constructor(data) {
    super(data.nodes);
    this.open = new AbortController(); // what listens for as long as this graph is shown, listens by its signal
    this.ramp = data.ramp;
    /** @type {number | null} */
    this.changed = null; // the leaf that is being changed
    /** @type {Run | null} */
    this.before = null; // both passes before it changed, or before a step of the descent
    /** @type {number | null} */
    this.pinned = null; // the node whose ledger is to stay
    /** @type {Quiz | null} */
    this.lastQuiz = null; // the one that can go on
    /** @type {Path | null} */
    this.path = this.shownPath = null; // the strongest, and the one whose card is shown
    const { theme } = document.documentElement.dataset; // that a person chose
    this.dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.saidAt = 0; // when it last spoke to those who listen
    learnNames(this.graph.names.filter((_, node) => !this.graph.isConstant(node))); // those may be formulas: 2*pi
    this.scene = new Scene(this, data);
    this.headline = new Headline(this);
    this.picture = new Picture(this);
    this.journey = new Journey(this);
    this.order = new Order(this);
    this.leafRows = new Leaves(this);
    this.nudge = new Nudge(this);
    this.descent = new Descent(this);
    this.source = new Source(this, data.listings, data.places);
    this.tour = new Tour(this);
    this.controls = new Controls(this);
    this.channel = new Channel(this);
    this.scene.build();
    this.update(false);
  }

  // What the cards and the picture ask.

  get focus() {
    if (this.pinned !== null) return this.pinned;
    if (this.quiz) return this.quiz.node ?? this.graph.root;
    return this.nudge.leaf ?? (this.step ? this.step.operand : this.graph.root);
  }

  // The step that the picture shows: none while a leaf is nudged, which is spoken of instead.
  get drawnStep() {
    return this.nudge.leaf === null ? this.step : null;
  }

  // The node that is marked: none at the start, where nothing is spoken of yet.
  get marked() {
    return this.k || this.quiz || this.pinned !== null ? this.focus : null;
  }

  // The leaf that a person chose, to which the strongest path is to be seen, or null.
  get lit() {
    const hides = this.quiz !== null || this.tour.at !== null;
    return hides || this.pinned === null || !this.graph.isLeaf(this.pinned) ? null : this.pinned;
  }

  // That path; null as long as the leaf's gradient is not complete.
  /** @type {() => Path | null} */
  findPath() {
    const { lit } = this;
    if (lit === null || !this.gradientOf(lit)?.complete) return null;
    if (this.run !== this.right) return null; // it explains right numbers
    if (this.path?.leaf === lit && this.path.run === this.run) return this.path;
    return findStrongest(this.graph, this.run, lit);
  }

  // Actions of a person.

  /** @type {(k: number) => void} */
  go(k) {
    if (this.quiz) return;
    this.nudge.end();
    this.k = Math.min(Math.max(Math.round(k), 0), this.run.steps.length);
    this.update();
  }

  /** @type {(node: number | null) => void} */
  pin(node) {
    this.pinned = node;
    this.update();
    if (node === null) return;
    this.scene.reveal();
    if (!this.path) return;
    this.say(tellPath(this.graph, this.path).join(" "));
    revealPath();
  }

  /** @type {(drawn: DrawnBox) => void} */
  select(drawn) {
    const node = nodeOf(this, drawn) ?? drawn.owner?.node ?? drawn.box.members.at(-1) ?? null;
    if (node !== null && this.quiz?.ask(node)) return;
    this.pin(this.pinned === node ? null : node);
  }

  /** @type {(leaf: number, number: number) => void} */
  setLeaf(leaf, number) {
    this.k ||= this.run.steps.length; // where it can be seen what it does
    this.nudge.begin(leaf);
    this.descent.forget();
    this.changed = leaf;
    this.compute(new Map(this.leaves).set(leaf, number));
    this.update(false);
    this.scene.reveal();
    this.changed = null;
    this.say(
      `${this.graph.names[leaf]} is now ${formatNumber(number)}, ${this.topName} is ${formatNumber(this.run.values[this.graph.root])}. ${this.nudge.tell()}`,
    );
  }

  resetLeaves() {
    this.descent.forget();
    this.replaceLeaves(null);
    this.before = null;
    this.update(false);
    this.say("The recorded numbers are back.");
  }

  // All at once; what was there stays beside what comes.
  /** @type {(leaves: Map<number, number> | null) => void} */
  replaceLeaves(leaves) {
    this.nudge.end();
    this.before = this.run;
    this.compute(leaves);
    this.update(false);
  }

  /** @type {(key: string, constants: boolean) => void} */
  setView(key, constants) {
    this.scene.setView(key, constants);
    this.update(false);
  }

  /** @type {(name: string) => void} */
  chooseMistake(name) {
    if (name === HUNT) return this.startHunt();
    this.hunt = null;
    this.setMistake(mistakes.find((mistake) => mistake.name === name) ?? null);
    const first = this.run.steps.findIndex(isWrong);
    if (first >= 0) this.go(first + 1); // to where it is made
  }

  /** @type {(mistake: Mistake | null) => void} */
  setMistake(mistake) {
    this.controls.pause();
    this.nudge.end();
    this.mistake = mistake;
    this.makeMistake();
    this.update(false);
  }

  // Makes a secret mistake, chosen by the seed.
  /** @type {(seed?: number) => void} */
  startHunt(seed = Math.floor(Math.random() * 1e6)) {
    this.hunt = new Hunt(this, seed);
    this.setMistake(this.hunt.mistake);
    this.go(this.graph.size + 1);
    byId("hunt").scrollIntoView({ block: "nearest" });
  }

  // A quiz that was left goes on where it was, unless it is to start anew, or numbers have changed.
  /** @type {(on: boolean, anew?: boolean) => void} */
  setCover(on, anew = false) {
    this.controls.pause();
    this.pinned = null;
    if (on) this.chooseMistake("");
    if (on && (anew || this.lastQuiz?.run !== this.right)) this.lastQuiz = new Quiz(this);
    this.quiz = on ? this.lastQuiz : null;
    this.quiz?.show();
    this.update(false);
    if (on) this.scene.reveal();
    this.quiz?.focus();
  }

  /** @type {(dark: boolean) => void} */
  setDark(dark) {
    this.dark = dark;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    this.update(false);
  }

  // The size of the window changed.
  resized() {
    this.scene.resized();
    this.headline.reveal();
  }

  // A browser that comes back to the page may have put other values into its controls.
  synchronise() {
    byId("view").value = this.scene.view.key;
    byId("constants").checked = this.scene.constants;
    this.leafRows.restore();
    this.controls.paint();
  }

  // What is shown, to be shown again: see address.js.

  /** @type {() => PageState} */
  readState() {
    return readPageState(this);
  }

  // Throws a StateError, before anything changes, for a state that does not fit this graph.
  /** @type {(state: unknown) => void} */
  restoreState(state) {
    restorePageState(this, state);
  }

  // Bring everything in line with the state; `follow`: move the camera to the step, and tell it.
  update(follow = true) {
    const held = document.activeElement;
    this.tour.paint();
    this.path = this.findPath();
    if (this.changed === null) this.order.paint(); // first of those that are seen, since it measures itself
    this.headline.paint();
    this.journey.stop(); // before the picture: it gives a sum the text back that it held
    this.picture.paint();
    byId("leaves").hidden = this.quiz !== null;
    byId("step").hidden = this.quiz !== null || (this.tour.at !== null && this.pinned !== null); // it tells of another
    byId("quiz").hidden = this.quiz === null;
    if (!this.quiz) {
      showStep(this);
      this.leafRows.paint();
    }
    this.nudge.paint();
    this.descent.paint();
    showLedger(this);
    showPath(this);
    showHunt(this);
    if (!follow || this.mistake) showComparison(this);
    this.source.paint();
    this.controls.paint();
    this.channel.tell();
    if (held && (!held.isConnected || held.closest("[hidden]"))) {
      if (document.activeElement === document.body || document.activeElement === held)
        byId("step").focus({ preventScroll: true });
    }
    address?.keep();
    if (follow) this.scene.reveal();
    this.journey.paint(); // where there is room in what is seen
    if (!follow) return;
    this.headline.reveal();
    if (!this.controls.playing || performance.now() - this.saidAt > 1000) this.say(stepSentence(this));
  }

  // Replaces the graph.
  close() {
    if (this.tour.at !== null) this.tour.leave();
    this.controls.pause();
    this.journey.stop();
    this.open.abort();
  }

  /** @type {(text: string) => void} */
  say(text) {
    this.saidAt = performance.now();
    byId("live").textContent = signNumbers(text); // a hyphen is not read out
  }
}

/** @type {Page} */
let page;
/** @type {Address | null} */
let address = null; // where the state is kept

// Show a graph, in place of the one that is there.
/** @type {(data: PageData) => void} */
function openGraph(data) {
  const held = document.activeElement;
  page?.close();
  page = new Page(data);
  page.synchronise();
  if (held && !held.isConnected && document.activeElement === document.body) {
    byId("graph").focus({ preventScroll: true }); // where keys step
  }
}

// A page of one graph: that, in the state that its address holds.
/** @type {() => void} */
function openPage() {
  openGraph(JSON.parse(byId("data").textContent));
  address = new Address(
    () => page.readState(),
    (state) => page.restoreState(state),
    (sentence) => page.say(sentence),
  );
  address.open();
}
