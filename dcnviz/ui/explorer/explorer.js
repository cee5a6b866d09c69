// ------------------------------------------------------------------------------------------------ 8 page

const ENGLISH = {
  about: "Explorer: arrow keys move the cell, Shift by five, Enter pins, Escape releases it; plus, minus and 0 zoom.",
  hint: "Point at the picture to see where the network looked from there. A click pins the cell.",
  cell: "cell", pixel: "pixel", shift: "mean shift", spread: "spread", outside: "outside", layers: "layers",
  points: "points", places: "different places", reach: "reach", px: "px",
  pinned: "pinned", released: "released",
  zoom: "Zoom", zoom_in: "Zoom in", zoom_out: "Zoom out", whole: "Whole picture", close_up: "Close-up",
  close_up_help: "All points of the pinned cell, as large as they fit; once more: the whole picture.",
  zoom_help: "Also: Ctrl or Cmd and wheel, two fingers, keys + - 0. Move: drag with the middle button or with Space held.",
  mark_hover: "cell under the pointer, its samples", mark_pinned: "pinned cell, its samples",
  mark_base: "base grid, undeformed", mark_line: "offset", mark_link: "cell to its first taps", mark_ring: "first taps",
  mark_mask: "mask strength, weak to strong", mark_minus: "negative mask", mark_outside: "outside the map: value 0",
};
const PLAIN = {
  layer: "stack", group: 0, overlays: {}, pin: null, epoch: "", max_height: 640, close_up: false, lens: null, compact: false, labels: {},
  depth: null, facts: [],
};
const OVERLAYS = { base: true, lines: true, numbers: false, mask: true };

function copy(from, to) {
  const ctx = to.getContext("2d");
  ctx.resetTransform();
  ctx.drawImage(from, 0, 0);
}

const same = (a, b) => a?.i === b?.i && a?.j === b?.j;

