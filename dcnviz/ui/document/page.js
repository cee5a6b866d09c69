// What only the document itself can have: its language, for those who read it aloud and for the choice of a font.
export default function ({ data }) {
  document.documentElement.lang = data.lang;
}
