// HTML that Python made. Sent in every click, so this is short: component.py says more.
const told = new WeakMap(), panels = (globalThis[Symbol.for("dcnviz.panels")] ??= {});

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const { html, opened, owed, channel } = data, root = parentElement.querySelector(".panel");
  const before = told.get(root) ?? {};
  told.set(root, data);
  if (html !== before.html) root.innerHTML = html;
  const more = root.querySelector("details");
  if (more) {
    more.open = opened;
    more.ontoggle = () => more.open !== opened && setStateValue("opened", more.open);
  }
  if (owed && owed !== before.owed) requestAnimationFrame(() => setTimeout(() => setTriggerValue("painted", owed)));
  if (channel) panels[channel] = (cell) => setStateValue("selected", cell);
  return () => delete panels[channel];
}
