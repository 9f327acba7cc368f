import { withToken } from "../player/server-urls.ts";
import type { StillStream } from "./still-stream.ts";

const PAUSE = "M8.5 6v12M15.5 6v12";
const PLAY = "m8.5 5.5 9.5 6.5-9.5 6.5z";
const SNAPSHOT =
  "M4 8.5A1.5 1.5 0 0 1 5.5 7h2.2l1.5-2.2h5.6L16.3 7h2.2A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 9.7a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6z";
const EXPAND =
  "M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15";

/**
 * Returns the buttons of a `<still-stream controls>`: pause, snapshot, and full screen if the
 * browser has it for elements.
 *
 * @param snapshot Its URL, its file name, and what returns the frame that is shown.
 */
export function createControlBar(
  element: StillStream,
  snapshot: { url: string; name: string; token: string; take: () => Promise<Blob | undefined> },
) {
  const bar = document.createElement("div");
  bar.className = "controls";
  const pause = button("Pause", PAUSE);
  pause.addEventListener("click", () => {
    element.paused = !element.paused;
    label(pause, element.paused ? "Play" : "Pause", element.paused ? PLAY : PAUSE);
  });
  if (element.paused) label(pause, "Play", PLAY);
  bar.append(pause, snapshot.token === "" ? snapshotLink(snapshot.url) : snapshotButton(snapshot));
  if (document.fullscreenEnabled) {
    const expand = button("Full screen", EXPAND);
    expand.addEventListener("click", () => {
      if (document.fullscreenElement === element) void document.exitFullscreen();
      // Refused, as in a frame without permission: then it stays as it is.
      else element.requestFullscreen().catch(() => {});
    });
    bar.append(expand);
  }
  return bar;
}

function snapshotLink(href: string) {
  const link = document.createElement("a");
  Object.assign(link, { href, target: "_blank", rel: "noopener" });
  label(link, "Snapshot", SNAPSHOT);
  return link;
}

/**
 * Saves the frame. A link would show the token, in the status bar and in the URL of what it opens.
 */
function snapshotButton({ url, name, token, take }: Parameters<typeof createControlBar>[1]) {
  const element = button("Snapshot", SNAPSHOT);
  element.addEventListener("click", async () => {
    const taken = (await take()) ?? (await fetchBlob(withToken(url, token)));
    if (taken === undefined) return;
    const href = URL.createObjectURL(taken);
    Object.assign(document.createElement("a"), { href, download: name }).click();
    // The browser may not have begun to save it.
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  });
  return element;
}

async function fetchBlob(url: string) {
  try {
    const response = await fetch(url);
    return response.ok ? await response.blob() : undefined;
  } catch {
    return undefined;
  }
}

function button(name: string, path: string) {
  const element = document.createElement("button");
  element.type = "button";
  label(element, name, path);
  return element;
}

function label(element: HTMLElement, name: string, path: string) {
  element.setAttribute("aria-label", name);
  element.title = name;
  const namespace = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(namespace, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(namespace, "path");
  shape.setAttribute("d", path);
  icon.append(shape);
  element.replaceChildren(icon);
}
