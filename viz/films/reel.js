// The controls of the film, and the state that they change.

let now = 0; // the frame that is shown
let timer = 0; // while it plays
/** @type {("start" | "back" | "next" | "end")[]} */
const ENDS = ["start", "back", "next", "end"]; // buttons that lead no further at an end
function drawAll() {
  for (const draw of panels.values()) draw();
}

function describe() {
  const epoch = epochs[now];
  /** @type {(losses: (number | null)[]) => string} */
  const tell = (losses) => (losses[epoch - 1] === null ? "not finite" : writeShort(losses[epoch - 1]));
  /** @type {Record<string, string>} */
  const numbers = { epoch: String(epoch), loss: tell(series.loss) };
  if (series.validation_loss.length) numbers["held out"] = tell(series.validation_loss);
  byId("numbers").replaceChildren(
    ...Object.entries(numbers).map(([name, text]) => {
      const [box, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term.textContent = name;
      value.textContent = text;
      box.append(term, value);
      return box;
    }),
  );
  byId("position").textContent = `frame ${now + 1} of ${epochs.length}`;
  const text = Object.entries(numbers)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
  byId("slider").setAttribute("aria-valuetext", text);
  if (!timer) byId("live").textContent = text;
  const medians = layers.map((name, i) => `${name} ${writeShort(quantiles[now][i][2])}`).join(", ");
  byId("gradients").querySelector("canvas").setAttribute("aria-label", `Median gradient by layer: ${medians}`);
  byId("loss").querySelector("canvas").setAttribute("aria-label", `Loss by epoch; ${text}`);
  byId("network").querySelector("canvas").setAttribute("aria-label", `network at ${text}`);
  byId("plane").querySelector("canvas").setAttribute("aria-label", `plane at ${text}`);
}

/** @type {(to: number) => void} */
function go(to) {
  now = Math.min(Math.max(to, 0), last);
  byId("slider").value = String(now);
  // a button that can do nothing now keeps the focus, which a disabled one would lose
  for (const id of ENDS)
    byId(id).setAttribute("aria-disabled", String(now === (id === "start" || id === "back" ? 0 : last)));
  drawAll();
  describe();
}

function pause() {
  clearInterval(timer);
  timer = 0;
  showIcon(byId("play"), "play");
  byId("play").setAttribute("aria-label", "Play");
}

function play() {
  if (now === last) go(0);
  clearInterval(timer);
  timer = setInterval(
    () => {
      go(now + 1);
      if (now === last) {
        pause();
        describe();
      }
    },
    Number(byId("speed").value),
  );
  showIcon(byId("play"), "pause");
  byId("play").setAttribute("aria-label", "Pause");
}

function toggle() {
  if (!timer) play();
  else {
    pause();
    describe();
  }
}

function turnTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  readInk();
  drawAll();
}

/** @type {(to: number) => void} */
function step(to) {
  pause();
  go(to);
}

/** @type {Record<string, () => void>} */
const KEYS = {
  " ": toggle,
  ArrowRight: () => step(now + 1),
  ArrowLeft: () => step(now - 1),
  PageDown: () => step(now + 10),
  PageUp: () => step(now - 10),
  Home: () => step(0),
  End: () => step(last),
  d: turnTheme,
  D: turnTheme,
};

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (!(target instanceof Element)) return;
  const typed = target.closest("select");
  const pressed = event.key === " " && target.closest("button");
  if (event.ctrlKey || event.metaKey || event.altKey || typed || pressed || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

const lossPicture = byId("loss").querySelector("canvas");
lossPicture.addEventListener("click", (event) => {
  const { left, right } = findChart(lossPicture.clientWidth, 0);
  const epoch = ((event.offsetX - left) / (right - left)) * lossChart.epochs;
  const distances = epochs.map((each) => Math.abs(each - epoch));
  step(distances.indexOf(Math.min(...distances)));
});

byId("title").textContent = film.title;
byId("said").textContent = film.said;
byId("loss-said").textContent =
  `${lossChart.log ? "log scale; " : ""}${series.validation_loss.length ? "dashed: held out; " : ""}click to go there`;
if (network) byId("widths").textContent = `width: 1e${network.scale[0]} to 1e${network.scale[1]}, log scale`;
byId("slider").max = String(last);
byId("network").hidden = !network;
byId("plane").hidden = !plane;
document.querySelector("main").className = network && plane ? "" : network || plane ? "three" : "two";
(plane && !network ? byId("plane") : byId("network")).classList.add("first");
/** @type {(id: keyof Elements & keyof typeof ICONS, act: () => void) => void} */
const on = (id, act) => {
  showIcon(byId(id), id);
  byId(id).addEventListener("click", act);
};
on("start", () => step(0));
on("back", () => step(now - 1));
on("play", toggle);
on("next", () => step(now + 1));
on("end", () => step(last));
on("theme", turnTheme);
byId("slider").addEventListener("input", () => step(Number(byId("slider").value)));
byId("speed").addEventListener("change", () => timer && play());
if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
readInk();
new ResizeObserver(drawAll).observe(document.querySelector("main"));
go(0);
