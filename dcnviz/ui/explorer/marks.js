// ------------------------------------------------------------------------------------------------ 4 draw
// A pen is {ctx, dpr, frame, colours, overlays, thick, size, growth}. A frame is {margin, scale, width, height}, in CSS pixels:
// picture pixel (y, x) is at margin + (x + 0.5) * scale, and the margin is a band in which what lies off the picture shows.
// Zoomed, the frame is larger than the canvas and the pen's context is moved. `size`, and `thick` of lines, are of the page,
// `growth` of the zoom: marks of samples grow with it, far less than the distances between them do, so that what was one blot comes apart.

const BINS = 10;
const MOST_GROWTH = 1.6;
const EDGE = 8;

/** Where a picture position is drawn: moved along its line to the rim of the band when it lies beyond. */
function place({ margin, scale, width, height }, y, x, fromY = y, fromX = x) {
  const to = [margin + (x + 0.5) * scale, margin + (y + 0.5) * scale];
  const from = [margin + (fromX + 0.5) * scale, margin + (fromY + 0.5) * scale];
  const far = [width - EDGE, height - EDGE];
  let t = 1;
  for (const a of [0, 1]) {
    if (to[a] < EDGE && from[a] > EDGE) t = Math.min(t, (EDGE - from[a]) / (to[a] - from[a]));
    if (to[a] > far[a] && from[a] < far[a]) t = Math.min(t, (far[a] - from[a]) / (to[a] - from[a]));
  }
  return [0, 1].map((a) => Math.min(Math.max(from[a] + t * (to[a] - from[a]), EDGE), far[a]));
}

/** In steps of a tenth, so that few stamps are kept. */
export function growthAt(zoom) {
  return Math.min(MOST_GROWTH, Math.floor(10 * zoom ** 0.25) / 10);
}

/** Stroke a path in a colour, over a wider dark one that parts it from any picture. */
function stroke({ ctx, colours, thick }, path, colour, width, rim = 1.1) {
  const alpha = ctx.globalAlpha;
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.globalAlpha = alpha * 0.6;
  ctx.strokeStyle = colours.halo;
  ctx.lineWidth = (width + 2 * rim) * thick;
  ctx.stroke(path);
  ctx.globalAlpha = alpha;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width * thick;
  ctx.stroke(path);
}

function circle(path, x, y, radius) {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}

function cross(path, x, y, arm) {
  path.moveTo(x - arm, y - arm);
  path.lineTo(x + arm, y + arm);
  path.moveTo(x + arm, y - arm);
  path.lineTo(x - arm, y + arm);
}

/**
 * Sampled points of one layer: size and opacity by strength, the strong ones on top. Each keeps a full ring, so that a
 * weak one is faint but not lost.
 */
function drawDots(pen, spots, strength, colour, [small, large]) {
  const { ctx } = pen, alpha = ctx.globalAlpha;
  const order = [...spots.keys()].filter((n) => spots[n]).sort((a, b) => strength[a] - strength[b]);
  for (const n of order) {
    const path = new Path2D();
    circle(path, ...spots[n], (small + (large - small) * strength[n]) * pen.size * pen.growth);
    stroke(pen, path, colour, 1.2, 1);
    ctx.globalAlpha = alpha * (0.15 + 0.85 * strength[n]);
    ctx.fillStyle = colour;
    ctx.fill(path);
    ctx.globalAlpha = alpha;
  }
}

const stamps = new Map();

/** A small dot with its dark rim, drawn once and then copied: ten times as fast as drawing circles by the hundred. */
function stamp({ colours, dpr }, colour, radius, opacity) {
  const key = [dpr, colours.halo, colour, radius, opacity].join();
  if (stamps.has(key)) return stamps.get(key);
  const reach = Math.ceil((radius + 1.5) * dpr), canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * reach;
  const ctx = canvas.getContext("2d");
  ctx.setTransform(dpr, 0, 0, dpr, reach, reach);
  for (const [style, alpha, extra] of [[colours.halo, 0.5, 0.7], [colour, opacity, 0]]) {
    const path = new Path2D();
    circle(path, 0, 0, radius + extra);
    Object.assign(ctx, { fillStyle: style, globalAlpha: alpha });
    ctx.fill(path);
  }
  stamps.set(key, canvas);
  return canvas;
}

