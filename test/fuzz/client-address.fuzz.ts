import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { parsePasswordHash } from "../../src/auth/password-hash.ts";
import { Users } from "../../src/auth/users.ts";
import { Authenticator } from "../../src/http/access/authenticator.ts";
import { clientOf } from "../../src/http/access/client-address.ts";
import { corsHeaders } from "../../src/http/access/cors-headers.ts";
import { checkClient } from "../../src/http/access/gate.ts";
import { isLocalOrigin, isOwnHost, LOCAL_ENDINGS } from "../../src/http/access/host-names.ts";
import { isOwnOrigin } from "../../src/http/access/origin.ts";
import { HttpError } from "../../src/http/shared/http-error.ts";
import { LOCAL_NETWORKS } from "../../src/net/address-ranges.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../src/net/trusted-proxies.ts";
import { COSTLY_RUNS, FUZZ_RUNS, FUZZ_TIMEOUT, inTime } from "../support/fuzz.ts";

const options = { numRuns: FUZZ_RUNS };

const LOCAL = ["127.0.0.1", "::1", "10.0.0.7", "192.168.0.9", "::ffff:192.168.0.9", "fe80::1%eth0", "fd00::7"];
const FOREIGN = ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "8.8.8.8"];

/** Headers with addresses, valid and invalid. */
const node = fc.oneof(
  fc.constantFrom(
    ...LOCAL,
    ...FOREIGN,
    "unknown",
    "_hidden",
    "",
    "localhost",
    "127.1",
    "0177.0.0.1",
    "[::1]:80",
    "1.2.3.4:5",
  ),
  fc.ipV4(),
  fc.ipV6(),
  fc.string({ unit: "binary-ascii", maxLength: 20 }),
);
/** Headers may take 16 KB in all (Node's `--max-http-header-size`). */
const long = fc
  .tuple(fc.constantFrom(" ", ",", ";", '"', "for=", "a", "1.", "[", ";for="), fc.nat(8000))
  .map(([text, times]) => text.repeat(times).slice(0, 16_000));
const list = fc.array(node, { maxLength: 5 }).map((nodes) => nodes.join(", "));
const forwarded = fc
  .array(fc.tuple(node, fc.constantFrom("for=", "For = ", 'for="', "by=1;for=", "host=x;FOR=", "")), { maxLength: 4 })
  .map((elements) => elements.map(([node, start]) => `${start}${node}${start.endsWith('"') ? '"' : ""}`).join(","));
const header = (usual: fc.Arbitrary<string>) =>
  fc.option(fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: long }), { nil: undefined });
const headers = fc.record({
  "x-forwarded-for": header(list),
  forwarded: header(forwarded),
  "x-real-ip": header(node),
  "x-forwarded-host": header(node),
  "x-forwarded-proto": header(fc.constantFrom("http", "https", "HTTPS, http", "")),
  via: header(node),
});
const peer = fc.constantFrom(...LOCAL, ...FOREIGN, undefined);
const TRUST = parseTrustedProxies("loopback, 10.0.0.0/8") as TrustedProxies;

test("no headers about the client's address let a stranger in", FUZZ_TIMEOUT, () => {
  const property = fc.property(peer, headers, (peer, headers) => {
    const isTold = Object.values(headers).some((value) => value !== undefined);
    const isLocalPeer = peer !== undefined && LOCAL.includes(peer);
    // No proxy is trusted.
    const { refusal } = inTime(() => checkClient({ peer, headers }, {}));
    assert.equal(refusal === undefined, isLocalPeer && !isTold);
    // A proxy is trusted: only it chose the last entry of the list.
    const behind = inTime(() => clientOf({ peer, headers }, TRUST));
    const last = headers["x-forwarded-for"]?.split(",").at(-1)?.trim();
    if (peer === undefined || !TRUST(peer, 0)) assert.equal(behind.isLocal, isLocalPeer && !isTold);
    else if (last !== undefined && isIP(last) !== 0 && !LOCAL_NETWORKS.includes(last)) assert.ok(!behind.isLocal);
    // Several headers may name several local addresses.
    const isKnown = behind.address !== "unknown";
    if (behind.isLocal && isKnown) assert.ok(LOCAL_NETWORKS.includes(behind.address), behind.address);
    assert.ok(isIP(behind.address) !== 0 || behind.address === "unknown" || behind.address === "", behind.address);
  });
  fc.assert(property, options);
});

