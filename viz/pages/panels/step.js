// The card of the step, in symbols and in numbers.

const LAST = "That was the last step: every gradient is known.";
const NEXT = "Drag a leaf to see what its gradient says, or step down the slope under “Descend”.";

/** @type {(page: Page) => string} */
function stepTitle(page) {
  const { step, graph } = page;
  if (!step) return "Watch a gradient being computed";
  const name = graph.names[step.operand];
  if (step.kind === "leaf") return `${name} is given`;
  if (step.kind === "forward") return `Compute ${name}`;
  if (step.kind === "seed") return "The turn: the backward pass starts";
  return `${graph.names[step.node]} passes its gradient on to ${name}`;
}

// The step as one sentence, for screen readers.
/** @type {(page: Page) => string} */
function stepSentence(page) {
  const { step, graph, run } = page;
  if (!step) return "Start. Nothing is computed yet.";
  const place = `Step ${page.k} of ${run.steps.length}, ${page.inBackward ? "backward" : "forward"}: `;
  const name = graph.names[step.operand];
  const value = formatNumber(run.values[step.node]);
  if (step.kind === "leaf") return `${place}${name} is given, ${value}.`;
  if (step.kind === "forward") return `${place}${name} = ${definition(graph, step.node)} = ${value}.`;
  if (step.kind === "seed") return `${place}the gradient of ${name} with respect to itself is 1.`;
  const [upstream, local, contribution] = [step.upstream, step.local, step.contribution].map(formatNumber);
  const { complete } = page.gradientOf(step.operand) ?? {};
  const total = `${formatNumber(step.total)}${complete ? ", complete" : " so far"}`;
  const why = step.closed ? `, ${CLOSED}` : "";
  const use = nameUse(graph, step.node, step.index);
  return `${place}${graph.names[step.node]} passes ${upstream} times ${local} ${signOf(step)} ${contribution} on to ${name}${use && `, ${use}`}${why}. Its gradient is ${total}.`;
}

// The scope that names on a card share: that of the node that it is about, or else of where its gradient comes from.
/** @type {(page: Page, ...nodes: number[]) => string} */
function scopeAmong(page, ...nodes) {
  return nodes.map((node) => splitName(page.graph.names[node])[0]).find((scope) => scope) ?? "";
}

/** @type {(page: Page) => void} */
function showStep(page) {
  const { step } = page;
  const scope = step ? scopeAmong(page, step.operand, step.node, ...page.graph.operands[step.node]) : "";
  /** @type {(text: string) => string} */
  const short = (text) => dropScope(page.graph, text, scope);
  const phase = !step ? "start" : step.kind === "leaf" ? "forward" : step.kind === "seed" ? "backward" : step.kind;
  /** @type {Element[]} */
  const parts = [
    make(
      "p",
      { class: `heading ${phase}` },
      phase === "start" ? "Start" : phase === "forward" ? "Forward" : "Backward",
      make("span", {}, `step ${count(page.k)} of ${count(page.run.steps.length)}`),
    ),
    make("h2", { id: "step-title" }, words(short(stepTitle(page)))),
  ];
  if (scope) parts.splice(1, 0, make("p", { class: "scope" }, words(scope)));
  if (!step) parts.push(...openingParts(page));
  else if (step.kind === "leaf")
    parts.push(equation(short(page.graph.names[step.node]), "=", formatNumber(page.run.values[step.node])));
  else if (step.kind === "forward") parts.push(...forwardParts(page, step, short));
  else if (step.kind === "seed") {
    const top = quote(page.topName);
    parts.push(
      make("p", { class: "equation" }, slope(page.topName, page.topName), " = ", mathematics("1.0")),
      make(
        "p",
        { class: "help" },
        ...prose(
          `If ${top} grows by a little, ${top} grows by just as much. From here the gradient goes back along every edge.`,
        ),
      ),
    );
  } else parts.push(...backwardParts(page, step, short));
  parts.push(...placeNotes(page, step));
  if (page.k === page.run.steps.length) {
    parts.push(make("p", { class: "note" }, page.graph.leaves.length ? `${LAST} ${NEXT}` : LAST));
  }
  refill(byId("step"), ...parts);
  byId("step").className = `card hero ${phase}`;
}

// In which box a node is to be looked for, where it has none of its own.
/** @type {(page: Page, step: Step | null) => Element[]} */
function placeNotes(page, step) {
  if (!step || page.scene.view.plane.boxes.length >= page.graph.size) return [];
  const nodes = [...new Set([step.node, step.operand])];
  return nodes.flatMap((node) => {
    const box = page.scene.boxOf(node)?.box;
    const name = page.graph.names[node];
    if (box?.kind !== "folded" || name.startsWith(box.name)) return [];
    return [make("p", { class: "note" }, words(name), " is inside the box ", words(box.name), ".")];
  });
}

// The introduction: what is shown, and which key to press.
/** @type {(page: Page) => Element[]} */
function openingParts(page) {
  return [
    make("p", {}, "Each box is a number; the arrows show what it is computed from."),
    make(
      "p",
      {},
      "Press ",
      make("kbd", {}, "→"),
      " repeatedly: first the numbers are computed, then their gradients, from the end back.",
    ),
    make("p", {}, ...prose(`A gradient says how much ${quote(page.topName)} changes when a number is nudged.`)),
    make(
      "div",
      { class: "form" },
      button("Tour: five stops", () => page.tour.take(), { class: "main", id: "begin" }),
      quietButton("keys", "All keys: ?", () => page.tour.help()),
    ),
  ];
}

/** @type {(left: string, sign: string, right: string, classes?: string) => Element} */
function equation(left, sign, right, classes = "") {
  return make("p", { class: `equation ${classes}` }, mathematics(left), ` ${sign} `, mathematics(right));
}

