// ----------------------------------------------------------------------------------------------- 2 scene
// The picture with the taps of its cells: picture pixel (y, x) lies at margin + (x + 0.5) * scale on the canvas.

const BAND = 7; // picture pixels round the picture, where taps that left it still show
const TALLEST = 420; // CSS pixels
const FAINT = 0.25, WEAK = 2.2, STRONG = 4.6; // opacity of a mask of 0; radii of masks of 0 and 1

/** A canvas as sharp as the screen, with the context scaled to CSS pixels. */
function sharp(canvas, wide, tall) {
  const dpr = globalThis.devicePixelRatio || 1;
  const size = [Math.round(wide * dpr), Math.round(tall * dpr)];
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
  canvas.style.height = `${tall}px`;
  const ctx = canvas.getContext("2d");
  ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
  ctx.clearRect(0, 0, wide, tall);
  ctx.lineCap = ctx.lineJoin = "round";
  return ctx;
}

/** A line over a wider dark one, so that it reads on any picture. */
function rimmed(ctx, path, colour, width, halo) {
  ctx.strokeStyle = halo;
  ctx.globalAlpha *= 0.65;
  ctx.lineWidth = width + 2;
  ctx.stroke(path);
  ctx.globalAlpha /= 0.65;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
}

class Scene {
  constructor(parent, player) {
    this.player = player;
    this.canvas = make("canvas", parent, { className: "scene" });
    this.canvas.setAttribute("role", "img");
    this.canvas.onclick = (event) => player.choose_cell(this.nearest(event));
  }

  async load(picture) {
    if (this.url === picture.url) return;
    this.url = picture.url;
    const image = new Image();
    image.src = picture.url;
    await image.decode();
    if (this.url !== picture.url) return;
    this.image = image;
    this.size = [picture.height, picture.width];
    this.player.redraw();
  }

  /** Of the canvas as the page lays it out. */
  lay_out() {
    const [height, width] = this.size, tallest = TALLEST * this.player.thick, wide = Math.min(this.room, (tallest * (width + 2 * BAND)) / (height + 2 * BAND));
    this.scale = wide / (width + 2 * BAND);
    return [wide, this.scale * (height + 2 * BAND)];
  }

  at(y, x) {
    return [(x + 0.5 + BAND) * this.scale, (y + 0.5 + BAND) * this.scale];
  }

  nearest(event) {
    const box = this.canvas.getBoundingClientRect(), [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const far = this.player.run.cells.map((cell) => Math.hypot(...this.at(cell.y, cell.x).map((n, axis) => n - [x, y][axis])));
    return far.indexOf(Math.min(...far));
  }

  draw(moment) {
    if (!this.image) return;
    const { run, layer, cell, colours } = this.player, [wide, tall] = this.lay_out();
    this.canvas.style.width = `${wide}px`;
    const ctx = sharp(this.canvas, wide, tall), [height, width] = this.size, { scale } = this;
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(this.image, BAND * scale, BAND * scale, width * scale, height * scale);
    const cells = run.cells.map((_, n) => n).filter((n) => n !== cell);
    for (const n of [...cells, cell]) {
      const taps = run.last >= 0 ? run.taps_at(moment, layer, n) : [];
      const shown = taps.slice(run.group_size * this.player.group, run.group_size * (this.player.group + 1));
      if (n === cell) this.draw_offsets(ctx, run.cells[n], shown);
      this.draw_dots(ctx, shown, n === cell ? colours.pinned : colours.sample);
      this.draw_mark(ctx, run.cells[n], n, n === cell ? colours.pinned : colours.base);
    }
  }

  /** From the regular grid to where the chosen cell's taps are now. */
  draw_offsets(ctx, cell, taps) {
    const { colours, run, thick } = this.player, lines = new Path2D(), bases = new Path2D(), side = Math.round(Math.sqrt(taps.length));
    taps.forEach((tap, k) => {
      const row = Math.floor(k / side) - (side - 1) / 2, column = (k % side) - (side - 1) / 2;
      const base = this.at(cell.y + run.stride * row, cell.x + run.stride * column);
      lines.moveTo(...base);
      lines.lineTo(...this.at(tap.y, tap.x));
      bases.moveTo(base[0] + 3, base[1]);
      bases.arc(...base, 3, 0, 2 * Math.PI);
    });
    rimmed(ctx, lines, colours.line, 1.3 * thick, colours.halo);
    rimmed(ctx, bases, colours.base, 1.2 * thick, colours.halo);
  }

  /** Opacity and size by mask; a negative one (v4) is hollow. */
  draw_dots(ctx, taps, colour) {
    for (const tap of taps) {
      const strength = Math.min(Math.abs(tap.mask), 1), path = new Path2D();
      path.arc(...this.at(tap.y, tap.x), (WEAK + (STRONG - WEAK) * strength) * this.player.thick, 0, 2 * Math.PI);
      rimmed(ctx, path, colour, 1.2, this.player.colours.halo);
      if (tap.mask < 0) continue;
      ctx.globalAlpha = FAINT + (1 - FAINT) * strength;
      ctx.fillStyle = colour;
      ctx.fill(path);
      ctx.globalAlpha = 1;
    }
  }

  /** Corners round a cell, and its number. */
  draw_mark(ctx, cell, n, colour) {
    const [x, y] = this.at(cell.y, cell.x), half = Math.max((this.player.run.stride * this.scale) / 2, 9), arm = 5, path = new Path2D();
    for (const [v, u] of [[-1, -1], [-1, 1], [1, 1], [1, -1]]) {
      path.moveTo(x + u * (half - arm), y + v * half);
      path.lineTo(x + u * half, y + v * half);
      path.lineTo(x + u * half, y + v * (half - arm));
    }
    rimmed(ctx, path, colour, 2 * this.player.thick, this.player.colours.halo);
    ctx.font = `600 ${14 * this.player.large}px ${this.player.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "bottom";
    ctx.lineWidth = 3.5;
    ctx.strokeStyle = this.player.colours.halo;
    ctx.strokeText(n + 1, x + half + 2, y - half + 5);
    ctx.fillStyle = colour;
    ctx.fillText(n + 1, x + half + 2, y - half + 5);
  }
}
