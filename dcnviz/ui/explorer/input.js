// ----------------------------------------------------------------------------------------------- 6 input

const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -1e6], End: [0, 1e6],
};
const ZOOM_KEYS = { "+": "zoom_in", "=": "zoom_in", "-": "zoom_out", 0: "whole" };
const GRAB = 28;

/** @param {Explorer} explorer */
function listen(explorer) {
  const { canvas, stage } = explorer;
  const hand = { press: null, again: false, space: null, drag: null, pinch: null, fingers: new Map(), last: null };
  canvas.onpointerdown = (event) => beginPan(explorer, hand, event) || beginPress(explorer, hand, event);
  canvas.onpointermove = (event) => {
    hand.last = event;
    if (movePan(explorer, hand, event) || !event.isPrimary) return;
    const { press } = hand;
    if (press) press.moved ||= Math.hypot(event.clientX - press.x, event.clientY - press.y) > 8;
    explorer.point(explorer.cellUnder(event));
  };
  canvas.onpointerup = (event) => {
    endPan(explorer, hand, event);
    if (!hand.press || !event.isPrimary) return;
    hand.again &&= !hand.press.moved;
    if (!hand.again) explorer.pin(explorer.cellUnder(event));
    hand.press = null;
    if (event.pointerType === "touch") explorer.point(null);
  };
  // The pinned cell once more releases it (a touch screen has no Escape); the second half of a double click does not.
  canvas.onclick = (event) => hand.again && event.detail === 1 && explorer.release();
  canvas.onpointercancel = canvas.onpointerleave = (event) => {
    endPan(explorer, hand, event);
    hand.press = null;
    explorer.point(null);
  };
  canvas.onmousedown = (event) => {
    if (event.button === 1) event.preventDefault(); // the browser's own scrolling; to return false would keep the focus away
  };
  // These two must be able to keep the page where it is, which a property cannot promise (or is missing in some browsers).
  // A finger moving sideways explores, up or down scrolls the page (touch-action: pan-y), except when it began on the
  // pinned cell or rested first: then every direction explores. Two fingers zoom. A wheel zooms with Ctrl or Cmd alone.
  const keepThePage = (event) => {
    if ((hand.press?.held || event.targetTouches.length > 1) && event.cancelable) event.preventDefault();
  };
  canvas.addEventListener("touchmove", keepThePage, { passive: false });
  canvas.addEventListener("wheel", (event) => wheel(explorer, hand, event), { passive: false });
  canvas.onkeydown = (event) => keyDown(explorer, hand, event);
  canvas.onkeyup = (event) => event.key === " " && spaceUp(explorer, hand);
  canvas.onblur = () => {
    hand.space = null;
    showGrip(explorer, hand);
    if (explorer.byKeyboard) explorer.point(null);
  };
  stage.onkeydown = (event) => zoomKey(explorer, event); // of the buttons too
}

function beginPress(explorer, hand, event) {
  if (!event.isPrimary || event.button) return;
  const press = { x: event.clientX, y: event.clientY, moved: false, held: explorer.isPinnedNear(event, GRAB) };
  hand.press = press;
  hand.again = same(explorer.pinned, explorer.cellUnder(event));
  if (event.pointerType !== "touch") return;
  setTimeout(() => (press.held ||= !press.moved), 350);
  explorer.point(explorer.cellUnder(event));
}

/** Two fingers, the middle button, or Space and the left one take hold of the drawing. */
function beginPan(explorer, hand, event) {
  const { fingers } = hand, { pointerId, clientX: x, clientY: y } = event;
  if (!explorer.ready) return false;
  if (event.pointerType === "touch") {
    if (event.isPrimary) fingers.clear(); // a first finger: nothing of an earlier gesture is left
    hand.pinch = null;
    fingers.set(pointerId, { x, y });
    if (fingers.size < 2) return false;
    const { at, apart } = grip(explorer, fingers);
    hand.pinch = { place: explorer.lens.placeAt(at), apart, zoom: explorer.lens.zoom };
    explorer.point(null);
  } else {
    const held = hand.space && event.button === 0;
    if (explorer.lens.zoom === 1 || !(held || event.button === 1)) return false;
    if (held) hand.space.used = true;
    hand.drag = { pointerId, place: explorer.lens.placeAt(explorer.shareUnder(event)) };
    explorer.canvas.setPointerCapture(pointerId);
    showGrip(explorer, hand);
  }
  hand.press = null;
  hand.again = false;
  return true;
}

/** Moves what a hand has hold of. @returns {boolean} whether it has */
function movePan(explorer, hand, event) {
  const { fingers, drag, pinch } = hand, { pointerId, clientX: x, clientY: y } = event;
  if (drag?.pointerId === pointerId) moveTo(explorer, drag.place, explorer.shareUnder(event));
  else if (pinch && fingers.has(pointerId)) {
    fingers.set(pointerId, { x, y });
    const { at, apart } = grip(explorer, fingers);
    moveTo(explorer, pinch.place, at, (pinch.zoom * apart) / pinch.apart);
  } else return false;
  return true;
}

function endPan(explorer, hand, { pointerId }) {
  if (hand.fingers.delete(pointerId)) hand.pinch = null;
  if (hand.drag?.pointerId !== pointerId) return;
  hand.drag = null;
  showGrip(explorer, hand);
}

/** The middle of the first two fingers, in shares of the canvas, and how far they are apart. */
function grip(explorer, fingers) {
  const [a, b] = fingers.values();
  const at = explorer.shareUnder({ clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2 });
  return { at, apart: Math.max(10, Math.hypot(a.y - b.y, a.x - b.x)) };
}

function showGrip({ canvas, lens }, { drag, space }) {
  canvas.style.cursor = drag ? "grabbing" : space && lens.zoom > 1 ? "grab" : "";
}

/** Two fingers on a touchpad come as a wheel with Ctrl, in small steps; a step of a mouse's wheel is some 100 pixels. */
function wheel(explorer, { last }, event) {
  if (!(event.ctrlKey || event.metaKey) || !explorer.ready) return;
  event.preventDefault();
  const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
  // Its place is in whole pixels, and enlarged that error is seen; the pointer's own place has fractions.
  const near = last && Math.hypot(last.clientY - event.clientY, last.clientX - event.clientX) < 2;
  zoomBy(explorer, Math.exp(-between(-40, pixels, 40) / 100), explorer.shareUnder(near ? last : event));
  explorer.point(explorer.cellUnder(event));
}

/** @param {Explorer} explorer */
function keyDown(explorer, hand, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !explorer.ready) return;
  const at = explorer.hover ?? explorer.pinned ?? explorer.middle();
  const step = STEPS[event.key], stride = event.shiftKey ? 5 : 1;
  if (step) explorer.point(stepFrom(explorer.path[0], at, stride * step[0], stride * step[1]), true);
  else if (event.key === "Enter") explorer.pin(at);
  else if (event.key === "Escape") explorer.release();
  else if (event.key === " ") hand.space ??= { used: false }; // pins when it is let go, unless it moved the drawing
  else return;
  showGrip(explorer, hand);
  event.preventDefault();
}

function spaceUp(explorer, hand) {
  if (hand.space && !hand.space.used && explorer.ready) explorer.pin(explorer.hover ?? explorer.pinned ?? explorer.middle());
  hand.space = null;
  showGrip(explorer, hand);
}

function zoomKey(explorer, event) {
  const name = ZOOM_KEYS[event.key];
  if (!name || event.ctrlKey || event.metaKey || event.altKey || !explorer.ready) return;
  ZOOMING[name](explorer);
  event.preventDefault();
}
