// ------------------------------------------------------------------------------------------------ 2 board

const UNIT = 40; // SVG units from one pixel of the map to the next
const NAMESPACE = "http://www.w3.org/2000/svg";

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
  return element;
}

function shape(tag, parent, attributes = {}, text = null) {
  const element = set(document.createElementNS(NAMESPACE, tag), attributes);
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
}

/** So many pixels on a desk; more on a wall, where there is room. */
const wider = (pixels) => `calc(${pixels}px * var(--thick))`;

/** Grey of a pixel: the same in both themes, as a photograph's; and a colour of text that reads on it. */
function grey(share) {
  const level = Math.round(26 + 219 * Math.min(Math.max(share, 0), 1));
  return { fill: `rgb(${level} ${level} ${level})`, ink: level > 118 ? "#000" : "#fff" };
}

/** A line with a dark rim, so that it reads on any pixel. */
function rimmed(parent, name) {
  const group = shape("g", parent, { class: name });
  const lines = [shape("path", group, { class: "rim" }), shape("path", group, { class: "ink" })];
  return { group, draw: (d) => lines.forEach((line) => set(line, { d })) };
}

class Board {
  constructor(parent) {
    this.svg = shape("svg", parent, { class: "board", role: "group" });
  }

  /** Everything that stands still until the geometry changes. */
  build(state, shown) {
    const [rows, columns] = mapSize(state), last = outputSize(state).map((n) => Math.max(n, 1) - 1);
    const lowest = state.padding ? -state.padding - 0.5 : -0.9;
    const highest = [rows, columns].map((n, axis) => {
      return Math.max(n - 1 - lowest, last[axis] * state.stride - state.padding + span(state) - 1 + 0.5);
    });
    this.reach = { low: [lowest, lowest], high: highest };
    this.shown = shown;
    const [tall, wide] = highest.map((n) => (n - lowest) * UNIT);
    const rim = 0.5 * UNIT; // for the numbers of rows and columns
    set(this.svg, { viewBox: `${lowest * UNIT - rim} ${lowest * UNIT - rim} ${wide + rim} ${tall + rim}` });
    this.svg.style.maxWidth = wider(Math.min(2 * wide, 500));
    this.svg.replaceChildren();
    shape("rect", this.svg, { class: "beyond", x: lowest * UNIT, y: lowest * UNIT, width: wide, height: tall });
    this.drawPixels(state);
    for (let y = 0; y < rows; y += 1) shape("text", this.svg, { class: "axis", x: lowest * UNIT - 11, y: y * UNIT + 4 }, y);
    for (let x = 0; x < columns; x += 1) shape("text", this.svg, { class: "axis", x: x * UNIT, y: lowest * UNIT - 7 }, x);
    this.cross = rimmed(this.svg, "cross");
    this.corners = Array.from({ length: 4 }, () => shape("g", this.svg, { class: "corner" })).map((group) => ({
      group, frame: shape("rect", group, { width: UNIT - 3, height: UNIT - 3 }), share: shape("text", group),
    }));
    this.cell = rimmed(this.svg, "cell");
    this.lines = rimmed(this.svg, "offsets");
    this.bases = rimmed(this.svg, "bases");
    this.arrows = rimmed(this.svg, "arrows");
    this.marks = Array.from({ length: state.size ** 2 }, (_, k) => this.addTap(k));
    this.guess = shape("g", this.svg, { class: "guess", tabindex: 0, role: "slider" });
    shape("path", this.guess, { d: "M0,-15 L15,0 L0,15 L-15,0 Z" });
    shape("text", this.guess, { y: 5 }, "?");
  }

  drawPixels(state) {
    const most = Math.max(1e-9, ...state.grid.flat()), group = shape("g", this.svg, { "aria-hidden": "true" });
    const { padding } = state, [rows, columns] = mapSize(state);
    for (let y = -padding; y < rows + padding; y += 1) {
      for (let x = -padding; x < columns + padding; x += 1) {
        const value = state.grid[y]?.[x], { fill, ink } = grey((value ?? 0) / most);
        const box = { x: (x - 0.5) * UNIT, y: (y - 0.5) * UNIT, width: UNIT, height: UNIT };
        shape("rect", group, value === undefined ? { ...box, class: "padded" } : { ...box, class: "pixel", fill });
        if (!this.shown.has("values")) continue;
        const at = { x: (x + 0.44) * UNIT, y: (y + 0.43) * UNIT, class: "value" };
        if (value === undefined) shape("text", group, { ...at, class: "value faint" }, "0");
        else shape("text", group, { ...at, fill: ink }, String(value));
      }
    }
  }

