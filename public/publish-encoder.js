// @ts-check

/**
 * Makes JPEGs of what a `<video>` shows, in a worker where the browser can, and beats the time for it.
 *
 * @param {HTMLVideoElement} video
 * @param {() => void} onBeat
 */
export function createEncoder(video, onBeat) {
  const worker = new Worker(new URL("publish-worker.js", import.meta.url));
  let canEncode = false;
  /** @type {{ resolve: (jpeg: ArrayBuffer) => void, reject: (error: Error) => void } | undefined} */
  let waiting;
  let isBusy = false;

  worker.addEventListener("message", ({ data }) => {
    if (data.beat) onBeat();
    else if (data.canEncode !== undefined) canEncode = data.canEncode;
    else if (data.jpeg !== undefined) waiting?.resolve(data.jpeg);
    else waiting?.reject(new Error(data.error));
  });

  worker.addEventListener("error", () => {
    canEncode = false;
    waiting?.reject(new Error("The worker failed"));
  });

  /**
   * @param {number} width
   * @param {number} height
   * @param {number} quality
   * @returns {Promise<ArrayBuffer>}
   */
  async function inWorker(width, height, quality) {
    const bitmap = await createImageBitmap(video);
    return await new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      worker.postMessage({ bitmap, width, height, quality }, [bitmap]);
    });
  }

  const canvas = document.createElement("canvas");
  /**
   * @param {number} width
   * @param {number} height
   * @param {number} quality
   * @returns {Promise<ArrayBuffer>}
   */
  async function inPage(width, height, quality) {
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, width, height);
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob === null) throw new Error("The browser made no JPEG");
    return await blob.arrayBuffer();
  }

  return {
    /** Whether a picture is being made. */
    get isBusy() {
      return isBusy;
    },

    /**
     * Beats so many times a second; 0 is silence.
     *
     * @param {number} fps
     */
    beat(fps) {
      worker.postMessage({ intervalMs: fps > 0 ? 1000 / fps : 0 });
    },

    /**
     * The picture there is now, made to fit.
     *
     * @param {{ width: number, height: number, quality: number }} settings The larger measure is for the longer side.
     */
    async encode({ width, height, quality }) {
      const { videoWidth, videoHeight } = video;
      const longer = Math.max(videoWidth, videoHeight);
      const shorter = Math.min(videoWidth, videoHeight);
      const scale = Math.min(1, Math.max(width, height) / longer, Math.min(width, height) / shorter);
      isBusy = true;
      try {
        const make = canEncode ? inWorker : inPage;
        return await make(Math.round(videoWidth * scale), Math.round(videoHeight * scale), quality);
      } finally {
        isBusy = false;
      }
    },
  };
}
