// The toy: a small map of numbers, one kernel, and its taps, which a hand can move.
//
// Everything that moves is computed and drawn in the browser; the server hears of it when the hand lets go.
// Seven files make one module, joined in this order by component.py:
//   model.js      1 the operator on one channel: samples, sums, gradients; what a geometry cannot do
//   board.js      2 the map with its taps, drawn as SVG; 3 the map of the outputs
//   panel.js      4 kernel, chosen tap, sum, sliders: the numbers round the map
//   hand.js       5 pointer and keyboard
//   legend.js     6 what the marks mean
//   mount.js      7 what Python says, taken in; the function that Streamlit calls
//   toy.js        8 the toy as a whole
// Convention: (y, x), pixel centres at integers, taps row-major. The map is `grid[y][x]`. Weights, and which taps are off
// or frozen, are the kernel's; offsets and masks are each output cell's own, in `cells["i,j"]`, where they are not 0 and 1.

// ------------------------------------------------------------------------------------------------ 1 model

const mapSize = ({ grid }) => [grid.length, grid[0].length];
const span = ({ size, dilation }) => dilation * (size - 1) + 1;
const outputSize = (state) => mapSize(state).map((n) => Math.floor((n + 2 * state.padding - span(state)) / state.stride) + 1);
const fits = (state) => Math.min(...outputSize(state)) >= 1;

/** The value between pixels: four corners with their shares, each outside the map read as 0; and its slope (d/dy, d/dx).
 *  On a line of pixels the slope is the one towards larger y or x, as the operator's backward pass has it. */
export function sampleAt(grid, y, x) {
  const top = Math.floor(y), left = Math.floor(x), fy = y - top, fx = x - left;
  const corners = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, j]) => {
    const value = grid[top + i]?.[left + j];
    const share = (i ? fy : 1 - fy) * (j ? fx : 1 - fx);
    return { y: top + i, x: left + j, share, value: value ?? 0, outside: value === undefined };
  });
  const [a, b, c, d] = corners.map((corner) => corner.value);
  const value = corners.reduce((sum, corner) => sum + corner.share * corner.value, 0);
  return { corners, value, slope: [(1 - fx) * (c - a) + fx * (d - b), (1 - fy) * (b - a) + fy * (d - c)] };
}

/** Offsets and masks of an output cell. */
function own(state, [i, j] = state.cell) {
  const count = state.size ** 2, kept = state.cells[`${i},${j}`];
  return {
    offsets: kept?.offsets ?? Array.from({ length: count }, () => [0, 0]),
    masks: kept?.masks ?? Array(count).fill(1),
  };
}

/** Every tap of an output cell: where it stands, what it reads, what it adds, and which way the output grows. */
export function taps(state, cell = state.cell) {
  const { offsets, masks } = own(state, cell), { size, stride, padding, dilation } = state;
  return offsets.map((offset, k) => {
    const steps = [Math.floor(k / size), k % size];
    const base = steps.map((step, axis) => cell[axis] * stride - padding + step * dilation);
    const place = base.map((n, axis) => n + offset[axis]);
    const { corners, value, slope } = sampleAt(state.grid, ...place);
    const off = state.off.includes(k), weight = state.weights[k], mask = off ? 0 : masks[k], factor = weight * mask;
    return {
      k, base, offset, place, corners, value, weight, mask, off, frozen: state.frozen.includes(k),
      outside: corners.every((corner) => corner.outside || !corner.share),
      product: factor * value, arrow: slope.map((n) => factor * n),
    };
  });
}

export function output(state, cell = state.cell) {
  return taps(state, cell).reduce((sum, tap) => sum + tap.product, state.bias);
}

/** The same state with one tap's offset or mask changed, at the chosen output cell. */
function withTap(state, k, { offset, mask }) {
  const { offsets, masks } = own(state);
  if (offset) offsets[k] = offset.map((n) => Math.round(100 * n) / 100 + 0); // what is read is what is reckoned with
  if (mask !== undefined) masks[k] = mask;
  return { ...state, cells: { ...state.cells, [state.cell.join()]: { offsets: [...offsets], masks: [...masks] } } };
}

/** Another kernel size: taps stay with their place about the centre; a new one gets the mean weight. */
function withSize(state, size) {
  const before = state.size, shift = Math.floor((size - 1) / 2) - Math.floor((before - 1) / 2);
  const mean = Math.round((100 * state.weights.reduce((a, b) => a + b, 0)) / state.weights.length) / 100;
  const from = Array.from({ length: size ** 2 }, (_, k) => {
    const [i, j] = [Math.floor(k / size) - shift, (k % size) - shift];
    return Math.min(i, j) >= 0 && Math.max(i, j) < before ? i * before + j : null;
  });
  const pick = (values, fresh) => from.map((k) => (k === null ? fresh : values[k]));
  const cells = Object.entries(state.cells).map(([name, { offsets, masks }]) => [
    name, { offsets: pick(offsets, [0, 0]), masks: pick(masks, 1) },
  ]);
  const kept = (list) => from.flatMap((k, n) => (k !== null && list.includes(k) ? [n] : []));
  const chosen = Math.max(from.indexOf(state.chosen), 0);
  return {
    ...state, size, chosen, weights: pick(state.weights, mean), cells: Object.fromEntries(cells),
    off: kept(state.off), frozen: kept(state.frozen),
  };
}

/** Another stride, padding, dilation or size, and a cell that is still there. */
function withGeometry(state, name, value) {
  const next = name === "size" ? withSize(state, value) : { ...state, [name]: value };
  const last = outputSize(next);
  return { ...next, cell: next.cell.map((n, axis) => Math.max(0, Math.min(n, last[axis] - 1))) };
}

/** Every tap that is not frozen takes a step along its arrow. */
function stepUphill(state, rate) {
  const moved = taps(state).filter((tap) => !tap.frozen);
  return moved.reduce((next, { k, offset, arrow }) => withTap(next, k, { offset: offset.map((n, a) => n + rate * arrow[a]) }), state);
}

/** What a geometry cannot do, or leaves out, as names of texts and the numbers in them. */
function remarks(state) {
  const { stride, padding, dilation, size } = state, wide = span(state), map = mapSize(state), found = [];
  const axis = map[0] <= map[1] ? 0 : 1, room = map[axis] + 2 * padding;
  const numbers = { span: wide, room, size, dilation, padding, stride, map: map[axis] };
  if (!fits(state)) return [["misfit", { ...numbers, more: Math.ceil((wide - room) / 2) }]];
  if (padding >= wide) found.push(["blind", numbers]);
  const left = Math.max(...map.map((n) => (n + 2 * padding - wide) % stride));
  if (left) found.push(["left_over", { ...numbers, left }]);
  if (stride > wide) found.push(["gaps", { ...numbers, gap: stride - wide }]);
  return found;
}
