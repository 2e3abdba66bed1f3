// Undo and redo: the states that there were. A step through the passes is none of its own.

const MOST_UNDONE = 100;

class Past {
  /** @param {() => ExpressionState} read */
  constructor(read) {
    this.read = read;
    /** @type {ExpressionState[]} */
    this.states = [];
    this.at = -1; // of the state that is shown
    this.paint();
  }

  // What is shown now may be come back to.
  keep() {
    const state = this.read();
    if (this.at >= 0 && sameDeed(state, this.states[this.at])) this.states[this.at] = state;
    else {
      this.states = [...this.states.slice(0, this.at + 1), state].slice(-MOST_UNDONE);
      this.at = this.states.length - 1;
    }
    this.paint();
  }

  // The state before, or after, to be shown; null where there is none.
  /** @type {(way: -1 | 1) => ExpressionState | null} */
  step(way) {
    this.keep();
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
  const deed = ({ text, numbers, page }) => JSON.stringify([text, numbers, page.mistake]);
  return deed(a) === deed(b);
}
