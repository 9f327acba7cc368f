import sharp from "sharp";

/*
 * Test scenes for `npm run screenshots`: drawn here, so that the repository has no images of
 * others.
 */

export const SCENE = { width: 960, height: 540 };

/** The cameras of the screenshot: name, title, and the drawing within 960 × 540. */
export const SCENES: readonly { readonly name: string; readonly title: string; readonly drawing: string }[] = [
  { name: "porch", title: "Front porch", drawing: porch() },
  { name: "garden", title: "Garden", drawing: garden() },
  { name: "printer", title: "3D printer", drawing: printer() },
  { name: "driveway", title: "Driveway", drawing: driveway() },
  { name: "nest", title: "Nest box", drawing: nest() },
  { name: "harbor", title: "Harbor", drawing: harbor() },
];

/**
 * Renders a scene as a camera would see it: a little soft, with noise. `seed` makes each frame's
 * noise its own.
 */
export async function renderScene(drawing: string, seed: number): Promise<Buffer> {
  const { width, height } = SCENE;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><radialGradient id="vignette" r="0.75"><stop offset="0.6" stop-opacity="0"/><stop offset="1" stop-opacity="0.5"/></radialGradient>
<filter id="soft"><feGaussianBlur stdDeviation="1.1"/></filter>
<filter id="noise"><feTurbulence type="fractalNoise" baseFrequency="0.9" numOctaves="2" seed="${seed}"/>
<feColorMatrix values="0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0 0.5  0.5 0.5 0 0 -0.42"/></filter></defs>
<g filter="url(#soft)">${drawing}</g>
<rect width="${width}" height="${height}" filter="url(#noise)" opacity="0.5"/>
<rect width="${width}" height="${height}" fill="url(#vignette)"/></svg>`;
  return await sharp(Buffer.from(svg)).jpeg({ quality: 82 }).toBuffer();
}

function gradient(id: string, ...colors: string[]): string {
  const stops = colors.map((color, index) => `<stop offset="${index / (colors.length - 1)}" stop-color="${color}"/>`);
  return `<linearGradient id="${id}" x2="0" y2="1">${stops.join("")}</linearGradient>`;
}

function glow(id: string, color: string): string {
  return `<radialGradient id="${id}"><stop offset="0" stop-color="${color}"/><stop offset="1" stop-color="${color}" stop-opacity="0"/></radialGradient>`;
}

/** Draws shapes of one kind at places that look random and are always the same. */
function scatter(count: number, draw: (x: number, y: number, r: number) => string): string {
  let state = 7;
  const next = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: count }, () => draw(next(), next(), next())).join("");
}

function porch(): string {
  const boards = Array.from(
    { length: 14 },
    (_, i) => `<path d="M0 ${i * 40} H960" stroke="#33445a" stroke-width="2"/>`,
  );
  return `${gradient("wall", "#5b7086", "#3f5166")}${glow("lamp", "#ffdf9a")}<rect width="960" height="540" fill="url(#wall)"/>${boards.join("")}
<path d="M0 430 H960 V540 H0Z" fill="#6b5a4a"/><path d="M0 470 H960 M0 505 H960" stroke="#544638" stroke-width="3"/>
<rect x="350" y="70" width="230" height="372" fill="#e9e4da"/><rect x="370" y="90" width="190" height="350" fill="#8c2f2b"/>
<rect x="392" y="114" width="66" height="110" fill="#742320"/><rect x="474" y="114" width="66" height="110" fill="#742320"/>
<rect x="392" y="254" width="66" height="150" fill="#742320"/><rect x="474" y="254" width="66" height="150" fill="#742320"/>
<circle cx="541" cy="280" r="8" fill="#e0c068"/><rect x="640" y="120" width="190" height="170" fill="#e9e4da"/>
<rect x="654" y="134" width="162" height="142" fill="#f3d48a"/><path d="M735 134 V276 M654 205 H816" stroke="#e9e4da" stroke-width="8"/>
<rect x="268" y="150" width="34" height="56" rx="6" fill="#22262c"/><circle cx="285" cy="178" r="170" fill="url(#lamp)" opacity="0.75"/>
<rect x="390" y="440" width="150" height="26" rx="4" fill="#4a4036"/><path d="M150 470 L170 380 H230 L250 470Z" fill="#a75f3c"/>
${scatter(60, (x, y, r) => `<circle cx="${130 + x * 140}" cy="${270 + y * 120}" r="${8 + r * 14}" fill="${r > 0.5 ? "#4d7d4a" : "#3a6340"}"/>`)}
<rect x="690" y="395" width="120" height="70" fill="#c19a6b"/><path d="M690 395 H810 M750 395 V465" stroke="#9c7a50" stroke-width="4"/>`;
}

function garden(): string {
  return `${gradient("sky", "#7fb6e0", "#dcecf2")}${gradient("lawn", "#8fb457", "#4f7a37")}<rect width="960" height="540" fill="url(#sky)"/>
${scatter(70, (x, y, r) => `<circle cx="${x * 960}" cy="${150 + y * 90}" r="${36 + r * 40}" fill="${r > 0.6 ? "#3f6d45" : r > 0.3 ? "#4f8050" : "#2f5a3c"}"/>`)}
<path d="M0 260 H960 V540 H0Z" fill="url(#lawn)"/><path d="M430 540 Q520 380 470 262 H510 Q590 380 620 540Z" fill="#d8c7a0"/>
<rect x="660" y="170" width="190" height="130" fill="#8a6d4e"/><path d="M640 176 L755 96 L870 176Z" fill="#5d4433"/><rect x="725" y="215" width="60" height="85" fill="#54402e"/>
<rect x="196" y="150" width="18" height="170" fill="#5b4632"/>${scatter(40, (x, y, r) => `<circle cx="${130 + x * 150}" cy="${70 + y * 120}" r="${20 + r * 22}" fill="${r > 0.5 ? "#6aa04f" : "#5a8f47"}"/>`)}
${scatter(130, (x, y, r) => `<circle cx="${x * 400}" cy="${400 + y * 120}" r="${3 + r * 5}" fill="${r > 0.66 ? "#f3d34a" : r > 0.33 ? "#e2698a" : "#f4f1ea"}"/>`)}`;
}

function printer(): string {
  const layers = Array.from(
    { length: 12 },
    (_, i) =>
      `<path d="M${400 + i * 2} ${392 - i * 9} H${560 - i * 2}" stroke="#f08a3c" stroke-width="8" stroke-linecap="round"/>`,
  );
  return `${gradient("room", "#22262e", "#3a4150")}${glow("led", "#cfe4ff")}<rect width="960" height="540" fill="url(#room)"/><rect y="440" width="960" height="100" fill="#574535"/>
<rect x="200" y="60" width="560" height="34" fill="#15181d"/><rect x="200" y="60" width="34" height="390" fill="#1b1f26"/><rect x="726" y="60" width="34" height="390" fill="#1b1f26"/>
<rect x="234" y="210" width="492" height="16" fill="#8d97a5"/><rect x="250" y="404" width="460" height="16" fill="#2b6b70"/><rect x="200" y="420" width="560" height="34" fill="#15181d"/>
${layers.join("")}<rect x="440" y="190" width="80" height="70" rx="6" fill="#2d333d"/><path d="M464 260 H496 L484 284 H476Z" fill="#c9a24d"/>
<ellipse cx="480" cy="100" rx="330" ry="190" fill="url(#led)" opacity="0.35"/><rect x="600" y="428" width="90" height="20" fill="#62d0f0"/>
<circle cx="850" cy="330" r="90" fill="#e0752d"/><circle cx="850" cy="330" r="34" fill="#15181d"/><path d="M850 240 Q700 120 520 190" stroke="#e0752d" stroke-width="3" fill="none"/>`;
}

function driveway(): string {
  return `${gradient("dusk", "#2d3e66", "#d98a6a", "#f1c08d")}${glow("light", "#fff1c4")}<rect width="960" height="540" fill="url(#dusk)"/>
<path d="M0 250 L120 200 L260 240 L420 190 L600 236 L760 200 L960 240 V330 H0Z" fill="#3a3f52"/><path d="M0 300 H960 V540 H0Z" fill="#4d5a3f"/>
<path d="M300 540 L440 300 H560 L760 540Z" fill="#6d6a68"/><rect x="60" y="150" width="280" height="180" fill="#7c6f64"/><path d="M36 156 L200 70 L364 156Z" fill="#4b3a35"/>
<rect x="100" y="210" width="120" height="120" fill="#d9d3c7"/><path d="M100 240 H220 M100 270 H220 M100 300 H220" stroke="#b9b2a5" stroke-width="3"/><rect x="256" y="200" width="54" height="60" fill="#ffdf8f"/>
<path d="M430 420 Q440 350 480 346 H600 Q640 350 652 420Z" fill="#24435e"/><rect x="414" y="412" width="256" height="66" rx="18" fill="#2f5a7d"/>
<path d="M458 410 Q464 366 486 362 H594 Q618 366 626 410Z" fill="#9fb9c9"/><rect x="430" y="470" width="44" height="30" rx="8" fill="#14171b"/><rect x="608" y="470" width="44" height="30" rx="8" fill="#14171b"/>
<circle cx="444" cy="440" r="13" fill="#fff6dc"/><circle cx="638" cy="440" r="13" fill="#fff6dc"/><circle cx="444" cy="440" r="80" fill="url(#light)" opacity="0.55"/><circle cx="638" cy="440" r="80" fill="url(#light)" opacity="0.55"/>
<rect x="836" y="170" width="10" height="190" fill="#20242c"/><circle cx="841" cy="166" r="110" fill="url(#light)" opacity="0.8"/>`;
}

function nest(): string {
  const twigs = scatter(
    170,
    (x, y, r) =>
      `<path d="M${170 + x * 620} ${330 + y * 150} l${(r - 0.5) * 190} ${(0.5 - x) * 60}" stroke="${r > 0.5 ? "#a98456" : "#7d5c38"}" stroke-width="5"/>`,
  );
  const egg = (x: number, y: number) =>
    `<ellipse cx="${x}" cy="${y}" rx="44" ry="34" fill="#cfe3e6"/><circle cx="${x - 12}" cy="${y - 6}" r="4" fill="#93746a"/><circle cx="${x + 14}" cy="${y + 8}" r="3" fill="#93746a"/>`;
  return `${gradient("wood", "#6e4f33", "#9a754c")}${glow("hole", "#fff5d6")}<rect width="960" height="540" fill="url(#wood)"/>
${Array.from({ length: 9 }, (_, i) => `<path d="M${i * 115} 0 Q${i * 115 + 24} 270 ${i * 115} 540" stroke="#5c4029" stroke-width="4" fill="none"/>`).join("")}
<circle cx="760" cy="120" r="74" fill="#f6ecc9"/><circle cx="760" cy="120" r="250" fill="url(#hole)" opacity="0.5"/><ellipse cx="480" cy="420" rx="370" ry="130" fill="#5a4026"/>
${twigs}<ellipse cx="470" cy="400" rx="190" ry="70" fill="#4a3320"/>${egg(400, 396)}${egg(486, 416)}${egg(556, 388)}
<ellipse cx="300" cy="250" rx="110" ry="86" fill="#4f79a8"/><ellipse cx="300" cy="286" rx="92" ry="58" fill="#f2cf5b"/><circle cx="390" cy="186" r="56" fill="#f4f4ee"/>
<path d="M336 176 Q390 112 446 172 Q392 150 336 176Z" fill="#3f6fa3"/><circle cx="408" cy="184" r="8" fill="#17191c"/><path d="M444 190 L478 200 L444 210Z" fill="#3a3f45"/><path d="M200 240 L90 300 L220 300Z" fill="#3f6591"/>`;
}

