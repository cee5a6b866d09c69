/** All groups: how masks are made, what the channels come to, and the groups side by side. */
class Groups {
  constructor(parent) {
    this.root = make("div", parent, { className: "toy groups" });
    this.modes = make("div", this.root, { className: "buttons modes" });
    this.result = make("p", this.root, { className: "result" });
    this.row = make("div", this.root, { className: "row" });
    this.hint = make("p", this.root, { className: "hint" });
    this.legend = make("ul", this.root, { className: "legend" });
    this.live = make("p", this.root, { className: "live" });
    this.live.setAttribute("aria-live", "polite");
  }

  get focused() {
    return this.root.getRootNode().activeElement;
  }

  load(data) {
    if (take(this, data) === null) return;
    this.row.replaceChildren();
    this.groups = this.state.groups.map((_, number) => new Group(this.row, this, number));
    for (const group of this.groups) group.build();
    this.buildModes();
    this.hint.textContent = this.can.has("raw") ? this.labels.hint : "";
    fillLegend(this.legend, this.labels, [
      ["pinned", "cell", true], ["base", "base", true], ["sample", "tap", true], ["faint", "mask", true], ["minus", "minus", this.can.has("free")], ["line", "offset", true],
      ["outside", "outside", this.can.has("offsets")],
    ]);
    this.draw();
  }

  /** With softmax or without. */
  buildModes() {
    this.modes.replaceChildren();
    this.modes.setAttribute("role", "group");
    this.modes.ariaLabel = this.labels.modes;
    for (const name of ["softmax", "free"]) {
      const button = make("button", this.modes, { type: "button", textContent: this.labels[name], disabled: !this.can.has("free") });
      button.dataset.mode = name;
      button.onclick = () => {
        this.become({ ...this.state, free: name === "free" }, () => this.result.innerText);
        this.report();
      };
    }
  }

  draw() {
    for (const button of this.modes.children) button.ariaPressed = String((button.dataset.mode === "free") === this.state.free);
    for (const group of this.groups) group.draw();
    const values = this.groups.flatMap((group) => group.root.dataset.outputs.split(",").map(Number));
    const [i, j] = this.state.cell;
    this.result.hidden = !this.shown.has("samples");
    this.result.replaceChildren(fill(this.labels.result, { i, j }));
    make("b", this.result, { className: "as-pinned", textContent: `(${values.map(written).join(", ")})` });
    if (this.words) this.live.textContent = this.words();
    this.words = null;
  }

  become(state, say = null) {
    this.state = state;
    this.words = say ?? this.words;
    for (const group of this.groups) group.each = taps(group.state);
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      this.draw();
    });
  }

  /** Tells Python where things stand, when the hand lets go. */
  report() {
    const { groups, ...rest } = this.state;
    this.send?.("groups", { epoch: this.epoch, ...rest, groups: groups.map(({ grids, ...group }) => group) });
  }

  close() {
    cancelAnimationFrame(this.request);
    this.root.remove();
  }
}

export default mounting(Groups);
