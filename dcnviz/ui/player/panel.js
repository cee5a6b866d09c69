// ----------------------------------------------------------------------------------------------- 4 panel
// What stands beside the canvases as ordinary elements: the choice of layer and cell, the curves' words, the transport.

const DOT = `<circle cx="20" cy="10" r="5" />`, RING = `<circle cx="20" cy="10" r="4" class="open" />`, STROKE = `<path d="M6,10 H34" />`;
const FADING = `<circle cx="9" cy="10" r="3" fill-opacity="0.25" /><circle cx="19" cy="10" r="4" fill-opacity="0.6" /><circle cx="31" cy="10" r="5" />`;
const PLAY = "M6,4 L18,11 L6,18 Z", PAUSE = "M6,4 H9.5 V18 H6 Z M12.5,4 H16 V18 H12.5 Z";

/** A row of radio buttons. @returns the labels, each with an input before its text */
function radios(parent, legend, names, name, taken) {
  const field = make("fieldset", parent);
  make("legend", field, { textContent: legend });
  return names.map((text, n) => {
    const label = make("label", field), input = make("input", label, { type: "radio", name: `player-${name}`, value: n });
    input.onchange = () => taken(n);
    make("span", label, { textContent: text });
    return { label, input };
  });
}

class Panel {
  constructor(parent, player) {
    this.player = player;
    this.root = make("div", parent, { className: "panel" });
  }

  load() {
    const { player } = this, { labels, run } = player;
    const told = JSON.stringify([labels, run.layers, run.cells, run.groups, run.moves, run.masked]);
    if (told === this.told) return;
    this.told = told;
    this.root.replaceChildren();
    this.layers = radios(this.root, labels.layer, run.layers, "layer", (n) => player.choose("layer", n));
    this.groups = run.groups < 2 ? [] : radios(
      this.root, labels.group, Array.from({ length: run.groups }, (_, n) => n + 1), "group", (n) => player.choose("group", n),
    );
    this.cells = radios(this.root, labels.cell, run.cells.map((cell, n) => `${n + 1} ${cell.name}`), "cell", (n) => player.choose_cell(n));
    this.cells[0]?.label.parentElement.classList.add("cells");
    for (const cell of this.cells) {
      const bar = make("span", cell.label, { className: "bar" });
      Object.assign(cell, { fill: make("i", bar), number: make("b", cell.label) });
    }
    make("p", this.root, { className: "note", textContent: labels.spread_note });
    this.show_legend();
  }

  /** What the marks mean; those of offsets and masks only where there are any. */
  show_legend() {
    const { labels, colours, run } = this.player, list = make("ul", this.root, { className: "legend" });
    const rows = [["chosen", "pinned", DOT], ["others", "sample", DOT], ["base", "base", RING], ["line", "line", STROKE], ["mask", "sample", FADING]];
    for (const [name, colour, drawing] of rows.slice(0, run.masked ? 5 : run.moves ? 4 : 3)) {
      const row = make("li", list);
      row.innerHTML = `<svg viewBox="0 0 40 20" aria-hidden="true" style="--ink: ${colours[colour]}; --rim: ${colours.halo}">${drawing}</svg>`;
      row.append(labels[`mark_${name}`]);
    }
  }

  draw() {
    const { player } = this, { run } = player;
    this.layers.forEach(({ input }, n) => (input.checked = n === player.layer));
    this.groups.forEach(({ input }, n) => (input.checked = n === player.group));
    const spreads = run.cells.map((_, n) => (run.last < 0 ? NaN : run.spread(player.moment, player.layer, n)));
    const most = Math.max(2, ...spreads.filter(Number.isFinite));
    this.cells.forEach(({ label, input, fill: inner, number }, n) => {
      input.checked = n === player.cell;
      label.classList.toggle("chosen", n === player.cell);
      inner.style.width = `${(100 * (spreads[n] || 0)) / most}%`;
      number.textContent = written(spreads[n]);
      label.dataset.spread = spreads[n];
    });
    const list = run.cells.map((cell, n) => `${n + 1} ${cell.name} ${written(spreads[n])}`).join(", ");
    const words = fill(player.labels.picture_says, { layer: run.layers[player.layer], list, now: player.words() });
    player.scene.canvas.setAttribute("aria-label", words);
  }
}

