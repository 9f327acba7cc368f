import { hostname, networkInterfaces } from "node:os";

/** Interfaces of containers and virtual machines: no phone is on the other side. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|utun|tailscale|wg)/;

/**
 * The URLs at which a server that listens on `host` is found: on this machine first, then from its network. A server
 * that listens on one address has that alone.
 */
export function serverUrls(host: string, port: number, path: string, scheme: "http" | "https" = "http"): string[] {
  const hosts = isAnyAddress(host) ? ["localhost", ...networkAddresses()] : [host];
  return hosts.map((name) => `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}${path}`);
}

/**
 * The names and addresses by which a server that listens on `host` may be called: what its certificate is to be good for.
 * No IPv6 addresses but its own: those of an interface change by the day (RFC 8981).
 */
export function serverNames(host: string): string[] {
  const name = hostname().toLowerCase();
  const isName = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name) && name !== "localhost";
  // As it is called on a network without a name server (RFC 6762).
  const names = isName ? [name, ...(name.includes(".") ? [] : [`${name}.local`])] : [];
  const others = isAnyAddress(host) ? networkAddresses() : [host];
  return [...new Set(["localhost", ...names, "127.0.0.1", "::1", ...others])];
}

/** Whether `host` means all addresses of this machine. */
export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** IPv4 addresses other machines can reach; a phone is asked to type nothing longer. */
function networkAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}
