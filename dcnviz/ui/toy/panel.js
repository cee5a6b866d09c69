// ------------------------------------------------------------------------------------------------ 4 panel

const SLIDERS = { size: [1, 5], stride: [1, 4], padding: [0, 3], dilation: [1, 4] };

/** With two decimals and a true minus; never "−0.00". */
function written(value) {
  const text = value.toFixed(2);
  return /^-0\.0+$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

const signed = (value) => (value > 0 && written(value) !== "0.00" ? `+${written(value)}` : written(value));
const short = (value) => (Number.isInteger(Math.round(100 * value) / 100) ? String(Math.round(value)).replace("-", "−") : written(value).replace(/0$/, ""));
/** A share, with as many decimals as it has, three at most. */
const part = (share) => String(Math.round(1000 * share) / 1000);
const pair = ([y, x], write = written) => `(${write(y)}, ${write(x)})`;

/** Fills the {names} of a text. */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole).trim();
}

/** What is said of a tap to those who do not see it. */
function spoken({ k, place, value, weight, mask, product, arrow }) {
  const numbers = { y: place[0], x: place[1], value, weight, mask, product, down: arrow[0], right: arrow[1] };
  return { k, ...Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, written(n)])) };
}

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function coloured(parent, role, text) {
  const part = make("b", parent, { textContent: text });
  part.className = `as-${role}`;
}

class Panel {
  constructor(parent, toy) {
    this.toy = toy;
    this.root = make("div", parent, { className: "panel" });
    this.result = make("p", this.root, { className: "result" });
    this.all = make("div", this.root, { className: "buttons" });
    this.kernel = make("div", this.root, { className: "kernel" });
    this.one = make("div", this.root, { className: "one" });
    this.about = make("div", this.one, { className: "about" });
    this.buttons = make("div", this.one, { className: "buttons" });
    this.sliders = make("div", this.root, { className: "sliders" });
    this.remarks = make("ul", this.root, { className: "remarks" });
    this.remarks.setAttribute("aria-live", "polite");
  }

  get shown() {
    return this.toy.shown;
  }

  /** Sliders and buttons: new with new data only, so that a hand never loses the one it holds. */
  load() {
    const { labels, state, can } = this.toy;
    this.sliders.replaceChildren();
    this.sliders.hidden = !this.shown.has("sliders");
    for (const [name, [low, high]] of Object.entries(SLIDERS)) {
      const row = make("label", this.sliders, { textContent: labels[name] });
      make("output", row, { textContent: state[name] });
      const slider = make("input", row, { type: "range", min: low, max: high, value: state[name], disabled: !can.has(name) });
      slider.dataset.name = name;
      slider.oninput = () => this.toy.setGeometry(name, Number(slider.value));
      slider.onchange = () => this.toy.report();
    }
    this.buttons.replaceChildren();
    this.all.replaceChildren();
    const actions = { back: can.has("offsets"), freeze: can.has("switch"), off: can.has("switch"), step: can.has("step") };
    for (const name of Object.keys(actions).filter((action) => actions[action])) {
      const button = make("button", name === "step" ? this.all : this.buttons, { type: "button", textContent: labels[name] });
      button.dataset.action = name;
      button.onclick = () => this.toy.act(name);
    }
    this.buildKernel();
  }

  /** One card a tap, set as the kernel is. */
  buildKernel() {
    const { labels, state, can } = this.toy;
    this.kernel.replaceChildren();
    this.kernel.hidden = !this.shown.has("kernel");
    this.kernel.style.setProperty("--across", state.size);
    this.kernel.dataset.across = state.size;
    const entry = (card, k, symbol, name, label) => {
      const row = make("label", card);
      coloured(row, name, symbol);
      const input = make("input", row, { type: "number", step: 0.1, disabled: !can.has(`${name}s`) });
      input.setAttribute("aria-label", fill(label, { k }));
      input.dataset.name = name;
      input.oninput = () => this.toy.type(name, k, input.value);
      input.onchange = () => this.toy.report();
      input.onfocus = () => this.toy.choose(k);
      return input;
    };
    this.cards = state.weights.map((_, k) => {
      const card = make("div", this.kernel, { className: "card" });
      card.onpointerdown = () => this.toy.choose(k);
      make("span", card, { className: "number", textContent: k });
      const weight = entry(card, k, "w", "weight", labels.weight_of);
      const mask = this.shown.has("masks") ? entry(card, k, "m", "mask", labels.mask_of) : null;
      return { card, weight, mask, line: make("span", card, { className: "line" }) };
    });
  }

