// Creates elements. Text from the graph becomes text or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** @type {<Id extends keyof Elements>(id: Id) => Elements[Id]} */
function byId(id) {
  return document.getElementById(id);
}

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

// An SVG element with attributes, in a parent if one is given.
/** @type {<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes?: Record<string, string | number>, parent?: Element | null) => SVGElementTagNameMap[Tag]} */
function draw(tag, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (parent) parent.append(element);
  return element;
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

// A text that turns no direction around it, and is broken behind dots and operators rather than inside names or numbers.
/** @type {(text: string, classes?: string | null) => Element} */
function words(text, classes = null) {
  const parts = text.split(/(?<=[./=+·] ?)(?!\d)/);
  return make("bdi", { class: classes }, ...parts.flatMap((part, i) => (i ? [make("wbr"), part] : [part])));
}

const ICONS = {
  start: "M6 5v14M19 5L9 12l10 7z",
  back: "M16 5L6 12l10 7z",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  next: "M8 5l10 7-10 7z",
  end: "M18 5v14M5 5l10 7-10 7z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
};

/** @type {(button: Element, name: keyof typeof ICONS) => void} */
function showIcon(button, name) {
  const icon = draw("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
  draw("path", { d: ICONS[name] }, icon);
  button.replaceChildren(icon);
}
