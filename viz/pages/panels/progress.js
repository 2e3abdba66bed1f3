// How far both passes have come, and what is known by then: of the right passes, or of those that a mistake makes.

class Progress {
  /** @param {RecordedNode[]} nodes */
  constructor(nodes) {
    this.graph = new Graph(nodes);
    this.topName = this.graph.names[this.graph.root];
    /** @type {Map<number, number> | null} */
    this.leaves = null; // numbers that a person changed, by leaf
    /** @type {Mistake | null} */
    this.mistake = null;
    /** @type {Map<number, number> | null} */
    this.wrong = null; // what it gives where that is not right
    /** @type {Hunt | null} */
    this.hunt = null; // for a mistake that is not told
    /** @type {Quiz | null} */
    this.quiz = null; // the one that is on
    this.run = this.right = runPasses(this.graph); // what is shown, and what is right
    /** @type {Map<number, Inside>} */
    this.parts = new Map(); // of fused operations, by node
    this.k = 0; // steps done
  }

  // Run both passes on these numbers of leaves, and on the recorded ones of the others.
  /** @type {(leaves: Map<number, number> | null) => void} */
  compute(leaves) {
    this.leaves = leaves;
    const { scale } = this.right;
    this.right = runPasses(this.graph, leaves);
    if (leaves) this.right.scale = widen(scale, this.right.scale);
    this.parts.clear();
    this.makeMistake();
  }

  // Show the wrong pass if there is to be one, else the right one.
  makeMistake() {
    const { graph, right, mistake } = this;
    this.wrong = mistake && findWrong(graph, right, mistake);
    this.run = (mistake && runMistaken(graph, right, mistake)) ?? right;
    this.k = Math.min(this.k, this.run.steps.length);
  }

  get step() {
    return this.quiz || !this.k ? null : this.run.steps[this.k - 1];
  }

  get inBackward() {
    return this.quiz !== null || this.k > this.graph.size;
  }

  /** @type {(node: number) => boolean} */
  isComputed(node) {
    return this.quiz !== null || this.k > node;
  }

  /** @type {(number: number | null) => boolean} */
  isShown(number) {
    if (number === null) return false;
    return this.quiz ? this.quiz.knows(this.run.steps[number].operand) : number < this.k;
  }

  /** @type {(node: number) => boolean} */
  hasPassedOn(node) {
    return (
      this.run.sent[node].some((number) => this.isShown(number)) || (!this.quiz && this.k === this.run.steps.length)
    );
  }

  // Whether a step belongs to the pass at hand, where a mistake makes two of them.
  /** @type {(number: number) => boolean} */
  isOfThisPass(number) {
    const { again } = this.run;
    return !again || this.k > again.step === number >= again.step;
  }

  // The steps that a node's sum comes from: those of the pass at hand, and what a second one has left of the first.
  /** @type {(node: number) => number[]} */
  entriesOf(node) {
    const { again, ledger } = this.run;
    const keeps = again && this.k > again.step && !again.starts(node) && node !== this.graph.root;
    return keeps ? ledger[node] : ledger[node].filter((number) => this.isOfThisPass(number));
  }

  // A node's gradient so far; null where none is known.
  /** @type {(node: number) => { total: number; complete: boolean } | null} */
  gradientOf(node) {
    const entries = this.entriesOf(node);
    if (this.quiz) return this.quiz.knows(node) ? { total: this.run.gradients[node], complete: true } : null;
    let last = entries.length - 1;
    while (last >= 0 && entries[last] >= this.k) last--;
    if (last < 0) return null;
    const { total } = this.run.steps[entries[last]];
    return total === undefined ? null : { total, complete: last === entries.length - 1 };
  }

  // Whether what is wrong is marked.
  get marks() {
    return this.mistake !== null && !this.hunt?.isOpen;
  }

  // What a node's gradient should be where the one that is shown is wrong, and is to be marked; else null.
  /** @type {(node: number) => number | null} */
  rightTotal(node) {
    if (!this.marks || !this.gradientOf(node)) return null;
    const step = this.run.steps[this.run.ledger[node].findLast((entry) => entry < this.k) ?? 0];
    const right = step.kind === "backward" || step.kind === "seed" ? step.right : null;
    return right && readsWrong(step.total ?? NaN, right.total) ? right.total : null;
  }

  // The step in which a use passed its gradient on, the last one that is shown where it did so several times.
  /** @type {(user: number, index: number) => number | null} */
  stepOf(user, index) {
    if (this.run === this.right) return this.run.stepOf[user][index];
    const { steps, sent } = this.run;
    /** @type {(number: number) => boolean} */
    const same = (number) => "index" in steps[number] && steps[number].index === index;
    return sent[user].findLast((number) => number < this.k && same(number)) ?? sent[user].find(same) ?? null;
  }

  /** @type {(owner: Owner) => Inside} */
  partsOf(owner) {
    const inside = this.parts.get(owner.node) ?? computeParts(this.graph, this.right, owner.node, owner.parts);
    this.parts.set(owner.node, inside);
    return inside;
  }
}
