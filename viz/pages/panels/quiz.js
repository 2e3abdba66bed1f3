// The quiz hides gradients and asks for them from the output back. It explains a wrong answer by its mistake.

/** @type {{ key: string; title: string; choose: (nodes: number[], graph: Graph) => number[] }[]} */
const SCOPES = [
  { key: "all", title: "every gradient", choose: (nodes) => nodes },
  { key: "leaves", title: "leaves only", choose: (nodes, graph) => nodes.filter((node) => graph.isLeaf(node)) },
  { key: "five", title: "five of them", choose: (nodes) => spread(nodes, 5) },
];

class Quiz {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.run = page.right; // whose gradients it asks for
    this.scope = SCOPES[0];
    this.questions = listQuestions(page.graph, this.scope);
    /** @type {Map<number, Result>} */
    this.results = new Map(); // by node
    this.place = 0;
    /** @type {number | null} */
    this.begun = null; // the node that the question is about, once it was put
    this.tries = 0; // of the question, as all that follows
    this.hints = 0; // first a question, then the formula
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
    this.hintButton = quietButton("hint", "Hint", () => this.hint());
    const reveal = () => this.settle("shown", "The answer:");
    this.showButton = quietButton("reveal", "Show the answer", reveal, "After a try or a hint");
    this.score = make("p", { class: "muted" });
    this.checkButton = button("Check", () => this.submit(), { id: "check" });
  }

  get node() {
    return this.questions[this.place] ?? null;
  }

  // Which nodes are asked for; those that were answered keep their results.
  /** @type {(key: string) => void} */
  setScope(key) {
    this.scope = SCOPES.find((scope) => scope.key === key) ?? this.scope;
    this.questions = listQuestions(this.page.graph, this.scope);
    this.goOn(0);
  }

  // Ask for this node next, if it can be asked for and was not.
  /** @type {(node: number) => boolean} */
  ask(node) {
    if (this.knows(node) || this.page.graph.isConstant(node)) return false;
    if (!this.questions.includes(node)) this.questions.push(node);
    this.page.pinned = null;
    this.goOn(this.questions.indexOf(node));
    return true;
  }

  // To the first question from here on that is not answered yet; behind the last one from the first on.
  /** @type {(place: number) => void} */
  goOn(place) {
    const order = [...this.questions.slice(place), ...this.questions.slice(0, place)];
    const node = order.find((question) => !this.results.has(question));
    this.place = node === undefined ? this.questions.length : this.questions.indexOf(node);
    this.show();
    this.page.update();
    this.focus();
  }

  /** @type {(node: number) => boolean} */
  knows(node) {
    return node === this.page.graph.root || this.results.has(node);
  }

  begin() {
    this.tries = 0;
    this.hints = 0;
    this.done = this.input.readOnly = this.hintButton.disabled = false;
    this.hintButton.textContent = "Hint";
    this.showButton.disabled = true;
    this.lastFound = [];
    this.input.value = "";
    this.checkButton.textContent = "Check";
    this.feedback.className = "feedback";
    this.feedback.replaceChildren();
  }

  /** @type {(result: Result) => number} */
  count(result) {
    return this.questions.filter((node) => this.results.get(node) === result).length;
  }

  show() {
    if (this.node === null) return this.showScore();
    const { page } = this;
    if (this.begun !== this.node) this.begin();
    this.begun = this.node;
    this.score.textContent = this.tellScore();
    this.input.setAttribute("aria-label", `Gradient of ${page.graph.names[this.node]}`);
    // no form: a notebook's sandbox would not let it be sent
    const form = make("div", { class: "form" }, this.input, this.checkButton, this.hintButton, this.showButton);
    byId("quiz").replaceChildren(
      make(
        "p",
        { class: "heading backward" },
        "Quiz",
        make("span", {}, `question ${this.answered + 1} of ${this.questions.length}`),
      ),
      make("h2", { id: "quiz-title" }, "What is ", words(partial(page, this.node)), "?"),
      form,
      this.feedback,
      this.score,
      this.offerScopes(),
    );
  }

  get answered() {
    return this.questions.filter((node) => this.results.has(node)).length;
  }

  offerScopes() {
    const options = SCOPES.map(({ key, title }) =>
      make("option", { value: key, selected: key === this.scope.key }, title),
    );
    const select = make("select", { id: "scope" }, ...options);
    select.addEventListener("change", () => this.setScope(select.value));
    const again = quietButton("anew", "start again", () => this.page.setCover(true, true));
    return make("p", { class: "muted scopes" }, make("label", {}, "Ask for ", select), " or click a box", again);
  }

  tellScore() {
    const asked = this.answered;
    return asked
      ? `${this.count("right")} of ${asked} right at once, ${this.count("helped")} on a later try or with the hint, ${this.count("shown")} shown`
      : "Three digits are enough, or two if correctly rounded.";
  }

  submit() {
    const { page, node } = this;
    if (this.done || node === null) return this.goOn(this.place + 1);
    const answer = this.input.value;
    if (!answer.trim()) return this.say("wrong", "Type a number.");
    this.input.select(); // to type another one in its place, should it be wrong
    if (readNumber(answer) === null)
      return this.say("wrong", `${answer.slice(0, 40)} is not a number (such as 0.42, -3 or 1.5e-3).`);
    const judged = judge(answer, page.run.gradients[node], workOut(page.graph, page.run, node));
    if (judged !== "wrong") {
      const word = judged === "rounded" ? "Right, rounded." : "Right.";
      return this.settle(this.tries || this.hints ? "helped" : "right", word);
    }
    this.tries++;
    this.showButton.disabled = false;
    const { graph, run } = page;
    this.lastFound = diagnose(graph, run, node, answer).map((mistake) => [
      mistake,
      graph.names[findPlace(graph, run, node, mistake, answer)],
    ]);
    const lines = nameMistakes(this.lastFound);
    this.say(
      "wrong",
      ...(lines.length ? lines : [`Not ${answer.trim()}.`, tellFirstStep(page, node, (other) => this.knows(other))]),
    );
  }

  // First a question, then, on asking again, the formula.
  hint() {
    const { node } = this;
    if (node === null) return;
    this.hints++;
    this.showButton.disabled = false;
    if (this.hints === 1) {
      const found = this.lastFound.map(([mistake, name]) => putName(name, mistake.hint));
      this.say("hint", ...new Set(found.length ? found : [questionOf(this.page, node)]));
      this.hintButton.textContent = "Formula";
    } else {
      this.say("hint", writeFormula(this.page, node));
      this.hintButton.disabled = true;
    }
    this.input.focus();
  }

  /** @type {(result: Result, word: string) => void} */
  settle(result, word) {
    const { page, node } = this;
    if (node === null) return;
    this.results.set(node, result);
    this.done = true;
    this.score.textContent = this.tellScore();
    this.say(result === "shown" ? "hint" : "right", `${word} ${partial(page, node)} = ${tellSum(page, node)}`);
    this.hintButton.disabled = this.showButton.disabled = true;
    this.input.readOnly = true;
    this.checkButton.textContent = this.answered < this.questions.length ? "Next" : "Score";
    page.update();
    this.checkButton.focus();
  }

  focus() {
    if (this.node === null) byId("quiz").querySelector("button")?.focus();
    else this.input.focus();
  }

  /** @type {(classes: string, ...lines: string[]) => void} */
  say(classes, ...lines) {
    this.feedback.className = `feedback ${classes}`;
    this.feedback.replaceChildren(...lines.map((line) => make("p", {}, words(line))));
    this.feedback.scrollIntoView({ block: "nearest" });
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
      make("p", { class: "heading backward" }, "Quiz", make("span", {}, "score")),
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
        button("Again", () => this.page.setCover(true, true), { id: "again" }),
        quietButton("leave", "Leave", () => this.page.setCover(false)),
      ),
      this.offerScopes(),
    );
  }
}

// The nodes that are asked for, from the output back.
/** @type {(graph: Graph, scope: (typeof SCOPES)[0]) => number[]} */
function listQuestions(graph, scope) {
  const nodes = [...graph.names.keys()].filter((node) => !graph.isConstant(node) && node !== graph.root);
  return scope.choose(nodes.reverse(), graph);
}

// At most so many, from the first to the last.
/** @type {(nodes: number[], most: number) => number[]} */
function spread(nodes, most) {
  if (nodes.length <= most) return nodes;
  const step = (nodes.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, number) => nodes[Math.round(number * step)]);
}
