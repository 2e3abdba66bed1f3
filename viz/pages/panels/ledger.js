// The ledger: how the gradient of a node came together, a line for every edge, both of them for a*a.

const MOST_ENTRIES = 100;

/** @type {(page: Page) => void} */
function showLedger(page) {
  const { graph, run } = page;
  const node = page.focus;
  const card = byId("ledger");
  card.hidden = !page.inBackward && page.pinned === null;
  if (card.hidden) return;
  const scope = scopeAmong(page, node, ...graph.operands[node]);
  /** @type {(text: string) => string} */
  const short = (text) => dropScope(graph, text, scope);
  const name = short(graph.names[node]);
  const facts = [];
  if (graph.isOperation(node)) facts.push(`${name} = ${short(definition(graph, node))}`);
  if (page.isComputed(node)) facts.push(`${name} = ${exactNumber(run.values[node])}`);
  const { why } = statusOf(page, node);
  refill(
    card,
    ledgerHead(page, node, name),
    scope && make("p", { class: "scope" }, words(scope)),
    make("p", { class: "facts" }, ...facts.map((fact) => mathematics(fact))),
    make("p", { class: "muted" }, why),
    graph.isConstant(node) ? make("p", {}, "A constant receives no gradient.") : ledgerTable(page, node),
  );
}

// The title, and what can be done with a node.
/** @type {(page: Page, node: number, name: string) => Element} */
function ledgerHead(page, node, name) {
  const drawn = page.scene.boxOf(node);
  return cardHead(
    "ledger",
    ["Ledger of ", words(name)],
    page.pinned === null ? null : quietButton("follow", "follow the steps", () => page.pin(null)),
    drawn?.box.inside ? quietButton("open", "open", () => page.scene.toggle(drawn)) : null,
  );
}

/** @type {(page: Page, node: number) => Element} */
function ledgerTable(page, node) {
  const entries = page.entriesOf(node);
  const now = Math.max(entries.indexOf(page.k - 1), 0); // of very many the part around the step
  const from = Math.max(Math.min(now - MOST_ENTRIES / 2, entries.length - MOST_ENTRIES), 0);
  const rows = entries.slice(from, from + MOST_ENTRIES).map((number) => ledgerRow(page, number));
  const anyStruck = page.rightTotal(node) !== null || rows.some((row) => row.querySelector("s"));
  const leftOut = entries.length - rows.length;
  if (leftOut) rows.push(make("tr", { class: "waiting" }, make("td", { colspan: "4" }, `… ${count(leftOut)} more`)));
  const received = page.gradientOf(node);
  const total = received ? formatNumber(received.total) : "";
  const first = ["start", "", "", "0"].map((text) => make("td", {}, text));
  return make(
    "table",
    { class: "numbers" },
    anyStruck ? make("caption", { class: "muted" }, "struck through: the right number") : "",
    tableHead("via", "upstream · local", "adds", "grad"),
    make("tbody", {}, make("tr", { class: "first" }, ...first), ...rows),
    make(
      "tfoot",
      {},
      make(
        "tr",
        {},
        make("th", { scope: "row", colspan: "3" }, received && !received.complete ? "so far" : "total"),
        make("td", {}, mathematics(total), struck(page.rightTotal(node))),
      ),
    ),
  );
}

/** @type {(page: Page, number: number) => Element} */
function ledgerRow(page, number) {
  const step = page.run.steps[number];
  const shown = page.isShown(number);
  const current = page.k - 1 === number && !page.quiz;
  const via = step.kind === "seed" ? "the seed" : page.graph.names[step.node];
  const why = step.kind === "backward" && step.closed ? ` (${CLOSED})` : "";
  const use = step.kind === "backward" ? nameUse(page.graph, step.node, step.index) : "";
  const look = { class: "link", disabled: Boolean(page.quiz) };
  const jump = button(words(shorten(splitName(via)[1], 16)), () => page.go(number + 1), look);
  const texts = !shown
    ? ["", "", ""]
    : step.kind !== "backward"
      ? ["", "+ 1.0", "1.0"]
      : [
          `${factor(formatNumber(step.upstream))} · ${factor(formatNumber(step.local))}`,
          `${isOverwritten(step) ? "→" : "+"} ${factor(formatNumber(step.contribution))}`,
          formatNumber(step.total),
        ];
  return make(
    "tr",
    { class: `${shown ? "" : "waiting"} ${current ? "current" : ""}` },
    make("td", {}, jump, use && make("span", { class: "muted" }, ` ${use}`)),
    ...texts.map((text, i) => make("td", {}, mathematics(text), i ? correct(page, step, shown, i) : why)),
  );
}
