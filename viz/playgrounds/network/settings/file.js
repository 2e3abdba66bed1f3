// A file of data: rows of numbers, the target last. It is read in the page, and goes nowhere.

const LONGEST_TOLD = 30; // letters of a name

// The points of a CSV, each column but the last with mean 0 and deviation 1; a SettingsError that says what is wrong.
/** @type {(text: string) => FileData} */
function readTable(text) {
  if (/[\0\ufffd]/.test(text))
    throw new SettingsError("The file is not UTF-8 text: save it as UTF-8, or as CSV UTF-8.");
  const all = text.split(/\r\n|\n|\r/);
  const lines = all.filter((line) => line.trim());
  if (!lines.length) throw new SettingsError("The file is empty.");
  if (lines.length > offered.most.rows + 1) {
    throw new SettingsError(
      `The file has ${count(lines.length)} rows; at most ${count(offered.most.rows)} are allowed.`,
    );
  }
  const bare = lines[0].replace(/"[^"]*"/g, ""); // what is quoted separates nothing
  const separator = ["\t", ";", ","].find((each) => bare.includes(each));
  if (!separator)
    throw new SettingsError("Columns must be separated by commas, semicolons or tabs; the first row has none.");
  const rows = lines.map((line, i) => splitRow(line, separator, i + 1));
  const hasHead = rows[0].slice(0, -1).every((cell) => readCell(cell) === null);
  const names = rows[0].map((cell, i) => (hasHead ? cell.slice(0, LONGEST_TOLD) : `column ${i + 1}`));
  const body = hasHead ? rows.slice(1) : rows;
  const first = hasHead ? 2 : 1;
  const told = `${body.length} ${plural(body.length, "row")} of data`;
  if (body.length < 4) throw new SettingsError(`The file has ${told}; at least 4 are needed.`);
  if (names.length > offered.most.inputs + 1) {
    throw new SettingsError(
      `The file has ${names.length} columns; at most ${offered.most.inputs} and a target are allowed.`,
    );
  }
  const inputs = body.map((row, i) => readInputs(row, names, first + i));
  const { targets, labels } = readTargets(body.map((row) => row[row.length - 1]));
  const scaled = scaleColumns(inputs, names);
  const points = scaled.map((row, i) => [...row, targets[i]]);
  return { points, labels, names, separator, skipped: hasHead ? all.indexOf(lines[0]) + 1 : 0 };
}

// The cells of a row; one in quotation marks may hold separators, and two marks for one.
/** @type {(line: string, separator: string, row: number) => string[]} */
function splitRow(line, separator, row) {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
  const cells = [];
  for (let at = 0; at <= line.length; at++) {
    const isQuoted = line[at] === '"';
    const [found] = (isQuoted ? /^"(?:[^"]|"")*"(?!")/ : /^/).exec(line.slice(at)) ?? [null];
    if (found === null) throw new SettingsError(`Row ${count(row)}: a quotation mark is not closed.`);
    const end = line.indexOf(separator, at + found.length);
    const rest = line.slice(at + found.length, end < 0 ? line.length : end);
    if (isQuoted && rest.trim()) {
      const told = rest.trim().slice(0, LONGEST_TOLD);
      throw new SettingsError(`Row ${count(row)}: unexpected ${told} after a closing quotation mark.`);
    }
    cells.push((isQuoted ? found.slice(1, -1).replaceAll('""', '"') : rest).trim());
    at = end < 0 ? line.length : end;
  }
  return cells;
}

// A number, or null for any other text.
/** @type {(cell: string) => number | null} */
function readCell(cell) {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) && Number.isFinite(Number(cell)) ? Number(cell) : null;
}

/** @type {(row: string[], names: string[], line: number) => number[]} */
function readInputs(row, names, line) {
  if (row.length !== names.length) {
    throw new SettingsError(`Row ${count(line)} has ${row.length} columns; the first has ${names.length}.`);
  }
  return row.slice(0, -1).map((cell, i) => {
    const number = readCell(cell);
    if (number === null) {
      const hint = /^[+-]?\d+,\d+$/.test(cell) ? " (the decimal sign is a point)" : "";
      throw new SettingsError(
        `Row ${count(line)}, ${names[i]}: expected a number, not ${cell.slice(0, LONGEST_TOLD) || "nothing"}${hint}.`,
      );
    }
    return number;
  });
}

// Few whole numbers or texts are classes, in sorted order; all else must be numbers.
/** @type {(cells: string[]) => { targets: number[]; labels: string[] }} */
function readTargets(cells) {
  const numbers = cells.map(readCell);
  const areNumbers = numbers.every((number) => number !== null);
  const texts = areNumbers ? numbers.map(String) : cells; // 1 and 1.0 are the same class
  const different = [...new Set(texts)];
  const areClasses =
    different.length <= offered.most.classes && numbers.every((number) => number === null || Number.isInteger(number));
  if (different.length < 2) throw new SettingsError("The last column, the target, is the same in every row.");
  if (areClasses) {
    const labels = areNumbers ? different.sort((a, b) => Number(a) - Number(b)) : different.sort();
    const targets = texts.map((text) => labels.indexOf(text));
    return { targets, labels };
  }
  const strange = cells.find((_, i) => numbers[i] === null);
  if (strange !== undefined) {
    throw new SettingsError(
      `The last column, the target, has ${different.length} different texts, such as ${strange.slice(0, LONGEST_TOLD) || "nothing"}: ` +
        `numbers, or at most ${offered.most.classes} classes, are allowed.`,
    );
  }
  return { targets: /** @type {number[]} */ (numbers), labels: [] };
}

// Each column with mean 0 and deviation 1, as networks like it.
/** @type {(rows: number[][], names: string[]) => number[][]} */
function scaleColumns(rows, names) {
  const scales = rows[0].map((_, column) => {
    const mean = rows.reduce((total, row) => total + row[column], 0) / rows.length;
    const deviation = Math.sqrt(rows.reduce((total, row) => total + (row[column] - mean) ** 2, 0) / rows.length);
    if (!(deviation > 0 && Number.isFinite(deviation))) {
      throw new SettingsError(`${names[column]} is the same in every row, or too large to scale.`);
    }
    return [mean, deviation];
  });
  return rows.map((row) => row.map((number, column) => (number - scales[column][0]) / scales[column][1]));
}
