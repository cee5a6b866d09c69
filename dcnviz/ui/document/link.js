// A button that copies the address of what is seen. The address bar is whole as soon as anything was changed; before, it
// may be bare ("/"), and what Python says it would be is copied. Where a browser refuses (over plain http it has no
// clipboard), the link is shown, selected.

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

class Link {
  constructor(parent) {
    this.bare = location.href;
    this.root = make("div", parent, { className: "link" });
    this.button = make("button", this.root, { type: "button", onclick: () => this.copy() });
    this.icon = make("span", this.button, { innerHTML: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6.5 9.5l3-3M7 4.5l1.6-1.6a2.5 2.5 0 013.5 3.5L10.5 8M9 11.5l-1.6 1.6a2.5 2.5 0 01-3.5-3.5L5.5 8"/></svg>' });
    this.label = make("span", this.button);
    this.below = make("div", this.root, { className: "below", hidden: true });
    this.said = make("p", this.below);
    this.said.setAttribute("role", "status");
    this.field = make("input", this.below, { type: "text", readOnly: true, hidden: true, onfocus: () => this.field.select() });
    this.root.onkeydown = (event) => {
      if (event.key === "Escape") this.close(); // nothing is returned: false would stop every other key, Tab too
    };
    this.root.onfocusout = (event) => this.root.contains(event.relatedTarget) || this.close();
  }

  load(data) {
    Object.assign(this, data);
    this.label.textContent = data.words.copy;
    this.field.setAttribute("aria-label", data.words.field);
  }

  get address() {
    return location.href === this.bare ? new URL(`?${this.query}`, location.href).href : location.href;
  }

  async copy() {
    const { address, words } = this;
    Object.assign(this.field, { value: address, hidden: false });
    this.below.hidden = false;
    const copied = (await write(address)) || this.writeOldWay();
    this.said.textContent = [copied ? words.copied : words.refused, this.note].filter(Boolean).join(" ");
    this.field.hidden = copied;
    copied ? this.button.focus() : this.field.focus();
  }

  /** Browsers without a clipboard for pages over plain http still copy what is selected. */
  writeOldWay() {
    this.field.focus();
    this.field.select();
    return Boolean(document.execCommand?.("copy"));
  }

  close() {
    this.below.hidden = true;
    this.said.textContent = "";
  }
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // refused, or there is none
  }
}

const links = new WeakMap();

/** Called by Streamlit when mounted, on new data and on a change of theme, each time with the same parentElement. */
export default function ({ data, parentElement }) {
  const link = links.get(parentElement) ?? new Link(parentElement);
  links.set(parentElement, link);
  link.load(data);
  return () => {
    link.root.remove();
    links.delete(parentElement);
  };
}
