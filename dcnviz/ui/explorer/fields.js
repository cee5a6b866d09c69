// The explorer: a picture, and for the cell under the pointer where a deformable network looked.
//
// Everything that moves is computed and drawn in the browser; the server hears of a cell only when it is pinned or
// released. Six files make one module, joined in this order by component.py:
//   fields.js     1 decode (bytes -> layers), 2 geometry (cell -> taps, down the stack), 3 numbers of the readout
//   marks.js      4 draw: marks on a canvas, and the legend made of the same marks
//   lens.js       5 lens: which part of the picture is seen, and how large
//   input.js      6 pointer, touch, wheel, keyboard
//   around.js     7 around the canvas: buttons, readout, legend
//   explorer.js   8 page: elements, view, the function that Streamlit calls
// Convention: (y, x), pixel centres at integers, taps row-major. A "cell" is an output position of a layer.

// ---------------------------------------------------------------------------------------------- 1 decode

/** Value of each of the 65536 half-precision bit patterns, for browsers without Float16Array. */
export function halfTable() {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const exponent = (bits >> 10) & 31, fraction = bits & 1023;
    let size = 2 ** (exponent - 15) * (1 + fraction / 1024);
    if (exponent === 0) size = fraction * 2 ** -24;
    if (exponent === 31) size = fraction ? NaN : Infinity;
    return bits & 0x8000 ? -size : size;
  });
}

/** @param {ArrayBuffer} buffer  @param {{offset: number, length: number}} place  @param {"f2"|"f4"} dtype */
function numbers(buffer, place, dtype) {
  if (dtype === "f4") return new Float32Array(buffer, place.offset, place.length / 4);
  if (globalThis.Float16Array) return new Float16Array(buffer, place.offset, place.length / 2);
  const table = halfTable();
  return Float32Array.from(new Uint16Array(buffer, place.offset, place.length / 2), (bits) => table[bits]);
}

/**
 * Payload -> picture and layers (the header's, with offsets and mask as typed arrays).
 * @param {Uint8Array} bytes  copied first: it may be an unaligned view of a larger message
 */
export function decode(bytes) {
  const { buffer } = bytes.slice();
  const text = new TextDecoder();
  if (text.decode(new Uint8Array(buffer, 0, 4)) !== "DCNV") throw new Error("not an explorer payload");
  const header = JSON.parse(text.decode(new Uint8Array(buffer, 8, new DataView(buffer).getUint32(4, true))));
  const array = (entry) => entry && numbers(buffer, header.sections[entry.section], entry.dtype);
  const layers = header.layers.map((layer) => {
    const mask = array(layer.mask), zeros = 2 * layer.groups * layer.kernel[0] * layer.kernel[1] * cells(layer);
    const offsets = array(layer.offsets) ?? new Float32Array(zeros); // none are sent where all are zero
    return { ...layer, offsets, mask, anchors: array(layer.anchors), ...maskRange(mask) };
  });
  const file = header.sections[header.picture.section];
  return { layers, version: header.version, picture: { ...header.picture, file: new Uint8Array(buffer, file.offset, file.length) } };
}

const cells = ({ output_size: [rows, columns] }) => rows * columns;

/** The strength drawn at full size, the 95th percentile of |mask| over a thin sample, and whether any is negative. */
function maskRange(mask) {
  if (!mask) return { strong: 1, negative: false };
  const step = Math.max(1, Math.floor(mask.length / 4001));
  const sample = Float32Array.from({ length: Math.ceil(mask.length / step) }, (_, n) => mask[n * step]);
  const negative = sample.some((m) => m < 0);
  const sorted = sample.map(Math.abs).sort();
  return { strong: sorted[Math.floor(0.95 * (sorted.length - 1))] || 1, negative };
}

// -------------------------------------------------------------------------------------------- 2 geometry

const MOST_POINTS = 8192;

/** A set of `count` positions in one map's pixels, with the undeformed ones, the mask product, and "outside". */
function points(count) {
  const [y, x, baseY, baseX] = [0, 0, 0, 0].map(() => new Float64Array(count));
  return { count, y, x, baseY, baseX, weight: new Float64Array(count).fill(1), outside: new Uint8Array(count) };
}

