import type { RequestHandler } from "express";
import { LIFETIME_RULE, parseLifetime } from "../../auth/lifetime.ts";
import { CAPABILITIES, type Capability } from "../../auth/tokens.ts";
import type { CameraSet } from "../../core/camera-set.ts";
import { EARLIEST } from "../../util/clock.ts";
import { createFindCamera, requireUser } from "../access/authorization.ts";
import type { Gate } from "../access/gate.ts";
import { requireOwnOrigin } from "../access/origin.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { HttpError } from "../shared/http-error.ts";
import { readJson } from "../shared/read-body.ts";
import { quoted } from "../shared/request.ts";

/** Room for the names of a thousand cameras. */
const MAX_BODY_BYTES = 64 * 1024;

const HOW = 'Send JSON such as {"cameras": ["door"], "can": ["view"], "for": "30d"}.';

const CLOCK_WRONG = "Token not created: this server's clock is wrong, so it would expire at once. Set the clock first.";

export function tokensRoute(cameras: CameraSet, gate: Gate): RequestHandler {
  return async (request, response) => {
    requireOwnOrigin(request);
    requireUser(request);
    const wanted = Object((await readJson(request, MAX_BODY_BYTES, HOW)) ?? {}) as Record<string, unknown>;
    const { cameras: names, can, for: lifetime = "30d" } = wanted;
    if (!isTexts(names)) {
      throw new HttpError(400, `cameras must be a list of names, got ${quoted(names)}. ${HOW}`);
    }
    const find = createFindCamera(cameras.list);
    const granted = names.map((name) => find(name).name);
    if (!isTexts(can) || !can.every(isCapability)) {
      throw new HttpError(400, `can must be some of ${CAPABILITIES.join(", ")}, got ${quoted(can)}. ${HOW}`);
    }
    const seconds = typeof lifetime === "string" ? parseLifetime(lifetime) : undefined;
    if (seconds === undefined) {
      throw new HttpError(400, `for must be ${LIFETIME_RULE}, got ${quoted(lifetime)}.`);
    }
    if (gate.now() < EARLIEST) throw new HttpError(503, CLOCK_WRONG, { "Retry-After": "60" });
    const expiresAt = Math.floor(gate.now() / 1000) + seconds;
    const token = await gate.makeToken({ cameras: granted, can, expiresAt });
    response
      .status(201)
      .set(NO_CACHE)
      .json({ token, expiresAt: expiresAt * 1000 });
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
}

function isCapability(word: string): word is Capability {
  return CAPABILITIES.includes(word as Capability);
}
