import { isatty } from "node:tty";
import { type Config, servesTls } from "../config/schema.ts";
import { drivers } from "../drivers/registry.ts";
import { serverUrls } from "../net/server-urls.ts";

/**
 * Returns what the server prints at start: cameras, URLs, and on a terminal a QR code for phones.
 * With HTTPS, the code is of the page that sends the phone's camera, if a camera accepts uploads.
 */
export async function startupBanner(
  { settings, cameras, chosenBy }: Config,
  port: number,
  version: string,
): Promise<string> {
  const names = cameras.map(({ name, driver }) => (name === driver ? name : `${name} (${driver})`));
  const { host, basePath } = settings;
  const isSecure = servesTls(settings);
  const urls = (path: string) => serverUrls(host, port, `${basePath}/${path}`, isSecure ? "https" : "http");
  const [here = "", ...network] = urls("");
  const lines = [`stillstream ${version} serves ${names.join(", ")}${chosenBy}.`, "", `  On this machine   ${here}`];
  for (const url of network) lines.push(`  On your network   ${url}`);
  const taking = cameras.filter(({ driver }) => drivers[driver]?.acceptsUploads === true);
  const publishUrls = taking.map(({ name }) => urls(`cameras/${name}/publish`).at(network.length > 0 ? 1 : 0) ?? "");
  for (const [index, url] of publishUrls.entries())
    lines.push(`  Send to ${`${taking[index]?.name}`.padEnd(9)} ${url}`);
  if (taking.length > 0 && !isSecure) {
    lines.push("  Phones send their camera from HTTPS pages only: add --tls-self-signed, or use a proxy with HTTPS.");
  }
  const forPhone = network[0] === undefined ? undefined : (isSecure && publishUrls[0]) || network[0];
  if (forPhone !== undefined && isatty(1)) {
    const { renderUnicodeCompact } = await import("uqr");
    lines.push("", renderUnicodeCompact(forPhone, { border: 2 }));
  }
  return `${lines.join("\n")}\n\n`;
}
