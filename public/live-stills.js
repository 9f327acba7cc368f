// @ts-check

/** How long an engine may take to give a picture, in milliseconds. */
const TIMEOUT_MS = 1000;

/** Pictures that an engine was asked for, until it gives them. */
export function createStills() {
  /** @type {Map<number, (jpeg: Uint8Array | undefined) => void>} */
  const waiting = new Map();
  let requests = 0;

  return {
    /** @param {(request: number) => void} post @returns {Promise<Uint8Array | undefined>} */
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

    /** The engine is gone. */
    drop() {
      for (const resolve of waiting.values()) resolve(undefined);
      waiting.clear();
    },
  };
}
