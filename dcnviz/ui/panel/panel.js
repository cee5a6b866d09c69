// HTML that Python made: sent with the page, or fetched for a cell. component.py says more.
const PATIENCE = 2000, SOON = 300; // ms
const channels = (globalThis[Symbol.for("dcnviz.panels")] ??= new Map()); // channel -> its panels
const known = new WeakMap(); // root -> panel

class Panel {
  fetching = "";

  /** What Python says. While a click's answer is on its way, that click is ahead of Python. */
  take(root, data, setState) {
    Object.assign(this, { root, data, setState });
    if (data.html !== null) this.show(data.html, data.wanted);
    else if (data.wanted === this.has) this.open();
    else if (!this.fetching) this.fetch(data.wanted).then((came) => came === false && setState("vain", data.wanted));
  }

  show(html, wanted) {
    if (html !== this.html) this.root.innerHTML = this.html = html;
    this.has = wanted;
    this.open();
  }

  open() {
    const { data, setState } = this, more = this.root.querySelector("details");
    if (!more) return;
    more.open = data.opened;
    more.ontoggle = () => more.open !== data.opened && setState("opened", more.open);
  }

  /** Shows what is fetched; false if it cannot be, undefined if something else was wanted meanwhile. */
  async fetch(wanted) {
    this.fetching = wanted;
    let html = null;
    try {
      const answer = await fetch(wanted, { signal: AbortSignal.timeout(PATIENCE) });
      if (answer.ok) html = await answer.text();
    } catch {} // no such address any more, or no server: Python is told, and says what is wrong
    if (this.fetching !== wanted) return undefined;
    this.fetching = "";
    if (html !== null) this.show(html, wanted);
    return html !== null;
  }

  /** A cell was pinned, or released: all panels of the channel show it, then Python hears of it, which works else meanwhile. */
  async tell(cell, panels) {
    const click = (this.click = {});
    for (const panel of panels) panel.fetching = "";
    // All with its time, for Python hears only of news: the same cell in another picture, or the release of a pin that
    // it has set itself.
    if (!cell) return this.setState("selected", { released: performance.now() });
    const ask = async (panel) => {
      const wanted = `${panel.data.address}/${cell.i}/${cell.j}`, came = await panel.fetch(wanted);
      if (came === false && panel !== this) panel.setState("vain", wanted);
      return came;
    };
    const mine = ask(this), others = panels.filter((panel) => panel !== this).map(ask);
    const came = await mine;
    if (came) await Promise.race([Promise.all(others), new Promise((done) => setTimeout(done, SOON))]);
    if (came === undefined || this.click !== click) return; // a later click tells
    // Released, or another pinned, before this is painted: then that is told alone, and not this after it.
    const told = () =>
      this.click === click && this.setState("selected", { ...cell, asks: came, pinned: performance.now() });
    if (came) requestAnimationFrame(() => setTimeout(told));
    else told();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".panel"), panel = known.get(root) ?? new Panel(), { channel } = data;
  known.set(root, panel);
  if (!channels.has(channel)) channels.set(channel, new Set());
  channels.get(channel).add(panel);
  panel.take(root, data, setStateValue);
  return () => channels.get(channel).delete(panel);
}
