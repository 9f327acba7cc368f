/**
 * Draws the three frames of the fake camera: one lake and its brook at dawn, at noon and at night.
 *
 *     npx tsx scripts/draw-fake-pictures.ts
 *
 * The numbers are drawn as strokes and the randomness is seeded, so it needs no font and a second
 * run changes nothing.
 */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const WIDTH = 1280;
const HEIGHT = 720;
/** Where the far shore meets the lake, in pixels from the top. */
const SHORE = 424;

interface Mood {
  readonly number: "1" | "2" | "3";
  /** Top, middle and bottom of the sky. */
  readonly sky: readonly [string, string, string];
  /** Far to near: two mountain ranges, one range of hills, the forest on the far shore. */
  readonly ridges: readonly [string, string, string, string];
  readonly mist: string;
  readonly mistOpacity: number;
  /** Far and near end of the water. */
  readonly water: readonly [string, string];
  readonly glint: string;
  /** Far and near end of the meadow. */
  readonly meadow: readonly [string, string];
  readonly tree: string;
  readonly light: { readonly x: number; readonly y: number; readonly radius: number; readonly color: string };
  readonly glow: number;
  readonly stars: number;
  readonly clouds: string | undefined;
  readonly flowers: readonly string[];
  readonly ink: string;
}

const moods: readonly Mood[] = [
  {
    number: "1",
    sky: ["#6f6aa8", "#f0a58f", "#ffe3b0"],
    ridges: ["#c690a0", "#a86f8d", "#7d5478", "#4d3a5c"],
    mist: "#ffe1c4",
    mistOpacity: 0.75,
    water: ["#f9c9a0", "#7d6b9c"],
    glint: "#fff1cf",
    meadow: ["#7b6258", "#3b2f3f"],
    tree: "#2c2236",
    light: { x: 842, y: 250, radius: 42, color: "#fff3d0" },
    glow: 0.95,
    stars: 0,
    clouds: "#ffd0b4",
    flowers: ["#ffb7a0", "#ffd9a8", "#d99ac0"],
    ink: "#fff8ee",
  },
  {
    number: "2",
    sky: ["#2f86d6", "#7cc0ee", "#dff3fb"],
    ridges: ["#9fc3dd", "#6f9fbd", "#5b9468", "#2f6b48"],
    mist: "#f2fbff",
    mistOpacity: 0.4,
    water: ["#a5d8ee", "#2b7fb4"],
    glint: "#ffffff",
    meadow: ["#8cc456", "#3f8a3a"],
    tree: "#1f5638",
    light: { x: 1010, y: 104, radius: 50, color: "#fffbe0" },
    glow: 0.7,
    stars: 0,
    clouds: "#ffffff",
    flowers: ["#ffffff", "#ffe45c", "#ff9db5"],
    ink: "#ffffff",
  },
  {
    number: "3",
    sky: ["#040920", "#0f1d4a", "#2f4a86"],
    ridges: ["#25396d", "#1a2a57", "#122044", "#0a1530"],
    mist: "#6f8fd0",
    mistOpacity: 0.3,
    water: ["#2f4c88", "#0a1536"],
    glint: "#eaf1ff",
    meadow: ["#14233f", "#070e20"],
    tree: "#040a1a",
    light: { x: 960, y: 132, radius: 44, color: "#f4f6ff" },
    glow: 0.4,
    stars: 260,
    clouds: undefined,
    flowers: ["#f7f3a0"],
    ink: "#eef3ff",
  },
];

const folder = fileURLToPath(new URL("../public/fake/", import.meta.url));
await mkdir(folder, { recursive: true });
for (const mood of moods) {
  const { data, info } = await sharp(Buffer.from(landscape(mood)))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const path = `${folder}${mood.number}.jpg`;
  const { size } = await sharp(withGrain(data), { raw: { width: info.width, height: info.height, channels: 3 } })
    .jpeg({ quality: 84, progressive: false, mozjpeg: false })
    .toFile(path);
  console.log(`${mood.number}.jpg: ${Math.round(size / 1000)} kB`);
}

