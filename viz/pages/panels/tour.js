// Help: the list of keys, and a tour of five stops through this graph.

/** @type {[keys: string, what: string][]} */
const KEYS = [
  ["→ ←", "one step on, one step back"],
  ["Space", "play and pause; on a box, choose it"],
  ["Home End", "to the start, to the end"],
  ["Tab", "to the next control; into the graph"],
  ["← →", "in the toolbar at the top: from control to control"],
  ["↑ ↓", "in the graph: from box to box"],
  ["← →", "in the graph, on a leaf reached by keys: nudge it, like dragging its box"],
  ["D U", "after the backward pass: move all leaves one step down the slope, or undo it"],
  ["Enter", "choose a box; on a leaf, light up the path that contributes most of its gradient"],
  ["O", "open or close a box"],
  ["Esc", "release a box and follow the steps again"],
  ["+ − 0", "zoom in, zoom out, show everything"],
  ["Shift and arrows", "move the picture"],
  ["Q", "start or leave the quiz"],
  ["?", "this help"],
];

/** @type {{ title: string; stop: (page: Page) => { k: number; pinned?: number; title?: string; says: string[] } }[]} */
const STOPS = [
  { title: "A value", stop: stopAtValue },
  { title: "Its slope", stop: stopAtSlope },
  { title: "The chain", stop: stopAtChain },
  { title: "Paths add up", stop: stopAtSum },
  { title: "Why this order", stop: stopAtOrder },
];

class Tour {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {number | null} */
    this.at = null; // the stop
    this.told = page.run; // whose numbers it tells
    byId("ask").addEventListener("click", () => this.help(), { signal: page.open.signal });
    byId("help").replaceChildren(
      make("h2", { id: "help-title" }, "Keys"),
      make("dl", {}, ...KEYS.flatMap(([keys, what]) => [make("dt", {}, keys), make("dd", {}, what)])),
      make(
        "div",
        { class: "form" },
        button("Tour: five stops", () => this.take(), { class: "main", id: "take" }),
        button("Close", () => byId("help").close(), { id: "shut" }),
      ),
    );
  }

  help() {
    if (!byId("help").open) byId("help").showModal();
  }

  take() {
    byId("help").close();
    if (this.page.quiz) this.page.setCover(false);
    if (this.page.mistake || this.page.hunt) this.page.chooseMistake(""); // it tells of right numbers
    this.show(0);
    document.getElementById("onward")?.focus();
  }

  /** @type {(at: number) => void} */
  show(at) {
    if (at >= STOPS.length) return this.leave();
    const { page } = this;
    this.at = at;
    page.controls.pause();
    const { k, pinned, title, says } = this.tell(at);
    page.pinned = pinned ?? null;
    page.k = k;
    byId("tour").hidden = false;
    page.update();
    page.say(`Stop ${at + 1} of ${STOPS.length}: ${title}. ${plain(says.join(" "))}`);
    byId("tour").scrollIntoView({ block: "nearest" });
  }

  // What there is to say at a stop, in numbers that are those of the page.
  /** @type {(at: number) => { k: number; pinned?: number; title: string; says: string[] }} */
  tell(at) {
    const { page } = this;
    this.told = page.run;
    const told = { title: STOPS[at].title, ...STOPS[at].stop(page) };
    const onward = at + 1 < STOPS.length ? "Next stop" : "Done";
    refill(
      byId("tour"),
      make("p", { class: "heading" }, "Tour", make("span", {}, `stop ${at + 1} of ${STOPS.length}`)),
      make("h2", { id: "tour-title" }, told.title),
      ...told.says.map((text) => make("p", {}, ...prose(text))),
      make(
        "div",
        { class: "form" },
        button("Back", () => this.show(at - 1), { id: "before", disabled: !at }),
        button(onward, () => this.show(at + 1), { class: "main", id: "onward" }),
        quietButton("skip-tour", "Leave the tour", () => this.leave()),
      ),
    );
    return told;
  }

  // Its numbers follow those of the page; it ends where a mistake changes them, or a quiz asks for them.
  paint() {
    const { page } = this;
    if (this.at === null) return;
    if (page.quiz || page.run !== page.right) this.end();
    else if (page.run !== this.told) this.tell(this.at);
  }

  end() {
    this.at = null;
    byId("tour").hidden = true;
  }

  // Back to the beginning, where the first key leads on.
  leave() {
    this.end();
    this.page.pinned = null;
    this.page.go(0);
    byId("next").focus();
  }
}

