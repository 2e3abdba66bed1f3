// Data of one's own: points that are drawn or typed, and the rows of a file, which do not leave the page.

/** @type {(panels: NetworkPanels, added: number[][]) => void} */
function addPoints(panels, added) {
  const { settings, points } = panels;
  const isFile = settings.data === "file";
  const most = isFile ? offered.most.rows : offered.most.points;
  if (points.length + added.length > most) {
    panels.form.complain(`There are ${count(points.length)} points; at most ${count(most)} are allowed.`, []);
    return;
  }
  panels.change({ data: isFile ? "file" : "points", points: [...points, ...added], classes: settings.classes });
}

// What points of one's own begin with: one in the middle of what is shown.
/** @type {(panels: NetworkPanels) => number[][]} */
function findMiddle({ settings, room, samples }) {
  const middle = room.low.map((end, i) => Number(((end + room.high[i]) / 2).toPrecision(3)));
  return [settings.classes ? [...middle.slice(0, samples.inputs), 0] : middle];
}

/** @type {(panels: NetworkPanels, file: File | undefined) => Promise<void>} */
async function readFile(panels, file) {
  if (!file) return;
  panels.form.file.value = ""; // so that the same one may be chosen again
  const { bytes } = offered.most;
  try {
    if (file.size > bytes) {
      throw new SettingsError(`The file has ${count(file.size)} bytes; at most ${count(bytes)} are allowed.`);
    }
    const table = readTable(await file.text());
    const { points, labels, names } = table;
    panels.change({ data: "file", points, classes: labels.length }, table);
    const inputs = names.slice(0, -1).join(", ");
    const content = `${count(points.length)} rows read; inputs ${inputs}, scaled; target ${names[names.length - 1]}.`;
    panels.form.content.textContent = content;
    panels.say(content);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    panels.form.complain(error.message, ["data"]);
  }
}
