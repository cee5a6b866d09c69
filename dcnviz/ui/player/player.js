// ---------------------------------------------------------------------------------------------- 5 player

const WHOLE = 9_000; // milliseconds in which a whole training is played
const CATCH_UP = 220; // milliseconds in which most of the way to a new frame is gone
const REST = 800; // milliseconds without a hand, until Python is told where it rests
const USUAL = 14.4; // CSS pixels of the text on a desk: 0.9rem
const SPOKEN = 5_000; // at most so often is the state said to those who listen
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const channels = (globalThis[Symbol.for("dcnviz.players")] ??= new Map()); // what to call when parcels came

class Player {
  constructor(parent) {
    this.root = make("div", parent, { className: "player" });
    this.transport = new Transport(this.root, this); // first: it stays in sight above all that it moves
    this.left = make("div", this.root, { className: "left" });
    this.scene = new Scene(this.left, this);
    this.panel = new Panel(this.left, this);
    this.right = make("div", this.root, { className: "right" });
    this.charts = ["dilation", "accuracy", "loss"].map((name) => new Chart(this.right, this, name));
    this.live = make("p", this.root, { className: "live" });
    this.live.setAttribute("aria-live", "polite");
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.root);
  }

  /** Data from Python. Where to begin is Python's when the channel is a new one; after that this page is ahead. */
  load(data) {
    const fresh = data.channel !== this.data?.channel;
    if (fresh) {
      channels.delete(this.data?.channel);
      channels.set(data.channel, () => this.gather());
      cancelAnimationFrame(this.request);
      Object.assign(this, { ...data.start, playing: false, following: data.follow, request: null, due: 0, moment: data.start.frame ?? 0 });
      this.begin = data.start.autoplay && !still();
    }
    Object.assign(this, { data, labels: data.labels, colours: data.colours });
    if (fresh || JSON.stringify(data.runs) !== this.told) this.runs = data.runs.map((head) => new Run(head));
    this.told = JSON.stringify(data.runs);
    this.scene.load(data.picture);
    this.panel.load();
    this.transport.load();
    this.gather();
    this.redraw();
  }

  get run() {
    return this.runs[0];
  }

  /** The newest frame there is, where the moment's own has not come yet: a film comes in parcels. */
  get shown() {
    return Math.max(0, Math.min(Math.round(this.moment), this.run.last));
  }

  /** New parcels: what is followed moves on. */
  gather() {
    const news = this.runs.map((run) => run.gather(this.data.channel));
    if (!news.some(Boolean) || this.run.last < 0) return;
    if (this.following) this.move();
    if (this.begin) this.play(true);
    this.begin = false;
    this.redraw();
    if (this.following) this.say();
  }

  /** By hand. Who goes to the end of a training that goes on, follows it from there. */
  go_to(frame) {
    this.play(false);
    this.moment = Math.max(0, Math.min(frame, this.run.last));
    this.following = this.data.follow && this.moment === this.run.last;
    this.redraw();
    this.rest();
  }

  play(on = !this.playing) {
    if (on && this.shown === this.run.last) this.moment = 0;
    this.playing = on;
    if (on) this.following = false;
    this.redraw();
    if (on) this.move();
    else this.rest();
  }

  /** One animation frame after the other, while the film plays or has a new frame to catch up with. */
  move(before = performance.now()) {
    cancelAnimationFrame(this.moving);
    this.moving = requestAnimationFrame((now) => {
      const { last } = this.run, passed = Math.max(now - before, 0);
      if (this.playing) this.moment = Math.min(this.moment + (passed * Math.max(last, 1)) / WHOLE, last);
      else if (this.following) this.moment += (last - this.moment) * (still() ? 1 : Math.min(1, passed / CATCH_UP));
      else return;
      if (last - this.moment < 0.02) this.moment = last;
      this.draw();
      if (this.moment < last) return this.move(now);
      this.playing &&= false;
      this.say();
      this.redraw();
      this.rest();
    });
  }

  choose_cell(cell) {
    this.cell = cell;
    this.redraw();
    this.rest();
  }

  choose(name, value) {
    this[name] = value;
    this.redraw();
    this.rest();
  }

  /** Tells Python where it rests, for the address; never while a hand is moving. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const { layer, cell, group, axis, shown, data } = this;
      const place = { channel: data.channel, frame: data.remember ? shown : null, layer, cell, group, axis };
      if (this.playing || JSON.stringify(place) === this.sent) return;
      this.sent = JSON.stringify(place);
      this.send?.("place", place);
    }, REST);
  }

  /** What is shown, in words. */
  words() {
    const frame = this.run.frames[this.shown], { labels } = this;
    if (!frame) return labels.waiting;
    return fill(labels.now, {
      step: frame.step.toLocaleString("en-US"), seconds: written(frame.seconds, 1), loss: written(frame.loss), accuracy: written(frame.accuracy),
    });
  }

  say() {
    const now = performance.now();
    if (now < this.due) return;
    this.due = now + SPOKEN;
    this.live.textContent = this.words();
  }

  /**
   * Colours of the theme, how large and thick the page wants its text and lines (on a wall, more so), and what room there
   * is: all that is read off the page, before anything is written to it, so that it is laid out once a frame.
   */
  dress() {
    const style = getComputedStyle(this.root), read = (name) => style.getPropertyValue(name).trim();
    this.ink = style.color; // resolved, whatever the variable says: a canvas knows no light-dark()
    this.primary = read("--st-primary-color") || "#0b63a8";
    this.font = style.fontFamily || "sans-serif";
    this.thick = Number(read("--dcnviz-thick")) || 1;
    this.large = (parseFloat(style.fontSize) / USUAL || 1) * this.thick ** 0.4; // a canvas' words are the page's smallest
    for (const each of [this.scene, ...this.charts]) each.room = each.canvas.parentElement.clientWidth;
  }

  redraw() {
    this.request ??= requestAnimationFrame(() => {
      this.request = null;
      this.draw();
    });
  }

  draw() {
    if (!this.runs || !this.root.isConnected) return;
    this.dress();
    this.scene.draw(this.moment);
    this.panel.draw();
    drawCharts(this);
    this.transport.draw();
    const { shown, run, playing, following, layer, cell } = this;
    Object.assign(this.root.dataset, { frame: shown, last: run.last, playing, following, layer, cell, step: run.frames[shown]?.step ?? "", drawn: Boolean(this.scene.image) });
  }

  close() {
    for (const each of [this.moving, this.request]) cancelAnimationFrame(each);
    clearTimeout(this.resting);
    this.observer.disconnect();
    channels.delete(this.data?.channel);
    this.root.remove();
  }
}

const players = new WeakMap();

/** Called by Streamlit when mounted, on new data and on a change of theme, each time with the same parentElement. */
export default function ({ data, parentElement, setStateValue }) {
  const player = players.get(parentElement) ?? new Player(parentElement);
  players.set(parentElement, player);
  player.send = setStateValue;
  player.load(data);
  return () => {
    player.close();
    players.delete(parentElement);
  };
}
