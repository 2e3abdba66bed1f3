// Undo and redo: the states that there were. A step through the passes, or of a training, is none of its own.

const MOST_UNDONE = 100;
const AT_ONCE = 1500; // ms between two texts that are typed in one go

/** @template State */
class Past {
  // read: what is shown. isSame: whether two differ only in how far they are. isShown: whether the buttons are its own.
  /** @param {() => State} read @param {(a: State, b: State) => boolean} isSame @param {() => boolean} isShown */
  constructor(read, isSame, isShown) {
    this.read = read;
    this.isSame = isSame;
    this.isShown = isShown;
    /** @type {State[]} */
    this.states = [];
    this.at = -1; // of the state that is shown
    this.typedAt = -Infinity; // when it was typed
    this.paint();
  }

  // What is shown now may be come back to. `typed`: as one with what was typed just before.
  keep(typed = false) {
    const state = this.read();
    if (this.at >= 0 && this.isSame(state, this.states[this.at])) {
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
  /** @type {(way: -1 | 1) => State | null} */
  step(way) {
    this.keep();
    this.typedAt = -Infinity;
    if (!this.states[this.at + way]) return null;
    this.at += way;
    this.paint();
    return this.states[this.at];
  }

  paint() {
    if (!this.isShown()) return;
    disable(byId("undo"), this.at <= 0);
    disable(byId("redo"), this.at >= this.states.length - 1);
  }
}
