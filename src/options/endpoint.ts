/** Where to listen, or where to connect to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `[host:]port`: `9999`, `127.0.0.1:9999`, `localhost:9999`, `[::1]:9999`. Without
 * `defaultHost`, a host is required. Returns undefined for other texts. Port 0 means any free port.
 */
export function parseEndpoint(text: string, defaultHost?: string): Endpoint | undefined {
  const { bracketed, plain, digits = "" } = ENDPOINT.exec(text)?.groups ?? {};
  const host = bracketed ?? plain ?? defaultHost;
  const port = Number(digits);
  return digits === "" || host === undefined || port > 65_535 ? undefined : { host, port };
}

/**
 * A host is an IPv6 address in brackets, or a name or IPv4 address (RFC 3986, 3.2.2, without what
 * no host on a network has).
 */
const ENDPOINT = /^(?:(?:\[(?<bracketed>[0-9a-fA-F:.%\w]+)\]|(?<plain>[\w.-]+)):)?(?<digits>\d{1,5})$/;

/** Formats an endpoint: `[::1]:9999`. */
export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
