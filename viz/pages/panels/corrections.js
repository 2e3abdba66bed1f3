// Shows the right numbers, struck through, beside the numbers of a mistake.

// The right number beside a wrong one, or nothing.
/** @type {(right: number | null) => Element | string} */
function struck(right) {
  return right === null ? "" : make("s", { class: "right" }, minus(formatNumber(right)));
}

// The local derivative of a step in symbols and numbers; where a mistake takes another one, or may, its number alone.
/** @type {(page: Page, step: Backward) => ReturnType<typeof describe>} */
function describeLocal(page, step) {
  const said = describe(page.graph, page.right, step.node, step.index);
  if (!page.hunt?.isOpen && (!step.right || !differs(step.local, step.right.local))) return said;
  const number = formatNumber(step.local);
  return { ...said, symbols: number, numbers: number, notes: [] };
}

// The right number for a column of the ledger: what a step adds, or the sum after it.
/** @type {(page: Page, step: Step, shown: boolean, column: number) => Element | string} */
function correct(page, step, shown, column) {
  if (!shown || !page.marks || step.kind !== "backward" || !step.right) return "";
  const [number, right] = column === 1 ? [step.contribution, step.right.contribution] : [step.total, step.right.total];
  return struck(readsWrong(number, right) ? right : null);
}

// The wrong numbers of a step, each with the right one.
/** @type {(page: Page, step: Backward) => Element[]} */
function correctionParts(page, step) {
  if (!page.marks || !step.right) return [];
  const { right } = step;
  /** @type {[text: string, number: number, right: number][]} */
  const all = [
    ["upstream gradient", step.upstream, right.upstream],
    ["local derivative", step.local, right.local],
    ["contribution", step.contribution, right.contribution],
    ["sum", step.total, right.total],
  ];
  const wrong = all.filter(([, number, truth]) => readsWrong(number, truth));
  if (!wrong.length) return [make("p", { class: "note" }, "This step is right.")];
  /** @type {(text: string, number: number, truth: number) => Element} */
  const row = (text, number, truth) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, text),
      make("td", { class: "bad" }, minus(formatNumber(number))),
      make("td", {}, struck(truth)),
    );
  return [
    make(
      "table",
      { class: "numbers corrections" },
      tableHead("number", "mistaken", "right"),
      make("tbody", {}, ...wrong.map((each) => row(...each))),
    ),
  ];
}
