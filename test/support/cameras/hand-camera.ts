import type { TestContext } from "node:test";
import type { Camera } from "../../../src/core/camera.ts";
import type { CameraOptions } from "../../../src/core/camera-options.ts";
import { Mailbox } from "../../../src/core/mailbox.ts";
import { until } from "../deferred.ts";
import { testCamera } from "../serve.ts";

/** A camera whose frames the test shows one by one. */
export interface HandCamera {
  readonly camera: Camera;
  /** How often it was opened. */
  opened: number;
  /** True while it is open. */
  open: boolean;
  /** Waits until the camera is open and then takes this frame. */
  show(jpeg: Uint8Array): Promise<void>;
  fail(error: Error): void;
}

export function handCamera(t: TestContext, parts: Partial<CameraOptions> = {}): HandCamera {
  let mailbox: Mailbox<Uint8Array> | undefined;
  const hand: HandCamera = {
    opened: 0,
    open: false,
    async show(jpeg) {
      const came = () => hand.camera.status().frames + hand.camera.status().dropped;
      const before = came();
      (await until("the camera is open", () => mailbox)).put(jpeg);
      await until("the frame is taken, or dropped", () => came() > before);
    },
    fail: (error) => mailbox?.close({ error }),
    camera: testCamera(t, {
      // Longer than any wait of a test: a stall would close the camera, and the test could not tell
      // it from a release.
      stallMs: 60_000,
      ...parts,
      async *open({ signal }) {
        const own = new Mailbox<Uint8Array>();
        mailbox = own;
        hand.opened++;
        hand.open = true;
        signal.addEventListener("abort", () => own.close());
        if (signal.aborted) own.close();
        try {
          yield* own;
        } finally {
          mailbox = undefined;
          hand.open = false;
        }
      },
    }),
  };
  return hand;
}
