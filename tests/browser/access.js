// What tests/browser/test_access.py asks of a page. Elements in a shadow root are ours: Streamlit has none.
globalThis.access = (() => {
  const deep = (root, inside = false) =>
    [...root.querySelectorAll("*")].flatMap((each) => [
      ...(inside ? [each] : []),
      ...(each.shadowRoot ? deep(each.shadowRoot, true) : []),
    ]);
  const seen = (each) => each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0;
  const CAN = "a[href], button, input, select, textarea, [tabindex]";

  /** Of radio buttons, Tab goes to the chosen one; the arrows go to the others. */
  const tabs = (each) => each.matches(CAN) && each.tabIndex >= 0 && !each.disabled && (each.type !== "radio" || each.checked);

  /** Everything of ours that Tab must reach, numbered; returns what each is called. */
  const ours = () => {
    const every = deep(document).filter((each) => tabs(each) && seen(each));
    every.forEach((each, n) => (each.dataset.walk = n));
    return every.map((each) => `${each.tagName} ${each.className.baseVal ?? each.className} ${each.ariaLabel ?? ""}`);
  };

  /** Which of them has the focus, and whether that is to be seen: whether it looks otherwise without. */
  const focused = () => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    const number = active?.dataset?.walk;
    if (number === undefined) return null;
    const look = () =>
      [active, ...active.querySelectorAll("*")]
        .map((each) => getComputedStyle(each))
        .map(({ outline, boxShadow, stroke, strokeWidth }) => [outline, boxShadow, stroke, strokeWidth].join())
        .join("|");
    const held = look();
    active.blur();
    const plain = look();
    active.focus({ preventScroll: true });
    return { number: Number(number), shown: held !== plain };
  };

  /** Pictures without words: of the whole page, and drawings of ours. */
  const wordless = () => {
    const named = (each) => each.ariaLabel?.trim() || each.getAttribute("alt")?.trim();
    const hidden = (each) => each.closest("[aria-hidden=true], [hidden]");
    const whole = (each) => !each.closest("button") && !each.parentElement.closest("svg"); // a button has a name itself
    return [...document.querySelectorAll("img, canvas"), ...deep(document).filter((each) => each.matches("img, canvas, svg"))]
      .filter((each) => seen(each) && !hidden(each) && whole(each))
      .filter((each) => !named(each) || (each.tagName !== "IMG" && !each.role))
      .map((each) => each.outerHTML.slice(0, 160));
  };

  /** Whether what axe-core names by a path through shadow roots fits a selector. */
  const fits = ([target, selector]) => {
    let root = document, element = null;
    for (const part of target.flat()) {
      element = root.querySelector(part);
      root = element?.shadowRoot ?? root;
    }
    return Boolean(element?.matches(selector));
  };

  return { ours, focused, wordless, fits };
})();
