const TIMEOUT_MS = 1000;

/** Requests to an engine for the frame that a tile shows. */
export class StillRequests {
  readonly #waiting: Map<number, (jpeg: Uint8Array | undefined) => void> = new Map();
  #requests = 0;

  /** Posts a request, and returns the JPEG if it comes in time. */
  request(post: (request: number) => void): Promise<Uint8Array | undefined> {
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, resolve);
      setTimeout(resolve, TIMEOUT_MS, undefined);
      post(request);
    });
  }

  resolve(request: number, jpeg: Uint8Array | undefined): void {
    this.#waiting.get(request)?.(jpeg);
    this.#waiting.delete(request);
  }

  /** Gives up all requests: the engine has ended. */
  end(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}
