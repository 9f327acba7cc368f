import type { LivePlayer } from "../player/live-player.ts";

/**
 * Chromium's API, which the types do not know
 * (https://wicg.github.io/document-picture-in-picture/).
 */
interface PictureWindows {
  requestWindow: (size: { width: number; height: number }) => Promise<Window>;
  window: Window | null;
}

const WIDTH = 480;

/**
 * Makes a button show the camera in a small window above all others. It stays hidden if the browser
 * has no such windows. The window goes on while the page is hidden.
 */
export function enablePictureInPicture(button: HTMLElement, player: LivePlayer) {
  const windows = (window as { documentPictureInPicture?: PictureWindows }).documentPictureInPicture;
  const canStream = "captureStream" in HTMLCanvasElement.prototype;
  const toggle =
    windows !== undefined
      ? () => toggleWindow(windows, player, shown)
      : document.pictureInPictureEnabled && canStream
        ? createVideo(player, shown)
        : undefined;
  if (toggle === undefined) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (player.state.way === "live") toggle().catch(() => shown(false));
  });

  function shown(isShown: boolean) {
    button.setAttribute("aria-pressed", String(isShown));
    // Leaves nothing running.
    if (!isShown) player.mirror(undefined);
  }
}

/** Opens or closes a window of the page's own, with a canvas. */
async function toggleWindow(windows: PictureWindows, player: LivePlayer, shown: (isShown: boolean) => void) {
  if (windows.window !== null) return windows.window.close();
  const small = await windows.requestWindow({ width: WIDTH, height: Math.round(WIDTH / shapeOf(player.container)) });
  const { canvas, draw } = createCanvas(small.document);
  small.document.title = document.title;
  for (const element of [small.document.documentElement, small.document.body, canvas]) {
    Object.assign(element.style, { width: "100%", height: "100%", margin: "0", display: "block", background: "#000" });
  }
  canvas.style.objectFit = "contain";
  small.document.body.append(canvas);
  small.addEventListener("pagehide", () => shown(false));
  shown(true);
  player.mirror(draw);
}

/** Returns a toggle of a video that plays a canvas, for browsers that show only videos so. */
function createVideo(player: LivePlayer, shown: (isShown: boolean) => void) {
  const { canvas, draw } = createCanvas(document);
  const video = document.createElement("video");
  [video.muted, video.playsInline] = [true, true];
  video.addEventListener("leavepictureinpicture", () => {
    shown(false);
    video.srcObject = null;
  });
  return async () => {
    if (document.pictureInPictureElement !== null) return await document.exitPictureInPicture();
    player.mirror(draw);
    video.srcObject = canvas.captureStream();
    await video.play();
    await video.requestPictureInPicture();
    shown(true);
  };
}

function createCanvas(document: Document) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  const draw = (bitmap: ImageBitmap) => {
    if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
    if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
    context?.drawImage(bitmap, 0, 0);
    bitmap.close();
  };
  return { canvas, draw };
}

function shapeOf(view: HTMLElement) {
  const [width = 16, height = 9] = (view.style.getPropertyValue("--ratio") || "16 / 9").split("/").map(Number);
  return width / height;
}
