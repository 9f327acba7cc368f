import type { Config } from "./config/schema.ts";
import { urlsOf } from "./net/addresses.ts";

/** What is printed at start: the cameras, the URLs, and on a terminal a QR code of the one a phone can open. */
export async function welcome({ settings, cameras, chosenBy }: Config, port: number, version: string): Promise<string> {
  const names = cameras.map(({ name, driver }) => (name === driver ? name : `${name} (${driver})`));
  const [here = "", ...network] = urlsOf(
    settings.host,
    port,
    `${settings.basePath}/`,
    settings.tlsSelfSigned ? "https" : "http",
  );
  const lines = [`stillstream ${version} shows ${names.join(", ")}, ${chosenBy}.`, "", `  On this machine   ${here}`];
  for (const url of network) lines.push(`  On your network   ${url}`);
  const forPhone = network[0];
  if (forPhone !== undefined && process.stdout.isTTY) {
    const { renderUnicodeCompact } = await import("uqr");
    lines.push("", renderUnicodeCompact(forPhone, { border: 2 }));
  }
  return `${lines.join("\n")}\n\n`;
}
