import type { IncomingMessage } from "node:http";
import type { Capability, Grant } from "../../auth/tokens.ts";
import type { Camera } from "../../core/camera.ts";
import type { CameraList, CameraSet } from "../../core/camera-set.ts";
import { HttpError } from "../shared/http-error.ts";
import { notedClient } from "./client-address.ts";

/** `any` token will do for some routes. */
export type RequiredCapability = Capability | "any";

export interface Authorization {
  /** Undefined for users, who may do everything. */
  readonly grant?: Grant;
  /** Whether the server has no password. @default false */
  readonly isOpen?: boolean;
  /** Epoch seconds; undefined without an end. */
  readonly expiresAt?: number;
  /** For the browser to store: it authorizes the requests of a page. */
  readonly cookie?: string;
}

const authorizations = new WeakMap<object, Authorization>();

export function noteAuthorization(request: object, access: Authorization): void {
  authorizations.set(request, access);
}

/** Throws if the request was not authenticated: a guard against our own mistakes. */
function authorizationOf(request: object): Authorization {
  const access = authorizations.get(request);
  if (access === undefined) throw new Error("A request got past the gate");
  return access;
}

/**
 * How a client may share a camera: by `plain` links, by new `tokens`, or, as a `guest`, by its own
 * token.
 */
export type Sharing = "plain" | "tokens" | "guest";

export function sharingOf(request: object): Sharing {
  const { grant, isOpen = false } = authorizationOf(request);
  if (isOpen) return "plain";
  return grant === undefined ? "tokens" : "guest";
}

/**
 * Returns whether a client is a user, who may know of other clients: it signed in, or the server
 * has no password and it is local.
 */
export function isUser(request: object): boolean {
  const { grant, isOpen = false } = authorizationOf(request);
  return grant === undefined && (!isOpen || notedClient(request)?.isLocal === true);
}

/** @throws HttpError 403 for a client with only a token. */
export function requireUser(request: object): void {
  if (authorizationOf(request).grant !== undefined)
    throw new HttpError(403, "Not allowed with a token. Sign in with a password.");
}

export function visibleCameras(request: object, { list }: CameraSet): readonly Camera[] {
  const { grant } = authorizationOf(request);
  return grant === undefined ? list : list.filter(({ name }) => grant.cameras.includes(name));
}

/** @throws HttpError 403 if there are none. */
export function camerasFor(request: object, cameras: CameraSet): CameraList {
  const [first, ...others] = visibleCameras(request, cameras);
  if (first === undefined) throw new HttpError(403, "Not allowed: the cameras of this token no longer exist.");
  return [first, ...others];
}

/** @throws HttpError 404 for a camera unknown to the client, 403 without the capability */
export function cameraFor(
  request: Pick<IncomingMessage, "headers">,
  cameras: CameraSet,
  name: unknown,
  need: RequiredCapability,
): Camera {
  const { grant } = authorizationOf(request);
  const camera = createFindCamera(camerasFor(request, cameras))(name);
  if (grant !== undefined && !isGranted(grant, need)) {
    throw new HttpError(403, `Not allowed: this token permits ${grant.can.join(", ")}, and this needs ${need}.`);
  }
  return camera;
}

function isGranted({ can }: Grant, need: RequiredCapability): boolean {
  return need === "any" || can.includes(need) || (need === "snapshot" && can.includes("view"));
}

/** Finds a camera by name, or the first. Ignores case: phones capitalize. @throws HttpError 404 */
export type FindCamera = (name?: unknown) => Camera;

export function createFindCamera(cameras: CameraList): FindCamera {
  const byName = new Map(cameras.map((camera) => [camera.name, camera]));
  return (name) => {
    const camera = name === undefined ? cameras[0] : byName.get(String(name).toLowerCase());
    if (camera !== undefined) return camera;
    throw new HttpError(404, `Camera ${JSON.stringify(name)} not found. Cameras: ${[...byName.keys()].join(", ")}.`);
  };
}