function harbor(): string {
  const boat = (x: number, y: number, color: string) =>
    `<path d="M${x} ${y} h170 l-26 44 h-116Z" fill="${color}"/><path d="M${x + 80} ${y} V${y - 170}" stroke="#4b4034" stroke-width="5"/><path d="M${x + 88} ${y - 160} L${x + 160} ${y - 14} H${x + 88}Z" fill="#f6f2e8"/>`;
  return `${gradient("morning", "#f2b48c", "#f8dcb4", "#cfe1e4")}${gradient("sea", "#8db6c4", "#2f5f7a")}<rect width="960" height="540" fill="url(#morning)"/><circle cx="700" cy="170" r="46" fill="#fff3cf"/>
<path d="M0 250 L160 190 L330 244 L520 204 L960 258 V300 H0Z" fill="#7f93a3"/><path d="M0 280 H960 V540 H0Z" fill="url(#sea)"/>
${scatter(120, (x, y, r) => `<path d="M${x * 960} ${300 + y * 230} h${10 + r * 50}" stroke="#e9f3f2" stroke-width="2" opacity="0.5"/>`)}
<rect x="800" y="120" width="44" height="170" fill="#efe9df"/><rect x="800" y="170" width="44" height="34" fill="#b5433a"/><rect x="794" y="98" width="56" height="26" fill="#3c4148"/>
${boat(140, 370, "#a33b32")}${boat(430, 330, "#2f4f6d")}<path d="M0 500 H960 V540 H0Z" fill="#6f5a45"/><path d="M90 540 V440 M330 540 V450 M610 540 V440 M870 540 V450" stroke="#57452f" stroke-width="18"/>`;
}
