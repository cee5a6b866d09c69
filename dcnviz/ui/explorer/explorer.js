// ------------------------------------------------------------------------------------------------ 6 page

const ENGLISH = {
  about: "Explorer: arrow keys move the cell, Shift by five, Enter pins it, Escape releases it.",
  hint: "Point at the picture to see where the network looked from there. A click pins the cell.",
  cell: "cell", pixel: "pixel", shift: "mean shift", spread: "spread", outside: "outside", layers: "layers",
  pinned: "pinned", released: "released",
  mark_hover: "cell under the pointer, its samples", mark_pinned: "pinned cell, its samples",
  mark_base: "base grid, undeformed", mark_line: "offset", mark_link: "cell to its first taps", mark_ring: "first taps",
  mark_mask: "mask strength, weak to strong", mark_minus: "negative mask", mark_outside: "outside the map: value 0",
};
const PLAIN = { layer: "stack", group: 0, overlays: {}, pin: null, epoch: "", max_height: 640, labels: {} };
const OVERLAYS = { base: true, lines: true, numbers: false, mask: true };

/** @param {string} tag */
function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

const same = (a, b) => a?.i === b?.i && a?.j === b?.j;

class Explorer {
  constructor(parent) {
    this.root = make("div", parent, { className: "explorer" });
    this.canvas = make("canvas", this.root, { tabIndex: 0 });
    this.canvas.setAttribute("role", "application");
    this.readout = make("p", this.root, { className: "readout" });
    this.legend = make("ul", this.root, { className: "legend" });
    this.live = make("p", this.root, { className: "live" });
    this.live.setAttribute("aria-live", "polite");
    this.still = document.createElement("canvas"); // picture and pinned cell, which stay while the pointer moves
    this.hover = this.pinned = this.view = this.picture = this.channel = null;
    this.setView = this.setView.bind(this);
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
    const { layers, picture } = decode(data.subarray(4 + length));
    const bitmap = await createImageBitmap(new Blob([picture.file], { type: picture.mime }));
    if (this.data !== data) return;
    Object.assign(this, { layers, picture, bitmap });
    this.update();
  }

  follow(name) {
    const hub = (globalThis[Symbol.for("dcnviz.views")] ??= new Map());
    if (!hub.has(name)) hub.set(name, { view: null, follow: new Set() });
    this.channel?.follow.delete(this.setView);
    this.channel = hub.get(name);
    this.channel.follow.add(this.setView);
    this.setView(this.channel.view);
  }

  /** The pin is taken from Python when the epoch is a new one; within an epoch this page is ahead of the server. */
  setView(view) {
    if (!view) return;
    this.view = { ...PLAIN, ...view, overlays: { ...OVERLAYS, ...view.overlays }, labels: { ...ENGLISH, ...view.labels } };
    if (this.epoch !== this.view.epoch) this.pinned = this.view.pin;
    this.epoch = this.view.epoch;
    this.update();
  }

  update() {
    if (!this.ready) return;
    const { layer, group, labels } = this.view;
    this.path = chain(this.layers, layer, group);
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
    this.frame = { margin, scale, width: width * scale + 2 * margin, height: height * scale + 2 * margin };
    this.dpr = dpr;
    for (const canvas of [this.canvas, this.still]) {
      canvas.width = Math.round(this.frame.width * dpr);
      canvas.height = Math.round(this.frame.height * dpr);
    }
    this.canvas.style.width = `${this.canvas.width / dpr}px`;
    this.canvas.style.height = `${this.canvas.height / dpr}px`;
    this.drawLegend();
    this.drawStill();
  }

  pen(canvas, frame = this.frame) {
    const ctx = canvas.getContext("2d"), { colours, overlays } = this.view;
    ctx.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    return { ctx, dpr: this.dpr, frame, colours, overlays, size: frame.width < 480 ? 0.85 : 1 };
  }

  trace(cell) {
    return trace(this.path, this.view.group, cell.i, cell.j);
  }

  /** The part that does not follow the pointer: band, picture, pinned cell. */
  drawStill() {
    const pen = this.pen(this.still), { ctx, frame } = pen, { margin, width, height } = frame;
    const style = getComputedStyle(this.root), theme = (name) => style.getPropertyValue(`--st-${name}`);
    ctx.fillStyle = theme("secondary-background-color") || "#f0f2f6";
    ctx.fillRect(0, 0, width, height);
    ctx.imageSmoothingQuality = "high";
    ctx.drawImage(this.bitmap, margin, margin, width - 2 * margin, height - 2 * margin);
    this.pinnedTrace = this.pinned && this.trace(this.pinned);
    if (this.pinnedTrace) drawTrace(pen, this.pinnedTrace, this.path, pen.colours.pinned);
    this.draw();
  }