/** Names that a stranger may own, with prefixes and suffixes. */
const name = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("", "user@", "a.", "[", "::1]"),
      fc.oneof(fc.domain(), node, fc.constantFrom("cam.local", "CAM.LAN", "door")),
      fc.constantFrom("", ":80", ":", ".", ".:8080", "/", "?", "#", "@localhost", " ", "]", "\\", "%2e"),
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary-ascii" }),
  long,
);
const ENDINGS = new RegExp(`(^|\\.)(${LOCAL_ENDINGS.join("|").replaceAll(".", "\\.")})\\.?$`, "i");
const TAILNET = /^[^.]+\.[^.]+\.ts\.net\.?$/i;

/**
 * Returns whether a browser takes an address for one of a local network. Browsers accept all
 * notations of addresses.
 */
function isLocalAddress(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  return LOCAL_NETWORKS.includes(address) || address === "0.0.0.0" || address === "::";
}

function isLocalName(hostname: string): boolean {
  return isIP(hostname) === 0 && (!hostname.replace(/\.$/, "").includes(".") || ENDINGS.test(hostname));
}

test(
  "any accepted Host is one that browsers take for a local address, a local name, or a configured name",
  FUZZ_TIMEOUT,
  () => {
    const property = fc.property(name, (host) => {
      if (!inTime(() => isOwnHost(host, { names: ["cam.example.org"] }))) return;
      const text = `http://${host.replace(/:\d*$/, "")}`;
      // No browser sends what is invalid in a URL.
      if (!URL.canParse(text)) return;
      const { hostname, username } = new URL(text);
      const isOurs = isLocalAddress(hostname) || isLocalName(hostname) || TAILNET.test(hostname);
      assert.ok(username === "" && (isOurs || /^cam\.example\.org\.?$/.test(hostname)), hostname);
    });
    fc.assert(property, options);
  },
);

const origin = fc.oneof(
  fc.constantFrom(
    "null",
    "http://door",
    "http://door:80",
    "https://DOOR",
    "http://evil.example",
    "http://door@evil.example",
    "http://cam.tail1.ts.net",
    "capacitor://localhost",
    "chrome-extension://door",
    "file://",
    "",
  ),
  fc.tuple(fc.constantFrom("http", "https", "app"), name).map(([scheme, name]) => `${scheme}://${name}`),
  fc.webUrl(),
  name,
);

test("any page that may read comes from a local network, and its own origin is in the answer", FUZZ_TIMEOUT, () => {
  const referer = fc.option(fc.oneof(origin, fc.webUrl()), { nil: undefined });
  const site = fc.constantFrom(undefined, "same-origin", "same-site", "cross-site", "none", "");
  const property = fc.property(
    fc.option(origin, { nil: undefined }),
    referer,
    site,
    name,
    (origin, referer, site, host) => {
      const asked = { headers: { origin, referer, host, ...(site !== undefined && { "sec-fetch-site": site }) } };
      const { "Access-Control-Allow-Origin": allowed, "Cross-Origin-Resource-Policy": policy } = inTime(() =>
        corsHeaders(asked, {}),
      );
      if (origin === undefined && (referer === undefined || referer === "")) return;
      assert.equal(policy, allowed === undefined ? "same-origin" : "cross-origin");
      if (allowed === undefined) return;
      assert.equal(allowed, origin ?? new URL(referer as string).origin);
      assert.ok(isLocalOrigin(allowed, host));
      const { hostname, protocol, username } = new URL(allowed);
      const isLocal =
        isLocalAddress(hostname) || isLocalName(hostname) || (TAILNET.test(hostname) && TAILNET.test(host));
      assert.ok(username === "" && (/^https?:$/.test(protocol) ? isLocal : /^localhost\.?$/.test(hostname)), allowed);
    },
  );
  const zone: [string, undefined, undefined, string] = ["http://[fe80::1%eth0]", undefined, undefined, "a.aa"];
  fc.assert(property, { ...options, examples: [zone] });
});

test("no page of another origin counts as ours, whatever headers a page cannot write are missing", FUZZ_TIMEOUT, () => {
  const property = fc.property(
    origin,
    fc.oneof(fc.constantFrom("door", "door:80", "door:8080", ""), name),
    (origin, host) => {
      if (!inTime(() => isOwnOrigin({ headers: { origin, host } }))) return;
      assert.equal(new URL(origin).hostname, new URL(`http://${host.trim()}`).hostname);
    },
  );
  fc.assert(property, options);
});

