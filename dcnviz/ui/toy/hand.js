// ------------------------------------------------------------------------------------------------- 5 hand

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const STEP = 0.25;

/** Taps by pointer, finger and keyboard, anew after each build of the board. @param {Toy} toy */
function holdTaps(toy) {
  const { board } = toy;
  let held = null; // the tap in hand, and where in it the pointer took hold
  board.marks.forEach(({ group }, k) => {
    group.onpointerdown = (event) => {
      if (event.button || !event.isPrimary) return;
      toy.choose(k);
      if (toy.can.has("guess")) return;
      event.preventDefault(); // no text is selected while a tap is dragged
      group.focus({ preventScroll: true });
      if (toy.locked(k)) return;
      group.setPointerCapture(event.pointerId);
      const at = board.under(event), { place } = toy.each[k];
      held = { k, slip: place.map((n, axis) => n - at[axis]) };
      board.svg.classList.add("dragging");
    };
    group.onpointermove = (event) => {
      if (held?.k === k) toy.moveTo(k, board.under(event).map((n, axis) => n + held.slip[axis]));
    };
    group.onpointerup = group.onpointercancel = () => {
      board.svg.classList.remove("dragging");
      if (held) toy.report();
      held = null;
    };
    group.onfocus = () => toy.choose(k);
    group.onkeydown = (event) => tapKey(toy, k, event);
    group.onkeyup = (event) => ARROWS[event.key] && toy.report();
  });
  board.svg.onclick = (event) => {
    if (toy.can.has("guess")) toy.guessAt(board.under(event).map(Math.round));
  };
  board.guess.onkeydown = (event) => {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = toy.state.guess ?? mapSize(toy.state).map((n) => n - 1);
    toy.guessAt(from.map((n, axis) => n + step[axis]), false);
    event.preventDefault();
  };
  board.guess.onkeyup = (event) => ARROWS[event.key] && toy.report();
}

/** Arrows move by a quarter, with Shift by one; Delete sends a tap back to the grid; its number chooses a tap. */
function tapKey(toy, k, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = ARROWS[event.key], far = event.shiftKey ? 1 : STEP;
  if (step) {
    if (!toy.locked(k)) toy.moveTo(k, toy.each[k].place.map((n, axis) => n + far * step[axis]), true);
  } else if (event.key === "Delete" || event.key === "Backspace") toy.act("back");
  else if (/^\d$/.test(event.key) && toy.board.marks[event.key]) toy.board.marks[event.key].group.focus();
  else return;
  event.preventDefault();
}

/** The map of outputs: a click or the arrows choose the cell. @param {Toy} toy */
function holdOutputs(toy) {
  const { svg } = toy.outputs;
  svg.onclick = (event) => {
    const cell = event.target.closest("[data-cell]")?.dataset.cell;
    if (cell && toy.can.has("cell")) toy.setCell(cell.split(",").map(Number));
  };
  svg.onkeydown = (event) => {
    const step = ARROWS[event.key];
    if (!step || !toy.can.has("cell") || event.ctrlKey || event.metaKey || event.altKey) return;
    toy.setCell(toy.state.cell.map((n, axis) => n + step[axis]));
    event.preventDefault();
  };
}
