// @ts-check
import { isLoopback, phoneAddress } from "./phone-address.js";

/**
 * @typedef {"view" | "push" | "control"} Use
 *
 * @typedef {object} Links What is shared, by the field that it goes into; nothing where there is none.
 * @property {string} link The page to open.
 * @property {string} stream
 * @property {string} snapshot
 * @property {string} frames
 */

/**
 * The addresses of a camera, for another device.
 *
 * @param {string} camera
 * @param {string | undefined} known What the server itself would tell a phone of the camera's page.
 * @param {string} [token]
 * @param {readonly Use[]} [uses] What the token is good for.
 * @returns {Links}
 */
export function linksOf(camera, known, token, uses = ["view"]) {
  const page = phoneAddress(`cameras/${camera}`, known);
  if (token === undefined) return { link: page, stream: "", snapshot: "", frames: "" };
  /** @param {string} path */
  const to = (path) => `${page}${path}?token=${token}`;
  const [watches, sends] = [uses.includes("view"), uses.includes("push")];
  return {
    link: to(watches ? "" : "/publish"),
    stream: watches ? to("/video_feed") : "",
    snapshot: watches ? to("/snapshot.jpg") : "",
    frames: sends ? to("/frames") : "",
  };
}

/** Whether a link is of no use to any other device. @param {string} link */
export function isHereAlone(link) {
  return isLoopback(new URL(link).hostname);
}

/**
 * Has the server make a token for a camera.
 *
 * @param {string} url Of its tokens.
 * @param {{ camera: string, uses: readonly Use[], lifetime: string }} wish
 * @returns {Promise<{ token: string, expiresAt: number } | { error: string }>}
 */
export async function makeToken(url, { camera, uses, lifetime }) {
  const can = uses.flatMap((use) => (use === "view" ? ["view", "snapshot"] : [use]));
  const body = JSON.stringify({ cameras: [camera], can, for: lifetime });
  try {
    return await (await fetch(url, { method: "POST", body })).json();
  } catch {
    return { error: "The server cannot be reached." };
  }
}

/**
 * A link as a QR code; nothing where the server does not draw it. The link goes in the body, since it may have a token.
 *
 * @param {string} url Of what draws it.
 * @param {string} link
 * @returns {Promise<string | undefined>} An address for an image.
 */
export async function drawCode(url, link) {
  try {
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    const response = await fetch(url, { method: "POST", headers, body: link });
    return response.ok ? `data:image/svg+xml,${encodeURIComponent(await response.text())}` : undefined;
  } catch {
    return undefined;
  }
}
