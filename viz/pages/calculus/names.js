// Names of nodes, in parts and cut to what fits.

// layers[0].neurons[3].weights[1] as ["layers[0].neurons[3]", "weights[1]"]; other names as ["", name].
/** @type {(name: string) => [scope: string, last: string]} */
function splitName(name) {
  if (!/^[\p{L}_][\p{L}\p{N}_]*(\[\d+\])*(\.[\p{L}_][\p{L}\p{N}_]*(\[\d+\])*)+$/u.test(name)) return ["", name];
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

// Text cut in the middle to what fits.
/** @type {(text: string, most: number) => string} */
function shorten(text, most) {
  const letters = [...text];
  if (letters.length <= most) return text;
  return (
    letters.slice(0, Math.ceil(most / 2) - 1).join("") +
    "…" +
    letters.slice(letters.length - Math.floor(most / 2)).join("")
  );
}