/** @type {(page: Page) => { k: number; says: string[] }} */
function stopAtValue({ graph, run }) {
  const node = graph.names.findIndex((_, each) => graph.isOperation(each));
  const name = graph.names[Math.max(node, 0)];
  const value = formatNumber(run.values[Math.max(node, 0)]);
  if (node < 0) return { k: 1, says: [`A box is a number: ${quote(`${name} = ${value}`)}. This graph has no other.`] };
  const said = describe(graph, run, node);
  const { numbers } = said;
  const worked = numbers !== value && numbers !== said.symbols; // as relu(x) is 0 without any
  return {
    k: node + 1,
    says: [
      `A box is a number. The arrows show what it is computed from: ${quote(`${name} = ${definition(graph, node)}`)}.`,
      `Here that is ${quote(worked ? `${numbers} ${compareWords(said, run.values[node])} ${value}` : value)}. Numbers with no arrow into them, the leaves, are given.`,
    ],
  };
}

/** @type {(page: Page) => { k: number; pinned: number; says: string[] }} */
function stopAtSlope(page) {
  const { graph, run, topName } = page;
  /** @type {(leaf: number) => number} */
  const size = (leaf) => {
    const gradient = run.gradients[leaf];
    return Number.isFinite(gradient) && findBreak(graph, run, leaf) < 0 ? abs(gradient) : -1;
  };
  const leaf = graph.leaves.reduce((best, each) => (size(each) > size(best) ? each : best), graph.leaves[0] ?? 0);
  const little = 0.001 * Math.max(1, abs(run.values[leaf]));
  const moved = runForward(graph, new Map([...(page.leaves ?? []), [leaf, run.values[leaf] + little]]));
  const change = moved.values[graph.root] - run.values[graph.root];
  const [name, top] = [graph.names[leaf], topName].map(quote);
  const gradient = quote(formatNumber(run.gradients[leaf]));
  if (size(leaf) < 0 || !Number.isFinite(change)) {
    const said = `The number ${quote("grad")} in its box is the gradient of ${name}: ${gradient}.`;
    return { k: run.steps.length, pinned: leaf, says: [said, sayNoSlope(graph, run, leaf, topName)] };
  }
  return {
    k: run.steps.length,
    pinned: leaf,
    says: [
      `Let ${name} grow by ${quote(formatNumber(little))}, and ${top} changes by about ${quote(formatNumber(Number(change.toPrecision(4))))}: about ${quote(formatNumber(Number((change / little).toPrecision(4))))} times as much.`,
      `This is ${quote("grad")} in its box, the gradient of ${name}: ${gradient}, the slope of ${top} when only ${name} changes, for a change that is small enough.`,
    ],
  };
}

