import { hostname, networkInterfaces } from "node:os";

/** Containers and virtual machines: no phone is on the other side. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|utun|tailscale|wg)/;

/** Returns URLs on this machine first, then on its network. */
export function serverUrls(host: string, port: number, path: string, scheme: "http" | "https" = "http"): string[] {
  const hosts = isAnyAddress(host) ? ["localhost", ...networkAddresses()] : [host];
  return hosts.map((name) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}${path}`);
}

/**
 * Returns the names of a server's certificate. Not interfaces' IPv6 addresses, which change daily
 * (RFC 8981).
 */
export function serverNames(host: string): string[] {
  const name = hostname().toLowerCase();
  const isName = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name) && name !== "localhost";
  // RFC 6762.
  const names = isName ? [name, ...(name.includes(".") ? [] : [`${name}.local`])] : [];
  const others = isAnyAddress(host) ? networkAddresses() : [host];
  return [...new Set(["localhost", ...names, "127.0.0.1", "::1", ...others])];
}

export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function networkAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}