class Transport {
  constructor(parent, player) {
    this.player = player;
    this.root = make("div", parent, { className: "transport" });
    this.button = make("button", this.root, { type: "button" });
    this.button.innerHTML = `<svg viewBox="0 0 22 22" aria-hidden="true"><path /></svg>`;
    this.button.onclick = () => player.play();
    this.slider = make("input", this.root, { type: "range", min: 0, step: 1 });
    this.slider.oninput = () => player.go_to(Number(this.slider.value));
    this.slider.onkeydown = (event) => {
      if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
      player.play();
      event.preventDefault();
    };
    this.readout = make("p", this.root, { className: "readout" });
    this.axis = make("div", this.root, { className: "axis" });
  }

  load() {
    const { player } = this, { labels } = player;
    this.slider.setAttribute("aria-label", labels.moment);
    if (this.told === labels.axis) return;
    this.told = labels.axis;
    this.axis.replaceChildren();
    this.axes = radios(this.axis, labels.axis, [labels.steps, labels.seconds], "axis", (n) => player.choose("axis", ["step", "seconds"][n]));
  }

  draw() {
    const { player } = this, { labels, run } = player, empty = run.last < 0;
    this.axes.forEach(({ input }, n) => (input.checked = player.axis === ["step", "seconds"][n]));
    this.button.disabled = this.slider.disabled = empty;
    this.button.setAttribute("aria-label", player.playing ? labels.pause : labels.play);
    this.button.querySelector("path").setAttribute("d", player.playing ? PAUSE : PLAY);
    this.slider.max = Math.max(run.last, 0);
    this.slider.value = player.shown;
    const words = player.words();
    this.slider.setAttribute("aria-valuetext", words);
    this.readout.textContent = words;
  }
}

/** The three charts: effective dilation by object size in the chosen layer, accuracy, loss. */
function drawCharts(player) {
  const { run, runs, labels, axis, layer } = player, frame = run.frames[player.shown], until = frame?.[axis] ?? 0;
  const line = (of, value, rest) => ({ values: of.frames.map((each) => [each[axis], value(each)]), until, ...rest });
  const both = (name) => runs.map((each, n) => line(each, (f) => f[name], { label: each.label, width: 2, dash: n ? [5, 4] : [] }));
  const bySize = run.sizes.map((size, n) => line(run, (f) => run.dilation(f, layer, n), { label: size.label, width: 1.2 + 0.85 * Math.max(n - 1, 0), dash: [] }));
  const objects = bySize.filter((_, n) => run.sizes[n].object);
  const write = { dilation: (value) => written(value, 1), accuracy: (value) => written(value, 1), loss: (value) => written(value, 1) };
  const drawn = {
    dilation: [objects, { low: 0.9, high: 1.5 }], accuracy: [both("accuracy"), { low: 0, high: 1 }], loss: [both("loss"), { low: 0, high: 0.5 }],
  };
  for (const chart of player.charts) {
    const [lines, range] = drawn[chart.name];
    chart.draw(lines, { ...range, write: write[chart.name] });
    const title = fill(labels[chart.name], { layer: run.layers[layer], axis: axis === "step" ? labels.steps : labels.seconds });
    if (chart.title.textContent !== title) chart.title.textContent = title;
    const numbers = lines.map(({ label, values }) => `${label} ${written(values.findLast(([x]) => x <= until)?.[1] ?? NaN)}`).join(", ");
    chart.canvas.setAttribute("aria-label", `${title}: ${numbers}. ${player.words()}`);
  }
}