  addTap(k) {
    const group = shape("g", this.svg, { class: "tap", tabindex: 0, role: "slider", "data-k": k });
    shape("circle", group, { class: "reach", r: 19 });
    shape("circle", group, { class: "rim", r: 12.5 });
    const dot = shape("circle", group, { class: "dot", r: 11 });
    const ring = shape("circle", group, { class: "ring", r: 11 });
    const cross = shape("path", group, { class: "strike", d: "M-8,-8 L8,8 M8,-8 L-8,8" });
    const lock = shape("path", group, { class: "lock", d: "M-14,-14 H14 V14 H-14 Z" });
    const minus = rimmed(group, "minus");
    minus.draw("M7,-11 H17");
    shape("text", group, { y: 4.5 }, k);
    return { group, dot, ring, cross, lock, minus: minus.group };
  }

  draw(state, each, labels, can) {
    const { shown } = this, open = shown.has("one") || shown.has("samples"); // else nothing gives the answer away
    const tapped = shown.has("taps"), chosen = each[state.chosen];
    const xy = ([y, x]) => `${(x * UNIT).toFixed(2)},${(y * UNIT).toFixed(2)}`;
    const moved = each.filter((tap) => Math.hypot(...tap.offset) > 1e-9);
    this.lines.draw(tapped ? moved.map((tap) => `M${xy(tap.base)} L${xy(tap.place)}`).join(" ") : "");
    this.bases.draw(shown.has("base") ? each.map((tap) => circleAt(tap.base, 4)).join(" ") : "");
    this.arrows.draw(shown.has("arrows") ? each.map(arrowOf).join(" ") : "");
    this.drawCorners(chosen, tapped && (shown.has("corners") || shown.has("frames")));
    this.cell.draw(shown.has("cell") ? bracketsAt(state) : "");
    each.forEach((tap, k) => {
      const { group, dot, cross, lock, minus } = this.marks[k], locked = tap.frozen || !can.has("offsets");
      const words = { ...spoken(tap), frozen: tap.frozen ? labels.is_frozen : "", off: tap.off ? labels.is_off : "" };
      set(group, {
        transform: `translate(${xy(tap.place)})`, "aria-label": fill(labels.tap_name, { k }), "aria-valuenow": open ? tap.value.toFixed(2) : k,
        "aria-valuetext": fill(open ? labels.tap_says : labels.tap_at, words), "aria-disabled": String(locked), display: tapped ? null : "none",
        class: ["tap", tap.outside && "outside", k === state.chosen && "chosen", locked && "locked"].filter(Boolean).join(" "),
      });
      const numbers = { y: tap.place[0], x: tap.place[1], sample: tap.value, product: tap.product };
      Object.assign(group.dataset, numbers, { slopeY: tap.arrow[0], slopeX: tap.arrow[1] });
      set(dot, { "fill-opacity": tap.off ? 0.25 : 0.25 + 0.75 * Math.min(Math.abs(tap.mask), 1) });
      set(cross, { display: tap.off ? null : "none" });
      set(minus, { display: tap.mask < 0 ? null : "none" });
      set(lock, { display: tap.frozen ? null : "none" });
    });
    this.drawGuess(state, labels, can.has("guess"));
  }

  /** The chosen tap's four corners with their shares, and the square between them, which the sample divides. */
  drawCorners({ corners, place: [y, x] }, visible) {
    this.corners.forEach(({ group, frame, share }, n) => {
      const corner = corners[n], used = visible && corner.share > 0;
      set(group, { display: used ? null : "none", class: corner.outside ? "corner outside" : "corner" });
      set(frame, { x: (corner.x - 0.5) * UNIT + 1.5, y: (corner.y - 0.5) * UNIT + 1.5 });
      // On the sides that are turned away from the tap, and above the pixel's own number.
      const [low, right] = [n > 1, n % 2 === 1];
      set(share, { x: (corner.x + (right ? 0.44 : -0.44)) * UNIT, y: (corner.y + (low ? 0.12 : -0.2)) * UNIT });
      set(share, { "text-anchor": right ? "end" : "start" });
      share.textContent = this.shown.has("corners") ? part(corner.share) : "";
    });
    const [top, left] = [corners[0].y, corners[0].x].map((n) => n * UNIT), between = y % 1 || x % 1;
    this.cross.draw(
      visible && between
        ? `M${left},${top} h${UNIT} v${UNIT} h${-UNIT} Z M${left},${y * UNIT} h${UNIT} M${x * UNIT},${top} v${UNIT}`
        : "",
    );
  }

