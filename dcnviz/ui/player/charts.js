// ---------------------------------------------------------------------------------------------- 3 charts
// Curves over steps or seconds, drawn by hand: three small canvases that must be new at every frame of a scrub. What is a
// curve's own is its width or its dashes, never its colour alone.

const CHART = { tall: 122, left: 36, right: 78, top: 8, bottom: 22 };

/** Round numbers to write at an axis, at most about `count`. */
function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

class Chart {
  constructor(parent, player, name) {
    Object.assign(this, { player, name });
    this.root = make("figure", parent);
    this.title = make("figcaption", this.root);
    this.canvas = make("canvas", this.root);
    this.canvas.setAttribute("role", "img");
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.scrub(event);
    };
    this.canvas.onpointermove = (event) => event.buttons && this.scrub(event);
    this.canvas.onpointerup = () => this.player.rest();
  }

  scrub(event) {
    const { player } = this, box = this.canvas.getBoundingClientRect();
    if (player.run.last < 0) return;
    const value = ((event.clientX - box.left - CHART.left * player.large) / this.across) * this.most;
    player.go_to(player.run.frame_at(value, player.axis));
  }

  /** lines: [{label, values: [[x, y]], width, dash}], the y range that must show, and how a value is written. */
  draw(lines, { low, high, write }) {
    const { player } = this, wide = this.room, { large } = player;
    const [tall, left, right, top, bottom] = ["tall", "left", "right", "top", "bottom"].map((name) => CHART[name] * large);
    const ctx = sharp(this.canvas, wide, tall), ink = player.ink;
    const across = Math.max(wide - left - right, 10), down = tall - top - bottom;
    const all = lines.flatMap(({ values }) => values.map(([, y]) => y)).filter(Number.isFinite);
    const least = Math.min(low, ...all), most = Math.max(high, ...all);
    this.most = Math.max(1, ...lines.flatMap(({ values }) => values.map(([x]) => x)));
    this.across = across;
    const to = ([x, y]) => [left + (x / this.most) * across, top + (1 - (y - least) / (most - least)) * down];
    ctx.font = `${11.5 * large}px ${player.font}`;
    this.draw_axes(ctx, ink, to, { least, most, across, down, write });
    this.draw_cursor(ctx, to([player.run.frames[player.shown]?.[player.axis] ?? 0, least])[0]);
    const ends = lines.map((line) => this.draw_line(ctx, ink, to, line)).filter(Boolean);
    this.draw_labels(ctx, ink, ends, left + across + 6, top, top + down);
  }

  draw_axes(ctx, ink, to, { least, most, across, down, write }) {
    ctx.lineWidth = 1;
    ctx.textBaseline = "middle";
    for (const value of ticks(least, most, 3)) {
      const [x, y] = to([0, value]);
      ctx.globalAlpha = 0.18;
      ctx.strokeStyle = ink;
      ctx.strokeRect(x, y, across, 0);
      ctx.globalAlpha = 0.85;
      ctx.textAlign = "right";
      ctx.fillStyle = ink;
      ctx.fillText(write(value, true), x - 5, y);
    }
    ctx.textBaseline = "top";
    for (const value of ticks(0, this.most, across > 260 ? 5 : 3)) {
      const [x] = to([value, least]);
      ctx.textAlign = value === 0 ? "left" : "center";
      ctx.fillText(value.toLocaleString("en-US"), x, CHART.top * this.player.large + down + 5);
    }
    ctx.globalAlpha = 1;
  }

  draw_cursor(ctx, x) {
    const { large, thick, primary } = this.player;
    ctx.strokeStyle = primary;
    ctx.lineWidth = 2 * thick;
    ctx.beginPath();
    ctx.moveTo(x, CHART.top * large);
    ctx.lineTo(x, (CHART.tall - CHART.bottom) * large);
    ctx.stroke();
  }

  /** What comes after the frame shown is drawn faint. @returns where its label belongs */
  draw_line(ctx, ink, to, { label, values, width, dash, until }) {
    const points = values.filter(([, y]) => Number.isFinite(y));
    if (!points.length) return null;
    const now = points.filter(([x]) => x <= until), rest = points.slice(Math.max(now.length - 1, 0));
    ctx.strokeStyle = ink;
    ctx.lineWidth = width * this.player.thick;
    ctx.setLineDash(dash);
    for (const [part, alpha] of [[rest, 0.3], [now, 1]]) {
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      part.forEach((point) => ctx.lineTo(...to(point)));
      if (part.length === 1) ctx.lineTo(...to(part[0]).map((n, axis) => n + (axis ? 0 : 0.1)));
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
    return { label, y: to(points.at(-1))[1], width, dash };
  }

  /** Beside the ends of the curves, moved apart where they would lie on each other. */
  draw_labels(ctx, ink, ends, x, top, bottom) {
    const { large } = this.player, gap = 13 * large, sorted = [...ends].sort((a, b) => a.y - b.y);
    sorted.forEach((end, n) => (end.y = Math.max(end.y, n ? sorted[n - 1].y + gap : top + 4)));
    sorted.reverse().forEach((end, n) => (end.y = Math.min(end.y, n ? sorted[n - 1].y - gap : bottom - 2)));
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillStyle = ctx.strokeStyle = ink;
    for (const { label, y, width, dash } of sorted) {
      ctx.lineWidth = width * this.player.thick;
      ctx.setLineDash(dash);
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x + 12 * large, y);
      ctx.stroke();
      ctx.fillText(label, x + 17 * large, y);
    }
    ctx.setLineDash([]);
  }
}