class Explorer {
  constructor(parent) {
    this.root = make("div", parent, { className: "explorer" });
    this.stage = make("div", this.root, { className: "stage" });
    this.canvas = make("canvas", this.stage, { tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.buttons = addButtons(this);
    this.readout = make("p", this.root, { className: "readout" });
    this.legend = make("ul", this.root, { className: "legend" });
    this.live = make("p", this.root, { className: "live" });
    this.live.setAttribute("aria-live", "polite");
    this.backdrop = document.createElement("canvas"); // the picture, which stays at a click
    this.still = document.createElement("canvas"); // that and the pinned cell, which stay while the pointer moves
    this.lens = new Lens();
    this.hover = this.pinned = this.view = this.picture = this.channel = null;
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.root);
    listen(this);
  }

  get ready() {
    return Boolean(this.layers && this.view);
  }

  /** Data from Python: the channel's name (length, text) and the payload. The old picture stays until the new is decoded. */
  async load(data) {
    if (this.data === data) return;
    this.data = data;
    const length = new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    this.follow(new TextDecoder().decode(data.subarray(4, 4 + length)));
    if (data.length === 4 + length) return this.becomeLegend();
    const { layers, version, picture } = decode(data.subarray(4 + length));
    const bitmap = await createImageBitmap(new Blob([picture.file], { type: picture.mime }));
    if (this.data !== data) return;
    Object.assign(this, { layers, version, picture, bitmap });
    this.update();
  }

  /** Without a payload: the legend of the compact explorers of its channel. */
  becomeLegend() {
    this.stage.hidden = this.readout.hidden = true;
    this.channel.legend = this.legend;
    for (const member of this.peers) member.layout();
  }

  follow(name) {
    const hub = (globalThis[Symbol.for("dcnviz.views")] ??= new Map());
    if (!hub.has(name)) hub.set(name, { view: null, members: new Set() });
    this.name = name;
    this.channel?.members.delete(this);
    this.channel = hub.get(name);
    this.channel.members.add(this);
    this.setView(this.channel.view);
  }

  /** The other explorers of the channel, which show what this one shows. */
  get peers() {
    return [...this.channel.members].filter((member) => member !== this && member.ready);
  }

  /** Pin and zoom are Python's when the epoch is a new one; within an epoch this page is ahead of the server. */
  setView(view) {
    if (!view) return;
    this.view = { ...PLAIN, ...view, overlays: { ...OVERLAYS, ...view.overlays }, labels: { ...ENGLISH, ...view.labels } };
    if (this.epoch !== this.view.epoch) {
      this.pinned = this.view.pin;
      this.fitted = this.view.close_up;
      this.view.lens ? this.lens.set(...this.view.lens) : this.lens.whole();
      this.told = seenOf(this);
    }
    this.epoch = this.view.epoch;
    this.update();
  }

  update() {
    if (!this.ready) return;
    const { layer, group, labels } = this.view;
    this.group = Math.min(group, this.layers[0].groups - 1); // linked explorers may have fewer groups
    this.path = chain(this.layers, layer, this.group, this.view.depth ?? Infinity);
    this.pinned &&= clampCell(this.path[0], this.pinned.i, this.pinned.j);
    this.hover &&= clampCell(this.path[0], this.hover.i, this.hover.j);
    this.canvas.setAttribute("aria-label", [this.picture.alt, labels.about].filter(Boolean).join(" "));
    this.layout();
  }

  /** Size everything to the width there is, then draw. */
  layout() {
    const room = this.root.clientWidth;
    if (!this.ready || !room) return;
    const { width, height } = this.picture, margin = room < 480 ? 16 : 24, dpr = globalThis.devicePixelRatio || 1;
    const scale = Math.min((room - 2 * margin) / width, (this.view.max_height - 2 * margin) / height);
    const frame = { margin, scale, width: width * scale + 2 * margin, height: height * scale + 2 * margin, top: 0, left: 0 };
    this.lens.frame = frame;
    this.dpr = dpr;
    this.thick = Number(getComputedStyle(this.root).getPropertyValue("--dcnviz-thick")) || 1; // on a wall more
    for (const canvas of [this.canvas, this.still]) {
      canvas.width = Math.round(frame.width * dpr);
      canvas.height = Math.round(frame.height * dpr);
    }
    this.canvas.style.width = `${this.canvas.width / dpr}px`;
    this.canvas.style.height = `${this.canvas.height / dpr}px`;
    if (this.fitted) fitPinned(this);
    showLegend(this);
    this.drawStill();
  }

  pen(canvas, frame = this.lens.seen) {
    const ctx = canvas.getContext("2d"), { dpr, view, lens, thick } = this, { colours, overlays } = view;
    ctx.setTransform(dpr, 0, 0, dpr, -dpr * frame.left, -dpr * frame.top);
    return { ctx, dpr, frame, colours, overlays, thick, size: thick * (lens.frame.width < 480 ? 0.85 : 1), growth: growthAt(lens.zoom) };
  }

  trace(cell) {
    return trace(this.path, this.group, cell.i, cell.j);
  }

  /** The part that does not follow the pointer: band, picture, pinned cell. */
  drawStill() {
    const before = this.pinnedTrace, now = this.pinned && this.trace(this.pinned);
    if (now && (now.y !== before?.y || now.x !== before?.x)) this.lens.follow(this.lens.shareOf(now.y, now.x));
    this.pinnedTrace = now;
    this.stale = false;
    drawBackdrop(this);
    copy(this.backdrop, this.still);
    const pen = this.pen(this.still);
    if (now) drawTrace(pen, now, this.path, pen.colours.pinned);
    showButtons(this);
    this.draw();
  }

  draw() {
    copy(this.still, this.canvas);
    const pen = this.pen(this.canvas), { ctx } = pen;
    const shown = this.hover && !same(this.hover, this.pinned) ? this.trace(this.hover) : null;
    if (shown) {
      ctx.globalAlpha = this.pinned ? 0.85 : 1;
      drawTrace(pen, shown, this.path, pen.colours.sample);
      ctx.globalAlpha = 1;
    }
    this.report(shown ?? this.pinnedTrace, shown ? "sample" : "pinned");
  }

  /** The line under the picture, and the state where tests and style sheets find it: pixel (y, x) of the picture is seen
   *  at zoom * (margin + (x + 0.5) * scale) - left, and as much down. */
  report(traced, role) {
    const name = (cell) => (cell ? `${cell.i},${cell.j}` : ""), { zoom, frame, seen } = this.lens;
    const { scale, margin } = frame, { top, left } = seen, cells = { hover: name(this.hover), pinned: name(this.pinned) };
    Object.assign(this.canvas.dataset, { ...cells, version: this.version, scale, margin, zoom, top, left });
    showNumbers(this, traced, role);
  }

  say(text) {
    this.live.textContent = text;
  }

  /** Draw at the next frame, and then say to those who cannot see it what came of it. */
  redraw({ all = false, say = null } = {}) {
    this.stale ||= all;
    this.words = say ?? this.words;
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = null;
      this.stale ? this.drawStill() : this.draw();
      if (this.words) this.say(this.words());
      this.words = null;
    });
  }

  /** Show a cell, or none; linked explorers their nearest one. */
  point(cell, byKeyboard = false) {
    this.byKeyboard = byKeyboard;
    if (same(cell, this.hover) || !this.ready) return;
    this.hover = cell;
    for (const peer of this.peers) {
      peer.hover = this.nearest(cell, peer);
      peer.redraw();
    }
    const all = byKeyboard && this.lens.follow(this.lens.placeOf(this.path[0], cell), 0.1);
    if (all) this.fitted = false;
    if (all) tellLens(this);
    this.redraw({ all, say: byKeyboard ? () => readAloud(this) : null });
  }

  pin(cell) {
    if (!this.ready || !cell || same(cell, this.pinned)) return;
    this.tell({ i: cell.i, j: cell.j });
    this.setPinned(cell, () => `${this.view.labels.pinned}: ${readAloud(this)}`);
  }

  release() {
    if (!this.pinned) return;
    this.tell(null);
    this.setPinned(null, () => this.view.labels.released);
  }

  /** Python hears of a cell from the panel that shows its numbers, if there is one, when it does. */
  tell(cell) {
    const panels = [...(globalThis[Symbol.for("dcnviz.panels")]?.get(this.name) ?? [])];
    const first = panels.find((panel) => panel.data.tells);
    // A release has its time: nothing, told to one who knows of nothing (the pin came with the page), is no news.
    first ? first.tell(cell, panels) : this.send?.("selected", cell ?? { released: performance.now() });
  }

  /** Of this explorer and all that are linked. */
  setPinned(cell, words) {
    for (const peer of this.peers) peer.takePinned(this.nearest(cell, peer));
    this.takePinned(cell, words);
    shareLens(this, true);
  }

  /** Drawn when what was told is on its way, which Streamlit sends by a timer too: the server works meanwhile. */
  takePinned(cell, words) {
    this.pinned = cell;
    this.fitted = false; // the close-up was of another cell; what is seen stays
    setTimeout(() => this.redraw({ all: true, say: words }));
  }

  /** The cell of a linked explorer that lies nearest to one of this. */
  nearest(cell, peer) {
    if (!cell) return null;
    const { y, x } = cellPlace(this.path[0], cell);
    return cellAt(peer.path[0], y, x);
  }

  /** The cell from which the keys set out when there is none. */
  middle() {
    const layer = this.path[0];
    if (this.lens.zoom > 1) return cellAt(layer, ...this.lens.pixelAt([0.5, 0.5]));
    return clampCell(layer, ...layer.output_size.map((n) => n >> 1));
  }

  /** Where on the canvas a pointer is, in shares of it. */
  shareUnder(event) {
    const box = this.canvas.getBoundingClientRect(), { width, height } = this.lens.frame;
    return [(event.clientY - box.top) / height, (event.clientX - box.left) / width];
  }

  cellUnder(event) {
    return this.ready && this.lens.frame ? cellAt(this.path[0], ...this.lens.pixelAt(this.shareUnder(event))) : null;
  }

  isPinnedNear(event, reach) {
    if (!this.pinnedTrace || !this.lens.frame) return false;
    const [y, x] = this.lens.pixelAt(this.shareUnder(event));
    return Math.hypot(y - this.pinnedTrace.y, x - this.pinnedTrace.x) * this.lens.seen.scale < reach;
  }

  close() {
    this.observer.disconnect();
    this.channel?.members.delete(this);
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.rest);
    clearTimeout(this.telling);
  }
}

const explorers = new WeakMap();

/** Called by Streamlit when mounted, on new data and on a change of theme, each time with the same parentElement. */
export default function ({ data, parentElement, setStateValue }) {
  const explorer = explorers.get(parentElement) ?? new Explorer(parentElement);
  explorers.set(parentElement, explorer);
  explorer.send = setStateValue;
  explorer.load(data).catch((error) => explorer.readout.replaceChildren(String(error)));
  explorer.layout(); // the theme may have changed
  return () => {
    explorer.close();
    explorers.delete(parentElement);
    explorer.root.remove();
  };
}
