import { isLoopback, phoneAddress } from "./phone-url.ts";

export type Use = "view" | "push" | "control";

/** What is shared, by the field that it goes into; nothing where there is none. */
interface Links {
  /** The page to open. */
  link: string;
  stream: string;
  snapshot: string;
  frames: string;
}

/**
 * The addresses of a camera, for another device.
 *
 * @param known What the server itself would tell a phone of the camera's page.
 * @param uses What the token is good for.
 */
export function linksOf(
  camera: string,
  known: string | undefined,
  token?: string,
  uses: readonly Use[] = ["view"],
): Links {
  const page = phoneAddress(`cameras/${camera}`, known);
  if (token === undefined) return { link: page, stream: "", snapshot: "", frames: "" };
  const to = (path: string) => `${page}${path}?token=${token}`;
  const [watches, sends] = [uses.includes("view"), uses.includes("push")];
  return {
    link: to(watches ? "" : "/publish"),
    stream: watches ? to("/video_feed") : "",
    snapshot: watches ? to("/snapshot.jpg") : "",
    frames: sends ? to("/frames") : "",
  };
}

/** Whether a link is of no use to any other device. */
export function isHereAlone(link: string) {
  return isLoopback(new URL(link).hostname);
}

/**
 * Has the server make a token for a camera.
 *
 * @param url Of its tokens.
 */
export async function makeToken(
  url: string,
  { camera, uses, lifetime }: { camera: string; uses: readonly Use[]; lifetime: string },
): Promise<{ token: string; expiresAt: number } | { error: string }> {
  const can = uses.flatMap((use) => (use === "view" ? ["view", "snapshot"] : [use]));
  const body = JSON.stringify({ cameras: [camera], can, for: lifetime });
  try {
    return await (await fetch(url, { method: "POST", body })).json();
  } catch {
    return { error: "The server cannot be reached." };
  }
}

/**
 * A link as a QR code; nothing where the server does not draw it. The link goes in the body, since
 * it may have a token.
 *
 * @param url Of what draws it.
 * @returns An address for an image.
 */
export async function drawCode(url: string, link: string): Promise<string | undefined> {
  try {
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    const response = await fetch(url, { method: "POST", headers, body: link });
    return response.ok ? `data:image/svg+xml,${encodeURIComponent(await response.text())}` : undefined;
  } catch {
    return undefined;
  }
}
