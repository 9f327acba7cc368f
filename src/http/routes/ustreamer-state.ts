import type { Camera } from "../../core/camera.ts";
import type { CameraHandler } from "../access/camera-handler.ts";
import { NO_CACHE } from "../shared/headers.ts";
import { type Disclosure, disclosureTo, toldViewers } from "../streaming/disclosure.ts";
import type { Viewers } from "../streaming/viewers.ts";

/**
 * Sends what ustreamer's `GET /state` does (https://github.com/pikvm/ustreamer,
 * src/ustreamer/http/server.c), for OctoPrint, KVMs and printers.
 */
export function ustreamerStateRoute(viewers: Viewers): CameraHandler {
  return (camera, request, response) => {
    response.set(NO_CACHE).json(reportState(camera, viewers, disclosureTo(request)));
  };
}

function reportState(camera: Camera, viewers: Viewers, disclosure: Disclosure): object {
  const status = camera.status();
  const clients = toldViewers(viewers.status(camera.name), disclosure);
  const clientsStat = clients.map(({ id, key, fps, framing }) => [
    String(id),
    {
      fps: Math.round(fps),
      extra_headers: false,
      advance_headers: framing === "advance",
      dual_final_frames: false,
      zero_data: false,
      key: key ?? "0",
    },
  ]);
  return {
    ok: true,
    result: {
      instance_id: "",
      encoder: { type: "NOOP", quality: 0 },
      source: {
        resolution: { width: status.width ?? 0, height: status.height ?? 0 },
        online: status.online,
        desired_fps: 0,
        captured_fps: Math.round(status.fps),
      },
      stream: {
        queued_fps: Math.round(status.fps),
        clients: viewers.count(camera.name),
        clients_stat: Object.fromEntries(clientsStat),
      },
    },
  };
}
