// Elements by id, of SVG, and icons, which films have too.

const SVG = "http://www.w3.org/2000/svg";

/** @type {<Id extends keyof Elements>(id: Id) => Elements[Id]} */
function byId(id) {
  return document.getElementById(id);
}

// An SVG element with attributes, in a parent if one is given.
/** @type {<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes?: Record<string, string | number>, parent?: Element | null) => SVGElementTagNameMap[Tag]} */
function draw(tag, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (parent) parent.append(element);
  return element;
}

const ICONS = {
  start: "M6 5v14M19 5L9 12l10 7z",
  back: "M20 12h-9M11 6l-7 6 7 6z", // an arrow, as on the key
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  next: "M4 12h9M13 6l7 6-7 6z",
  end: "M18 5v14M5 5l10 7-10 7z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
};

/** @type {(button: Element, name: keyof typeof ICONS) => void} */
function showIcon(button, name) {
  const icon = draw("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" });
  draw("path", { d: ICONS[name] }, icon);
  button.replaceChildren(icon);
}
