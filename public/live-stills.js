// @ts-check

/** How long a still may take. */
const TIMEOUT_MS = 1000;

/** Stills that an engine was asked for, until it gives them. */
export function createStills() {
  /** @type {Map<number, (jpeg: Uint8Array | undefined) => void>} */
  const waiting = new Map();
  let requests = 0;
  return {
    /**
     * @param {(request: number) => void} post Asks the engine.
     * @returns {Promise<Uint8Array | undefined>} Nothing where it gives none in time.
     */
    ask(post) {
      requests += 1;
      const request = requests;
      return new Promise((resolve) => {
        waiting.set(request, resolve);
        setTimeout(resolve, TIMEOUT_MS, undefined);
        post(request);
      });
    },
    /**
     * @param {number} request
     * @param {Uint8Array | undefined} jpeg
     */
    give(request, jpeg) {
      waiting.get(request)?.(jpeg);
      waiting.delete(request);
    },
    /** There is nobody any more to give them. */
    end() {
      for (const resolve of waiting.values()) resolve(undefined);
      waiting.clear();
    },
  };
}
