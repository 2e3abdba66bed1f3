// Compares a mistake with the truth: its gradients, the right ones, and central differences.

const MOST_ROWS = 200;

/** @type {(page: Page) => void} */
function showComparison(page) {
  const card = byId("comparison");
  const { mistake, wrong, graph, right: run } = page;
  card.hidden = !mistake || !page.marks;
  if (!mistake || card.hidden) return card.replaceChildren();
  const repair = () => {
    page.chooseMistake("");
    byId("mistake").focus();
  };
  const head = cardHead("comparison", [`Mistake: ${mistake.title}`], quietButton("repair", "switch off", repair));
  const gradients = runMistake(graph, run, mistake);
  if (!gradients || !wrong) {
    return card.replaceChildren(
      head,
      make("p", {}, `Plain recursion would visit more than ${MOST_VISITS} nodes here: one for every path to a leaf.`),
    );
  }
  const nodes = [...graph.names.keys()].filter((node) => !graph.isConstant(node)).reverse();
  const amiss = nodes.filter((node) => wrong.has(node));
  const listed = [...amiss, ...nodes.filter((node) => !wrong.has(node))].slice(0, MOST_ROWS);
  const rows = listed.map((node) => comparisonRow(page, node, gradients[node], wrong.has(node)));
  const columns = tableHead("node", "right", "mistaken", "difference quotient");
  card.replaceChildren(
    head,
    make("p", { class: "said" }, words(tellHarm(page, mistake, amiss, nodes.length))),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Comparison of gradients" },
      make("table", { class: "numbers" }, columns, make("tbody", {}, ...rows)),
    ),
    listed.length < nodes.length ? make("p", { class: "muted" }, `${listed.length} of ${nodes.length} nodes`) : "",
  );
}

// What a mistake does here; `amiss`: the nodes that it gets wrong, the last first.
/** @type {(page: Page, mistake: Mistake, amiss: number[], count: number) => string} */
function tellHarm({ graph, right }, mistake, amiss, count) {
  if (amiss.length) {
    const first = graph.names[amiss[0]];
    return `${amiss.length} of ${count} gradients ${amiss.length === 1 ? "is" : "are"} wrong. Of ${first}: ${putName(first, mistake.sentence)}.`;
  }
  const missing = findMissing(graph, right, mistake);
  return missing
    ? `This mistake is not possible on this graph: ${missing}.`
    : "On this graph the mistake does no harm: every gradient is right. That makes it hard to find.";
}

/** @type {(page: Page, node: number, mistaken: number, wrong: boolean) => Element} */
function comparisonRow(page, node, mistaken, wrong) {
  const { graph, right: run } = page;
  const slope = centralDifference(graph, run.values, node);
  return make(
    "tr",
    { class: wrong ? "wrong" : "" },
    make(
      "td",
      {},
      button(words(shorten(graph.names[node], 32)), () => page.pin(node), { class: "link" }),
    ),
    make("td", {}, minus(formatNumber(run.gradients[node]))),
    make("td", {}, `${wrong ? "≠ " : ""}${minus(formatNumber(mistaken))}`),
    make("td", {}, minus(formatNumber(tidy(slope, run.gradients[node])))),
  );
}

// A difference quotient is good to some eight digits; what is left of a zero is noise.
/** @type {(slope: number, right: number) => number} */
function tidy(slope, right) {
  return abs(slope) < 1e-9 * Math.max(1, abs(right)) ? 0 : Number(slope.toPrecision(7));
}
