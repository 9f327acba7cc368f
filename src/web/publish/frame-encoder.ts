interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Makes JPEGs of what a `<video>` shows, in a worker if the browser can, which also keeps the time.
 */
export class FrameEncoder {
  readonly #video: HTMLVideoElement;
  readonly #worker = new Worker(new URL(ENCODER_WORKER_FILE, import.meta.url));
  readonly #canvas = document.createElement("canvas");
  #canEncode = false;
  #waiting: { resolve: (jpeg: ArrayBuffer) => void; reject: (error: Error) => void } | undefined;
  #isBusy = false;

  /** @param onBeat Called at the rate that `beat` sets, also behind other pages. */
  constructor(video: HTMLVideoElement, onBeat: () => void) {
    this.#video = video;
    this.#worker.addEventListener("message", ({ data }) => {
      if (data.beat) onBeat();
      else if (data.canEncode !== undefined) this.#canEncode = data.canEncode;
      else if (data.jpeg !== undefined) this.#waiting?.resolve(data.jpeg);
      else this.#waiting?.reject(new Error(data.error));
    });
    this.#worker.addEventListener("error", () => {
      this.#canEncode = false;
      this.#waiting?.reject(new Error("The worker failed"));
    });
  }

  /** Whether it is encoding a frame. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Beats `fps` times a second; 0 stops it. */
  beat(fps: number): void {
    this.#worker.postMessage({ intervalMs: fps > 0 ? 1000 / fps : 0 });
  }

  /**
   * Returns the newest frame as a JPEG that fits into a size, whose larger measure is for its
   * longer side.
   */
  async encode({ width, height, quality }: Size & { readonly quality: number }): Promise<ArrayBuffer> {
    const { videoWidth, videoHeight } = this.#video;
    const longer = Math.max(videoWidth, videoHeight);
    const shorter = Math.min(videoWidth, videoHeight);
    const scale = Math.min(1, Math.max(width, height) / longer, Math.min(width, height) / shorter);
    const size = { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) };
    this.#isBusy = true;
    try {
      return this.#canEncode ? await this.#encodeInWorker(size, quality) : await this.#encodeInPage(size, quality);
    } finally {
      this.#isBusy = false;
    }
  }

  async #encodeInWorker({ width, height }: Size, quality: number): Promise<ArrayBuffer> {
    const bitmap = await createImageBitmap(this.#video);
    return await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage({ bitmap, width, height, quality }, [bitmap]);
    });
  }

  async #encodeInPage({ width, height }: Size, quality: number): Promise<ArrayBuffer> {
    const canvas = this.#canvas;
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d", { alpha: false })?.drawImage(this.#video, 0, 0, width, height);
    const blob: Blob | null = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (blob === null) throw new Error("The browser made no JPEG");
    return await blob.arrayBuffer();
  }
}