function landscape(mood: Mood): string {
  const { light } = mood;
  const land = ridges(mood);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
  <defs>
    ${gradient("sky", [0, 0.6, 1], mood.sky, 0, SHORE)}
    ${gradient("water", [0, 1], mood.water, SHORE, HEIGHT)}
    ${gradient("meadow", [0, 1], mood.meadow, 530, HEIGHT)}
    <radialGradient id="glow" gradientUnits="userSpaceOnUse" cx="${light.x}" cy="${light.y}" r="520">
      <stop offset="0" stop-color="${light.color}" stop-opacity="${mood.glow}"/>
      <stop offset="0.25" stop-color="${light.color}" stop-opacity="${mood.glow * 0.4}"/>
      <stop offset="1" stop-color="${light.color}" stop-opacity="0"/>
    </radialGradient>
    <linearGradient id="mist" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="${mood.mist}" stop-opacity="0"/>
      <stop offset="1" stop-color="${mood.mist}" stop-opacity="${mood.mistOpacity}"/>
    </linearGradient>
    <filter id="soft" x="-20%" y="-50%" width="140%" height="200%"><feGaussianBlur stdDeviation="12"/></filter>
    <filter id="ripple"><feGaussianBlur stdDeviation="5 2"/></filter>
    <filter id="shade" x="-40%" y="-40%" width="180%" height="180%"><feGaussianBlur stdDeviation="9"/></filter>
    <clipPath id="lake"><rect y="${SHORE}" width="${WIDTH}" height="${HEIGHT - SHORE}"/></clipPath>
  </defs>
  <rect width="${WIDTH}" height="${SHORE + 2}" fill="url(#sky)"/>
  ${stars(mood.stars)}
  <rect width="${WIDTH}" height="${SHORE + 2}" fill="url(#glow)"/>
  ${clouds(mood.clouds)}
  <circle cx="${light.x}" cy="${light.y}" r="${light.radius}" fill="${light.color}"/>
  ${mood.stars > 0 ? craters(light) : ""}
  ${land}
  <rect y="${SHORE}" width="${WIDTH}" height="${HEIGHT - SHORE}" fill="url(#water)"/>
  <g clip-path="url(#lake)" opacity="0.55" filter="url(#ripple)">
    <g transform="translate(0 ${SHORE * 1.86}) scale(1 -0.86)">${land}</g>
  </g>
  ${glints(mood)}
  ${ripples(mood)}
  ${foreground(mood)}
  ${digit(mood)}
</svg>`;
}

function gradient(id: string, offsets: readonly number[], colors: readonly string[], y1: number, y2: number): string {
  const stops = colors.map((color, i) => `<stop offset="${offsets[i]}" stop-color="${color}"/>`).join("");
  return `<linearGradient id="${id}" gradientUnits="userSpaceOnUse" x1="0" y1="${y1}" x2="0" y2="${y2}">${stops}</linearGradient>`;
}

function ridges(mood: Mood): string {
  const [far, middle, hills, forest] = mood.ridges;
  const mist = (y: number, height: number) => `<rect y="${y}" width="${WIDTH}" height="${height}" fill="url(#mist)"/>`;
  return [
    ridge(far, (x) => 330 - 165 * peaks(x / 330, 11) - 40 * bump(x, 420, 200)),
    mist(220, 160),
    ridge(middle, (x) => 372 - 120 * peaks(x / 260 + 3, 23) - 30 * bump(x, 1150, 260)),
    mist(290, 110),
    ridge(hills, (x) => 404 - 62 * waves(x / 210, 37) - 46 * bump(x, 60, 300) - 36 * bump(x, 1240, 240)),
    mist(350, 74),
    ridge(forest, (x) => SHORE - 5 - 9 * waves(x / 90, 41) - 26 * bump(x, 130, 210) - 20 * bump(x, 1130, 200)),
    farTrees(forest),
  ].join("\n");
}

function ridge(color: string, top: (x: number) => number): string {
  let path = `M0 ${SHORE}`;
  for (let x = 0; x <= WIDTH; x += 4) path += `L${x} ${top(x).toFixed(1)}`;
  return `<path fill="${color}" d="${path}L${WIDTH} ${SHORE}Z"/>`;
}

function farTrees(color: string): string {
  const random = seeded(5);
  let path = "";
  for (let x = -6; x < WIDTH; x += 4 + random() * 7) {
    const shore = bump(x, 130, 230) + bump(x, 1130, 230);
    const height = (9 + random() * 15) * (0.55 + shore * 0.7);
    const base = SHORE - 5 - 16 * shore;
    path += `M${x.toFixed(1)} ${(base - height).toFixed(1)}l${(height * 0.22).toFixed(1)} ${(height + 6).toFixed(1)}h${(-height * 0.44).toFixed(1)}z`;
  }
  return `<path fill="${color}" d="${path}"/>`;
}

function stars(count: number): string {
  const random = seeded(9);
  let drawn = "";
  for (let i = 0; i < count; i++) {
    const y = random() ** 1.5 * 330;
    const radius = 0.5 + random() ** 5 * 2;
    const opacity = (0.35 + random() * 0.65) * (1 - y / 420);
    drawn += `<circle cx="${(random() * WIDTH).toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(2)}" fill="#fff" opacity="${opacity.toFixed(2)}"/>`;
  }
  return drawn;
}

function craters({ x, y, radius }: Mood["light"]): string {
  const spots = [
    [-0.35, -0.2, 0.2],
    [0.2, -0.45, 0.13],
    [0.3, 0.2, 0.24],
    [-0.2, 0.45, 0.14],
  ] as const;
  return spots
    .map(([dx, dy, r]) => [x + dx * radius, y + dy * radius, r * radius])
    .map(([cx, cy, r]) => `<circle cx="${cx}" cy="${cy}" r="${r}" fill="#b9c4e6" opacity="0.4"/>`)
    .join("");
}

function clouds(color: string | undefined): string {
  if (color === undefined) return "";
  const random = seeded(31);
  let drawn = "";
  for (const [x, y, size] of [
    [560, 92, 1],
    [1180, 190, 0.8],
    [700, 214, 0.6],
    [90, 60, 0.7],
  ] as const) {
    for (let i = 0; i < 9; i++) {
      const offset = i - 4;
      const rx = size * (46 + random() * 30);
      const ry = size * (30 - Math.abs(offset) * 5 + random() * 8);
      drawn += `<ellipse cx="${x + offset * 34 * size}" cy="${y - ry * 0.4}" rx="${rx}" ry="${ry * 0.7}"/>`;
    }
  }
  return `<g fill="${color}" opacity="0.6" filter="url(#soft)">${drawn}</g>`;
}

/** Draws the light's path on the water: short strokes, wider and rarer near the viewer. */
function glints(mood: Mood): string {
  const random = seeded(17);
  let drawn = "";
  for (let y = SHORE + 3; y < 600; y += 2.5 + (y - SHORE) * 0.03) {
    const near = (y - SHORE) / 176;
    for (let i = 0; i < 4; i++) {
      const x = mood.light.x + (random() + random() - 1) * (34 + near * 110);
      const half = 4 + random() * (10 + near * 24);
      const opacity = (0.85 - near * 0.5) * random();
      drawn += `<ellipse cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${half.toFixed(1)}" ry="${(0.8 + near * 1.2).toFixed(1)}" opacity="${opacity.toFixed(2)}"/>`;
    }
  }
  return `<g fill="${mood.glint}">${drawn}</g>`;
}