/**
 * The taps of every given position: from cells of a layer's output into its input map. Between cells the fields are
 * interpolated bilinearly, beyond the border they go on as at the border; the base part is linear and unclamped.
 */
export function descend(layer, group, from) {
  const [rows, cols] = layer.output_size, [high, wide] = layer.input_size, [kh, kw] = layer.kernel;
  const [sy, sx] = layer.stride, [py, px] = layer.padding, [ey, ex] = layer.dilation;
  const { offsets, mask, anchors } = layer, taps = kh * kw, plane = rows * cols, to = points(from.count * taps);
  for (let p = 0, n = 0; p < from.count; p++) {
    const cy = Math.min(Math.max(from.y[p], 0), rows - 1), cx = Math.min(Math.max(from.x[p], 0), cols - 1);
    const i = Math.floor(cy), j = Math.floor(cx), fy = cy - i, fx = cx - j;
    const down = i + 1 < rows ? cols : 0, right = j + 1 < cols ? 1 : 0;
    for (let k = 0; k < taps; k++, n++) {
      const at = (group * taps + k) * plane + i * cols + j;
      const mix = (f, width, axis) => (1 - fy) * ((1 - fx) * f[at * width + axis] + fx * f[(at + right) * width + axis])
        + fy * ((1 - fx) * f[(at + down) * width + axis] + fx * f[(at + down + right) * width + axis]);
      const tapY = Math.floor(k / kw) * ey - py, tapX = (k % kw) * ex - px, query = 2 * (i * cols + j);
      to.baseY[n] = anchors ? anchors[query] : from.baseY[p] * sy + tapY;
      to.baseX[n] = anchors ? anchors[query + 1] : from.baseX[p] * sx + tapX;
      const y = (to.y[n] = (anchors ? anchors[query] : from.y[p] * sy + tapY) + mix(offsets, 2, 0));
      const x = (to.x[n] = (anchors ? anchors[query + 1] : from.x[p] * sx + tapX) + mix(offsets, 2, 1));
      to.weight[n] = from.weight[p] * (mask ? mix(mask, 1, 0) : 1);
      to.outside[n] = from.outside[p] || !(y > -1 && y < high && x > -1 && x < wide) ? 1 : 0;
    }
  }
  return to;
}

/** The layers that are followed for a view: the chosen one, or from the last down, as many as asked for and as maps fit together. */
export function chain(layers, choice, group, depth = Infinity) {
  if (choice !== "stack") return [layers[Math.min(Math.max(choice, 0), layers.length - 1)]];
  const path = [layers.at(-1)];
  let count = path[0].kernel[0] * path[0].kernel[1];
  for (const layer of layers.slice(0, -1).reverse()) {
    const above = path.at(-1);
    count *= layer.kernel[0] * layer.kernel[1];
    const fits = String(layer.output_size) === String(above.input_size) && group < layer.groups;
    if (!fits || count > MOST_POINTS || path.length >= depth) break;
    path.push(layer);
  }
  return path;
}

/** Positions of a layer's input map as picture pixels. */
function inPicture(set, { jump, start }) {
  const line = (values, axis) => values.map((v) => start[axis] + jump[axis] * v);
  return { ...set, y: line(set.y, 0), x: line(set.x, 1), baseY: line(set.baseY, 0), baseX: line(set.baseX, 1) };
}

/**
 * Where cell (i, j) looks, in picture pixels: one set of points a level, the taps, the taps of the taps, ...
 * @returns {{cell: {i: number, j: number}, y: number, x: number, levels: ReturnType<typeof points>[]}}
 */
export function trace(path, group, i, j) {
  const levels = [];
  let set = points(1);
  set.y[0] = set.baseY[0] = i;
  set.x[0] = set.baseX[0] = j;
  for (const layer of path) {
    set = descend(layer, Math.min(group, layer.groups - 1), set);
    levels.push(inPicture(set, layer.to_picture));
  }
  return { cell: { i, j }, ...cellPlace(path[0], { i, j }), levels };
}

