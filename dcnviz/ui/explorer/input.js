// ----------------------------------------------------------------------------------------------- 5 input

const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6],
};
const GRAB = 28;

/** @param {Explorer} explorer */
function listen(explorer) {
  const { canvas } = explorer;
  const touch = (event) => event.pointerType === "touch";
  let press = null, again = false;
  canvas.onpointerdown = (event) => {
    if (!event.isPrimary || event.button) return;
    press = { x: event.clientX, y: event.clientY, moved: false, held: explorer.isPinnedNear(event, GRAB) };
    again = same(explorer.pinned, explorer.cellUnder(event));
    if (!touch(event)) return;
    const started = press;
    setTimeout(() => (started.held ||= !started.moved), 350);
    explorer.point(explorer.cellUnder(event));
  };
  canvas.onpointermove = (event) => {
    if (!event.isPrimary) return;
    if (press) press.moved ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > 8;
    explorer.point(explorer.cellUnder(event));
  };
  canvas.onpointerup = (event) => {
    if (!press || !event.isPrimary) return;
    again &&= !press.moved;
    if (!again) explorer.pin(explorer.cellUnder(event));
    press = null;
    if (touch(event)) explorer.point(null);
  };
  // The pinned cell once more releases it (a touch screen has no Escape); the second half of a double click does not.
  canvas.onclick = (event) => again && event.detail === 1 && explorer.release();
  canvas.onpointercancel = canvas.onpointerleave = () => {
    press = null;
    explorer.point(null);
  };
  // A finger moving sideways explores, up or down scrolls the page (touch-action: pan-y), except when it began on the
  // pinned cell or rested first: then every direction explores. (The property ontouchmove is missing in some browsers.)
  const keepThePage = (event) => press?.held && event.cancelable && event.preventDefault();
  canvas.addEventListener("touchmove", keepThePage, { passive: false });
  canvas.onkeydown = (event) => keyDown(explorer, event);
  canvas.onblur = () => explorer.byKeyboard && explorer.point(null);
}

/** @param {Explorer} explorer */
function keyDown(explorer, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !explorer.ready) return;
  const at = explorer.hover ?? explorer.pinned ?? explorer.middle();
  const step = STEPS[event.key], stride = event.shiftKey ? 5 : 1;
  if (step) explorer.point(clampCell(explorer.path[0], at.i + stride * step[0], at.j + stride * step[1]), true);
  else if (event.key === "Enter" || event.key === " ") explorer.pin(at);
  else if (event.key === "Escape") explorer.release();
  else return;
  event.preventDefault();
}