const basic = fc
  .tuple(fc.constantFrom("", "jo", "jo:", "jo:right", "jo:wrong", ":", ":right", "x:right", "jo:right\n"), fc.boolean())
  .map(([text, isPadded]) =>
    isPadded ? Buffer.from(text).toString("base64") : Buffer.from(text).toString("base64url"),
  );
const authorization = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("Basic", "basic", "Bearer", "BEARER", "Digest", ""),
      fc.constantFrom(" ", "  ", ""),
      fc.oneof(basic, node, fc.base64String()),
    )
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary-ascii" }),
  long,
);
const url = fc.oneof(
  fc.constant("/"),
  fc
    .tuple(
      fc.constantFrom("token=", "token", "TOKEN=", "token=eyJhbGciOiJub25lIn0."),
      fc.string({ unit: "binary-ascii" }),
    )
    .map(([start, text]) => `/video_feed?${start}${text}`),
);
const cookie = fc.oneof(
  fc.constant(undefined),
  fc
    .tuple(
      fc.constantFrom("stillstream_0=", "stillstream_0", "a=b; stillstream_0="),
      fc.string({ unit: "binary-ascii" }),
    )
    .map((parts) => parts.join("")),
);

test("only the password authenticates, whatever is given in its place", FUZZ_TIMEOUT, async () => {
  const secret = parsePasswordHash("right");
  assert.ok(secret !== undefined);
  const users = new Users([{ name: "jo", passwordHash: secret, storedText: "right" }]);
  const key = Buffer.alloc(32, 7);
  const authenticator = new Authenticator({ users, key: () => key, realm: "door" });
  let asked = 0;
  const property = fc.asyncProperty(
    fc.option(authorization, { nil: undefined }),
    url,
    cookie,
    async (authorization, url, cookie) => {
      const request = { headers: { authorization, cookie }, url, socket: {} };
      // A new address each time: repeated guesses from one address are soon rate-limited.
      const address = `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked++ & 255}`;
      try {
        await authenticator.authenticate(request as Parameters<Authenticator["authenticate"]>[0], address, true);
        const [, credentials = ""] = /^basic +(\S+) *$/i.exec(authorization ?? "") ?? [];
        assert.equal(Buffer.from(credentials, "base64").toString(), "jo:right");
      } catch (error) {
        assert.ok(error instanceof HttpError, String(error));
        assert.equal(error.status, 401);
        assert.match(
          error.headers["WWW-Authenticate"] ?? "",
          /^(Basic realm="door", charset="UTF-8"|Bearer error="invalid_token")$/,
        );
      }
    },
  );
  await fc.assert(property, options);
});

/** Hashes as PHC strings, valid and invalid. */
const hash = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("scrypt", "argon2id", "SCRYPT"),
      fc.oneof(fc.nat(99), fc.constantFrom(1, 4, 8, 16, 17)),
      fc.oneof(fc.nat(40), fc.constantFrom(1, 2, 8)),
      fc.nat(20),
      fc.base64String({ maxLength: 24 }),
      fc.oneof(fc.constant("A".repeat(43)), fc.base64String({ maxLength: 48 })),
    )
    .map(
      ([kind, ln, r, p, salt, hash]) =>
        `$${kind}$ln=${ln},r=${r},p=${p}$${salt.replace(/=+$/, "")}$${hash.replace(/=+$/, "")}`,
    ),
  fc.string({ unit: "binary" }),
  long,
);

test("any text is a password, a hash that can be checked, or neither", FUZZ_TIMEOUT, async () => {
  const property = fc.asyncProperty(hash, async (text) => {
    const secret = inTime(() => parsePasswordHash(text));
    if (secret === undefined) return;
    if (secret.isPlain) {
      assert.ok(!/^\$scrypt\$/.test(text));
      assert.ok((await secret.matches(text)) && !(await secret.matches(`${text}.`)));
      return;
    }
    const [ln, r, p] = (/ln=(\d+),r=(\d+),p=(\d+)/.exec(text) ?? []).slice(1).map(Number) as [number, number, number];
    assert.ok(128 * 2 ** ln * r <= 256 * 1024 * 1024 && p <= 16);
    // The others would take minutes in all.
    if (2 ** ln * r * p <= 512 || ln >= 16 * r) assert.equal(await secret.matches("right"), false);
  });
  await fc.assert(property, { numRuns: COSTLY_RUNS });
});
