// The bar: what moves a training, and how far it is.

class TrainingBar {
  /** @param {NetworkPanels} panels */
  constructor(panels) {
    this.panels = panels;
    this.pace = "normal";
    this.sentence = "";
    const look = { class: "net-train", id: "net-train", title: "Train or pause (space)" };
    this.train = button("Train", () => panels.toggle(), look);
    const paces = make(
      "select",
      { id: "net-pace" },
      ...Object.entries(PACES).map(([value, [title]]) =>
        make("option", { value, selected: value === this.pace }, title),
      ),
    );
    paces.addEventListener("change", () => (this.pace = paces.value));
    this.numbers = make("dl", { class: "net-numbers", "aria-label": "Progress" });
    this.trouble = make("p", { class: "net-complaint" });
    this.row = make("input", { type: "number", id: "net-sample", min: 1, step: 1, value: 1 });
    this.row.addEventListener("change", () => this.choose());
    this.code = make("textarea", { id: "net-code", readonly: true, "aria-label": "The program", rows: 20 });
    this.program = make(
      "dialog",
      { id: "net-program", "aria-label": "What is on the screen, in Python" },
      make("h2", {}, "What is on the screen, in Python"),
      this.code,
      make(
        "p",
        {},
        button("Copy", () => this.copy(), { title: "Copy the program" }),
        button("Close", () => this.program.close(), { title: "Close" }),
      ),
    );
    this.element = make(
      "div",
      { class: "net-bar" },
      make(
        "div",
        { role: "group", "aria-label": "Training" },
        this.train,
        button("Step", () => panels.step(), { title: "One update (s)" }),
        button("Epoch", () => panels.finishEpoch(), { title: "To the end of the epoch (e)" }),
        button("Reset", () => panels.reset(), { title: "To the start (r)" }),
        make("label", {}, make("span", { class: "unseen" }, "Pace"), paces),
      ),
      this.numbers,
      make(
        "div",
        { role: "group", "aria-label": "One sample" },
        make("label", {}, "sample ", this.row),
        button("Look inside", () => panels.lookInside(), {
          title: "The loss of this sample as a graph to step through",
        }),
        button("Python", () => this.showProgram(), { title: "A program that computes the same numbers" }),
      ),
      this.trouble,
      this.program,
    );
  }

  choose() {
    const { panels } = this;
    const row = Math.min(Math.max(Math.round(Number(this.row.value) || 1), 1), panels.samples.count);
    panels.sample = row - 1;
    panels.draw();
  }

  show() {
    const { training, frame, settings, samples, sample } = this.panels;
    this.train.textContent = frame ? "Pause" : "Train";
    this.train.setAttribute("aria-pressed", String(Boolean(frame)));
    this.row.value = String(sample + 1);
    this.row.max = String(samples.count);
    const loss = training.losses.at(-1);
    /** @type {Record<string, string>} */
    const numbers = { epoch: count(training.epoch), updates: count(training.updates), loss: writeShort(loss) };
    const right = training.accuracies.at(-1);
    if (settings.classes) numbers.right = right === undefined ? "–" : `${(100 * right).toFixed(1)} %`;
    this.numbers.replaceChildren(
      ...Object.entries(numbers).map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text))),
    );
    this.sentence = Object.entries(numbers)
      .map(([name, text]) => `${name} ${text}`)
      .join(", ");
  }

  showProgram() {
    const { panels } = this;
    panels.stop();
    this.code.value = panels.writeProgram();
    this.program.showModal();
    this.code.scrollTop = 0;
  }

  async copy() {
    this.code.select();
    try {
      await navigator.clipboard.writeText(this.code.value);
      this.panels.say("Copied.");
    } catch {
      this.panels.say("The browser does not let the page copy: the program is selected, press Ctrl+C.");
    }
  }
}
