// Brings a part of the page into view, by a selector: once for each word from Python, and when it is there at last.
const PATIENCE = 20000, LOOK = 200; // milliseconds
let last = null, waiting = null;

export default function ({ data }) {
  if (last === data.part) return;
  last = data.part;
  clearInterval(waiting);
  const begun = performance.now();
  const look = () => {
    const part = document.querySelector(data.part);
    if (!part && performance.now() - begun < PATIENCE) return;
    clearInterval(waiting);
    part?.scrollIntoView({ block: "center" });
  };
  waiting = setInterval(look, LOOK);
  return () => {
    clearInterval(waiting);
    last = null;
  };
}
