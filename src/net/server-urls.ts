import { hostname, networkInterfaces } from "node:os";

/** Interfaces of containers and virtual machines: no phone is on the other side. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|utun|tailscale|wg)/;

/** Returns URLs on this machine first, then on its network. */
export function serverUrls(host: string, port: number, path: string, scheme: "http" | "https" = "http"): string[] {
  const hosts = isAnyAddress(host) ? ["localhost", ...networkAddresses()] : [host];
  return hosts.map((name) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}${path}`);
}

/**
 * Returns what the certificate of a server on `host` covers. Not the IPv6 addresses
 * of interfaces, which change daily (RFC 8981).
 */
export function serverNames(host: string): string[] {
  const name = hostname().toLowerCase();
  const isName = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name) && name !== "localhost";
  // Its name on a network without a name server (RFC 6762).
  const names = isName ? [name, ...(name.includes(".") ? [] : [`${name}.local`])] : [];
  const others = isAnyAddress(host) ? networkAddresses() : [host];
  return [...new Set(["localhost", ...names, "127.0.0.1", "::1", ...others])];
}

export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Short enough to type on a phone. */
function networkAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}
