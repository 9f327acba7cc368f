import type { Request, RequestHandler } from "express";
import type { Camera } from "../../core/camera.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { threadPool } from "../../util/process/thread-pool.ts";
import { isUser } from "../access/authorization.ts";
import type { Gate } from "../access/gate.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { switchParameter } from "../shared/request.ts";

/** Says whether the cameras deliver; only users learn which fail. */
export function healthRoute(cameras: CameraSet, gate: Gate): RequestHandler {
  return async (request, response) => {
    // Without free threads no file is read, no name looked up and no image encoded.
    if (!(await threadPool.works())) {
      const reason = `Files and name lookups hang: no thread of this process was free for ${threadPool.limitMs / 1000} s`;
      response.status(503).set(NO_CACHE).json({ status: "failing", reason });
      return;
    }
    const health = reportHealth(cameras.list, switchParameter(request, "strict"));
    const isOk = health.status === "ok";
    const visible = isOk || (await isFromUser(request, gate)) ? health : { status: health.status };
    response
      .status(isOk ? 200 : 503)
      .set(NO_CACHE)
      .json(visible);
  };
}

async function isFromUser(request: Request, gate: Gate): Promise<boolean> {
  return await gate.authenticate(request).then(
    () => isUser(request),
    () => false,
  );
}

/** With `isStrict`, always-on cameras count, too. */
function reportHealth(
  cameras: Iterable<Camera>,
  isStrict: boolean,
): { status: "ok" } | { status: "failing"; cameras: string[] } {
  const failing = [...cameras]
    .filter((camera) => (isStrict ? camera.isSilent : camera.isOverdue))
    .map((camera) => camera.name);
  return failing.length === 0 ? { status: "ok" } : { status: "failing", cameras: failing };
}
