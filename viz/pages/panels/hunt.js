// Find the bug: the page makes a secret mistake, and a person says which.

const HUNT = "find the bug"; // among the mistakes to choose from

class Hunt {
  // seed: which mistake it is; the same seed gives the same one
  /** @param {Page} page @param {number} seed */
  constructor(page, seed) {
    this.page = page;
    this.seed = seed;
    const harmful = mistakes.filter((mistake) => {
      const run = runMistaken(page.graph, page.right, mistake);
      return run?.steps.some(isWrong) && findWrong(page.graph, page.right, mistake)?.size;
    });
    /** @type {Mistake | null} */
    this.mistake = harmful[scatter(seed) % harmful.length] ?? null; // null where none does harm
    this.isOpen = this.mistake !== null; // until it is found, or shown
    this.tries = 0;
    this.said = "";
    this.choice = "";
  }

  /** @type {(name: string) => void} */
  guess(name) {
    const { page, mistake } = this;
    const guessed = mistakes.find((each) => each.name === name);
    if (!this.isOpen || !mistake) return;
    if (!guessed) {
      this.said = "Choose a mistake first.";
      return page.update(false);
    }
    this.tries++;
    this.choice = name;
    const there = page.run.gradients;
    const other = runMistake(page.graph, page.right, guessed);
    const node = other ? there.findLastIndex((number, at) => differs(number, other[at])) : 0;
    if (node < 0) {
      const same = guessed === mistake ? "" : ` On this graph the same numbers result from: ${mistake.title}.`;
      return this.open(`Right, ${this.tries === 1 ? "at once" : `after ${this.tries} tries`}.${same}`);
    }
    const place = page.graph.names[node];
    this.said = other
      ? `Not that one: the gradient of ${place} would be ${formatNumber(other[node])}, but here it is ${formatNumber(there[node])}.`
      : "Not that one: it would take far more steps.";
    page.update(false);
  }

  /** @type {(said: string) => void} */
  open(said) {
    this.isOpen = false;
    this.said = said;
    const { page } = this;
    const first = page.run.steps.findIndex(isWrong);
    if (first >= 0) page.go(first + 1);
  }
}

// A whole number that says nothing of the seed next to it.
/** @type {(seed: number) => number} */
function scatter(seed) {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** @type {(page: Page) => void} */
function showHunt(page) {
  const card = byId("hunt");
  const { hunt } = page;
  card.hidden = !hunt;
  if (!hunt) return card.replaceChildren();
  const options = mistakes.map((each) =>
    make("option", { value: each.name, selected: each.name === hunt.choice }, each.title),
  );
  const none = make("option", { value: "" }, "choose");
  const select = make("select", { id: "suspect", "aria-label": "Which mistake" }, none, ...options);
  select.addEventListener("change", () => (hunt.choice = select.value));
  const open = [
    make("p", { class: "muted" }, "This backward pass makes a mistake. Step through it: which number is wrong?"),
    select,
    make(
      "div",
      { class: "form" },
      button("That is it", () => hunt.guess(select.value), { class: "main", id: "accuse" }),
      quietButton("give-up", "Show it", () => hunt.mistake && hunt.open(`It is: ${hunt.mistake.title}.`)),
    ),
  ];
  refill(
    card,
    cardHead("hunt", ["Find the bug"], make("span", { class: "muted" }, hunt.mistake ? `no. ${hunt.seed}` : "")),
    ...(hunt.isOpen ? open : []),
    hunt.mistake ? "" : make("p", {}, "On this graph no mistake makes a difference."),
    make("p", { class: "said", role: "status" }, words(hunt.said)),
    make(
      "div",
      { class: "form" },
      quietButton("another", "Another bug", () => page.startHunt(hunt.seed + 1)),
      quietButton("leave-hunt", "Leave", () => page.chooseMistake("")),
    ),
  );
}
