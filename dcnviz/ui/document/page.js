// What only the document itself can have: its language, for those who read it aloud and for the choice of a font; and a
// part of the page that must be in sight.
export default function ({ data }) {
  document.documentElement.lang = data.lang;
  if (data.part && data.part !== globalThis[shown]) document.querySelector(`.st-key-${data.part}`)?.scrollIntoView({ block: "nearest" });
  globalThis[shown] = data.part;
}

const shown = Symbol.for("dcnviz.part");
