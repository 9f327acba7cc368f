import type { IncomingMessage } from "node:http";
import type { Capability, Grant } from "../../auth/tokens.ts";
import type { Camera } from "../../core/camera.ts";
import type { CameraList, CameraSet } from "../../core/camera-set.ts";
import { notedVisitor } from "../shared/client-address.ts";
import { HttpError } from "../shared/errors.ts";
import { createFind } from "./find-camera.ts";

/** What a token has to be good for; for some things whatever it is. */
export type Need = Capability | "any";

/** What a visitor may do. */
export interface Access {
  /** The token's; undefined for whoever gave a password, or where there is none: they may do everything. */
  readonly grant?: Grant;
  /** Whether nobody was asked for anything. @default false */
  readonly isOpen?: boolean;
  /** When it ends, in seconds since the epoch; undefined for what does not. */
  readonly expiresAt?: number;
  /** What a browser is to keep, so that what a page asks for itself is let in as well. */
  readonly cookie?: string;
}

const accesses = new WeakMap<object, Access>();

/** Notes what a visitor may do, once it is known. */
export function noteAccess(request: object, access: Access): void {
  accesses.set(request, access);
}

/** Throws where nobody has asked: what is behind this is for those who were let in. */
function accessOf(request: object): Access {
  const access = accesses.get(request);
  if (access === undefined) throw new Error("A request got past the gate");
  return access;
}

/**
 * How a visitor may share a camera: `plain` where nobody is asked for a password, by `tokens` of his own making, or as a
 * `guest`, who came by a token and makes none.
 */
export type Sharing = "plain" | "tokens" | "guest";

export function sharingOf(request: object): Sharing {
  const { grant, isOpen = false } = accessOf(request);
  if (isOpen) return "plain";
  return grant === undefined ? "tokens" : "guest";
}

/**
 * Whether a client is a user, who may know of other clients: one that gave a password, or where none is asked for, one on a
 * local network. Others are guests.
 */
export function isUser(request: object): boolean {
  const { grant, isOpen = false } = accessOf(request);
  return grant === undefined && (!isOpen || notedVisitor(request)?.isLocal === true);
}

/** Throws an HttpError 403 for a visitor who has but a token. */
export function demandUser(request: object): void {
  if (accessOf(request).grant !== undefined)
    throw new HttpError(403, "A token does not do for this: it takes a password.");
}

/** The cameras a visitor knows of. */
export function camerasKnownTo(request: object, { list }: CameraSet): readonly Camera[] {
  const { grant } = accessOf(request);
  return grant === undefined ? list : list.filter(({ name }) => grant.cameras.includes(name));
}

/** The same. Throws an HttpError 403 when there are none. */
export function camerasFor(request: object, cameras: CameraSet): CameraList {
  const [first, ...others] = camerasKnownTo(request, cameras);
  if (first === undefined) throw new HttpError(403, "This token is for cameras that are not there.");
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
  need: Need,
): Camera {
  const { grant } = accessOf(request);
  const camera = createFind(camerasFor(request, cameras))(name);
  if (grant !== undefined && !reaches(grant, need)) {
    throw new HttpError(403, `This token is not for that: it is to ${grant.can.join(", ")}, and this takes ${need}.`);
  }
  return camera;
}

function reaches({ can }: Grant, need: Need): boolean {
  return need === "any" || can.includes(need) || (need === "snapshot" && can.includes("view"));
}
