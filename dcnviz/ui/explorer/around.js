// ---------------------------------------------------------------------------------------------- 7 around
// What stands round the canvas: the buttons over its corner, the line and the legend under it.

const ZOOM_STEP = 1.5;
const ICONS = {
  zoom_in: "M8 3v10M3 8h10", zoom_out: "M3 8h10", whole: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
};

/** What a button does, and the keys of the same name. @param {Explorer} explorer */
const ZOOMING = {
  close_up: closeUp,
  zoom_in: (explorer) => zoomBy(explorer, ZOOM_STEP),
  zoom_out: (explorer) => zoomBy(explorer, 1 / ZOOM_STEP),
  whole: showWhole,
};

/** @param {string} tag */
function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

/** Buttons of the page's own kind, so that they work by keyboard, finger and screen reader as any other. */
function addButtons(explorer) {
  const bar = make("div", explorer.stage, { className: "lens", hidden: true }); // until there is a picture
  bar.setAttribute("role", "group");
  const buttons = Object.keys(ZOOMING).map((name) => {
    const button = make("button", bar, { type: "button", className: name });
    if (ICONS[name]) button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    button.onclick = (event) => {
      if (button.ariaDisabled !== "true") ZOOMING[name](explorer);
      if (event.detail) explorer.canvas.focus({ preventScroll: true }); // by a pointer: keys go on at the picture
    };
    return [name, button];
  });
  return { bar, ...Object.fromEntries(buttons) };
}

/**
 * Names and state of the buttons. One that can do nothing says so and stays: a button that vanished, or was disabled,
 * would take the keyboard's focus with it.
 */
function showButtons({ buttons, view, lens, pinned, fitted }) {
  const { labels } = view, zoomed = lens.zoom > 1;
  const usable = { close_up: Boolean(pinned), zoom_in: lens.zoom < MOST_ZOOM, zoom_out: zoomed, whole: zoomed };
  Object.assign(buttons.bar, { hidden: false, ariaLabel: labels.zoom });
  for (const name of Object.keys(ZOOMING)) {
    const button = buttons[name];
    button.ariaDisabled = String(!usable[name]);
    if (ICONS[name]) button.ariaLabel = labels[name];
    else if (button.textContent !== labels[name]) button.textContent = labels[name];
    button.title = name === "close_up" ? labels.close_up_help : `${labels[name]}. ${labels.zoom_help}`;
  }
  buttons.close_up.ariaPressed = String(Boolean(fitted && pinned));
}

/** The line under the picture: in numbers what is seen from a cell. @param {"sample"|"pinned"} role its colour */
function showNumbers({ root, readout, view, path, layers }, traced, role) {
  const { labels, colours } = view;
  root.style.setProperty("--role", traced ? colours[role] : "transparent");
  if (!traced) return readout.replaceChildren(view.compact ? "" : labels.hint);
  const written = factsOf(traced, path, layers, labels.px);
  readout.replaceChildren(...factNames(view).map((name) => {
    const fact = document.createElement("span");
    fact.append(`${labels[name]} `, Object.assign(document.createElement("b"), { textContent: written[name] }));
    return fact;
  }));
}

/** The same line for a screen reader; the element's own innerText would have the browser lay out the page first. */
const readAloud = ({ readout }) => [...readout.childNodes].map((part) => part.textContent).join("\n");

/** Which numbers are shown. Linked explorers show one place: it is said once, beside them. */
function factNames({ facts, compact, layer }) {
  if (facts.length) return facts;
  return [...(compact ? [] : ["cell", "pixel"]), "shift", "spread", "outside", ...(layer === "stack" && !compact ? ["layers"] : [])];
}

function factsOf({ cell, y, x, levels }, path, layers, px) {
  const { shift, spread, outside } = summary(levels.at(-1)), { places, reach } = extent(levels.at(-1));
  return {
    cell: `(${cell.i}, ${cell.j})`, pixel: `(${Math.round(y)}, ${Math.round(x)})`,
    shift: `${shift.toFixed(1)} ${px}`, spread: `${spread.toFixed(1)} ${px}`, outside: `${Math.round(100 * outside)} %`,
    points: levels.at(-1).count, places, reach: `${reach.toFixed(1)} ${px}`, layers: `${path.length} / ${layers.length}`,
  };
}

/**
 * The legend, of the marks that can appear now. Its swatches are drawn as on the whole picture. Compact explorers have one
 * for all, with the marks of the one that has most.
 */
function showLegend(explorer) {
  const { view, dpr, lens, channel } = explorer, sharing = view.compact ? explorer.peers : [];
  const legend = view.compact ? channel.legend : explorer.legend;
  if (!legend) return;
  const each = [explorer, ...sharing].filter((one) => one.path).map((one) => legendRows(view, one.path));
  legend.replaceChildren();
  for (const [label, paint] of each.reduce((most, rows) => (rows.length > most.length ? rows : most))) {
    const row = make("li", legend), swatch = make("canvas", row, { width: 40 * dpr, height: 20 * dpr });
    swatch.setAttribute("aria-hidden", "true");
    paint({ ...explorer.pen(swatch, lens.frame), size: 1, growth: 1 });
    row.append(view.labels[label]);
  }
}
