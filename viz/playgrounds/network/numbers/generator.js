// Random numbers as numpy.random.default_rng(seed) draws them: SeedSequence, PCG64, and what nn draws from it.
//
// O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms for random number generation",
// 2014; Marsaglia and Tsang, "The ziggurat method for generating random variables", 2000.

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const ALL_BITS = (1n << 128n) - 1n;
const LOW_BITS = (1n << 64n) - 1n;
const LAYERS = 256; // that the normal density is cut into, of the same area
const FARTHEST_LAYER = 3.6541528853610088; // where the tail begins
const LAYER_AREA = 0.004928673233974658;

class Generator {
  // seed: a whole number from 0 on
  /** @param {number} seed */
  constructor(seed) {
    const [a, b, c, d] = spreadSeed(seed);
    this.increment = (((c << 64n) | d) << 1n) | 1n;
    this.state = 0n;
    /** @type {number | null} */
    this.half = null; // the upper 32 bits of a number whose lower ones were drawn
    this.advance();
    this.state += (a << 64n) | b;
    this.advance();
  }

  advance() {
    this.state = (this.state * MULTIPLIER + this.increment) & ALL_BITS;
  }

  // 64 random bits.
  drawBits() {
    this.advance();
    const bits = (this.state >> 64n) ^ (this.state & LOW_BITS);
    const turn = this.state >> 122n;
    return ((bits >> turn) | (bits << (64n - turn))) & LOW_BITS;
  }

  // 32 random bits: half of 64, the other half of which comes next.
  drawHalf() {
    if (this.half !== null) {
      const half = this.half;
      this.half = null;
      return half;
    }
    const bits = this.drawBits();
    this.half = Number(bits >> 32n);
    return Number(bits & 0xffffffffn);
  }

  // A number from 0 to below 1.
  random() {
    return Number(this.drawBits() >> 11n) / 2 ** 53;
  }

  /** @type {(low: number, high: number) => number} */
  uniform(low, high) {
    return low + (high - low) * this.random();
  }

  // A normal number of mean 0 and deviation 1.
  normal() {
    const { share, width, height } = ziggurat();
    for (;;) {
      const bits = this.drawBits();
      const layer = Number(bits & 0xffn);
      const place = Number((bits >> 9n) & 0xfffffffffffffn);
      const x = (bits >> 8n) & 1n ? -place * width[layer] : place * width[layer];
      if (place < share[layer]) return x;
      if (layer === 0) return (place >> 8) & 1 ? -this.drawTail() : this.drawTail();
      const between = (height[layer - 1] - height[layer]) * this.random() + height[layer];
      if (between < Math.exp(-0.5 * x * x)) return x;
    }
  }

  // Of a normal number beyond the layers.
  drawTail() {
    for (;;) {
      const x = -Math.log1p(-this.random()) / FARTHEST_LAYER;
      const y = -Math.log1p(-this.random());
      if (y + y > x * x) return FARTHEST_LAYER + x;
    }
  }

  // A whole number from 0 to `most`, which is below 2**31.
  /** @type {(most: number) => number} */
  drawWhole(most) {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      const number = this.drawHalf() & mask;
      if (number <= most) return number;
    }
  }

  // The whole numbers below `count` in a random order.
  /** @type {(count: number) => Int32Array} */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.drawWhole(i);
      const held = order[j];
      order[j] = order[i];
      order[i] = held;
    }
    return order;
  }
}

// The four numbers of 64 bits that a seed becomes: `numpy.random.SeedSequence(seed).generate_state(4, np.uint64)`.
/** @type {(seed: number) => bigint[]} */
function spreadSeed(seed) {
  const pool = mixSeed([seed % 2 ** 32, Math.floor(seed / 2 ** 32)]);
  let factor = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, i) => {
    const mixed = pool[i % 4] ^ factor;
    factor = Math.imul(factor, 0x58f38ded);
    return BigInt(scramble(Math.imul(mixed, factor)));
  });
  return [0, 2, 4, 6].map((i) => words[i] | (words[i + 1] << 32n));
}

// The pool of a SeedSequence: four numbers of 32 bits, in each of which is something of the whole seed.
/** @type {(words: number[]) => number[]} */
function mixSeed(words) {
  let factor = 0x43b0d7e5;
  /** @type {(word: number) => number} */
  const hash = (word) => {
    const mixed = word ^ factor;
    factor = Math.imul(factor, 0x931e8875);
    return scramble(Math.imul(mixed, factor));
  };
  const pool = [0, 1, 2, 3].map((i) => hash(words[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from === to) continue;
      pool[to] = scramble(Math.imul(pool[to], 0xca01f9dd) - Math.imul(hash(pool[from]), 0x4973f715));
    }
  }
  return pool;
}

/** @type {(word: number) => number} */
function scramble(word) {
  return (word ^ (word >>> 16)) >>> 0;
}

/** @type {(count: number, draw: () => number) => number[]} */
function fill(count, draw) {
  return Array.from({ length: count }, draw);
}

/** @type {{ share: Float64Array; width: Float64Array; height: Float64Array } | null} */
let layersOfNormal = null;

// The layers: how wide each is (in units of 2**-52), which share of it lies within the next, how high the density is
// there.
function ziggurat() {
  if (layersOfNormal) return layersOfNormal;
  const [share, width, height] = [0, 1, 2].map(() => new Float64Array(LAYERS));
  /** @type {(x: number) => number} */
  const density = (x) => Math.exp(-0.5 * x * x);
  let x = FARTHEST_LAYER;
  const base = LAYER_AREA / density(x);
  share[0] = Math.floor((x / base) * 2 ** 52);
  width[0] = base / 2 ** 52;
  height[0] = 1;
  width[LAYERS - 1] = x / 2 ** 52;
  height[LAYERS - 1] = density(x);
  for (let i = LAYERS - 2; i >= 1; i--) {
    const before = x;
    x = Math.sqrt(-2 * Math.log(LAYER_AREA / x + density(x)));
    share[i + 1] = Math.floor((x / before) * 2 ** 52);
    width[i] = x / 2 ** 52;
    height[i] = density(x);
  }
  layersOfNormal = { share, width, height };
  return layersOfNormal;
}
