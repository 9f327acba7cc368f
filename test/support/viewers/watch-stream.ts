import { type ClientRequest, get } from "node:http";
import type { TestContext } from "node:test";
import { JpegSplitter } from "../../../src/jpeg/split.ts";

/** A viewer of a stream. */
export interface Watcher {
  /** The frames, with their bytes. */
  readonly pictures: Buffer[];
  ended: boolean;
  leave(): void;
}

/**
 * Watches a stream until it leaves or the test ends. If `keep` is false, it counts frames as empty
 * buffers, for long tests.
 */
export function watchStream(t: TestContext, url: string, { keep = true } = {}): Watcher {
  const watcher: Watcher = { pictures: [], ended: false, leave: () => request.destroy() };
  const splitter = new JpegSplitter();
  const request: ClientRequest = get(url, (response) => {
    response.on("data", (chunk: Buffer) => {
      for (const picture of splitter.push(chunk)) watcher.pictures.push(keep ? Buffer.from(picture) : EMPTY);
    });
    response.on("close", () => {
      watcher.ended = true;
    });
    response.on("error", () => {});
  });
  request.on("error", () => {});
  t.after(watcher.leave);
  return watcher;
}

const EMPTY = Buffer.alloc(0);