/** The picture pixel of a cell: its query's anchor where there is no grid. */
function cellPlace(layer, { i, j }) {
  const { jump, start } = layer.cell_to_picture;
  if (!layer.anchors) return { y: start[0] + jump[0] * i, x: start[1] + jump[1] * j };
  const { jump: by, start: from } = layer.to_picture, n = 2 * (i * layer.output_size[1] + j);
  return { y: from[0] + by[0] * layer.anchors[n], x: from[1] + by[1] * layer.anchors[n + 1] };
}

/** The cell nearest to a picture pixel. */
export function cellAt(layer, y, x) {
  if (layer.anchors) return nearestAnchor(layer, y, x);
  const { jump, start } = layer.cell_to_picture;
  const [i, j] = [y, x].map((v, a) => Math.round((v - start[a]) / jump[a]));
  return clampCell(layer, i, j);
}

/** Among thousands of queries, in a plain loop: 20,000 take 0.1 ms. */
function nearestAnchor({ anchors, output_size, to_picture: { jump, start } }, y, x, wanted = () => true) {
  let best = -1, least = Infinity;
  for (let n = 0; 2 * n < anchors.length; n++) {
    const dy = start[0] + jump[0] * anchors[2 * n] - y, dx = start[1] + jump[1] * anchors[2 * n + 1] - x;
    const distance = dy * dy + dx * dx;
    if (distance < least && wanted(dy, dx)) [best, least] = [n, distance];
  }
  return best < 0 ? null : { i: Math.floor(best / output_size[1]), j: best % output_size[1] };
}

/** The cell that keys reach from another: (di, dj) away on a grid; among anchors the nearest within 45 degrees of that way. */
export function stepFrom(layer, { i, j }, di, dj) {
  if (!layer.anchors) return clampCell(layer, i + di, j + dj);
  const { y, x } = cellPlace(layer, { i, j });
  const ahead = (dy, dx) => dy * di + dx * dj > 1e-6 && Math.abs(dy * dj - dx * di) <= dy * di + dx * dj;
  return nearestAnchor(layer, y, x, ahead) ?? { i, j };
}

function clampCell(layer, i, j) {
  const [rows, cols] = layer.output_size;
  return { i: Math.min(Math.max(i, 0), rows - 1), j: Math.min(Math.max(j, 0), cols - 1) };
}

// --------------------------------------------------------------------------------------------- 3 numbers

/** Length of the mean displacement, spread (RMS distance from that mean), in picture pixels; share outside. */
export function summary(set) {
  const mean = { y: 0, x: 0 };
  let squares = 0, outside = 0;
  for (let n = 0; n < set.count; n++) {
    const dy = set.y[n] - set.baseY[n], dx = set.x[n] - set.baseX[n];
    mean.y += dy / set.count;
    mean.x += dx / set.count;
    squares += (dy * dy + dx * dx) / set.count;
    outside += set.outside[n] / set.count;
  }
  const shift = Math.hypot(mean.y, mean.x);
  return { shift, spread: Math.sqrt(Math.max(0, squares - shift * shift)), outside };
}

/** At how many different places the points lie, and how far from their middle (RMS), in picture pixels. */
export function extent({ count, y, x }) {
  const middle = [y, x].map((line) => line.reduce((sum, n) => sum + n, 0) / count), places = new Set();
  let squares = 0;
  for (let n = 0; n < count; n++) {
    squares += ((y[n] - middle[0]) ** 2 + (x[n] - middle[1]) ** 2) / count;
    places.add(`${Math.round(1000 * y[n])},${Math.round(1000 * x[n])}`);
  }
  return { places: places.size, reach: Math.sqrt(squares) };
}

/** 0 to 1: how strongly each point counts; along a stack the geometric mean of its masks' strengths. */
function strengths(set, path, shown) {
  if (!shown) return new Float64Array(set.count).fill(1);
  const full = path.reduce((product, layer) => product * layer.strong, 1);
  return set.weight.map((w) => Math.min(1, Math.abs(w / full) ** (1 / path.length)));
}
