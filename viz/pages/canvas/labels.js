// Places the texts beside edges, where they cover no box and, if they can, no edge.

const CELL = 3; // a line of text and the edge below it lie in different ones

class Labels {
  /** @param {Camera} camera */
  constructor(camera) {
    this.camera = camera; // which knows where the boxes are
    /** @type {Set<number>} */
    this.crossed = new Set(); // squares of the plane, CELL wide, that a curve runs through
  }

  // The first of its texts that covers no box: at the end of its edge, or above or below the box there if it may go
  // there. If one of them also lies on no edge, that one, else the shortest.
  /** @type {(text: DrawnText, style: EdgeStyle) => void} */
  place({ x, y, origin, element }, { texts, classes, above }) {
    element.textContent = "";
    /** @type {(content: string) => number} */
    const widthOf = (content) => content.length * (classes ? LETTER_WIDTH : SMALL_WIDTH);
    /** @type {(content: string) => Spot | undefined} */
    const findSpot = (content) => {
      const places = [0, 6].map((nearer) => ({ x: origin.x + x + nearer - widthOf(content), y: origin.y + y }));
      if (above) places.push({ x: above.x, y: above.y - 4 }, { x: above.x, y: above.y + above.height + 12 });
      return this.findRoom(widthOf(content), places, above);
    };
    const found = texts.map((content) => ({ content, spot: findSpot(content) }));
    const chosen = found.find(({ content, spot }) => spot && this.isFree(widthOf(content), spot));
    const { content, spot } = chosen ?? found.findLast((each) => each.spot) ?? {};
    if (!content || !spot) return;
    element.textContent = content;
    element.setAttribute("x", String(spot.x + widthOf(content) - origin.x));
    element.setAttribute("y", String(spot.y - origin.y));
  }

  // The first of these places, each the left end of a line of text, where it covers no box; where no edge either, if
  // there is one. Beside a box that is seen, of those that are not cut off.
  /** @type {(width: number, places: Spot[], beside: Area | null) => Spot | undefined} */
  findRoom(width, places, beside) {
    const { areas, view } = this.camera;
    const isNear = beside && holds(view, beside);
    const found = places.filter(({ x, y }) => {
      const line = { x, y: y - 10, width, height: 12 };
      return !areas.some((area) => meet(area, line)) && (!isNear || holds(view, line));
    });
    return found.find((spot) => this.isFree(width, spot)) ?? found[0];
  }

  // Whether a line of text lies on no edge.
  /** @type {(width: number, spot: Spot) => boolean} */
  isFree(width, spot) {
    for (let x = Math.floor(spot.x / CELL); x * CELL <= spot.x + width; x++) {
      for (const above of [0, 3, 5])
        if (this.crossed.has(nameSquare(x, Math.floor((spot.y - above) / CELL)))) return false;
    }
    return true;
  }

  // Remember through which squares a curve runs.
  /** @type {(points: Point[], x: number, y: number) => void} */
  cross(points, x, y) {
    for (const [number, [toX, toY]] of points.slice(1).entries()) {
      const [fromX, fromY] = points[number];
      const steps = Math.ceil((2 * Math.hypot(toX - fromX, toY - fromY)) / CELL);
      for (let step = 0; step <= steps; step++) {
        const part = step / steps;
        const bend = part * part * (3 - 2 * part); // as drawCurve has it, level at both ends
        const across = fromX + (toX - fromX) * (1.5 * part * (1 - part) + part ** 3);
        const row = Math.floor((y + fromY + (toY - fromY) * bend) / CELL);
        this.crossed.add(nameSquare(Math.floor((x + across) / CELL), row));
      }
    }
  }
}

// A number for each square, which is quicker to find again than a text: long sums have thousands of curves.
/** @type {(column: number, row: number) => number} */
function nameSquare(column, row) {
  return column * 2 ** 24 + row;
}
