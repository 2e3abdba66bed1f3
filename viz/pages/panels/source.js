// Shows the learner's source lines, with the expression that made the node in focus highlighted.

class Source {
  /** @param {Page} page @param {Listing[]} listings @param {(Place | null)[]} places */
  constructor(page, listings, places) {
    this.page = page;
    this.listings = listings;
    this.places = places;
    byId("source").hidden = !listings.length;
    /** @type {Place | null | undefined} */
    this.shown = undefined; // before anything is
  }

  paint() {
    if (!this.listings.length) return;
    const node = this.page.focus;
    const place = this.places[node];
    if (place === this.shown) return;
    this.shown = place;
    const name = this.page.graph.names[node];
    const [number, line] = place ?? [0, 0];
    const { file, first, lines } = this.listings[number];
    const listing = make(
      "pre",
      { tabindex: "0", "aria-label": `Listing of ${file}` },
      ...lines.map((text, i) => this.line(text, first + i, place)),
    );
    byId("source").replaceChildren(
      make("h2", { id: "source-title" }, make("bdi", {}, file), place ? `, line ${line}` : ""),
      make("p", { class: "muted" }, make("bdi", {}, name), place ? " was made here" : " was made elsewhere"),
      listing,
    );
    /** @type {HTMLElement | null} */
    const marked = listing.querySelector(".marked");
    if (marked) listing.scrollTop = marked.offsetTop - listing.offsetTop - listing.clientHeight / 3;
  }

  /** @type {(text: string, number: number, place: Place | null) => Element} */
  line(text, number, place) {
    const [, from, start, to, end] = place ?? [0, Infinity, 0, 0, 0];
    const marked = number >= from && number <= to;
    const letters = [...text];
    const left = number === from ? start : letters.length - text.trimStart().length;
    const right = number === to ? end : letters.length;
    /** @type {(a: number, b: number) => string} */
    const part = (a, b) => letters.slice(a, b).join("");
    const content = marked ? [part(0, left), make("mark", {}, part(left, right)), part(right, letters.length)] : [text];
    return make(
      "span",
      { class: marked ? "line marked" : "line" },
      make("span", { class: "count" }, String(number)),
      make("bdi", {}, ...content),
      "\n",
    );
  }
}
