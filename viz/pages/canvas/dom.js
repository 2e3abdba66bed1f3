// Creates elements. Text from the graph becomes text or an attribute, never markup.

// An element with properties (on...: a listener, others: attributes; false and null are left out) and children.
/** @type {<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, properties?: Properties, ...children: (Element | string | null)[]) => HTMLElementTagNameMap[Tag]} */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flatMap((child) => child || []));
  return element;
}

// A button that says this and does that.
/** @type {(text: string | Element, act: () => void, properties?: Properties) => HTMLButtonElement} */
function button(text, act, properties = {}) {
  return make("button", { type: "button", ...properties, onclick: act }, text);
}

// A small one, beside what matters more.
/** @type {(id: string, text: string, act: () => void, title?: string | null) => HTMLButtonElement} */
function quietButton(id, text, act, title = null) {
  return button(text, act, { class: "quiet", id, title });
}

// The head of a card: its title, and what stands beside it.
/** @type {(id: string, title: (Element | string)[], ...beside: (Element | string | null)[]) => HTMLElement} */
function cardHead(id, title, ...beside) {
  return make("div", { class: "head" }, make("h2", { id: `${id}-title` }, ...title), ...beside);
}

// The head of a table.
/** @type {(...columns: string[]) => HTMLElement} */
function tableHead(...columns) {
  return make("thead", {}, make("tr", {}, ...columns.map((text) => make("th", { scope: "col" }, text))));
}

// A coordinate, to a hundredth of a pixel.
/** @type {(number: number) => number} */
function round(number) {
  return Math.round(number * 100) / 100;
}

// Other contents for a card. What had the focus keeps it: the element of the same id or text, or the card.
/** @type {(card: HTMLElement, ...children: (Element | string)[]) => void} */
function refill(card, ...children) {
  const held = card.contains(document.activeElement) && card !== document.activeElement ? document.activeElement : null;
  const place = held && [...card.querySelectorAll("button, input, [tabindex]")].indexOf(held);
  card.replaceChildren(...children.filter((child) => child !== ""));
  if (!held || place === null) return;
  const able = [...card.querySelectorAll("button, input, [tabindex]")];
  const again =
    able.find((each) => held.id && each.id === held.id) ??
    able.find((each) => each.textContent === held.textContent) ??
    able[Math.min(place, able.length - 1)];
  if (again instanceof HTMLElement && !again.matches(":disabled")) return again.focus({ preventScroll: true });
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
}

// A control that can do nothing now: it keeps the focus, which a disabled one would lose.
/** @type {(button: HTMLElement, off: boolean) => void} */
function disable(button, off) {
  button.setAttribute("aria-disabled", String(off));
}

// A text that turns no direction around it, and is broken behind dots, underscores and operators rather than within
// words or numbers.
/** @type {(text: string) => Element} */
function words(text) {
  return make("bdi", {}, ...breakable(signNumbers(text).split(/(?<=[._/=+·] ?)(?!\d)/)));
}

// A sentence with a minus before its numbers, and a hyphen within its names.
/** @type {(text: string) => string} */
function signNumbers(text) {
  return text.replace(/(?<![\p{L}\p{N}_])-(?=[\d.]|inf\b)|(?<=\de)-(?=\d)/gu, "−");
}

// The parts of a text, which may be broken between them.
/** @type {(parts: string[]) => (Element | string)[]} */
function breakable(parts) {
  return parts.flatMap((part, i) => (i ? [make("wbr"), part] : [part]));
}
