// The panels of the network: its settings, what moves its training, and what is seen of it.

const BUDGET = 8; // ms of a frame that are for training
const KEPT = 1000; // ms between addresses while it trains, so that a reload goes on near where it was
const CALM = 500; // ms between pictures where motion is to be reduced
/** @type {Record<string, [title: string, updates: number]>} */
const PACES = { slow: ["1 a frame", 1], normal: ["20 a frame", 20], fast: ["at full speed", Number.POSITIVE_INFINITY] };

class NetworkPanels {
  // openInside: shows the graph of a loss, and calls `back` when a person has seen enough
  /** @param {HTMLElement} section @param {OpenInside} openInside @param {GivenNetwork | null} given */
  constructor(section, openInside, given = null) {
    this.section = section;
    this.openInside = openInside;
    this.labels = given?.labels ?? [];
    /** @type {FileData | null} */
    this.table = null; // the file that was read last
    this.frame = 0;
    this.goal = Infinity; // updates at which training pauses
    this.drawnAt = 0;
    this.keptAt = 0;
    this.sample = 0;
    this.live = make("p", { class: "unseen", role: "status" });
    this.form = new SettingsForm((changes) => this.change(changes));
    this.bar = new TrainingBar(this);
    this.pictures = new NetworkPictures(this);
    this.settings = checkSettings(given?.settings ?? {});
    this.past = new Past(
      () => readNetworkDeed(this),
      (a, b) => a.settings === b.settings, // that are made anew with each change
      () => !section.hidden,
    );
    this.run = startTraining(this.settings);
    const parts = [this.form.element, this.bar.element, this.pictures.element, this.live];
    section.replaceChildren(
      make("div", { class: "net" }, make("h1", { class: "unseen" }, "A small network"), ...parts),
    );
    readInk();
    this.restart();
    this.listen();
  }