function ripples(mood: Mood): string {
  const random = seeded(53);
  let drawn = "";
  for (let i = 0; i < 90; i++) {
    const near = random();
    const y = SHORE + 6 + near * 170;
    const half = 12 + random() * 60 * (0.3 + near);
    drawn += `<ellipse cx="${(random() * WIDTH).toFixed(1)}" cy="${y.toFixed(1)}" rx="${half.toFixed(1)}" ry="${(0.5 + near * 0.8).toFixed(1)}" opacity="${(0.08 + random() * 0.22).toFixed(2)}"/>`;
  }
  return `<g fill="${mood.glint}">${drawn}</g>`;
}

function foreground(mood: Mood): string {
  const left = "M604 558C650 578 770 584 778 604C788 630 560 628 520 664C500 684 516 704 530 720";
  const right = "806 720C790 690 720 690 760 664C806 634 900 620 872 590C852 570 742 570 716 556";
  const brook = `${left}L${right}Z`;
  return `
  <path fill="url(#meadow)" d="M0 508C150 512 270 548 430 556C520 560 600 562 660 562C760 562 860 552 980 538C1090 524 1190 516 1280 518V720H0Z"/>
  <path fill="url(#water)" d="${brook}"/>
  <path fill="none" stroke="${mood.glint}" stroke-opacity="0.3" stroke-width="2" d="${left}M${right}"/>
  ${brookLines(mood)}
  ${grass(mood)}
  ${stones(mood)}
  ${pine(80, 640, 372, mood.tree)}${pine(196, 606, 240, mood.tree)}${pine(12, 596, 270, mood.tree)}
  ${pine(1196, 640, 330, mood.tree)}${pine(1272, 612, 400, mood.tree)}${pine(1104, 592, 190, mood.tree)}`;
}

function brookLines(mood: Mood): string {
  const lines = ["M640 563C700 576 800 580 812 604C818 628 640 634 588 672C570 688 580 706 590 720"];
  lines.push("M690 562C760 574 838 584 842 602C836 630 690 640 660 674C650 694 680 706 700 720");
  return lines
    .map(
      (line, i) =>
        `<path d="${line}" fill="none" stroke="${mood.glint}" stroke-opacity="0.45" stroke-width="${1.5 + i * 0.7}" stroke-dasharray="34 58 8 44" stroke-linecap="round"/>`,
    )
    .join("");
}

