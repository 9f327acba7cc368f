import type { Request, RequestHandler } from "express";
import type { CameraSet } from "../../core/camera-set.ts";
import { isUser } from "../access/authorization.ts";
import type { Gate } from "../access/gate.ts";
import { threadPoolMiddleware } from "../server/pool-health.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { switchParameter } from "../shared/request.ts";
import { reportHealth } from "./status.ts";

/** `GET /healthz`: anybody may ask, and users alone are told which cameras fail. */
export function healthRoute(cameras: CameraSet, gate: Gate): RequestHandler[] {
  return [threadPoolMiddleware(), reportTo(cameras, gate)];
}

function reportTo(cameras: CameraSet, gate: Gate): RequestHandler {
  return async (request, response) => {
    const health = reportHealth(cameras.list, switchParameter(request, "strict"));
    const isOk = health.status === "ok";
    const told = isOk || (await mayKnow(request, gate)) ? health : { status: health.status };
    response
      .status(isOk ? 200 : 503)
      .set(NO_CACHE)
      .json(told);
  };
}

async function mayKnow(request: Request, gate: Gate): Promise<boolean> {
  return await gate.authenticate(request).then(
    () => isUser(request),
    () => false,
  );
}
