// Undo and redo: the states that there were. A step through the passes is none of its own.

const MOST_UNDONE = 100;
const AT_ONCE = 1500; // ms between two texts that are typed in one go

class Past {
  /** @param {() => ExpressionState} read */
  constructor(read) {
    this.read = read;
    /** @type {ExpressionState[]} */
    this.states = [];
    this.at = -1; // of the state that is shown
    this.typedAt = -Infinity; // when it was typed
    this.paint();
  }

  // What is shown now may be come back to. `typed`: as one with what was typed just before.
  keep(typed = false) {
    const state = this.read();
    if (this.at >= 0 && sameDeed(state, this.states[this.at])) {
      this.states[this.at] = state;
      return;
    }
    const now = performance.now();
    const kept = typed && now - this.typedAt < AT_ONCE ? this.at : this.at + 1;
    this.typedAt = typed ? now : -Infinity;
    this.states = [...this.states.slice(0, kept), state].slice(-MOST_UNDONE);
    this.at = this.states.length - 1;
    this.paint();
  }

  // The state before, or after, to be shown; null where there is none.
  /** @type {(way: -1 | 1) => ExpressionState | null} */
  step(way) {
    this.keep();
    this.typedAt = -Infinity;
    if (!this.states[this.at + way]) return null;
    this.at += way;
    this.paint();
    return this.states[this.at];
  }

  paint() {
    disable(byId("undo"), this.at <= 0);
    disable(byId("redo"), this.at >= this.states.length - 1);
  }
}

// Whether only the step differs, or what is pointed at.
/** @type {(a: ExpressionState, b: ExpressionState) => boolean} */
function sameDeed(a, b) {
  /** @type {(state: ExpressionState) => string} */
  const deed = ({ text, numbers, page }) => JSON.stringify([text, numbers, page.leaves, page.mistake]);
  return deed(a) === deed(b);
}
