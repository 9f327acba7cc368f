/**
 * Makes JPEGs of what a `<video>` shows, in a worker where the browser can, and beats the time for
 * it.
 */
export function createEncoder(video: HTMLVideoElement, onBeat: () => void) {
  const worker = new Worker(new URL(ENCODER_WORKER_FILE, import.meta.url));
  let canEncode = false;
  let waiting: { resolve: (jpeg: ArrayBuffer) => void; reject: (error: Error) => void } | undefined;
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

  async function inWorker(width: number, height: number, quality: number): Promise<ArrayBuffer> {
    const bitmap = await createImageBitmap(video);
    return await new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      worker.postMessage({ bitmap, width, height, quality }, [bitmap]);
    });
  }

  const canvas = document.createElement("canvas");
  async function inPage(width: number, height: number, quality: number): Promise<ArrayBuffer> {
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, width, height);
    const blob: Blob | null = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob === null) throw new Error("The browser made no JPEG");
    return await blob.arrayBuffer();
  }

  return {
    /** Whether a picture is being made. */
    get isBusy() {
      return isBusy;
    },

    /** Beats so many times a second; 0 is silence. */
    beat(fps: number) {
      worker.postMessage({ intervalMs: fps > 0 ? 1000 / fps : 0 });
    },

    /**
     * The picture there is now, made to fit.
     *
     * @param settings The larger measure is for the longer side.
     */
    async encode({ width, height, quality }: { width: number; height: number; quality: number }) {
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
