/** How long a still may take. */
const TIMEOUT_MS = 1000;

/** Stills that an engine was asked for, until it gives them. */
export function createStills() {
  const waiting: Map<number, (jpeg: Uint8Array | undefined) => void> = new Map();
  let requests = 0;
  return {
    /**
     * @param post Asks the engine.
     * @returns Nothing where it gives none in time.
     */
    ask(post: (request: number) => void): Promise<Uint8Array | undefined> {
      requests += 1;
      const request = requests;
      return new Promise((resolve) => {
        waiting.set(request, resolve);
        setTimeout(resolve, TIMEOUT_MS, undefined);
        post(request);
      });
    },
    give(request: number, jpeg: Uint8Array | undefined) {
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