/** @type {(page: Page) => { k: number; says: string[] }} */
function stopAtChain({ graph, run, topName }) {
  /** @type {(test: (step: Backward) => boolean) => number} */
  const find = (test) => run.steps.findIndex((step) => step.kind === "backward" && test(step) && isGood(step));
  /** @type {(step: Backward) => boolean} */
  const isGood = ({ node, index, contribution }) =>
    Number.isFinite(contribution) && isSlope(graph, run, node, index) && findBreak(graph, run, node) < 0;
  /** @type {(step: Backward) => boolean} */
  const isTelling = (step) => step.node !== graph.root && abs(step.local) !== 1 && step.contribution !== 0;
  /** @type {(step: Backward) => boolean} */
  const isOnlyUse = (step) => graph.uses[step.operand].length === 1;
  const choices = [find((step) => isTelling(step) && isOnlyUse(step)), find(isTelling), find(() => true)];
  const number = choices.find((choice) => choice >= 0) ?? -1;
  const step = run.steps[number];
  if (step?.kind !== "backward")
    return { k: run.steps.length, says: ["No edge leads back from this result along a slope."] };
  const [upstream, local, product] = [step.upstream, step.local, step.contribution].map(formatNumber);
  const [from, to, top] = [graph.names[step.node], graph.names[step.operand], topName].map(quote);
  const only = isOnlyUse(step);
  const one = only ? "" : `Look at one use of ${to}, its other uses held fixed. `;
  const along = only ? "" : " along this use alone";
  return {
    k: number + 1,
    says: [
      `${one}${top} changes ${quote(upstream)} times as much as ${from}, and ${from} changes ${quote(local)} times as much as ${to}${along}.`,
      `So ${top} changes ${quote(`${factor(upstream)}*${factor(local)} ${signOf(step)} ${product}`)} times as much as ${to}${along}: along a chain, slopes are multiplied.`,
    ],
  };
}

/** @type {(page: Page) => { k: number; pinned?: number; title?: string; says: string[] }} */
function stopAtSum({ graph, run, topName }) {
  const node = graph.uses.findIndex((uses, each) => uses.length > 1 && run.ledger[each].length > 1);
  if (node < 0) {
    const leaf = graph.leaves.find((each) => each !== graph.root && run.ledger[each].length === 1);
    const [name, top] = [graph.names[leaf ?? 0], topName].map(quote);
    const here = `Here one path leads from ${top} back to ${name}: what it carries is the whole gradient, `;
    return {
      k: run.steps.length,
      pinned: leaf,
      title: "One path each",
      says: [
        ...(leaf === undefined ? [] : [`${here}${quote(formatNumber(run.gradients[leaf]))}.`]),
        `A number that is used several times, as ${quote("a")} is in ${quote("a*a + a")}, gets the sum of the gradients from all its uses.`,
      ],
    };
  }
  const steps = run.ledger[node].map((number) => run.steps[number]);
  const [parts, sign] = describeSum(
    steps.map((step) => step.contribution ?? 1),
    run.gradients[node],
  );
  const shown = parts.length > 4 ? [...parts.slice(0, 2), "…", parts[parts.length - 1]] : parts;
  const [name, top] = [graph.names[node], topName].map(quote);
  return {
    k: run.ledger[node][run.ledger[node].length - 1] + 1,
    says: [
      `${name} is used ${parts.length} times. Nudge it, and ${top} changes along each of these paths.`,
      `Their contributions are added: ${quote(`${shown.join(" + ")} ${sign} ${formatNumber(run.gradients[node])}`)}. That is why gradients are summed, never overwritten.`,
    ],
  };
}

/** @type {(page: Page) => { k: number; says: string[] }} */
function stopAtOrder({ graph, topName }) {
  const allUsers = findReachedUses(graph).map((uses) => [...new Set(uses.map(([user]) => user))]);
  const node = allUsers.findIndex((users, each) => users.length > 1 && graph.isOperation(each));
  const users = node < 0 ? [] : allUsers[node].map((user) => quote(graph.names[user]));
  const named = users.length > 4 ? [...users.slice(0, 3), `${users.length - 3} more`] : users;
  const example = users.length ? ` Here ${quote(graph.names[node])} waits for ${named.join(" and ")}.` : "";
  return {
    k: graph.size + 1,
    says: [
      `The backward pass begins at ${quote(topName)}, with the slope 1. A box passes its gradient on only when all the boxes that use it have sent theirs; until then its sum is not complete.${example}`,
      "So the backward order is the forward order, reversed. The strip at the bottom shows which boxes are ready.",
    ],
  };
}
