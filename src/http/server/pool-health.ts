import type { RequestHandler } from "express";
import { type ThreadPoolProbe, threadPool } from "../../util/process/thread-pool.ts";
import { NO_CACHE } from "../shared/headers.ts";

/** Answers 503 while the threads hang that read files, look names up and encode images: what is live may go on, and all else does not. */
export function threadPoolMiddleware(pool: Pick<ThreadPoolProbe, "works" | "limitMs"> = threadPool): RequestHandler {
  return async (_request, response, next) => {
    if (await pool.works()) {
      next();
      return;
    }
    const reason = `Files and name lookups hang: no thread of this process was free for ${pool.limitMs / 1000} s`;
    response.status(503).set(NO_CACHE).json({ status: "failing", reason });
  };
}
