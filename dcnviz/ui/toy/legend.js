// ----------------------------------------------------------------------------------------------- 6 legend

/** What the marks mean: those that can appear now. */
function showLegend({ legend, labels, shown, can, state }) {
  const all = Object.values(state.cells).flatMap(({ masks }) => masks);
  const masked = all.some((mask) => mask !== 1), negative = all.some((mask) => mask < 0);
  fillLegend(legend, labels, [
    ["pinned", "cell", shown.has("cell")], ["base", "base", shown.has("base")], ["sample", "tap", shown.has("taps")],
    ["faint", "mask", masked], ["minus", "minus", negative],
    ["corner", "corner", shown.has("corners")], ["line", "offset", shown.has("base")], ["gradient", "gradient", shown.has("arrows")],
    ["outside", "outside", shown.has("taps") && (can.has("offsets") || (shown.has("outputs") && state.padding > 0))],
  ]);
}

/** @param {[string, string, boolean][]} rows  swatch, end of the text's name, whether it can appear */
function fillLegend(legend, labels, rows) {
  legend.replaceChildren();
  for (const [role, name] of rows.filter(([, , used]) => used)) {
    const row = make("li", legend), swatch = shape("svg", row, { viewBox: "0 0 28 16", "aria-hidden": "true", class: `swatch of-${role}` });
    for (const kind of ["rim", "ink"]) shape("path", swatch, { class: kind, d: SWATCHES[role] });
    row.append(labels[`mark_${name}`]);
  }
}

const SWATCHES = {
  pinned: "M6,5 V2 H10 M18,2 H22 V5 M22,11 V14 H18 M10,14 H6 V11", base: "M10,8 a4,4 0 1 0 8,0 a4,4 0 1 0 -8,0",
  sample: "M9,8 a5,5 0 1 0 10,0 a5,5 0 1 0 -10,0", faint: "M9,8 a5,5 0 1 0 10,0 a5,5 0 1 0 -10,0", line: "M4,8 H24", gradient: "M4,8 H23 L17,4 M23,8 L17,12",
  minus: "M8,8 H20", corner: "M8,2 H20 V14 H8 Z", outside: "M9,8 a5,5 0 1 0 10,0 a5,5 0 1 0 -10,0",
};
