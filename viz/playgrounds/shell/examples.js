// What to begin with: each a text, and numbers for names that are to have others than those they get by themselves.

/** @type {Example[]} */
const EXAMPLES = [
  {
    title: "A neuron",
    text: "tanh(x1*w1 + x2*w2 + b)",
    numbers: { x1: 2, x2: 0, w1: -3, w2: 1, b: 6.881373587 },
  },
  { title: "One name, three uses", text: "a*a + a", numbers: { a: 3 } },
  { title: "Squared error of a line", text: "(w*x + b - y)²", numbers: { w: 0.5, x: 2, b: 1, y: 3 } },
  { title: "A chain of sigmoids", text: writeChain, numbers: { x: 1, w: 2 } },
  { title: "ReLU: a branch not taken", text: "h = relu(w*x + b); h*v + h²", numbers: { w: -1, x: 2, b: 0.5, v: 3 } },
  { title: "Residual block", text: "h = x + tanh(w1*x); y = h + tanh(w2*h); (y - t)²", numbers: { x: 0.5, t: 2 } },
  {
    title: "Softmax and cross-entropy",
    text: "total = logsumexp(a, b, c); p = exp(a - total); -log(p)",
    numbers: { a: 2, b: 1, c: 0.1 },
  },
  {
    title: "Logistic regression",
    text: "binary_cross_entropy_with_logits(w1*x1 + w2*x2 + b, y)",
    numbers: { w1: 0.5, w2: -1, x1: 1, x2: 2, b: 0.2, y: 1 },
  },
  {
    title: "LSTM cell",
    text: "f = sigmoid(wf*x + uf*h); i = sigmoid(wi*x + ui*h); g = tanh(wg*x + ug*h); o = sigmoid(wo*x + uo*h); c = f*c0 + i*g; o*tanh(c)",
    numbers: { x: 1, h: 0.5, c0: 0.3 },
  },
  {
    title: "Newton's square root",
    text: "x1 = (x0 + a/x0) / 2; x2 = (x1 + a/x1) / 2; x3 = (x2 + a/x2) / 2",
    numbers: { a: 2, x0: 1 },
  },
  {
    title: "Two layers",
    text: "h1 = tanh(w1*x1 + w2*x2); h2 = tanh(w3*x1 + w4*x2); y = sigmoid(v1*h1 + v2*h2); (y - t)²",
    numbers: { x1: 1, x2: -1, t: 1 },
  },
  {
    title: "Normalising three numbers",
    text: "m = (a + b + c) / 3; s = sqrt(((a - m)² + (b - m)² + (c - m)²) / 3); (a - m) / s",
    numbers: { a: 1, b: 2, c: 4 },
  },
  { title: "Quotient and power", text: "(a + b)**n / (a*b)", numbers: { a: 2, b: 0.5, n: 3 } },
];

// Sigmoid of sigmoid of ...: what is left of a gradient.
/** @type {(length: number) => string} */
function writeChain(length) {
  const parts = Array.from({ length }, (_, n) => `h${n + 1} = sigmoid(w*${n ? `h${n}` : "x"})`);
  return parts.join("; ");
}

const GIVEN = [2, -0.5, 1.5, 0.5, -1, 3]; // numbers for names that have none, in turn

// A number for a name: Euler's for e, else one after the other.
/** @type {(name: string, place: number) => number} */
function giveNumber(name, place) {
  return name === "e" ? Math.E : GIVEN[place % GIVEN.length];
}