/** Sampled points of a stack, hundreds: size by strength, and less by opacity, the strong ones on top. */
function drawSpecks(pen, spots, strength, colour, [small, large]) {
  const bins = Array.from({ length: BINS + 1 }, () => []), reach = pen.size * pen.growth;
  spots.forEach((spot, n) => spot && bins[Math.round(strength[n] * BINS)].push(spot));
  bins.forEach((group, bin) => {
    const share = bin / BINS, radius = (small + (large - small) * share) * reach;
    const image = stamp(pen, colour, radius, 0.7 + 0.3 * share);
    const wide = image.width / pen.dpr;
    for (const [x, y] of group) pen.ctx.drawImage(image, x - wide / 2, y - wide / 2, wide, wide);
  });
}

/**
 * The undeformed positions, hollow. They form a lattice, so each is drawn once however many chains end there, and small
 * enough that neighbours stay apart.
 */
function drawBase(pen, set) {
  const path = new Path2D(), rows = [...new Set(set.baseY)], columns = [...new Set(set.baseX)];
  const gap = Math.min(...[rows, columns].map((line) => (line.length > 1 ? Math.abs(line[1] - line[0]) : 99))) * pen.frame.scale;
  const radius = Math.min(3.2 * pen.growth, Math.max(1, 0.3 * gap)) * pen.size;
  for (const y of rows) for (const x of columns) circle(path, ...place(pen.frame, y, x), radius);
  stroke(pen, path, pen.colours.base, Math.min(1.2, 0.6 * radius), 0.6);
}

function drawLines(pen, pairs) {
  const path = new Path2D();
  for (const [from, to] of pairs) {
    path.moveTo(...from);
    path.lineTo(...to);
  }
  stroke(pen, path, pen.colours.line, 1.2, 0.8);
}

function drawOutside(pen, spots, arm) {
  const path = new Path2D();
  for (const spot of spots) if (spot) cross(path, ...spot, arm * pen.size * pen.growth);
  stroke(pen, path, pen.colours.outside, arm > 4 ? 2.2 : 1, arm > 4 ? 1.1 : 0.5);
}

/** The cell itself: the corners of a square, no smaller than a finger can tell, open for the lines that leave it. */
function drawCell(pen, cell, colour, jump) {
  const [x, y] = place(pen.frame, cell.y, cell.x), path = new Path2D();
  const [h, w] = jump.map((step) => Math.max(10 * pen.size, (step * pen.frame.scale) / 2 + 3));
  brackets(path, x, y, w, h);
  stroke(pen, path, colour, 2.4, 1.2);
}

function brackets(path, x, y, w, h) {
  const arm = 0.5 * Math.min(w, h);
  for (const [u, v] of [[-1, -1], [-1, 1], [1, 1], [1, -1]]) {
    path.moveTo(x + u * w, y + v * (h - arm));
    path.lineTo(x + u * w, y + v * h);
    path.lineTo(x + u * (w - arm), y + v * h);
  }
}

