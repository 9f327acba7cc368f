import { type PublisherSlots, publisherSlotOf } from "../ingest/ingest-route.ts";
import { HttpError } from "../shared/errors.ts";
import { sendPage } from "../shared/send-page.ts";
import type { CameraHandler } from "../streaming/stream.ts";
import { phoneUrl } from "./phone-url.ts";
import { isPageUrl, sendQrCode } from "./qr-code.ts";

export interface PublishOptions {
  readonly publisherSlots: PublisherSlots;
  /** What the server listens on. */
  readonly host: string;
}

/** The page by which a phone, or any browser, sends what its camera sees. */
export function publishPageRoute({ publisherSlots }: PublishOptions): CameraHandler {
  return (camera, request, response) => {
    publisherSlotOf(publisherSlots, camera);
    if (request.path.endsWith("/")) {
      response.redirect(308, "../publish");
      return;
    }
    const { name, title } = camera;
    const data = { title: `Send to ${title}`, camera: { name, title } };
    sendPage(response, "publish", data);
  };
}

/** That page's address as a QR code: `?url=` is what its own visitors call it, who may have come through a proxy. */
export function publishCodeRoute(parts: PublishOptions): CameraHandler {
  return async (camera, request, response) => {
    publisherSlotOf(parts.publisherSlots, camera);
    const { url } = request.query;
    if (url !== undefined && !(typeof url === "string" && isPageUrl(url, camera, { pages: ["/publish"] }))) {
      const wanted = `the address of the page that ends in /cameras/${camera.name}/publish`;
      throw new HttpError(400, `url takes ${wanted}, got ${JSON.stringify(url)}.`);
    }
    await sendQrCode(response, url ?? phoneUrl(request, `/cameras/${camera.name}/publish`, parts.host));
  };
}
