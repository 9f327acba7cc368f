import { networkInterfaces } from "node:os";

/** Interfaces of containers and virtual machines: no phone is on the other side. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|utun|tailscale|wg)/;

/**
 * The URLs at which a server that listens on `host` is found: on this machine first, then from its network. A server
 * that listens on one address has that alone.
 */
export function urlsOf(host: string, port: number, path: string): string[] {
  const isAny = host === "0.0.0.0" || host === "::";
  const hosts = isAny ? ["localhost", ...networkAddresses()] : [host];
  return hosts.map((name) => `http://${name.includes(":") ? `[${name}]` : name}:${port}${path}`);
}

/** IPv4 addresses other machines can reach; a phone is asked to type nothing longer. */
function networkAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([, addresses = []]) => addresses)
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}
