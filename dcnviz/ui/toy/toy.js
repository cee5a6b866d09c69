// -------------------------------------------------------------------------------------------------- 8 toy

const EASE = 450; // milliseconds in which taps go to where a new epoch has them

class Toy {
  constructor(parent) {
    this.root = make("div", parent, { className: "toy" });
    this.left = make("div", this.root, { className: "left" });
    this.board = new Board(this.left);
    this.hint = make("p", this.left, { className: "hint" });
    this.legend = make("ul", this.left, { className: "legend" });
    this.right = make("div", this.root, { className: "right" });
    this.panel = new Panel(this.right, this);
    this.second = make("div", this.right, { className: "second" });
    this.outputsTitle = make("p", this.second, { className: "title" });
    this.outputs = new Outputs(this.second);
    this.live = make("p", this.root, { className: "live" });
    this.live.setAttribute("aria-live", "polite");
  }

  get focused() {
    return this.root.getRootNode().activeElement;
  }

  /** Data from Python. */
  load(data) {
    const before = this.state, fresh = take(this, data);
    if (fresh === null) return;
    this.build();
    this.panel.load();
    if (fresh && before) this.ease(before);
    this.draw();
  }

  build() {
    this.board.build(this.state, this.shown);
    set(this.board.svg, { "aria-label": this.labels.about });
    holdTaps(this);
    this.second.hidden = !this.shown.has("outputs");
    this.outputsTitle.textContent = this.labels.outputs;
    this.outputs.build(this.state);
    holdOutputs(this);
    this.hint.textContent = this.can.has("guess") ? this.labels.hint_guess : this.can.has("offsets") ? this.labels.hint : "";
    showLegend(this);
  }

  /** Where the new epoch differs from what was there, taps go there by and by, unless motion is unwelcome. */
  ease(before) {
    const same = before.size === this.state.size && mapSize(before).join() === mapSize(this.state).join();
    if (!same || !this.shown.has("taps") || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const from = taps(before).map((tap) => tap.place), begun = performance.now();
    const frame = (now) => {
      const share = Math.min(Math.max((now - begun) / EASE, 0), 1), eased = share * share * (3 - 2 * share);
      this.drift = share < 1 ? from.map((place) => ({ place, eased })) : null;
      this.draw();
      this.easing = share < 1 ? requestAnimationFrame(frame) : null;
    };
    cancelAnimationFrame(this.easing);
    this.drift = from.map((place) => ({ place, eased: 0 }));
    this.easing = requestAnimationFrame(frame);
  }

  draw() {
    const { state, labels, can } = this;
    this.each = taps(state);
    const drawn = this.drift ? this.each.map((tap, k) => between(state.grid, tap, this.drift[k])) : this.each;
    this.board.draw(state, drawn, labels, can);
    this.panel.draw(state, this.each);
    if (this.shown.has("outputs")) this.outputs.draw(state, labels, !this.shown.has("sum"));
    Object.assign(this.root.dataset, { output: output(state), cell: state.cell.join(), moving: Boolean(this.drift) });
    if (this.words) this.live.textContent = this.words();
    this.words = null;
  }

  /** A new state, drawn at the next frame; a hand on a tap that eases takes it over. */
  become(state, say = null) {
    cancelAnimationFrame(this.easing);
    this.drift = this.easing = null;
    this.state = state;
    this.each = taps(state);
    this.words = say ?? this.words;
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      this.draw();
    });
  }

  locked(k) {
    return !this.can.has("offsets") || this.state.frozen.includes(k);
  }

  choose(k) {
    if (k !== this.state.chosen) this.become({ ...this.state, chosen: k });
  }

  moveTo(k, place, byKeyboard = false) {
    const { low, high } = this.board.reach, { base } = this.each[k];
    const offset = place.map((n, axis) => Math.min(Math.max(n, low[axis] + 0.3), high[axis] - 0.3) - base[axis]);
    const say = () => fill(this.labels.tap_says, { ...spoken(this.each[k]), frozen: "", off: "" });
    this.become(withTap({ ...this.state, chosen: k }, k, { offset }), byKeyboard ? say : null);
  }

  setGeometry(name, value) {
    this.become(withGeometry(this.state, name, value));
    this.build();
    if (name === "size") this.panel.buildKernel();
    this.draw();
  }

  setCell(cell) {
    const last = outputSize(this.state);
    this.become({ ...this.state, cell: cell.map((n, axis) => Math.max(0, Math.min(n, last[axis] - 1))) });
    this.report();
  }

  /** A typed weight or mask; what is no number yet changes nothing. */
  type(name, k, text) {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || Math.abs(value) > 1000) return;
    if (name === "mask") return this.become(withTap(this.state, k, { mask: value }));
    this.become({ ...this.state, weights: this.state.weights.map((w, n) => (n === k ? value : w)) });
  }

  /** What the buttons do, to the chosen tap or to all. */
  act(name) {
    const { state } = this, k = state.chosen;
    const flip = (list) => (list.includes(k) ? list.filter((n) => n !== k) : [...list, k].sort((a, b) => a - b));
    if (name === "back") this.become(this.locked(k) ? state : withTap(state, k, { offset: [0, 0] }));
    if (name === "freeze") this.become({ ...state, frozen: flip(state.frozen) });
    if (name === "off") this.become({ ...state, off: flip(state.off) });
    if (name === "step") {
      this.become(stepUphill(state, this.data.rate), () => fill(this.labels.output_says, said(this.state)));
    }
    this.report();
  }

  guessAt(place, done = true) {
    const { low, high } = this.board.reach;
    this.become({ ...this.state, guess: place.map((n, axis) => Math.min(Math.max(n, Math.ceil(low[axis])), Math.floor(high[axis]))) });
    if (done) this.report();
  }

  /** Tells Python where things stand, when the hand lets go. */
  report() {
    const { grid, ...state } = this.state;
    this.send?.("toy", { epoch: this.epoch, ...state });
  }

  close() {
    cancelAnimationFrame(this.easing);
    cancelAnimationFrame(this.request);
    this.root.remove();
  }
}

const said = (state) => ({ i: state.cell[0], j: state.cell[1], value: written(output(state)) });

/** A tap on its way. */
function between(grid, tap, { place, eased }) {
  const now = tap.place.map((n, axis) => place[axis] + eased * (n - place[axis]));
  return { ...tap, place: now, corners: sampleAt(grid, ...now).corners };
}

export default mounting(Toy);