/** Numbers k = ky * kw + kx beside their taps, on the side away from the cell. */
function drawNumbers(pen, spots, centre) {
  const { ctx, colours } = pen;
  Object.assign(ctx, { font: `600 ${11 * pen.size}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle" });
  Object.assign(ctx, { lineJoin: "round", lineWidth: 3.2, strokeStyle: colours.halo, fillStyle: colours.base });
  spots.forEach(([x, y], k) => {
    const away = Math.hypot(x - centre[0], y - centre[1]) || 1, reach = (8 + 5 * pen.growth) * pen.size;
    const at = [x + (reach * (x - centre[0])) / away, y + (away === 1 ? -reach : (reach * (y - centre[1])) / away)];
    ctx.strokeText(k, ...at);
    ctx.fillText(k, ...at);
  });
}

/** Negative masks (only v4 has them) get a bar, as a minus sign. */
function drawMinus(pen, spots, set) {
  const path = new Path2D();
  spots.forEach(([x, y], n) => {
    if (set.weight[n] >= 0) return;
    path.moveTo(x - 2.5 * pen.growth, y);
    path.lineTo(x + 2.5 * pen.growth, y);
  });
  stroke(pen, path, pen.colours.base, 1.2, 0.6);
}

/** Everything one cell shows: its taps, or in a stack the deepest points with the first taps as rings. */
function drawTrace(pen, traced, path, colour) {
  const { frame, overlays } = pen, deep = traced.levels.length > 1;
  const first = traced.levels[0], last = traced.levels.at(-1), centre = place(frame, traced.y, traced.x);
  const spotsOf = (set) => Array.from(set.y, (y, n) => place(frame, y, set.x[n], set.baseY[n], set.baseX[n]));
  const heads = spotsOf(first), spots = deep ? spotsOf(last) : heads;
  const strength = strengths(last, path, overlays.mask);
  if (overlays.lines && !deep) drawLines(pen, heads.map((to, n) => [place(frame, first.baseY[n], first.baseX[n]), to]));
  if (overlays.base && !deep) drawBase(pen, last);
  const inside = spots.map((s, n) => (last.outside[n] ? null : s));
  if (deep) drawSpecks(pen, inside, strength, colour, [1.2, 2.5]);
  else drawDots(pen, inside, strength, colour, [2.2, 5.4]);
  drawOutside(pen, spots.map((s, n) => (last.outside[n] ? s : null)), deep ? 2.2 : 4.4);
  if (overlays.base && deep) drawBase(pen, last);
  if (overlays.lines && deep) drawLines(pen, heads.map((to) => [centre, to]));
  if (deep) {
    const rings = [new Path2D(), new Path2D()];
    heads.forEach((head, n) => circle(rings[first.outside[n]], ...head, 5 * pen.size * pen.growth));
    rings.forEach((ring, off) => stroke(pen, ring, off ? pen.colours.outside : colour, 2));
  } else if (overlays.mask && path[0].negative) drawMinus(pen, heads, first);
  drawCell(pen, traced, colour, path[0].cell_to_picture.jump);
  if (overlays.numbers) drawNumbers(pen, heads, centre);
}

/**
 * The legend: name of the text and painter of a 40 x 20 swatch for each mark that can appear now. The painters are those
 * of the picture, so that a mark and its explanation cannot differ.
 */
function legendRows({ colours, overlays }, path) {
  const deep = path.length > 1, y = 10, masked = overlays.mask && path.some((layer) => layer.mask);
  const dots = (xs, strength, colour) => (pen) => drawDots(pen, xs.map((x) => [x, y]), strength, colour, [2.2, 5.4]);
  const cellOf = (colour) => (pen) => {
    const corners = new Path2D();
    brackets(corners, 12, y, 6, 6);
    stroke(pen, corners, colour, 2, 1.1);
    dots([32], [1], colour)(pen);
  };
  const ring = (radius, colour, width) => (pen) => {
    const round = new Path2D();
    circle(round, 20, y, radius);
    stroke(pen, round, colour, width);
  };
  const minus = (pen) => {
    dots([20], [1], colours.sample)(pen);
    drawMinus(pen, [[20, y]], { weight: [-1] });
  };
  const rows = [
    ["mark_pinned", cellOf(colours.pinned), true],
    ["mark_hover", cellOf(colours.sample), true],
    ["mark_ring", ring(5, colours.sample, 2), deep],
    ["mark_base", ring(deep ? 1.6 : 3.2, colours.base, 1.2), overlays.base],
    [deep ? "mark_link" : "mark_line", (pen) => drawLines(pen, [[[9, y], [31, y]]]), overlays.lines],
    ["mark_mask", dots([8, 19, 32], [0.1, 0.5, 1], colours.sample), masked],
    ["mark_minus", minus, masked && !deep && path[0].negative],
    ["mark_outside", (pen) => drawOutside(pen, [[20, y]], deep ? 3 : 4.4), true],
  ];
  return rows.filter(([, , shown]) => shown);
}
