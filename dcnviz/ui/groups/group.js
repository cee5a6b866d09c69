// The groups: one place seen by two groups of channels, each with its own offsets and masks, with softmax (v3) or without
// (v4). Maps, taps and hands are the toy's (the files joined before these); a group stands in for it there.
// Two files make one module with the toy's: group.js (masks; one group) and groups.js (all of them, the function that
// Streamlit calls). Convention as the toy's. All output cells share a group's offsets and masks. There are no kernel weights.

const PULL = 40; // CSS pixels that a hand drags a bar for a change of 1
const reduced = (value, most) => Math.min(Math.max(Math.round(100 * value) / 100, -most), most) + 0;

/** The masks of a group: its raw numbers, or their softmax. */
export function masksOf({ raw }, free) {
  if (free) return raw;
  const most = Math.max(...raw), powers = raw.map((z) => Math.exp(z - most)), all = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / all);
}

/** One channel of a group as the toy has it: the same offsets and masks at every cell, weights 1. */
export function asToy({ groups, cell, free, chosen }, number, channel) {
  const { grids, offsets, raw } = groups[number], grid = grids[channel], masks = masksOf({ raw }, free);
  const plain = { grid, size: 3, stride: 1, padding: 0, dilation: 1, bias: 0, off: [], frozen: [], guess: null };
  const cells = {}, toy = { ...plain, weights: Array(9).fill(1), cell, cells, chosen: chosen[0] === number ? chosen[1] : 0 };
  const [rows, columns] = outputSize(toy);
  for (let i = 0; i < rows; i += 1) for (let j = 0; j < columns; j += 1) cells[`${i},${j}`] = { offsets, masks };
  return toy;
}

/** One group: board, sum, cards, outputs. What holdTaps and holdOutputs ask of a toy, they ask of this. */
class Group {
  constructor(parent, whole, number) {
    Object.assign(this, { whole, number });
    this.root = make("section", parent, { className: "group" });
    this.title = make("p", this.root, { className: "title" });
    this.channels = make("div", this.root, { className: "buttons" });
    this.board = new Board(this.root);
    this.total = make("p", this.root, { className: "total" });
    this.low = make("div", this.root, { className: "low" });
    this.kernel = make("div", this.low, { className: "kernel" });
    this.kernel.style.setProperty("--across", 3);
    this.second = make("div", this.low, { className: "second" });
    this.outputsTitle = make("p", this.second, { className: "title" });
    this.outputs = new Outputs(this.second);
  }

  get can() {
    return this.whole.can;
  }

  get labels() {
    return this.whole.labels;
  }

  get own() {
    return this.whole.state.groups[this.number];
  }

  get first() {
    const before = this.whole.state.groups.slice(0, this.number);
    return before.reduce((count, { grids }) => count + grids.length, 0);
  }

  get state() {
    return asToy(this.whole.state, this.number, this.own.channel);
  }

  locked() {
    return !this.can.has("offsets");
  }

  choose(k) {
    const { state } = this.whole;
    if (state.chosen.join() !== `${this.number},${k}`) this.whole.become({ ...state, chosen: [this.number, k] });
  }

  change(changes, say = null) {
    const groups = this.whole.state.groups.map((group, n) => (n === this.number ? { ...group, ...changes } : group));
    this.whole.become({ ...this.whole.state, groups }, say);
  }

  moveTo(k, place, byKeyboard = false) {
    const { low, high } = this.board.reach, { base } = this.each[k];
    const to = place.map((n, axis) => Math.min(Math.max(n, low[axis] + 0.3), high[axis] - 0.3) - base[axis]);
    const offset = to.map((n) => Math.round(100 * n) / 100 + 0);
    const say = () => fill(this.labels.tap_says, { ...spoken(this.each[k]), frozen: "", off: "" });
    this.change({ offsets: this.own.offsets.map((old, n) => (n === k ? offset : old)) }, byKeyboard ? say : null);
  }

  act() {
    const k = this.whole.state.chosen[1]; // only "back" comes from the keyboard
    if (!this.locked()) this.change({ offsets: this.own.offsets.map((old, n) => (n === k ? [0, 0] : old)) });
    this.report();
  }

  setCell(cell) {
    const last = outputSize(this.state);
    this.whole.become({ ...this.whole.state, cell: cell.map((n, axis) => Math.max(0, Math.min(n, last[axis] - 1))) });
    this.report();
  }

  setRaw(k, value) {
    const { largest } = this.whole.data;
    this.change({ raw: this.own.raw.map((old, n) => (n === k ? reduced(value, largest) : old)) });
  }

