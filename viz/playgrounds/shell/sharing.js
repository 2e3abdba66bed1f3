// To take along: a link, the picture, a program in Python, a frame for a page of one's own.

const UNREAD = "What is typed cannot be read. Link, frame and program hold what is shown:";

/** @type {(shell: Shell) => void} */
function showSharing(shell) {
  const { expression } = shell;
  const dialog = byId("sharing");
  const network = byId("network").hidden ? null : shell.network;
  network?.stop(); // so that all is of one moment
  address?.write();
  const said = make("p", { class: "muted", role: "status", id: "copied" });
  /** @type {(id: string, title: string, text: string) => Element[]} */
  const field = (id, title, text) => fieldToCopy(id, title, text, said);
  const isOther = expression.aside || page.hunt?.isOpen; // another graph than that of the text
  const program = network ? network.writeProgram() : isOther ? "" : writeProgram(expression);
  dialog.replaceChildren(
    make("h2", { id: "sharing-title" }, "Share what is shown"),
    make(
      "div",
      { class: "form" },
      ...(network
        ? [
            button("Pictures as SVG", () => saveVectors("network.svg", network.pictures.write())),
            button("Pictures as PNG", () => saveCanvas("network.png", network.pictures.paint())),
          ]
        : [
            button("Picture as SVG", () => saveVectors("graph.svg", writePicture())),
            button("Picture as PNG", () => savePicture()),
          ]),
      button("Close", () => dialog.close()),
    ),
    said,
    ...(expression.aside ? [make("p", {}, "Link and frame open the training, not the graph of this sample.")] : []),
    !network && !expression.aside && expression.box.matches("[aria-invalid]")
      ? make("p", {}, `${UNREAD} `, make("code", {}, expression.text))
      : "",
    ...(location.protocol === "about:" ? [] : field("link", "The link", writeLink())),
    location.protocol === "file:"
      ? make("p", { class: "muted" }, "The link works only on a machine that has this file.")
      : "",
    ...(program ? field("python", "The program in Python", program) : []),
    ...(location.protocol === "about:" ? [] : field("frame", "A frame for a page of yours", writeFrame())),
  );
  dialog.showModal();
}

// A text to take along, with a button that copies it; that it has is said.
/** @type {(id: string, title: string, text: string, said: Element) => Element[]} */
function fieldToCopy(id, title, text, said) {
  const rows = Math.min(text.split("\n").length + 1, 9);
  const area = make("textarea", { id, readonly: true, rows, "aria-label": title }, text);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = `${title} is copied.`;
    } catch {
      area.select(); // in a frame without that right
      said.textContent = `${title} is selected: press Ctrl+C.`;
    }
  };
  return [make("h3", {}, title), area, make("div", { class: "form" }, button("Copy", copy))];
}

// The address of this page, with its state.
/** @type {() => string} */
function writeLink() {
  return `${location.href.split("#")[0]}${address?.hash ?? ""}`;
}

// A frame that lets the page run its scripts, and nothing else.
/** @type {() => string} */
function writeFrame() {
  const link = writeLink().replace(/&/g, "&amp;").replace(/"/g, "&quot;");
  return `<iframe src="${link}" title="${document.title}" sandbox="allow-scripts" width="100%" height="760" loading="lazy"></iframe>`;
}

// A program that prints what is shown.
/** @type {(expression: Expression) => string} */
function writeProgram(expression) {
  const mistake = page.mistake?.name;
  /** @type {(number: Float) => string} */
  const python = (number) => (typeof number === "number" ? exactNumber(number) : `float("${number}")`);
  const named = expression
    .listNumbers(page.right.values)
    .map(([name, number]) => `${JSON.stringify(name)}: ${python(number)}`);
  const pass = mistake
    ? `gradients = engine.mistakes.table[${JSON.stringify(mistake)}](root)  # a wrong pass, as on the page`
    : "root.backward()";
  const gradient = pass === "root.backward()" ? "leaf.grad" : "gradients.get(leaf, 0.0)";
  return `import engine

numbers = {${named.join(", ")}}
root, leaves = engine.parse(${JSON.stringify(expression.text)}, **numbers)
${pass}
print("result", root.data)
for name, leaf in leaves.items():
    print(name, leaf.data, ${gradient})
`;
}

// What an element of the picture looks like, and a text besides, by the names of SVG.
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity"];
const LETTERS = ["font-family", "font-size", "font-weight", "font-style", "text-anchor", "text-decoration"];

// The whole graph as SVG that needs no style sheet.
/** @type {() => string} */
function writePicture() {
  const { layer, camera } = page.picture;
  const { width, height } = camera.bounds;
  const margin = 20; // for what stands above a box
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const picture = draw("svg", {
    xmlns: SVG,
    viewBox: `${-margin} ${-margin} ${wide} ${high}`,
    width: wide,
    height: high,
  });
  const paper = getComputedStyle(document.body).backgroundColor;
  draw("rect", { x: -margin, y: -margin, width: wide, height: high, fill: paper }, picture);
  const copied = copyLooks(layer);
  copied?.removeAttribute("transform");
  if (copied) picture.append(copied);
  return new XMLSerializer().serializeToString(picture);
}

// A copy of what is seen of an element, with its looks.
/** @type {(element: Element) => Element | null} */
function copyLooks(element) {
  if (element.matches(".opener, .bubble")) return null;
  const looks = getComputedStyle(element);
  if (looks.display === "none" || looks.visibility === "hidden") return null;
  const copy = document.createElementNS(SVG, element.localName);
  for (const { name, value } of element.attributes) {
    if (!/^(class|style|id|role|tabindex|aria-)/.test(name)) copy.setAttribute(name, value);
  }
  if (!element.children.length || element.localName === "text") {
    const isText = /^t(ext|span)$/.test(element.localName);
    for (const name of isText ? [...LOOKS, "paint-order", ...LETTERS] : LOOKS) {
      copy.setAttribute(name, plainColour(looks.getPropertyValue(name)));
    }
  }
  for (const child of element.childNodes) {
    if (child instanceof Element) copy.append(copyLooks(child) ?? "");
    else copy.append(child.cloneNode());
  }
  return copy;
}

// Mixed colours as all that reads SVG knows them.
/** @type {(value: string) => string} */
function plainColour(value) {
  return value.replace(/color\(srgb ([\d. e-]+)\)/g, (_, parts) => {
    /** @type {(part: string) => number} */
    const scaled = (part) => Math.round(255 * Number(part));
    return `rgb(${parts.split(" ").map(scaled).join(", ")})`;
  });
}

// The same in dots, twice as fine as a plain screen, and not beyond what a canvas holds.
function savePicture() {
  const text = writePicture();
  const image = new Image();
  image.onload = () => {
    const fine = Math.min(2, 8000 / Math.max(image.width, image.height));
    const canvas = make("canvas", { width: Math.ceil(image.width * fine), height: Math.ceil(image.height * fine) });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    saveCanvas("graph.png", canvas);
  };
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
}

/** @type {(name: string, canvas: HTMLCanvasElement) => void} */
function saveCanvas(name, canvas) {
  canvas.toBlob((blob) => blob && saveFile(name, blob));
}

/** @type {(name: string, svg: string) => void} */
function saveVectors(name, svg) {
  saveFile(name, new Blob([svg], { type: "image/svg+xml" }));
}

/** @type {(name: string, blob: Blob) => void} */
function saveFile(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