/** @type {(page: Page, step: Forward, short: (text: string) => string) => Element[]} */
function forwardParts(page, step, short) {
  const { graph, run } = page;
  const name = graph.names[step.node];
  const said = describe(graph, run, step.node);
  const defined = definition(graph, step.node);
  const parts = [equation(short(name), "=", short(defined))];
  if (said.symbols !== defined && Number(said.symbols) !== run.values[step.node])
    parts.push(equation("", "=", short(said.symbols)));
  const value = formatNumber(run.values[step.node]);
  const sign = compareWords(said, run.values[step.node]);
  const worked = said.numbers !== value && said.numbers !== said.symbols;
  if (worked) parts.push(equation("", sign === OUTDATED ? EXACT : sign, said.numbers, "numbers"));
  parts.push(equation("", worked ? sign : EXACT, value, "result"));
  return [...parts, ...said.notes.map((text) => note(short(text)))];
}

/** @type {(page: Page, step: Backward, short: (text: string) => string) => Element[]} */
function backwardParts(page, step, short) {
  const said = describeLocal(page, step);
  return [
    chainPart(page, step, said, short),
    sumPart(page, step, short),
    ...meaningParts(page, step, short),
    ...said.notes.map((text) => note(short(text))),
    ...correctionParts(page, step),
  ];
}

// upstream gradient × local derivative = contribution: symbols above, numbers below
/** @type {(page: Page, step: Backward, said: ReturnType<typeof describe>, short: (text: string) => string) => Element} */
function chainPart({ graph, topName }, step, said, short) {
  const local = formatNumber(step.local);
  const number =
    said.numbers !== local && said.numbers !== said.symbols
      ? [said.numbers, `${compareWords(said, step.local)} ${local}`]
      : [local];
  const [top, from, to] = [topName, graph.names[step.node], graph.names[step.operand]].map(short);
  /** @type {(classes: string, caption: string, symbols: Element | null, ...numbers: string[]) => Element} */
  const tile = (classes, caption, symbols, ...numbers) =>
    make(
      "div",
      { class: `tile ${classes}` },
      make("span", { class: "caption" }, caption),
      symbols && make("span", { class: "symbols" }, symbols),
      ...numbers.map((text) => mathematics(text, "numbers")),
    );
  const use = nameUse(graph, step.node, step.index, findBetween(graph, step.operand));
  const others = graph.operands[step.node].length > 2 ? "the others" : "the other";
  const held = use && make("span", { class: "caption" }, ` by ${use}, ${others} held fixed`);
  const symbols = make("span", {}, slope(from, to), " = ", mathematics(short(said.symbols)), held);
  return make(
    "div",
    { class: "chain" },
    tile("upstream", "upstream gradient", slope(top, from), formatNumber(step.upstream)),
    make("span", { class: "sign" }, "×"),
    tile("local-part", "local derivative", symbols, ...number),
    make("span", { class: "sign" }, signOf(step)),
    tile("contribution", "contribution", null, formatNumber(step.contribution)),
  );
}

// The sum that the contribution is added to, or that it replaces.
/** @type {(page: Page, step: Backward, short: (text: string) => string) => Element} */
function sumPart({ graph, run, right, topName, k }, step, short) {
  const ledger = run.ledger[step.operand];
  const entries = ledger.filter((entry) => run.steps[entry].kind === "backward").length;
  const turn = ledger.filter((entry) => entry < k).length;
  const [terms, sign] = describeSum([step.before, step.contribution], step.total);
  const total = formatNumber(step.total);
  const adds = (step.before !== 0 || turn > 1) && !isOverwritten(step);
  const grown = adds
    ? `${terms.join(" + ")} ${sign} ${total}`
    : `${step.before ? formatNumber(step.before) : 0} → ${total}`;
  return make(
    "p",
    { class: "grown" },
    slope(short(topName), short(graph.names[step.operand])),
    ": ",
    make("strong", {}, mathematics(grown)),
    make("span", { class: "muted" }, entries > 1 && run === right ? ` (${turn} of ${entries} uses)` : ""),
  );
}

// What the factors say of a nudge; of a mistaken step nothing, nor where one of them is no slope.
/** @type {(page: Page, step: Backward, short: (text: string) => string) => Element[]} */
function meaningParts({ graph, run, right, topName }, { node, index, operand, upstream, local, closed }, short) {
  if (run !== right || closed || !Number.isFinite(upstream * local)) return [];
  if (!isSlope(graph, run, node, index) || findBreak(graph, run, node) >= 0) return [];
  const [top, from, to] = [topName, graph.names[node], graph.names[operand]].map((name) => quote(short(name)));
  const along = graph.uses[operand].length > 1 ? "Along this use " : "";
  const rest = node === graph.root ? "" : `, and ${top} ${quote(formatNumber(upstream))} times as much as ${from}`;
  const said = `${along}${from} changes ${quote(formatNumber(local))} times as much as ${to}${rest}.`;
  return [make("p", { class: "note" }, ...prose(said))];
}

// The sign between upstream gradient · local derivative, as shown, and what they make: 0 along a branch not taken.
/** @type {(step: Backward) => string} */
function signOf({ upstream, local, closed, contribution, right }) {
  if (right && !closed && differs(upstream * local, contribution)) return OUTDATED;
  return closed ? EXACT : findSignOf(["*", "a", "b"], { a: upstream, b: local }, contribution);
}

// A note beside a formula: as v1 > 0, or a few words.
/** @type {(text: string) => Element} */
function note(text) {
  const [, before, rest] = /^(as not |as |with )?(.*)$/s.exec(text) ?? ["", "", text];
  return make("p", { class: "note" }, before ?? "", before ? mathematics(rest) : words(rest));
}
