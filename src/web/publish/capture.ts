import type { Settings } from "./settings.ts";

/**
 * This device's camera, shown in a `<video>`.
 *
 * @param onEnd Called when the camera goes by itself: it was unplugged, or the phone took it away.
 */
export function createCapture(video: HTMLVideoElement, onEnd: () => void) {
  let track: MediaStreamTrack | undefined;
  let isFresh = false;
  let counted = 0;
  let openings = 0;

  /** Notes each new picture that is shown, where the browser tells. */
  function watchFrames() {
    video.requestVideoFrameCallback?.(() => {
      isFresh = true;
      watchFrames();
    });
  }
  watchFrames();

  function close() {
    openings += 1;
    track?.stop();
    track = undefined;
    video.srcObject = null;
    isFresh = false;
  }

  return {
    close,

    /**
     * Opens the camera, in place of one that is open. Resolves to false when it was closed or
     * opened anew meanwhile.
     */
    async open({ source, width, height, fps }: Settings) {
      close();
      const opening = openings;
      const isFacing = source === "environment" || source === "user";
      const others = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: Math.max(fps, 15) } };
      const stream = await streamOf(
        { ...(isFacing ? { facingMode: { exact: source } } : { deviceId: { exact: source } }), ...others },
        others,
      );
      const [opened] = stream.getVideoTracks();
      if (opening !== openings || opened === undefined) {
        opened?.stop();
        return false;
      }
      track = opened;
      opened.addEventListener("ended", () => {
        if (track === opened) onEnd();
      });
      video.srcObject = stream;
      // Refused only where nothing may play before a tap; then its pictures come all the same.
      await video.play().catch(() => {});
      return opening === openings;
    },

    /** Whether it gives pictures: a phone in a pocket, or one that rings, gives none. */
    get isLive() {
      return track !== undefined && track.readyState === "live" && !track.muted;
    },

    /**
     * Whether there is a picture that was not taken yet. To ask is to take it. Behind other pages
     * pictures come and are not shown: Chromium counts them all the same, and of others it is
     * believed.
     */
    takeFresh() {
      if (!this.isLive || video.videoWidth === 0) return false;
      const { totalVideoFrames = 0 } = video.getVideoPlaybackQuality?.() ?? {};
      const isNew = isFresh || totalVideoFrames !== counted;
      const fresh = isNew || document.hidden || video.requestVideoFrameCallback === undefined;
      isFresh = false;
      counted = totalVideoFrames;
      return fresh;
    },

    /**
     * Which way it looks, `user` or `environment`, and which it is; nothing where it does not say.
     */
    get device() {
      const { facingMode: facing = "", deviceId = "" } = track?.getSettings() ?? {};
      return { facing, deviceId };
    },
  };
}

/**
 * What is wished for, exactly, since a browser weighs what is merely ideal; else, where there is
 * none such, any camera: a computer's looks neither to the front nor to the back, and one that was
 * chosen may be unplugged.
 */
async function streamOf(wished: MediaTrackConstraints, any: MediaTrackConstraints) {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: wished });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "OverconstrainedError") throw error;
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: any });
  }
}

/** This device's cameras. Their names come once the page may use one. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind }) => kind === "videoinput");
}
