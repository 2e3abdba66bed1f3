// Keeps the state of the page in the address after #, so that a reload, a link or the history restores it.

const VERSION = 1; // of what stands there; older ones are read as well
const LONGEST_ADDRESS = 200_000; // letters
const SETTLED = 400; // ms after which a change is kept

// A state that no page has written; the message says what is wrong with it.
class StateError extends Error {}

class Address {
  // read: the state, as JSON; restore: back to it, or a StateError; complain: tell what was wrong
  /** @param {() => object} read @param {(state: unknown) => void} restore @param {(sentence: string) => void} complain */
  constructor(read, restore, complain) {
    this.read = read;
    this.restore = restore;
    this.complain = complain;
    this.timer = 0;
    window.addEventListener("hashchange", () => this.open());
  }

  // A moment later, so that what changes quickly is written once.
  keep() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), SETTLED);
  }

  write() {
    try {
      history.replaceState(null, "", this.hash);
    } catch {
      // a frame without an address of its own, or a browser that has had enough of them
    }
  }

  get hash() {
    return `#${VERSION}=${encodeURIComponent(JSON.stringify(this.read()))}`;
  }

  // Show what stands in the address; false where that is no state, or none that is good.
  open() {
    const text = location.hash.slice(1);
    if (!/^\d+=/.test(text)) return false;
    clearTimeout(this.timer);
    const before = this.read();
    try {
      this.restore(readAddress(text));
      return true;
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.restore(before); // all of it, or nothing
      this.complain(`The address was not written by this page: ${error.message}.`);
      return false;
    }
  }
}

/** @type {(text: string) => unknown} */
function readAddress(text) {
  if (text.length > LONGEST_ADDRESS) {
    throw new StateError(`it has ${count(text.length)} letters, more than the ${count(LONGEST_ADDRESS)} allowed`);
  }
  const [version] = text.split("=", 1);
  if (Number(version) > VERSION || Number(version) < 1) {
    throw new StateError(`it is of version ${version.slice(0, 20)}, this page knows 1 to ${VERSION}`);
  }
  try {
    return JSON.parse(decodeURIComponent(text.slice(version.length + 1)));
  } catch {
    throw new StateError("it is cut off or changed");
  }
}

const SPECIAL = ["inf", "-inf", "nan", "-0.0"]; // numbers that JSON does not have: they go as text

/** @type {(number: number) => Float} */
function writeNumber(number) {
  const text = exactNumber(number);
  return SPECIAL.includes(text) ? /** @type {Float} */ (text) : number;
}

// What stands under a key of something that may be anything.
/** @type {(state: unknown, key: string) => unknown} */
function readKey(state, key) {
  if (typeof state !== "object" || state === null || Array.isArray(state)) throw new StateError("it holds no state");
  return Object.hasOwn(state, key) ? /** @type {Record<string, unknown>} */ (state)[key] : undefined;
}

// A list of pairs, each of a key and a number.
/** @type {(given: unknown, what: string, isKey: (key: unknown) => boolean) => Map<any, number>} */
function readPairs(given, what, isKey) {
  const map = new Map();
  if (given === undefined) return map;
  if (!Array.isArray(given)) throw new StateError(`${what} are not a list`);
  for (const pair of given) {
    const [key, number] = Array.isArray(pair) && pair.length === 2 ? pair : [undefined, undefined];
    const isNumber = typeof number === "number" ? Number.isFinite(number) : SPECIAL.includes(number);
    if (!isKey(key) || !isNumber) throw new StateError(`${what} hold something other than their numbers`);
    map.set(key, asFloat(number));
  }
  return map;
}
