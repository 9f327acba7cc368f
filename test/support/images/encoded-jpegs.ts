import { execFileSync } from "node:child_process";
import sharp from "sharp";

/**
 * Returns one frame of ffmpeg's test source as a JPEG with the standard Huffman tables. `args` go
 * to the encoder.
 */
export function ffmpegJpeg(pixelFormat: "yuvj420p" | "yuvj422p" | "yuvj444p", args: readonly string[] = []): Buffer {
  const source = ["-f", "lavfi", "-i", "testsrc2=size=320x240", "-frames:v", "1"];
  const encoder = ["-c:v", "mjpeg", "-pix_fmt", pixelFormat, "-huffman", "default", ...args];
  return execFileSync("ffmpeg", ["-loglevel", "error", ...source, ...encoder, "-f", "mjpeg", "pipe:1"]);
}

/** Returns a JPEG of libjpeg with the standard Huffman tables: bands of colors, or gray ones. */
export async function libjpegJpeg({ width = 320, height = 240, isGray = false, hue = 0 } = {}): Promise<Buffer> {
  const bands = Array.from({ length: 8 }, (_, band) => {
    const color = `hsl(${hue + band * 45} 80% ${30 + band * 5}%)`;
    return `<rect x="${band * 12.5}%" width="12.5%" height="100%" fill="${color}"/>`;
  });
  const disc = `<circle cx="50%" cy="50%" r="30%" fill="hsl(${hue} 90% 60%)"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${bands.join("")}${disc}</svg>`;
  const image = sharp(Buffer.from(svg)).removeAlpha();
  return await (isGray ? image.toColourspace("b-w") : image).jpeg({ optimiseCoding: false }).toBuffer();
}

/** Returns the pixels of a JPEG, decoded by libjpeg; rejects on any warning. */
export async function pixelsOf(jpeg: Uint8Array): Promise<Buffer> {
  return await sharp(jpeg, { failOn: "warning" }).raw().toBuffer();
}

/** Returns the pixels of a JPEG, decoded by ffmpeg. */
export function ffmpegPixelsOf(jpeg: Uint8Array): Buffer {
  const input = ["-loglevel", "error", "-f", "mjpeg", "-i", "pipe:0"];
  return execFileSync("ffmpeg", [...input, "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"], { input: jpeg });
}