  drawGuess({ grid, guess }, labels, asked) {
    const [y, x] = guess ?? mapSize({ grid }).map((n) => n - 1);
    set(this.guess, {
      transform: `translate(${x * UNIT},${y * UNIT})`, display: asked || guess ? null : "none", class: guess ? "guess" : "guess faint",
      "aria-label": labels.guess_name, "aria-valuenow": guess ? y : 0,
      "aria-valuetext": guess ? fill(labels.guess_says, { y, x }) : labels.guess_none, tabindex: asked ? 0 : -1,
    });
  }

  /** Position on the map under a pointer, (y, x). */
  under(event) {
    const matrix = this.svg.getScreenCTM().inverse(), point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [point.y / UNIT, point.x / UNIT];
  }
}

function circleAt([y, x], radius) {
  return `M${x * UNIT - radius},${y * UNIT} a${radius},${radius} 0 1 0 ${2 * radius},0 a${radius},${radius} 0 1 0 ${-2 * radius},0`;
}

/** From the tap, half as many pixels long as the output would grow if it moved by one; none on flat ground. */
function arrowOf({ place: [y, x], arrow }) {
  const steep = Math.hypot(...arrow);
  if (steep < 0.005) return "";
  const [dy, dx] = arrow.map((n) => n / steep), long = UNIT * Math.min(Math.max(0.5 * steep, 0.55), 2.5);
  const [tipY, tipX] = [y * UNIT + dy * long, x * UNIT + dx * long], head = 8;
  const wing = (side) => `L${tipX - head * (dx + side * 0.6 * dy)},${tipY - head * (dy - side * 0.6 * dx)}`;
  return `M${x * UNIT + 12 * dx},${y * UNIT + 12 * dy} L${tipX},${tipY} ${wing(1)} M${tipX},${tipY} ${wing(-1)}`;
}

/** Corners of a square about the middle of the undeformed kernel: the output cell, seen on the input. */
function bracketsAt({ cell, stride, padding, dilation, size }) {
  const [y, x] = cell.map((n) => (n * stride - padding + (dilation * (size - 1)) / 2) * UNIT), half = UNIT / 2 - 1, arm = 9;
  return [[-1, -1], [-1, 1], [1, 1], [1, -1]]
    .map(([v, u]) => `M${x + u * (half - arm)},${y + v * half} L${x + u * half},${y + v * half} L${x + u * half},${y + v * (half - arm)}`)
    .join(" ");
}

// ------------------------------------------------------------------------------------------------ 3 outputs

/** The map of the outputs; the chosen cell is the one whose taps are on the board. */
class Outputs {
  constructor(parent) {
    this.svg = shape("svg", parent, { class: "outputs", tabindex: 0, role: "slider" });
  }

  build(state) {
    const size = outputSize(state);
    this.svg.replaceChildren();
    this.places = [];
    if (!fits(state)) return set(this.svg, { viewBox: "0 0 40 4" });
    set(this.svg, { viewBox: `-2 -2 ${size[1] * UNIT + 4} ${size[0] * UNIT + 4}` });
    this.svg.style.maxWidth = wider(Math.min(UNIT * size[1], 300));
    for (let i = 0; i < size[0]; i += 1) {
      for (let j = 0; j < size[1]; j += 1) {
        const group = shape("g", this.svg, { "data-cell": `${i},${j}` });
        const box = shape("rect", group, { x: j * UNIT, y: i * UNIT, width: UNIT, height: UNIT, class: "pixel" });
        this.places.push({ at: [i, j], group, box, text: shape("text", group, { x: (j + 0.5) * UNIT, y: (i + 0.6) * UNIT }) });
      }
    }
    this.frame = shape("rect", this.svg, { class: "here", width: UNIT - 2, height: UNIT - 2 });
  }

  draw(state, labels, hidden) {
    if (!fits(state)) return;
    const values = this.places.map(({ at }) => output(state, at)), low = Math.min(0, ...values), most = Math.max(low + 1e-9, ...values);
    this.places.forEach(({ group, box, text }, n) => {
      const { fill, ink } = grey((values[n] - low) / (most - low));
      set(box, { fill });
      set(text, { fill: ink });
      text.textContent = hidden ? "?" : short(values[n]);
      group.dataset.value = values[n];
    });
    const [i, j] = state.cell;
    set(this.frame, { x: j * UNIT + 1, y: i * UNIT + 1 });
    const value = hidden ? "?" : written(output(state));
    set(this.svg, {
      "aria-label": labels.outputs, "aria-valuenow": i * outputSize(state)[1] + j, "aria-valuetext": fill(labels.output_says, { i, j, value }),
    });
  }
}
