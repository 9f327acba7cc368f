export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `[host:]port`, such as `[::1]:9999`; undefined for other texts. Without `defaultHost`, a
 * host is required.
 */
export function parseEndpoint(text: string, defaultHost?: string): Endpoint | undefined {
  const { bracketed, plain, digits = "" } = ENDPOINT.exec(text)?.groups ?? {};
  const host = bracketed ?? plain ?? defaultHost;
  const port = Number(digits);
  return digits === "" || host === undefined || port > 65_535 ? undefined : { host, port };
}

/** An IPv6 address in brackets, or a name or IPv4 address (RFC 3986, 3.2.2). */
const ENDPOINT = /^(?:(?:\[(?<bracketed>[0-9a-fA-F:.%\w]+)\]|(?<plain>[\w.-]+)):)?(?<digits>\d{1,5})$/;

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
