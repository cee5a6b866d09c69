// ---------------------------------------------------------------------------------------------- 1 frames
// A run is the training of one network: head (from Python, once) and frames. A frame is read out of its parcel when it is
// asked for: {step, seconds, loss, accuracy, dilation[layer][size]}, and places and masks as whole numbers in a typed array.

const PLACE = 64, MASK = 1024; // whole numbers per picture pixel, and per mask of 1, as in payload.py

class Run {
  constructor(head) {
    Object.assign(this, head);
    this.frames = [];
    this.known = "";
  }

  get last() {
    return this.frames.length - 1;
  }

  /** Takes over what parcels there are now. @returns whether anything is new */
  gather(channel) {
    const all = globalThis[Symbol.for("dcnviz.parcels")] ?? new Map();
    const ours = [...all.values()].filter((each) => each.channel === channel && each.run === this.name);
    ours.sort((a, b) => a.first - b.first);
    const known = ours.map(({ first, count }) => `${first}+${count}`).join();
    if (known === this.known) return false;
    this.known = known;
    this.frames = [];
    for (const parcel of ours) if (parcel.first === this.frames.length) this.frames.push(...this.unpack(parcel));
    return true;
  }

  unpack({ body, count }) {
    const layers = this.layers.length, sizes = this.sizes.length, cells = this.cells.length;
    const width = 4 + layers * sizes, taps = layers * cells * this.taps;
    const numbers = new Float32Array(body.buffer, 0, count * width);
    const places = new Int16Array(body.buffer, 4 * count * width, 2 * count * taps);
    const masks = new Int16Array(body.buffer, 4 * (count * width + count * taps), count * taps);
    return Array.from({ length: count }, (_, n) => {
      const [step, seconds, loss, accuracy, ...dilation] = numbers.subarray(n * width, (n + 1) * width);
      return {
        step, seconds, loss, accuracy, dilation,
        places: places.subarray(2 * n * taps, 2 * (n + 1) * taps), masks: masks.subarray(n * taps, (n + 1) * taps),
      };
    });
  }

  /** Where a cell's taps are at a moment between two frames: [{y, x, mask}], picture pixels. */
  taps_at(moment, layer, cell) {
    const n = Math.min(Math.floor(moment), this.last), share = moment - n, from = this.frames[n], to = this.frames[n + 1] ?? from;
    const first = (layer * this.cells.length + cell) * this.taps;
    return Array.from({ length: this.taps }, (_, k) => {
      const at = first + k, mix = (name, place, unit) => ((1 - share) * from[name][place] + share * to[name][place]) / unit;
      return { y: mix("places", 2 * at, PLACE), x: mix("places", 2 * at + 1, PLACE), mask: mix("masks", at, MASK) };
    });
  }

  get group_size() {
    return this.taps / this.groups;
  }

  /** Effective dilation of one cell, in cells: 1 on the regular grid; the mean over its groups. */
  spread(moment, layer, cell) {
    const taps = this.taps_at(moment, layer, cell), size = this.group_size;
    const each = Array.from({ length: this.groups }, (_, g) => spread_of(taps.slice(g * size, (g + 1) * size), this.stride));
    return each.reduce((sum, value) => sum + value, 0) / this.groups;
  }

  dilation(frame, layer, size) {
    return frame.dilation[layer * this.sizes.length + size];
  }

  /** The first frame that took place at that step or second, or later; the last, where all were earlier. */
  frame_at(value, name) {
    const found = this.frames.findIndex((frame) => frame[name] >= value);
    return found < 0 ? this.last : found;
  }
}

/** Mean distance between neighbouring taps of one group, in cells. */
function spread_of(taps, stride) {
  const side = Math.round(Math.sqrt(taps.length)), gap = (a, b) => Math.hypot(a.y - b.y, a.x - b.x);
  let sum = 0;
  for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1) {
    if (x + 1 < side) sum += gap(taps[y * side + x], taps[y * side + x + 1]);
    if (y + 1 < side) sum += gap(taps[y * side + x], taps[(y + 1) * side + x]);
  }
  return sum / (2 * side * (side - 1)) / stride;
}

/** With so many decimals and a true minus; "–" where there is none. */
function written(value, decimals = 2) {
  return Number.isFinite(value) ? value.toFixed(decimals).replace("-", "−") : "–";
}

/** Fills the {names} of a text. */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}
