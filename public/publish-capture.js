// @ts-check

/** @typedef {import("./publish-settings.js").Settings} Settings */

/**
 * This device's camera, shown in a `<video>`.
 *
 * @param {HTMLVideoElement} video
 * @param {() => void} onEnd Called when the camera goes by itself: it was unplugged, or the phone took it away.
 */
export function createCapture(video, onEnd) {
  /** @type {MediaStreamTrack | undefined} */
  let track;
  let isFresh = false;
  let openings = 0;

  /** Notes each new picture, where the browser tells; it does not tell a page in the background. */
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
     * Opens the camera, in place of one that is open. Resolves to false when it was closed or opened anew meanwhile.
     *
     * @param {Settings} settings
     */
    async open({ source, width, height, fps }) {
      close();
      const opening = openings;
      const facing = source === "environment" || source === "user";
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: {
          ...(facing ? { facingMode: { ideal: source } } : { deviceId: { ideal: source } }),
          width: { ideal: width },
          height: { ideal: height },
          frameRate: { ideal: Math.max(fps, 15) },
        },
      });
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

    /** Whether there is a picture that was not taken yet. To ask is to take it. */
    takeFresh() {
      if (!this.isLive || video.videoWidth === 0) return false;
      const fresh = isFresh || document.hidden || video.requestVideoFrameCallback === undefined;
      isFresh = false;
      return fresh;
    },

    /** Which way it looks, `user` or `environment`; nothing where it does not say. */
    get facing() {
      return track?.getSettings().facingMode ?? "";
    },
  };
}

/** This device's cameras. Their names come once the page may use one. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind }) => kind === "videoinput");
}