  listen() {
    const { section } = this;
    window.addEventListener("keydown", (event) => this.press(event), true); // before the page of the graph hears them
    this.form.file.addEventListener("change", () => readFile(this, this.form.file.files?.[0]));
    section.addEventListener("dragover", (event) => event.preventDefault());
    section.addEventListener("drop", (event) => {
      event.preventDefault();
      readFile(this, event.dataTransfer?.files[0]);
    });
    new ResizeObserver(() => this.draw()).observe(this.pictures.element);
    const recolour = () => {
      readInk();
      this.draw();
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
    new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  // Keys that stand for buttons, outside of fields; the page of the graph, which is hidden, is not to hear any.
  /** @type {(event: KeyboardEvent) => void} */
  press(event) {
    const { target } = event;
    if (this.section.hidden || event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element)) return;
    if (this.section.contains(target) || target === document.body) event.stopPropagation();
    if (target.closest("input, select, textarea, dialog")) return;
    if (event.key === " " && target.closest("button, summary")) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.toggle(),
      s: () => this.step(),
      e: () => this.finishEpoch(),
      r: () => this.reset(),
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    if (!action) return;
    event.preventDefault();
    action();
  }

  // Other settings: training starts anew, or goes on with another rate. What is not allowed is told, and changes
  // nothing. table: what a file was read as, where they are of one.
  /** @type {(changes: Partial<NetworkSettings>, table?: FileData | null) => void} */
  change(changes, table = null) {
    const names = Object.keys(changes);
    const before = { ...this.settings, rate: this.rate, turns: [] };
    this.past.keep(); // as far as it is
    try {
      if (names.join() === "rate" && this.training.updates && !this.training.trouble)
        return this.turn(changes.rate ?? NaN);
      if (changes.data === "points") {
        const points = before.data === "file" ? findMiddle(this) : this.points.slice(0, offered.most.points);
        changes = { points, ...changes };
      }
      if (changes.data === "file" && !changes.points) {
        this.form.show({ ...before, data: "file" }, this.model.widths);
        this.say("Choose a file, or drop one here: rows of numbers, the target last.");
        return;
      }
      const rule = changes.data && Object.hasOwn(DATA, changes.data) ? DATA[changes.data] : null;
      if (rule) changes = { ...changes, noise: rule.noise };
      const settings = checkSettings({ ...before, start: null, ...changes });
      const isKept = before.start && !changes.start && changes.initialisation === undefined;
      if (isKept && before.start?.length === countParameters(settings).parameters) settings.start = before.start;
      this.settings = settings;
      if (rule) this.labels = [];
      if (table) [this.table, this.labels] = [table, table.labels.map((label) => label.slice(0, LONGEST_TOLD))];
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.form.complain(error.message, names);
      return;
    }
    this.restart();
    this.past.keep();
  }

  // Go on with another learning rate, from the next update on.
  /** @type {(rate: number) => void} */
  turn(rate) {
    this.settings = turnRate(this.settings, rate, this.training.updates);
    this.training.turns = this.settings.turns;
    this.form.show(this.settings, this.model.widths);
    this.past.keep();
    this.draw();
    this.tell();
  }

  // To the start, with the settings as they are now.
  reset() {
    if (this.settings.turns.length) this.change({});
    else this.restart();
  }

  // Undo, redo: the settings before or after, trained as far as they were.
  /** @type {(way: -1 | 1) => void} */
  undo(way) {
    const deed = this.past.step(way);
    if (!deed) return;
    [this.settings, this.labels, this.table] = [deed.settings, deed.labels, deed.table];
    this.restart();
    this.form.content.textContent = deed.content;
    this.trainTo(deed.updates);
  }

  // From the start, with the settings as they were there.
  restart() {
    this.pause();
    this.run = startTraining(this.settings);
    this.sample = Math.min(this.sample, this.samples.count - 1);
    this.form.show(this.settings, this.model.widths);
    this.pictures.start();
    this.draw();
    this.tell();
  }

  get training() {
    return this.run.training;
  }

  // The learning rate as it was set last.
  get rate() {
    return findRate(this.settings, Infinity);
  }

  get samples() {
    return this.run.samples;
  }

  get points() {
    return this.run.points;
  }

  get model() {
    return this.run.model;
  }

  get room() {
    return this.run.room;
  }

  // Of the classes.
  get names() {
    return Array.from({ length: this.settings.classes }, (_, i) => this.labels[i] ?? String(i));
  }

  // What moves the training.

  toggle() {
    if (this.frame) this.stop();
    else this.train();
  }

  train() {
    if (this.frame || this.training.trouble) return this.tell();
    const loop = () => {
      this.frame = requestAnimationFrame(loop);
      const left = this.goal - this.training.updates; // at full speed, where it is known how far
      const most = Number.isFinite(left) ? left : PACES[this.bar.pace][1];
      this.training.advance(most, performance.now() + BUDGET);
      if (this.training.trouble || this.training.updates >= this.goal) {
        this.pause();
        this.tell();
      }
      if (this.frame && performance.now() - this.keptAt >= KEPT) {
        this.keptAt = performance.now();
        address?.write();
      }
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : 0;
      if (!this.frame || performance.now() - this.drawnAt >= calm) this.draw(Boolean(this.frame && !calm));
    };
    this.frame = requestAnimationFrame(loop);
    this.bar.show();
    this.say("Training.");
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.goal = Infinity;
  }

  // Pause, and show where.
  stop() {
    this.pause();
    this.draw();
    this.tell();
  }

  step() {
    this.pause();
    this.training.advance(1);
    this.draw();
    this.tell();
  }

  // To the end of this epoch.
  finishEpoch() {
    this.pause();
    const { samples, size, start, updates } = this.training;
    this.trainTo(updates + Math.ceil((samples.count - start) / size));
  }

  // So many updates in all, at once where that is quick.
  /** @type {(updates: number) => void} */
  trainTo(updates) {
    this.training.advance(updates - this.training.updates, performance.now() + 4 * BUDGET);
    if (this.training.updates < updates && !this.training.trouble) {
      this.goal = updates;
      this.train();
    } else {
      this.draw();
      this.tell();
    }
  }

  // The loss of a sample as a graph to step through. Numbers that a person changes there are those that training goes
  // on from, from its start.
  lookInside() {
    this.pause();
    this.draw();
    const { samples, model } = this;
    const row = this.sample;
    const inputs = [...samples.rows.slice(row * samples.inputs, (row + 1) * samples.inputs)];
    const graph = lossGraph(model, { inputs, target: samples.targets[row] });
    this.openInside(graph, () => {
      const changed = new Map([...(page.leaves ?? [])].map(([leaf, number]) => [page.graph.names[leaf], number]));
      if (model.names.some((name) => changed.has(name))) {
        const start = model.names.map((name, k) => changed.get(name) ?? model.parameters[k]);
        this.change({ start });
        this.say("Training now starts from the numbers of the graph.");
      } else this.draw();
    });
    const { descent, graph: inside } = page;
    descent.rate = this.rate || descent.rate;
    descent.typed.value = exactNumber(descent.rate);
    descent.chosen = new Set(inside.leaves.filter((leaf) => inside.names[leaf].includes(".")));
    page.update(false);
  }

  // What is shown.

  // inTurn: half of the pictures, so that a frame is done in time; the others come in the next
  draw(inTurn = false) {
    this.drawnAt = performance.now();
    if (this.section.hidden) return;
    this.bar.show();
    this.pictures.draw(inTurn);
  }

  // Tell how far it is, to those who listen as well.
  tell() {
    const { training } = this;
    const trouble =
      training.trouble &&
      `Stopped in epoch ${training.epoch + 1}: ${training.trouble}. Reset it, or choose a smaller rate, to train again.`;
    this.bar.show();
    this.bar.trouble.textContent = trouble;
    address?.keep();
    this.say(trouble || this.bar.sentence);
  }

  /** @type {(sentence: string) => void} */
  say(sentence) {
    this.live.textContent = sentence;
  }

  // What is on the screen, in Python.
  writeProgram() {
    return writePython(this.settings, this.training, this.table);
  }

  // What is shown, to be shown again.

  readState() {
    return readNetworkState(this);
  }

  // Throws a StateError for what no playground has written.
  /** @type {(state: unknown) => void} */
  restoreState(state) {
    restoreNetworkState(this, state);
  }
}
