// What only the document itself can have: its language, for those who read it aloud and for the choice of a font; that
// figures, which Python draws, follow when its colours change; and that a key reaches whatever is wider than the page. Streamlit forgets that of tables, formulas and code, on a phone.
const WIDE = ".panel, [data-testid=stMarkdownContainer], .katex-display, [data-testid=stCode] pre";
const REST = 400; // milliseconds without a change of the page
let waiting = null, name = "", asked = "";

function reach() {
  for (const each of document.querySelectorAll(WIDE)) {
    const wide = each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(each).overflowX);
    if (wide && !each.hasAttribute("tabindex")) {
      each.tabIndex = 0;
      each.role = "group";
    }
    if (wide) each.ariaLabel = name;
    else if (each.role === "group") ["tabindex", "role", "aria-label"].forEach((what) => each.removeAttribute(what));
  }
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(reach, REST);
}

/** Of the page as it is now; somebody's system or the page's menu may have changed it. */
function themeOf(part) {
  const probe = document.createElement("i");
  probe.style.color = getComputedStyle(part).getPropertyValue("--st-background-color") || "#fff";
  (part.shadowRoot ?? part).append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128 ? "dark" : "light";
}

const watch = new MutationObserver(later);

export default function ({ data, parentElement, setTriggerValue }) {
  const theme = themeOf(parentElement.host ?? parentElement);
  if (data.theme && theme !== data.theme && theme !== asked) setTriggerValue("theme", theme); // figures are drawn anew
  asked = theme;
  document.documentElement.style.colorScheme = theme; // Streamlit tells only the app's own part of it, not its dialogs
  document.documentElement.lang = data.lang;
  name = data.wide;
  watch.observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", later);
  later();
  return () => {
    watch.disconnect();
    removeEventListener("resize", later);
    clearTimeout(waiting);
  };
}