  report() {
    this.whole.report();
  }

  /** New with new data, or when another channel's map is shown. */
  build() {
    const { labels, shown } = this.whole, { grids, channel } = this.own, names = grids.map((_, c) => this.first + c);
    this.title.textContent = fill(labels.group, { number: this.number + 1, channels: names.join(", ") });
    this.channels.replaceChildren();
    names.forEach((name, c) => {
      const button = make("button", this.channels, { type: "button", textContent: fill(labels.map_of, { channel: name }) });
      button.ariaPressed = String(c === channel);
      button.onclick = () => {
        this.change({ channel: c });
        this.build();
        this.channels.children[c].focus();
        this.report();
      };
    });
    this.board.build(this.state, new Set(["values", "taps", "base", "cell", ...(shown.has("samples") ? ["samples"] : [])]));
    set(this.board.svg, { "aria-label": `${this.title.textContent}. ${labels.about}` });
    holdTaps(this);
    this.second.hidden = !shown.has("outputs");
    this.outputsTitle.textContent = fill(labels.outputs_of, { channel: names[channel] });
    this.outputs.build(this.state);
    holdOutputs(this);
    this.buildCards();
  }

  buildCards() {
    const { labels, data, can } = this.whole;
    this.kernel.replaceChildren();
    this.cards = this.own.raw.map((_, k) => {
      const card = make("div", this.kernel, { className: "card" });
      card.onpointerdown = () => this.choose(k);
      make("span", card, { className: "number", textContent: k });
      const row = make("label", card, { textContent: "z" });
      const input = make("input", row, { type: "number", step: 0.5, min: -data.largest, max: data.largest, disabled: !can.has("raw") });
      input.setAttribute("aria-label", fill(labels.raw_of, { k, number: this.number + 1 }));
      input.dataset.name = `raw-${this.number}-${k}`;
      input.oninput = () => input.value.trim() !== "" && Number.isFinite(Number(input.value)) && this.setRaw(k, Number(input.value));
      input.onchange = () => this.report();
      input.onfocus = () => this.choose(k);
      const bar = make("div", card, { className: can.has("raw") ? "bar drawn" : "bar" }), level = make("i", bar);
      this.holdBar(bar, k);
      return { card, input, level, mask: make("span", card, { className: "line" }), line: make("span", card, { className: "line" }) };
    });
  }

  /** A hand drags the bar to the side, and the raw number follows; typing does the same. */
  holdBar(bar, k) {
    let held = null;
    bar.onpointerdown = (event) => {
      if (!this.can.has("raw") || event.button || !event.isPrimary) return;
      bar.setPointerCapture(event.pointerId);
      held = { x: event.clientX, from: this.own.raw[k] };
    };
    bar.onpointermove = (event) => held && this.setRaw(k, Math.round(10 * (held.from + (event.clientX - held.x) / PULL)) / 10);
    bar.onpointerup = bar.onpointercancel = () => {
      if (held) this.report();
      held = null;
    };
  }

  draw() {
    const { labels, shown, state } = this.whole, toy = this.state, masks = masksOf(this.own, state.free);
    this.each = taps(toy);
    this.board.draw(toy, this.each, labels, this.can);
    if (state.chosen[0] !== this.number) this.board.marks[0].group.classList.remove("chosen"); // of another group
    if (shown.has("outputs")) this.outputs.draw(toy, labels, false);
    this.total.replaceChildren(`${labels.total} `);
    coloured(this.total, "mask", written(masks.reduce((a, b) => a + b)));
    const most = Math.max(1, ...masks.map(Math.abs));
    this.each.forEach((tap, k) => {
      const { card, input, level, mask, line } = this.cards[k];
      card.classList.toggle("chosen", state.chosen.join() === `${this.number},${k}`);
      if (this.whole.focused !== input) input.value = this.own.raw[k];
      const wide = (50 * Math.abs(masks[k])) / most;
      Object.assign(level.style, { width: `${wide}%`, left: `${masks[k] < 0 ? 50 - wide : 50}%` });
      mask.replaceChildren("m ");
      coloured(mask, "mask", written(masks[k]));
      line.replaceChildren();
      if (!shown.has("samples")) return;
      line.append("× ");
      coloured(line, tap.outside ? "outside" : "sample", short(tap.value));
      line.append(` = ${written(tap.product)}`);
    });
    this.root.dataset.outputs = this.own.grids.map((_, c) => output(asToy(state, this.number, c))).join();
    this.root.dataset.masks = masks.join();
  }
}