  draw() {
    const pen = this.pen(this.canvas), { ctx } = pen;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.still, 0, 0);
    ctx.setTransform(this.dpr, 0, 0, this.dpr, 0, 0);
    const shown = this.hover && !same(this.hover, this.pinned) ? this.trace(this.hover) : null;
    if (shown) {
      ctx.globalAlpha = this.pinned ? 0.85 : 1;
      drawTrace(pen, shown, this.path, pen.colours.sample);
      ctx.globalAlpha = 1;
    }
    this.report(shown ?? this.pinnedTrace, shown ? "sample" : "pinned");
  }

  /** The line under the picture, and the state where tests and style sheets find it. */
  report(traced, role) {
    const { labels, colours } = this.view, name = (cell) => (cell ? `${cell.i},${cell.j}` : "");
    const { scale, margin } = this.frame;
    Object.assign(this.canvas.dataset, { hover: name(this.hover), pinned: name(this.pinned), scale, margin });
    this.root.style.setProperty("--role", traced ? colours[role] : "transparent");
    if (!traced) return this.readout.replaceChildren(labels.hint);
    const { shift, spread, outside } = summary(traced.levels.at(-1));
    const facts = [
      [labels.cell, `(${traced.cell.i}, ${traced.cell.j})`],
      [labels.pixel, `(${Math.round(traced.y)}, ${Math.round(traced.x)})`],
      [labels.shift, `${shift.toFixed(1)} px`],
      [labels.spread, `${spread.toFixed(1)} px`],
      [labels.outside, `${Math.round(100 * outside)} %`],
    ];
    if (this.view.layer === "stack") facts.push([labels.layers, `${this.path.length} / ${this.layers.length}`]);
    this.readout.replaceChildren(...facts.map(([label, value]) => {
      const fact = document.createElement("span");
      fact.append(`${label} `, Object.assign(document.createElement("b"), { textContent: value }));
      return fact;
    }));
  }

  say(text) {
    this.live.textContent = text;
  }

  drawLegend() {
    this.legend.replaceChildren();
    for (const [label, paint] of legendRows(this.view, this.path)) this.legendRow(this.view.labels[label], paint);
  }

  legendRow(text, paint) {
    const row = make("li", this.legend), swatch = make("canvas", row, { width: 40 * this.dpr, height: 20 * this.dpr });
    swatch.setAttribute("aria-hidden", "true");
    paint({ ...this.pen(swatch), size: 1 });
    row.append(text);
  }

  /** Show a cell, or none, at the next frame. */
  point(cell, byKeyboard = false) {
    this.byKeyboard = byKeyboard;
    if (same(cell, this.hover) || !this.ready) return;
    this.hover = cell;
    this.frameRequest ??= requestAnimationFrame(() => {
      this.frameRequest = null;
      this.draw();
      if (this.byKeyboard) this.say(this.readout.innerText);
    });
  }

  pin(cell) {
    if (!this.ready || !cell || same(cell, this.pinned)) return;
    this.pinned = cell;
    this.drawStill();
    this.say(`${this.view.labels.pinned}: ${this.readout.innerText}`);
    this.send?.("selected", { i: cell.i, j: cell.j });
  }

  release() {
    if (!this.pinned) return;
    this.pinned = null;
    this.drawStill();
    this.say(this.view.labels.released);
    this.send?.("selected", null);
  }

  middle() {
    return clampCell(this.path[0], ...this.path[0].output_size.map((n) => n >> 1));
  }

  pixelUnder(event) {
    const box = this.canvas.getBoundingClientRect(), { margin, scale } = this.frame;
    return [event.clientY - box.top, event.clientX - box.left].map((v) => (v - margin) / scale - 0.5);
  }

  cellUnder(event) {
    return this.ready && this.frame ? cellAt(this.path[0], ...this.pixelUnder(event)) : null;
  }

  isPinnedNear(event, reach) {
    if (!this.pinnedTrace || !this.frame) return false;
    const [y, x] = this.pixelUnder(event);
    return Math.hypot(y - this.pinnedTrace.y, x - this.pinnedTrace.x) * this.frame.scale < reach;
  }

  close() {
    this.observer.disconnect();
    this.channel?.follow.delete(this.setView);
    cancelAnimationFrame(this.frameRequest);
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
