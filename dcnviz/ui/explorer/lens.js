// ------------------------------------------------------------------------------------------------ 5 lens
// What is seen of the drawing, which is the picture with its band. Zoomed, the drawing is `zoom` times as large as the
// canvas, and the canvas begins at (`top`, `left`) of it. Places are in shares: of the drawing for what lies on it (0 to 1
// from rim to rim), of the canvas for where that is seen. So another width of the page leaves the view as it is.

const MOST_ZOOM = 16;
const NEAREST = 0.09; // the least side of a close-up, in shares of the picture's long side, as in the figures
const between = (low, value, high) => Math.min(Math.max(value, low), high);

export class Lens {
  constructor() {
    this.frame = null; // of the whole drawing, as `layout` measured it
    this.whole();
  }

  whole() {
    this.set(1, 0, 0);
  }

  /** Never beyond the rim of the drawing: there is nothing to see. */
  set(zoom, top, left) {
    this.zoom = limit(zoom);
    [this.top, this.left] = [top, left].map((edge) => between(0, edge, 1 - 1 / this.zoom));
  }

  /** A place of the drawing is to be seen at [y, x] of the canvas: as near to it as the rim allows. */
  put(place, [y, x], zoom = this.zoom) {
    const by = limit(zoom);
    this.set(by, place[0] - y / by, place[1] - x / by);
  }

  /** The place of the drawing that is seen at [y, x] of the canvas. */
  placeAt([y, x]) {
    return [this.top + y / this.zoom, this.left + x / this.zoom];
  }

  /** Where on the canvas a place of the drawing is seen. */
  see([y, x]) {
    return [(y - this.top) * this.zoom, (x - this.left) * this.zoom];
  }

  /** The frame as it is enlarged, and where the canvas begins on it, in CSS pixels. */
  get seen() {
    const { zoom, top, left } = this, { margin, scale, width, height } = this.frame;
    const [w, h] = [width * zoom, height * zoom];
    return { margin: margin * zoom, scale: scale * zoom, width: w, height: h, top: top * h, left: left * w };
  }

  /** Place of a picture pixel on the drawing. */
  shareOf(y, x) {
    const { margin, scale, width, height } = this.frame;
    return [(margin + (y + 0.5) * scale) / height, (margin + (x + 0.5) * scale) / width];
  }

  placeOf(layer, cell) {
    const { y, x } = cellPlace(layer, cell);
    return this.shareOf(y, x);
  }

  /** The picture pixel that is seen at [y, x] of the canvas. */
  pixelAt(at) {
    const { margin, scale, width, height } = this.frame, [y, x] = this.placeAt(at);
    return [y * height, x * width].map((v) => (v - margin) / scale - 0.5);
  }

  shows(place) {
    return this.see(place).every((share) => share >= 0 && share <= 1);
  }

  /** Move as little as brings a place into view, `rim` away from the edge. Says whether it had to. */
  follow(place, rim = 0) {
    const { top, left } = this;
    this.put(place, this.see(place).map((share) => between(rim, share, 1 - rim)));
    return top !== this.top || left !== this.left;
  }

  /** As large as both corners, [y, x] and [y, x], are seen; what lies between them is in the middle. */
  fit([[top, left], [bottom, right]]) {
    const zoom = limit(1 / Math.max(bottom - top, right - left, 1 / MOST_ZOOM));
    this.set(zoom, (top + bottom - 1 / zoom) / 2, (left + right - 1 / zoom) / 2);
  }
}

/** Nearly the whole is the whole: so a wheel or two fingers find back to it. */
function limit(zoom) {
  return zoom < 1.02 ? 1 : Math.min(zoom, MOST_ZOOM);
}

