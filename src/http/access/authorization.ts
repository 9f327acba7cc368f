import type { IncomingMessage } from "node:http";
import type { Capability, Grant } from "../../auth/tokens.ts";
import type { Camera } from "../../core/camera.ts";
import type { CameraList, CameraSet } from "../../core/camera-set.ts";
import { HttpError } from "../shared/http-error.ts";
import { notedClient } from "./client-address.ts";

/** What a token has to be good for; for some things whatever it is. */
export type RequiredCapability = Capability | "any";

/** What a visitor may do. */
export interface Authorization {
  /** The token's; undefined for whoever gave a password, or where there is none: they may do everything. */
  readonly grant?: Grant;
  /** Whether nobody was asked for anything. @default false */
  readonly isOpen?: boolean;
  /** When it ends, in seconds since the epoch; undefined for what does not. */
  readonly expiresAt?: number;
  /** What a browser is to keep, so that what a page asks for itself is let in as well. */
  readonly cookie?: string;
}

const authorizations = new WeakMap<object, Authorization>();

/** Notes what a visitor may do, once it is known. */
export function noteAuthorization(request: object, access: Authorization): void {
  authorizations.set(request, access);
}

/** Throws where nobody has asked: what is behind this is for those who were let in. */
function authorizationOf(request: object): Authorization {
  const access = authorizations.get(request);
  if (access === undefined) throw new Error("A request got past the gate");
  return access;
}

/**
 * How a visitor may share a camera: `plain` where nobody is asked for a password, by `tokens` of his own making, or as a
 * `guest`, who came by a token and makes none.
 */
export type Sharing = "plain" | "tokens" | "guest";

export function sharingOf(request: object): Sharing {
  const { grant, isOpen = false } = authorizationOf(request);
  if (isOpen) return "plain";
  return grant === undefined ? "tokens" : "guest";
}

/**
 * Whether a client is a user, who may know of other clients: one that gave a password, or where none is asked for, one on a
 * local network. Others are guests.
 */
export function isUser(request: object): boolean {
  const { grant, isOpen = false } = authorizationOf(request);
  return grant === undefined && (!isOpen || notedClient(request)?.isLocal === true);
}

/** Throws an HttpError 403 for a visitor who has but a token. */
export function requireUser(request: object): void {
  if (authorizationOf(request).grant !== undefined)
    throw new HttpError(403, "Not allowed with a token. Sign in with a password.");
}

/** The cameras a visitor knows of. */
export function visibleCameras(request: object, { list }: CameraSet): readonly Camera[] {
  const { grant } = authorizationOf(request);
  return grant === undefined ? list : list.filter(({ name }) => grant.cameras.includes(name));
}

/** The same. Throws an HttpError 403 when there are none. */
export function camerasFor(request: object, cameras: CameraSet): CameraList {
  const [first, ...others] = visibleCameras(request, cameras);
  if (first === undefined) throw new HttpError(403, "Not allowed: the cameras of this token no longer exist.");
  return [first, ...others];
}

/**
 * The camera of that name, the first without one, for a visitor who may do that with it. Throws an HttpError: 404 where
 * the visitor knows of none, 403 for a token that does not go that far.
 */
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

/**
 * Finds a camera by its name, the first without one; throws an HttpError 404, which names those there are. Names have no
 * capitals, and phones begin every word with one.
 */
export type FindCamera = (name?: unknown) => Camera;

export function createFindCamera(cameras: CameraList): FindCamera {
  const byName = new Map(cameras.map((camera) => [camera.name, camera]));
  return (name) => {
    const camera = name === undefined ? cameras[0] : byName.get(String(name).toLowerCase());
    if (camera !== undefined) return camera;
    throw new HttpError(404, `Camera ${JSON.stringify(name)} not found. Cameras: ${[...byName.keys()].join(", ")}.`);
  };
}
