// The card of the strongest path: its factors node by node, each a bar from the product before it to the product
// after it on a log scale, like viz/paths/waterfall.py.

/** @type {(page: Page) => void} */
function showPath(page) {
  const card = byId("path");
  const { graph, path, lit } = page;
  card.hidden = lit === null;
  if (path && path === page.shownPath) return;
  page.shownPath = path;
  if (lit === null) return card.replaceChildren();
  const clear = quietButton("clear", "clear", () => clearPath(page), "Esc");
  const head = cardHead("path", ["Strongest path to ", words(graph.names[lit])], clear);
  if (!path)
    return card.replaceChildren(
      head,
      make("p", { class: "muted" }, "The path lights up once the gradient is complete."),
    );
  const links = [...path.links.values()];
  const scale = findDecades(links);
  const start = [graph.names[graph.root], "", "", "1.0"];
  const top = quote(graph.names[graph.root]);
  card.replaceChildren(
    head,
    make(
      "p",
      { class: "muted" },
      ...prose(`The path back from ${top} that contributes most to this gradient: its factors, multiplied in turn.`),
    ),
    ...tellPath(graph, path).map((text) => make("p", { class: "said" }, words(text))),
    make(
      "table",
      { class: "numbers links" },
      tableHead("node", "local derivative", "factor", "product"),
      make("tbody", {}, make("tr", {}, ...start.map((text) => make("td", {}, words(text))))),
      ...cutMiddle(links).map((link) => (link ? linkRows(page, link, scale) : gapRow(links.length - MOST_LINKS))),
    ),
    make("p", { class: "note" }, `Bars: the product, log scale from ${power10(scale.low)} to ${power10(scale.high)}.`),
    links.some((link) => link.bound !== null)
      ? make("p", { class: "note" }, "Pale, up to the tick: lost even at the steepest slope of the activation.")
      : "",
  );
}

// The links; if there are too many, the first and last with null between.
/** @type {(links: Link[]) => (Link | null)[]} */
function cutMiddle(links) {
  if (links.length <= MOST_LINKS) return links;
  return [...links.slice(0, MOST_LINKS / 2), null, ...links.slice(-MOST_LINKS / 2)];
}

/** @type {(leftOut: number) => Element} */
function gapRow(leftOut) {
  return make("tbody", {}, make("tr", {}, make("td", { colspan: "4" }, `… ${count(leftOut)} factors left out …`)));
}

// Scroll the cards until the path is seen, unless that takes the ledger out of sight.
function revealPath() {
  const path = byId("path");
  const aside = path.parentElement;
  /** @type {(card: HTMLElement) => number} */
  const top = (card) => card.offsetTop - aside.offsetTop - 12;
  const wanted = top(path) + path.offsetHeight + 24 - aside.clientHeight;
  aside.scrollTop = Math.min(Math.max(aside.scrollTop, wanted), top(byId("ledger")));
}

// The button goes with its card: the keyboard goes on in the graph.
/** @type {(page: Page) => void} */
function clearPath(page) {
  page.pin(null);
  byId("graph").focus({ preventScroll: true });
}

// The powers of ten that enclose the products on the way, one of which is 1.
/** @type {(links: Link[]) => Scale} */
function findDecades(links) {
  const sizes = [1, ...links.map((link) => abs(link.after))].filter((size) => size > 0 && size < Infinity);
  const orders = sizes.map(Math.log10);
  const low = Math.floor(orders.reduce((a, b) => Math.min(a, b)));
  const high = Math.ceil(orders.reduce((a, b) => Math.max(a, b)));
  return { low: low === high ? low - 1 : low, high };
}

/** @type {(page: Page, link: Link, scale: Scale) => Element} */
function linkRows(page, link, scale) {
  const { graph, run } = page;
  const { symbols } = describe(graph, run, link.node, link.index);
  const part = link.bound === null ? link.kind : `${graph.ops[link.node]} ≤ ${fourDigits(link.bound)}`;
  const name = splitName(graph.names[link.operand])[1];
  const cells = [
    words(shorten(name, 14)),
    mathematics(shorten(symbols, 26)),
    minus(formatNumber(link.factor)),
    minus(formatNumber(link.after)),
  ];
  return make(
    "tbody",
    {},
    make("tr", {}, ...cells.map((content) => make("td", {}, content))),
    make("tr", { class: "bar" }, make("td", {}, part), make("td", { colspan: "3" }, drawBar(link, scale))),
  );
}

// Of a slope, what its bound takes is pale.
/** @type {(link: Link, scale: Scale) => Element} */
function drawBar({ kind, before, after, bound }, scale) {
  /** @type {(product: number) => number} */
  const place = (product) => (Number.isFinite(product) ? placeOn(scale, abs(product)) : 1);
  const [from, to] = [place(before), place(after)];
  const limit = bound === null ? from : place(before * bound);
  const bar = make("div", { class: "waterfall" });
  bar.style.backgroundSize = `${100 / Math.min(scale.high - scale.low, 40)}% 100%`;
  /** @type {(a: number, b: number, classes: string, colour: string) => void} */
  const add = (a, b, classes, colour) => {
    const span = make("span", { class: classes });
    span.style.left = `${100 * Math.min(a, b)}%`;
    span.style.width = `${100 * abs(a - b)}%`;
    span.style.background = colour;
    bar.append(span);
  };
  if (limit < from) add(from, Math.max(limit, to), "", factors.pale);
  add(Math.min(limit, from), to, "", factors.colours[kind]);
  if (bound !== null) add(limit, limit, "tick", "");
  return bar;
}

/** @type {(exponent: number) => string} */
function power10(exponent) {
  return exponent >= -3 && exponent <= 3 ? String(10 ** exponent) : `1e${exponent}`;
}