/** Two corners, in picture pixels, of the square round all that is drawn of a cell, with enough of the picture round it. */
function surroundings(traced, path, picture) {
  const first = traced.levels[0], last = traced.levels.at(-1), { jump } = path[0].cell_to_picture;
  const ends = (axis, base) => {
    const all = [traced[axis]];
    for (const set of [first[axis], last[axis], last[base]]) for (const value of set) all.push(value);
    return [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  };
  const spans = [ends("y", "baseY"), ends("x", "baseX")];
  const extent = Math.max(...spans.map(([low, high]) => high - low));
  const half = Math.max(0.58 * extent + 0.5 * Math.max(...jump), (NEAREST / 2) * Math.max(picture.height, picture.width));
  return [-half, half].map((reach) => spans.map(([low, high]) => (low + high) / 2 + reach));
}

// What a person asks of the lens. Each ends the close-up (`fitted`), which otherwise lasts over other layers and widths.

/** Keep in place what is seen at `at`, in shares of the canvas. Without it keys or a button ask, and are told the zoom. */
function zoomBy(explorer, factor, at = null) {
  const { lens } = explorer, fixed = at ?? anchor(explorer);
  lens.put(lens.placeAt(fixed), fixed, lens.zoom * factor);
  explorer.fitted = false;
  shareLens(explorer);
  if (at) handAtWork(explorer);
  explorer.redraw({ all: true, say: at ? null : () => zoomText(explorer) });
}

/** A hand has hold of a place of the drawing and is now at `at` of the canvas. */
function moveTo(explorer, place, at, zoom) {
  explorer.lens.put(place, at, zoom);
  explorer.fitted = false;
  shareLens(explorer);
  handAtWork(explorer);
  explorer.redraw({ all: true });
}

/** While a hand moves, the picture is drawn the quick way, and well when it rests: else a step could take two frames. */
function handAtWork(explorer) {
  clearTimeout(explorer.rest);
  explorer.rest = setTimeout(() => {
    explorer.rest = null;
    explorer.redraw({ all: true });
  }, 150);
}

function showWhole(explorer) {
  explorer.fitted = false;
  explorer.lens.whole();
  shareLens(explorer);
  explorer.redraw({ all: true, say: () => zoomText(explorer) });
}

/** The pinned cell's points, as large as they fit; once more, the whole picture. */
function closeUp(explorer) {
  if (explorer.fitted || !explorer.pinned) return showWhole(explorer);
  explorer.fitted = true;
  fitPinned(explorer);
  shareLens(explorer);
  explorer.redraw({ all: true, say: () => zoomText(explorer) });
}

/** Linked explorers look at the part of the picture that holds the points of all. */
function fitPinned(explorer) {
  const { lens, pinned } = explorer;
  if (!pinned) return;
  const boxes = [explorer, ...explorer.peers].filter((each) => each.pinned)
    .map((each) => surroundings(each.trace(each.pinned), each.path, each.picture));
  const ends = (end, most) => [0, 1].map((axis) => most(...boxes.map((box) => box[end][axis])));
  const corners = [ends(0, Math.min), ends(1, Math.max)];
  lens.fit(corners.map(([y, x]) => lens.shareOf(y, x).map((share) => between(0, share, 1)))); // beyond the rim nothing shows
}

/** What keys and buttons keep in place: the pinned cell, or the one shown, if it is in view; or the middle. */
function anchor(explorer) {
  const { lens, pinned, hover, path } = explorer;
  const place = [pinned, hover].map((cell) => cell && lens.placeOf(path[0], cell)).find((at) => at && lens.shows(at));
  return place ? lens.see(place) : [0.5, 0.5];
}

const zoomText = ({ view, lens }) => `${view.labels.zoom} ${lens.zoom.toFixed(1)}`;

/** Band and picture, drawn anew only where they change: to scale a picture well takes longer than all else of a click. */
function drawBackdrop(explorer) {
  const { backdrop, bitmap, lens, root, canvas } = explorer, { margin, width, height, top, left } = lens.seen;
  const band = getComputedStyle(root).getPropertyValue("--st-secondary-background-color") || "#f0f2f6";
  const quality = explorer.rest && lens.zoom > 1 ? "low" : "high";
  const drawn = [canvas.width, canvas.height, width, height, top, left, band, quality].join();
  if (bitmap === backdrop.bitmap && drawn === backdrop.drawn) return;
  Object.assign(backdrop, { bitmap, drawn, width: canvas.width, height: canvas.height });
  const { ctx } = explorer.pen(backdrop);
  ctx.fillStyle = band;
  ctx.fillRect(0, 0, width, height);
  ctx.imageSmoothingQuality = quality;
  ctx.drawImage(bitmap, margin, margin, width - 2 * margin, height - 2 * margin);
}

// Who else is told what is seen.

const REST = 400; // milliseconds after which a hand that zoomed is taken to rest

/** Let linked explorers see the same part of the picture. */
function shareLens(explorer, resting = false) {
  const { zoom, top, left } = explorer.lens;
  for (const peer of explorer.peers) {
    peer.lens.set(zoom, top, left);
    peer.fitted = explorer.fitted;
    peer.redraw({ all: true });
  }
  tellLens(explorer, resting);
}

/** Python hears what part of the picture is seen, for the address: at once of a close-up, else when the hand rests. */
function tellLens(explorer, resting = false) {
  clearTimeout(explorer.telling);
  const tell = () => {
    const seen = seenOf(explorer);
    if (JSON.stringify(seen) === JSON.stringify(explorer.told)) return;
    for (const each of [explorer, ...explorer.peers]) each.told = seen;
    explorer.send?.("seen", seen);
  };
  if (!resting && seenOf(explorer).close !== explorer.told?.close) tell();
  else explorer.telling = setTimeout(tell, REST);
}

function seenOf({ lens: { zoom, top, left }, fitted, pinned }) {
  const close = Boolean(fitted && pinned);
  return { close, lens: close || zoom === 1 ? null : [zoom, top, left] };
}
