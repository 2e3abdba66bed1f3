// The data: points made by rules, as nn.datasets makes them from the same generator, with the classes that they are of.

// classes: how many there are, or null where a person chooses; 0 where targets are numbers.
/** @type {Record<string, DataRule>} */
const DATA = {
  moons: {
    classes: 2,
    noise: 0.1,
    make: ({ count, noise }, generator) => {
      const angles = fill(count, () => Math.PI * generator.random());
      const points = angles.map((angle, i) => {
        const [x, y, label] = around(angle, 1, i % 2);
        return label ? [1 - x, 0.5 - y, label] : [x, y, label];
      });
      return scatterPoints(points, noise, generator);
    },
  },
  circles: {
    classes: 2,
    noise: 0.1,
    make: ({ count, noise }, generator) => {
      const angles = fill(count, () => 2 * Math.PI * generator.random());
      const points = angles.map((angle, i) => around(angle, i % 2 ? 0.5 : 1, i % 2));
      return scatterPoints(points, noise, generator);
    },
  },
  xor: {
    classes: 2,
    noise: 0.1,
    make: ({ count, noise }, generator) => {
      const corners = Array.from({ length: count }, (_, i) => [Number(i % 4 > 1), i % 2]);
      const points = corners.map(([x, y]) => [x, y, Number(x !== y)]);
      return scatterPoints(points, noise, generator);
    },
  },
  spiral: {
    classes: null,
    noise: 0.2,
    make: ({ count, noise, classes }, generator) => {
      const radii = fill(count, () => generator.random());
      const points = radii.map((radius, i) => {
        const label = i % classes;
        return around(2 * Math.PI * (label / classes + 0.65 * radius) + noise * generator.normal(), radius, label);
      });
      return rearrange(points, generator);
    },
  },
  blobs: {
    classes: null,
    noise: 0.4,
    make: ({ count, noise, classes }, generator) => {
      const labels = Array.from({ length: count }, (_, i) => i % classes);
      const points = labels.map((label) => around((2 * Math.PI * label) / classes, 2, label));
      return scatterPoints(points, noise, generator);
    },
  },
  line: {
    classes: 0,
    noise: 0.2,
    make: ({ count, noise }, generator) => {
      const places = fill(count, () => generator.uniform(-1, 1));
      return places.map((x) => [x, 0.5 * x + 0.2 + noise * generator.normal()]);
    },
  },
};

/** @type {(angle: number, radius: number, label: number) => number[]} */
function around(angle, radius, label) {
  return [radius * Math.cos(angle), radius * Math.sin(angle), label];
}

// Normal noise on both coordinates, then a random order.
/** @type {(points: number[][], noise: number, generator: Generator) => number[][]} */
function scatterPoints(points, noise, generator) {
  const moved = points.map(([x, y, label]) => [x + noise * generator.normal(), y + noise * generator.normal(), label]);
  return rearrange(moved, generator);
}

/** @type {(points: number[][], generator: Generator) => number[][]} */
function rearrange(points, generator) {
  return Array.from(generator.permutation(points.length), (place) => points[place]);
}

// Points, the target behind the inputs of each, as samples. classes: 0 where targets are numbers.
/** @type {(points: number[][], classes: number) => Samples} */
function collectSamples(points, classes) {
  const inputs = points[0].length - 1;
  return {
    count: points.length,
    inputs,
    classes,
    rows: Float64Array.from(points.flatMap((point) => point.slice(0, -1))),
    targets: Float64Array.from(points, (point) => point[inputs]),
  };
}

// The points of the plane of two inputs, or of the line of one: what is around the data.
/** @type {(samples: Samples) => Room} */
function findRoom({ inputs, rows, targets, classes }) {
  const columns = Array.from({ length: inputs }, (_, column) =>
    Array.from(targets, (__, row) => rows[row * inputs + column]),
  );
  if (!classes) columns.push(Array.from(targets));
  else if (inputs === 1) columns.push([0, classes - 1]);
  const ends = columns.map(findEnds);
  const room = ends.map(([low, high]) => (high > low ? 0.12 * (high - low) : 1));
  return { low: ends.map(([low], i) => low - room[i]), high: ends.map(([, high], i) => high + room[i]) };
}

/** @type {(numbers: ArrayLike<number>) => [low: number, high: number]} */
function findEnds(numbers) {
  let [low, high] = [numbers[0], numbers[0]];
  for (let i = 1; i < numbers.length; i++) [low, high] = [Math.min(low, numbers[i]), Math.max(high, numbers[i])];
  return [low, high];
}
