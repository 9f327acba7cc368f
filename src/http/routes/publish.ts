import type { CameraHandler } from "../access/camera-handler.ts";
import { type PublisherSlots, publisherSlotOf } from "../ingest/ingest-route.ts";
import { HttpError } from "../shared/http-error.ts";
import { sendPage } from "../shared/send-page.ts";
import { phoneUrl } from "./phone-url.ts";
import { isPageUrl, sendQrCode } from "./qr-code.ts";

export interface PublishOptions {
  readonly publisherSlots: PublisherSlots;
  readonly host: string;
}

/** Sends the page on which a browser publishes its own camera. */
export function publishPageRoute({ publisherSlots }: Pick<PublishOptions, "publisherSlots">): CameraHandler {
  return (camera, request, response) => {
    publisherSlotOf(publisherSlots, camera);
    if (request.path.endsWith("/")) {
      response.redirect(308, "../publish");
      return;
    }
    const { name, title } = camera;
    sendPage(response, "publish", { title: `Send to ${title}`, camera: { name, title } });
  };
}

/** Draws that page's URL as a QR code. `?url=` is the browser's, as a proxy has it. */
export function publishCodeRoute({ publisherSlots, host }: PublishOptions): CameraHandler {
  return async (camera, request, response) => {
    publisherSlotOf(publisherSlots, camera);
    const { url } = request.query;
    if (url !== undefined && !(typeof url === "string" && isPageUrl(url, camera, { pages: ["/publish"] }))) {
      const wanted = `a URL that ends in /cameras/${camera.name}/publish`;
      throw new HttpError(400, `url must be ${wanted}, got ${JSON.stringify(url)}.`);
    }
    await sendQrCode(response, url ?? phoneUrl(request, `/cameras/${camera.name}/publish`, host));
  };
}
