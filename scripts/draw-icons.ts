/*
 * Draws the icons of the installed app from public/img/icon.svg: `npx tsx scripts/draw-icons.ts`.
 * They are committed; run it after a change of the SVG.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const IMAGES = fileURLToPath(new URL("../public/img/", import.meta.url));

const svg = readFileSync(`${IMAGES}icon.svg`, "utf8");
/**
 * The system crops the icon to any shape, so the sky fills the corners and everything else is
 * smaller (W3C manifest, "safe zone").
 */
const maskable = svg
  .replace('rx="15" ', "")
  .replace(/(<circle[\s\S]*)<\/svg>/, '<g transform="translate(2.56 2.56) scale(.92)">$1</g></svg>');

for (const [name, source, size] of [
  ["icon-192", svg, 192],
  ["icon-512", svg, 512],
  ["icon-maskable-192", maskable, 192],
  ["icon-maskable-512", maskable, 512],
  // iOS rounds the corners itself, and shows transparency as black.
  ["apple-touch-icon", svg.replace('rx="15" ', ""), 180],
] as const) {
  await sharp(Buffer.from(source), { density: (72 * size) / 64 })
    .resize(size, size)
    .png({ palette: true, compressionLevel: 9 })
    .toFile(`${IMAGES}${name}.png`);
}