  draw(state, each) {
    const { labels } = this.toy, chosen = each[state.chosen], fit = fits(state);
    each.forEach((tap, k) => this.drawCard(this.cards[k], tap, own(state).masks[k], k === state.chosen));
    for (const slider of this.sliders.querySelectorAll("input")) {
      slider.previousElementSibling.textContent = slider.value = state[slider.dataset.name];
    }
    this.one.hidden = !this.shown.has("one");
    if (!this.one.hidden) this.drawChosen(chosen, labels);
    for (const button of this.buttons.children) {
      const { action } = button.dataset;
      if (action === "freeze") button.ariaPressed = String(chosen.frozen);
      if (action === "off") button.ariaPressed = String(chosen.off);
    }
    this.result.hidden = !this.shown.has("sum");
    this.result.replaceChildren();
    const [i, j] = state.cell;
    make("span", this.result, { textContent: fill(labels.result, { i, j }) });
    make("b", this.result, { className: "as-pinned", textContent: fit ? written(output(state)) : "—" });
    const said = remarks(state).map(([name, numbers]) => fill(labels[name], numbers));
    if (said.join() !== this.said) {
      this.said = said.join();
      this.remarks.replaceChildren();
      for (const text of said) make("li", this.remarks, { textContent: text });
    }
  }

  drawCard({ card, weight, mask, line }, tap, ownMask, chosen) {
    card.classList.toggle("chosen", chosen);
    card.classList.toggle("off", tap.off);
    // A field that somebody types in keeps what is typed.
    if (this.toy.focused !== weight) weight.value = tap.weight;
    if (mask && this.toy.focused !== mask) mask.value = ownMask;
    line.replaceChildren();
    if (!this.shown.has("samples")) return;
    line.append("× ");
    coloured(line, tap.outside ? "outside" : "sample", written(tap.value));
    line.append(` = ${written(tap.product)}`);
  }

  /** The chosen tap in full: where, which corners, what it adds, which way the output grows. */
  drawChosen(tap, labels) {
    this.about.replaceChildren();
    const row = (label) => {
      const line = make("p", this.about);
      make("span", line, { textContent: `${label} ` });
      return line;
    };
    make("p", this.about, { className: "name", textContent: fill(labels.tap_name, { k: tap.k }) });
    const where = row(labels.position);
    where.append(`${pair(tap.base, short)} + ${pair(tap.offset, signed)} = `);
    coloured(where, "sample", pair(tap.place));
    if (this.shown.has("corners")) {
      const mix = row(labels.sample), used = tap.corners.filter((corner) => corner.share > 0);
      mix.append(used.map((corner) => `${part(corner.share)}·${short(corner.value)}`).join(" + "), " = ");
      coloured(mix, tap.outside ? "outside" : "sample", written(tap.value));
    }
    if (this.shown.has("samples")) {
      const adds = row(labels.adds), masked = this.shown.has("masks") || tap.off;
      adds.append(`${written(tap.weight)} · `);
      if (masked) coloured(adds, "mask", written(tap.mask)), adds.append(" · ");
      coloured(adds, "sample", written(tap.value));
      adds.append(` = ${written(tap.product)}`);
    }
    if (this.shown.has("arrows")) {
      const arrow = row(labels.arrow), flat = Math.hypot(...tap.arrow) < 0.005;
      coloured(arrow, "gradient", pair(tap.arrow, signed));
      if (flat) arrow.append(` ${labels.no_arrow}`);
    }
  }
}
