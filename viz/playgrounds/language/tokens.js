// The words of an expression, each with its place, and the error that points at one: as engine/teaching/tokens.py has
// them. What they are stands in engine/teaching/grammar.py; `grammar` is that as JSON.

const SIGNS_MEANT = new Map(Object.entries({ "^": "**", "·": "*", "×": "*", "−": "-", "÷": "/" }));

class ExpressionError extends Error {
  // reason, and column: from 0, null where no place is to blame; instead: what may be meant, for a word there
  /** @param {string} reason @param {string} text @param {number | null} column */
  constructor(reason, text = "", column = null) {
    super(column === null ? reason : `column ${column + 1}: ${reason}\n${pointAt(text, column)}`);
    this.reason = reason;
    this.column = column;
    /** @type {{ word: string; names: string[] } | null} */
    this.instead = null;
  }
}

// A sentence of the grammar, with its words.
/** @type {(sentence: string, words?: Record<string, string | number>) => string} */
function tell(sentence, words = {}) {
  return grammar.sentences[sentence].replace(/\{(\w+)\}/g, (_, word) => String(words[word]));
}

// The part of the text around the column, with a caret below.
/** @type {(text: string, column: number, width?: number) => string} */
function pointAt(text, column, width = 72) {
  const letters = [...text];
  const start = Math.max(0, Math.min(column - Math.floor(width / 2), letters.length - width + 1));
  const shown = letters.slice(start, start + width);
  const line = shown.map((letter) => (isSpace(letter) ? " " : isPrintable(letter) ? letter : "?")).join("");
  return `    ${line}\n    ${" ".repeat(column - start)}^`;
}

// What Python takes for space, and for printable.
/** @type {(text: string) => boolean} */
function isSpace(text) {
  return new RegExp(`^(?:${grammar.tokens.space})?$`).test(text);
}

// A letter as Python quotes it.
/** @type {(letter: string) => string} */
function quoteLetter(letter) {
  if (letter === "'") return '"\'"';
  if (letter === "\\") return "'\\\\'";
  if (isPrintable(letter)) return `'${letter}'`;
  const code = letter.codePointAt(0) ?? 0;
  const [mark, width] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `'\\${mark}${code.toString(16).padStart(width, "0")}'`;
}

/** @type {(token: Token) => string} */
function quoteToken(token) {
  return token.kind === "end" ? token.text : `'${shortenWord(token.text)}'`;
}

// The beginning of a long word.
/** @type {(word: string) => string} */
function shortenWord(word) {
  return word.length <= grammar.longest_word ? word : `${word.slice(0, grammar.longest_word - 3)}...`;
}

// The tokens of a text; and each name as Python knows it, with how the text first writes it.
/** @type {(text: string) => { tokens: Token[]; spelt: Map<string, string> }} */
function splitText(text) {
  const kinds = Object.entries(grammar.tokens).map(([kind, pattern]) => `(?<${kind}>${pattern})`);
  const matcher = new RegExp(kinds.join("|"), "y");
  /** @type {Token[]} */
  const tokens = [];
  /** @type {Map<string, string>} */
  const spelt = new Map();
  while (matcher.lastIndex < text.length) {
    const column = matcher.lastIndex; // also in Python, where a letter beyond 0xffff is one: no token has any
    const groups = matcher.exec(text)?.groups;
    if (!groups) {
      const letter = String.fromCodePoint(text.codePointAt(column) ?? 0);
      const hint = new Map(Object.entries(grammar.hints)).get(letter);
      const words = { letter: quoteLetter(letter), hint: hint ?? "" };
      const sentence = hint ? "hint" : /\p{L}/u.test(letter) ? "alphabet" : "letter";
      const error = new ExpressionError(tell(sentence, words), text, column);
      const meant = SIGNS_MEANT.get(letter);
      if (meant) error.instead = { word: letter, names: [meant] };
      throw error;
    }
    const [kind, word] = Object.entries(groups).find(([, found]) => found !== undefined) ?? ["", ""];
    if (kind === "space") continue;
    const known = word.normalize("NFKC");
    if (kind === "name" && !spelt.has(known)) spelt.set(known, word);
    tokens.push({ kind, text: kind === "name" ? (spelt.get(known) ?? word) : word, column });
  }
  tokens.push({ kind: "end", text: grammar.sentences.end, column: text.length });
  return { tokens, spelt };
}