function grass(mood: Mood): string {
  const random = seeded(71);
  let blades = "";
  let flowers = "";
  for (let i = 0; i < 900; i++) {
    const x = random() * WIDTH;
    const y = 560 + random() ** 0.8 * 165;
    if (x > 470 && x < 905) continue;
    const near = (y - 540) / 180;
    const height = 5 + near * 20 * (0.5 + random());
    const lean = (random() - 0.5) * height * 0.7;
    blades += `M${x.toFixed(1)} ${y.toFixed(1)}q0 ${(-height / 2).toFixed(1)} ${lean.toFixed(1)} ${(-height).toFixed(1)}`;
    if (i % 6 === 0) {
      const color = mood.flowers[(i / 6) % mood.flowers.length];
      flowers += `<circle cx="${(x + lean).toFixed(1)}" cy="${(y - height).toFixed(1)}" r="${(1 + near * 2.2).toFixed(1)}" fill="${color}"/>`;
    }
  }
  const lit = mood.meadow[0];
  return `<path d="${blades}" fill="none" stroke="${lit}" stroke-width="1.6" stroke-linecap="round" opacity="0.8"/><g opacity="0.9">${flowers}</g>`;
}

function stones(mood: Mood): string {
  const places = [
    [566, 640, 20],
    [742, 668, 24],
    [524, 676, 16],
    [890, 606, 15],
    [792, 698, 30],
    [706, 574, 9],
    [636, 566, 8],
  ] as const;
  return places
    .map(
      ([x, y, r]) =>
        `<ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * 0.56}" fill="${mood.tree}" opacity="0.85"/>` +
        `<ellipse cx="${x + r * 0.15}" cy="${y - r * 0.2}" rx="${r * 0.62}" ry="${r * 0.24}" fill="${mood.ridges[1]}" opacity="0.6"/>`,
    )
    .join("");
}

function pine(x: number, base: number, height: number, color: string): string {
  const random = seeded(x + height);
  const tiers = 11;
  const half = height * 0.2;
  let left = "";
  let right = "";
  for (let i = 0; i < tiers; i++) {
    const y = base - height + (height * 0.92 * (i + 1)) / tiers;
    const out = half * ((i + 1) / tiers) ** 0.85 * (0.85 + random() * 0.3);
    right += `L${(x + out).toFixed(1)} ${(y + 5).toFixed(1)}L${(x + out * 0.45).toFixed(1)} ${(y - 2).toFixed(1)}`;
    left = `L${(x - out * 0.45).toFixed(1)} ${(y - 2).toFixed(1)}L${(x - out * 1.05).toFixed(1)} ${(y + 5).toFixed(1)}${left}`;
  }
  const trunk = height * 0.022;
  return `<path fill="${color}" d="M${x} ${base - height}${right}L${x + trunk} ${base - height * 0.05}V${base}H${x - trunk}V${base - height * 0.05}${left}Z"/>`;
}

function digit(mood: Mood): string {
  const strokes = {
    "1": "M8 38L58 4V160",
    "2": "M4 46C4 20 24 4 50 4S96 20 96 44C96 62 86 76 68 94L4 160H98",
    "3": "M8 26C18 12 32 4 50 4C76 4 92 20 92 40S76 76 44 76C78 76 98 92 98 118S78 160 50 160C28 160 10 152 2 134",
  };
  const path = `<path d="${strokes[mood.number]}" fill="none" stroke-width="26" stroke-linecap="round" stroke-linejoin="round"`;
  return `<g transform="translate(270 96)">
    ${path} stroke="#101828" stroke-opacity="0.35" filter="url(#shade)"/>
    ${path} stroke="${mood.ink}"/>
  </g>`;
}

/** Value noise between 0 and 1, smooth over one unit. */
function waves(x: number, seed: number): number {
  const at = (i: number) => seeded(i * 7919 + seed)();
  const i = Math.floor(x);
  const t = x - i;
  const ease = t * t * (3 - 2 * t);
  return at(i) * (1 - ease) + at(i + 1) * ease;
}

/** Several octaves of folded noise: sharp summits, wide valleys, between 0 and 1. */
function peaks(x: number, seed: number): number {
  let height = 0;
  let weight = 0.62;
  for (let octave = 0; octave < 5; octave++) {
    height += weight * (1 - Math.abs(2 * waves(x * 2 ** octave, seed + octave) - 1));
    weight *= 0.42;
  }
  return height;
}

function bump(x: number, center: number, width: number): number {
  return Math.exp(-(((x - center) / width) ** 2));
}

/**
 * Adds a little film grain. It keeps wide gradients free of bands and gives the JPEGs the size of a
 * camera's.
 */
function withGrain(pixels: Buffer): Buffer {
  const random = seeded(101);
  const grained = Buffer.alloc(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const grain = (random() + random() - 1) * 4;
    for (let c = 0; c < 3; c++) grained[i + c] = Math.max(0, Math.min(255, (pixels[i + c] ?? 0) + grain));
  }
  return grained;
}

/** Mulberry32: the same numbers on every machine, unlike Math.random. */
function seeded(seed: number): () => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
