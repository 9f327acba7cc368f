import type { CameraStatus } from "../camera-status.ts";
import type { Seen } from "../describe.ts";
import type { Surface } from "../surface.ts";
import type { Delivery } from "./delivery.ts";
import type { Fallback } from "./fallback.ts";

export interface MemberOptions {
  readonly surface: Surface;
  readonly camera: string;
  readonly query: string;
  readonly onChange: () => void;
}

/** A player without /live. */
export class FallbackMember {
  readonly surface: Surface;
  readonly camera: string;
  readonly query: string;
  readonly onChange: () => void;
  delivery: Delivery | undefined;
  noStreamUntil = 0;
  status: CameraStatus | undefined;
  /** Why there is no such camera; empty if there is one. */
  refusal = "";
  readonly #fallback: Fallback;

  constructor({ surface, camera, query, onChange }: MemberOptions, fallback: Fallback) {
    [this.surface, this.camera, this.query] = [surface, camera, query];
    this.onChange = onChange;
    this.#fallback = fallback;
  }

  get way(): Delivery["name"] {
    return this.delivery?.name ?? "stream";
  }

  seen(): Seen {
    return this.#fallback.seen(this);
  }

  update(status: CameraStatus | undefined, error: string | undefined): void {
    this.status = status;
    this.refusal = status === undefined ? (error ?? `There is no camera "${this.camera}".`) : "";
    if (status !== undefined) this.delivery?.update(status);
  }

  leave(): void {
    this.#fallback.leave(this);
  }
}
