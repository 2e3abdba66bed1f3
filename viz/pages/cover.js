// Cover mode: gradients are hidden, and asked for from the output back. A wrong number is told by its mistake.

class Quiz {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    const { graph } = page;
    this.questions = [...graph.names.keys()].filter((node) => !graph.isConstant(node) && node !== graph.root).reverse();
    /** @type {Map<number, Result>} */
    this.results = new Map(); // by node
    this.place = 0;
    this.tries = 0; // of the question, as all that follows
    this.hinted = false;
    this.done = false;
    /** @type {[Mistake, string][]} */
    this.lastFound = []; // the mistakes that give the last answer, each with the name of its place
    this.input = make("input", { type: "text", inputmode: "decimal", size: "12", autocomplete: "off", id: "answer" });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.submit();
    });
    this.feedback = make("div", { class: "feedback", role: "status", id: "feedback" });
    this.hintButton = make(
      "button",
      { type: "button", class: "quiet", id: "hint", onclick: () => this.hint() },
      "Hint",
    );
    this.showButton = make(
      "button",
      { type: "button", class: "quiet", id: "reveal", onclick: () => this.reveal(), title: "After the hint" },
      "Show the answer",
    );
    this.checkButton = make("button", { type: "button", id: "check", onclick: () => this.submit() });
  }

  get node() {
    return this.questions[this.place] ?? null;
  }

  /** @type {(node: number) => boolean} */
  knows(node) {
    return node === this.page.graph.root || this.results.has(node);
  }

  begin() {
    this.tries = 0;
    this.hinted = this.done = this.input.readOnly = this.hintButton.disabled = false;
    this.showButton.disabled = true;
    this.lastFound = [];
    this.input.value = "";
    this.checkButton.textContent = "Check";
    this.feedback.className = "feedback";
    this.feedback.replaceChildren();
  }

  /** @type {(result: Result) => number} */
  count(result) {
    return [...this.results.values()].filter((each) => each === result).length;
  }

  show() {
    if (this.node === null) return this.showScore();
    const { page } = this;
    this.begin();
    this.input.setAttribute("aria-label", `Gradient of ${page.graph.names[this.node]}`);
    // no form: a notebook's sandbox would not let it be sent
    const form = make("div", { class: "form" }, this.input, this.checkButton, this.hintButton, this.showButton);
    byId("quiz").replaceChildren(
      make(
        "p",
        { class: "kind backward" },
        "Cover",
        make("span", {}, `question ${this.place + 1} of ${this.questions.length}`),
      ),
      make("h2", { id: "quiz-title" }, "What is ", words(partial(page, this.node)), "?"),
      form,
      this.feedback,
      make("p", { class: "muted" }, this.score()),
    );
  }

  score() {
    const asked = this.results.size;
    return asked
      ? `${this.count("right")} of ${asked} right at once, ${this.count("helped")} on a later try or with the hint, ${this.count("shown")} shown`
      : "Two digits are enough.";
  }

  submit() {
    const { page, node } = this;
    if (this.done || node === null) return this.next();
    const answer = this.input.value;
    if (readNumber(answer) === null)
      return this.say("wrong", `${answer.slice(0, 40) || "Nothing"} is not a number (such as 0.42, -3 or 1.5e-3).`);
    const judged = judge(answer, page.run.gradients[node], workOut(page.graph, page.run, node));
    if (judged !== "wrong") {
      const word = judged === "rounded" ? "Right, rounded." : "Right.";
      return this.settle(this.tries || this.hinted ? "helped" : "right", word);
    }
    this.tries++;
    const { graph, run } = page;
    this.lastFound = diagnose(graph, run, node, answer).map((mistake) => [
      mistake,
      graph.names[findPlace(graph, run, node, mistake, answer)],
    ]);
    const lines = nameMistakes(this.lastFound);
    this.say("wrong", ...(lines.length ? lines : [`Not ${answer.trim()}.`, this.nameFirstStep(node)]));
  }

  /** @type {(node: number) => string} */
  nameFirstStep(node) {
    const { graph, run } = this.page;
    const step = findFirstStep(graph, run.steps, node, (other) => this.knows(other));
    if (step?.kind !== "backward") return "No common mistake gives it.";
    const user = `${graph.names[step.node]} = ${definition(graph, step.node)}`;
    const sends = this.passing(step.node, step.index);
    return `No common mistake gives it. It can have gone wrong first where ${user} sends ${sends} to ${graph.names[step.operand]}.`;
  }

  // What one use of a node passes on to it, in symbols.
  /** @type {(user: number, index: number) => string} */
  passing(user, index) {
    const { page } = this;
    return `${partial(page, user)} · ${factor(describe(page.graph, page.run, user, index).symbols)}`;
  }

  hint() {
    const { page, node } = this;
    if (node === null) return;
    this.hinted = true;
    this.showButton.disabled = false;
    const lines = this.lastFound.map(([mistake, name]) => putName(name, mistake.hint));
    const uses = page.graph.uses[node].map(([user, index]) => this.passing(user, index));
    const shown = uses.length > 6 ? [...uses.slice(0, 5), "…", ...uses.slice(-1)] : uses;
    this.say("hint", ...new Set(lines), `${partial(page, node)} = ${shown.join(" + ")}`);
    this.input.focus();
  }

  reveal() {
    this.settle("shown", "The answer:");
  }

  /** @type {(result: Result, word: string) => void} */
  settle(result, word) {
    const { page, node } = this;
    if (node === null) return;
    this.results.set(node, result);
    this.done = true;
    this.say(result === "shown" ? "hint" : "right", `${word} ${partial(page, node)} = ${tellSum(page, node)}`);
    this.hintButton.disabled = this.showButton.disabled = true;
    this.input.readOnly = true;
    this.checkButton.textContent = this.place + 1 < this.questions.length ? "Next" : "Score";
    page.update();
    this.checkButton.focus();
  }

  next() {
    this.place++;
    this.show();
    this.page.update();
    this.focus();
  }

  focus() {
    if (this.node === null) byId("quiz").querySelector("button")?.focus();
    else this.input.focus();
  }

  /** @type {(classes: string, ...lines: string[]) => void} */
  say(classes, ...lines) {
    this.feedback.className = `feedback ${classes}`;
    this.feedback.replaceChildren(...lines.map((line) => make("p", {}, words(line))));
  }

  showScore() {
    const total = this.questions.length;
    /** @type {[text: string, result: Result][]} */
    const rows = [
      ["right at once", "right"],
      ["on a later try or with the hint", "helped"],
      ["shown", "shown"],
    ];
    byId("quiz").replaceChildren(
      make("p", { class: "kind backward" }, "Cover", make("span", {}, "score")),
      make(
        "h2",
        { id: "quiz-title" },
        total ? `${this.count("right")} of ${total} right at once` : "There is no gradient to ask for",
      ),
      make(
        "table",
        { class: "numbers", id: "score" },
        make(
          "tbody",
          {},
          ...rows.map(([text, result]) =>
            make("tr", {}, make("th", { scope: "row" }, text), make("td", {}, String(this.count(result)))),
          ),
        ),
      ),
      make(
        "div",
        { class: "form" },
        make("button", { type: "button", id: "again", onclick: () => this.page.setCover(true) }, "Again"),
        make(
          "button",
          { type: "button", class: "quiet", id: "leave", onclick: () => this.page.setCover(false) },
          "Leave",
        ),
      ),
    );
  }
}

// How a gradient is added up, of many parts the first and the last: 0.5 · 2.0 + 1.0 · (-6.0) = -5.0.
/** @type {(page: Page, node: number) => string} */
function tellSum({ run }, node) {
  const steps = run.ledger[node].map((number) => run.steps[number]).filter((step) => step.kind === "backward");
  /** @type {(digits: number) => number} */
  const work = (digits) =>
    steps.reduce(
      (sum, { upstream, local, closed }) => sum + (closed ? 0 : asShown(upstream, digits) * asShown(local, digits)),
      0,
    );
  const total = run.gradients[node];
  const leftOut = steps.length > 6;
  const digits = leftOut ? DIGITS : findDigits(work, total);
  const sum = steps.map(
    ({ upstream, local, closed }) =>
      `${factor(formatDigits(upstream, digits))} · ${factor(formatDigits(local, digits))}${closed ? ` (${CLOSED})` : ""}`,
  );
  const shown = leftOut ? [...sum.slice(0, 5), "…", ...sum.slice(-1)] : sum;
  return `${shown.join(" + ")} ${leftOut ? EXACT : compare(work(digits), total, digits)} ${formatNumber(total)}`;
}
