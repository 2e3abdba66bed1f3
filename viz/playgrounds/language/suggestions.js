// Names that are like another one: what Python's difflib.get_close_matches finds.

const LIKE_ENOUGH = 0.6;

/** @type {(word: string, names: string[], most: number) => string[]} */
function findClose(word, names, most) {
  const alike = names.map((name) => ({ name, ratio: likeness(name, word) }));
  return alike
    .filter(({ ratio }) => ratio >= LIKE_ENOUGH)
    .sort((a, b) => b.ratio - a.ratio || (a.name < b.name ? 1 : -1))
    .slice(0, most)
    .map(({ name }) => name);
}

// Twice the letters that both have in common, in stretches, over all that they have.
/** @type {(a: string, b: string) => number} */
function likeness(a, b) {
  const all = a.length + b.length;
  if (2 * Math.min(a.length, b.length) < LIKE_ENOUGH * all) return 0; // it cannot be enough
  return (2 * countCommon(a, b)) / all;
}

// Of the longest stretch in common, and of what is left and right of it.
/** @type {(a: string, b: string) => number} */
function countCommon(a, b) {
  let [size, inA, inB] = [0, 0, 0];
  let before = new Array(b.length + 1).fill(0); // how long the stretch is that ends at each letter of b
  for (let i = 0; i < a.length; i++) {
    const lengths = new Array(b.length + 1).fill(0);
    for (let j = 0; j < b.length; j++) {
      if (a[i] !== b[j]) continue;
      const length = before[j] + 1;
      lengths[j + 1] = length;
      if (length > size) [size, inA, inB] = [length, i - length + 1, j - length + 1];
    }
    before = lengths;
  }
  if (!size) return 0;
  return size + countCommon(a.slice(0, inA), b.slice(0, inB)) + countCommon(a.slice(inA + size), b.slice(inB + size));
}
