import type { Settings } from "./settings.ts";

/** This device's camera, shown in a `<video>`. */
export class Capture {
  readonly #video: HTMLVideoElement;
  readonly #onEnd: () => void;
  #track: MediaStreamTrack | undefined;
  #isFresh = false;
  /** Frames of the video when the last was taken. */
  #counted = 0;
  #openings = 0;

  /** @param onEnd Called when the camera ends by itself: unplugged, or taken by the phone. */
  constructor(video: HTMLVideoElement, onEnd: () => void) {
    this.#video = video;
    this.#onEnd = onEnd;
    this.#watchFrames();
  }

  /** Whether it gives frames: a phone in a pocket, or one that rings, gives none. */
  get isLive(): boolean {
    return this.#track !== undefined && this.#track.readyState === "live" && !this.#track.muted;
  }

  /** Which way it looks, `user` or `environment`, and which it is; empty if it does not say. */
  get device(): { facing: string; deviceId: string } {
    const { facingMode: facing = "", deviceId = "" } = this.#track?.getSettings() ?? {};
    return { facing, deviceId };
  }

  /**
   * Opens the camera, in place of an open one. Resolves to false if it is closed or reopened
   * meanwhile.
   */
  async open({ source, width, height, fps }: Settings): Promise<boolean> {
    this.close();
    const opening = this.#openings;
    const isFacing = source === "environment" || source === "user";
    const any = { width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: Math.max(fps, 15) } };
    const which = isFacing ? { facingMode: { exact: source } } : { deviceId: { exact: source } };
    const stream = await openStream({ ...which, ...any }, any);
    const [track] = stream.getVideoTracks();
    if (opening !== this.#openings || track === undefined) {
      track?.stop();
      return false;
    }
    this.#track = track;
    track.addEventListener("ended", () => {
      if (this.#track === track) this.#onEnd();
    });
    this.#video.srcObject = stream;
    // Refused only if nothing may play before a tap. Its frames come all the same.
    await this.#video.play().catch(() => {});
    return opening === this.#openings;
  }

  close(): void {
    this.#openings += 1;
    this.#track?.stop();
    this.#track = undefined;
    this.#video.srcObject = null;
    this.#isFresh = false;
  }

  /**
   * Takes the newest frame, and returns whether it was not taken before. Behind other pages frames
   * come and are not shown: Chromium counts them all the same, and other browsers are believed.
   */
  takeFresh(): boolean {
    const video = this.#video;
    if (!this.isLive || video.videoWidth === 0) return false;
    const { totalVideoFrames = 0 } = video.getVideoPlaybackQuality?.() ?? {};
    const isNew = this.#isFresh || totalVideoFrames !== this.#counted;
    this.#isFresh = false;
    this.#counted = totalVideoFrames;
    return isNew || document.hidden || video.requestVideoFrameCallback === undefined;
  }

  /** Notes each frame that is shown, if the browser tells. */
  #watchFrames(): void {
    this.#video.requestVideoFrameCallback?.(() => {
      this.#isFresh = true;
      this.#watchFrames();
    });
  }
}

/**
 * Opens the camera that is wanted, exactly, since a browser weighs what is merely ideal; else any.
 * A computer's camera faces neither way, and the chosen one may be unplugged.
 */
async function openStream(wanted: MediaTrackConstraints, any: MediaTrackConstraints): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "OverconstrainedError") throw error;
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: any });
  }
}

/** Returns this device's cameras. Their names come once the page may use one. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind }) => kind === "videoinput");
}
