import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Redactor } from "../../src/util/secrets/redactor.ts";
import { COSTLY_RUNS, FUZZ_RUNS, FUZZ_TIMEOUT } from "../support/fuzz.ts";

/** Letters that occur in no sentence of ours, scheme, or host. */
const secret = fc.string({ unit: fc.constantFrom(..."QXZqxz78@:/?#% &=+éß漢\"'\\"), minLength: 4, maxLength: 40 });
const scheme = fc.constantFrom(
  "rtsp",
  "rtsps",
  "http",
  "https",
  "rtmp",
  "rtmps",
  "srt",
  "udp",
  "tcp",
  "mqtt",
  "ftp",
  "x-own",
);
const host = fc.constantFrom("10.0.0.8", "cam.lan:554", "[fe80::1]:80", "localhost", "webcam");

/** All encodings in which other programs may return a secret. */
const FORMS: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURI,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => [...text].map((character, index) => (index % 2 ? encodeURIComponent(character) : character)).join(""),
  (text) => encodeURIComponent(text).toLowerCase(),
  (text) => text.replaceAll(" ", "+"),
  (text) => JSON.stringify(text).slice(1, -1),
  decodeLeniently,
];

test("no password comes out, in whichever URL and however it is encoded", FUZZ_TIMEOUT, () => {
  const property = fc.property(
    secret,
    scheme,
    host,
    fc.constantFrom(...FORMS),
    fc.nat(),
    (password, scheme, host, form, cut) => {
      fc.pre(!/^[\d/?#@: ]+$/.test(password));
      for (const written of [password, encodeURIComponent(password)]) {
        const address = `${scheme}://admin:${written}@${host}/live`;
        const redactor = new Redactor([address]);
        const texts = [
          form(address),
          form(written),
          `admin:${form(written)}@${host}`,
          form(address).slice(0, cut % 90),
        ];
        for (const text of texts) {
          const hidden = redactor.hide(`It said "${text}" and no more`);
          const left = hidden.replace(/^It said "|" and no more$/g, "");
          for (let at = 0; at + 4 <= password.length; at++) {
            const piece = password.slice(at, at + 4);
            assert.ok(!left.includes(piece), `${piece} of ${address}: ${text} → ${left}`);
          }
        }
      }
    },
  );
  fc.assert(property, { numRuns: COSTLY_RUNS });
});

test("no value of a query comes out, and no key of a path", FUZZ_TIMEOUT, () => {
  const value = fc.string({ unit: fc.constantFrom(..."QXZqxz789é漢-_"), minLength: 8, maxLength: 40 });
  const property = fc.property(value, scheme, host, fc.constantFrom(...FORMS), (key, scheme, host, form) => {
    const addresses = [
      `${scheme}://${host}/a?x=${key}`,
      `${scheme}://${host}/${key}7z/a`,
      `${scheme}://${host}?pwd=${encodeURIComponent(key)}`,
    ];
    for (const address of addresses) {
      const redactor = new Redactor([address]);
      for (const text of [form(address), `GET ${form(address.slice(address.indexOf("/", 10)))}`]) {
        assert.ok(!redactor.hide(text).includes(key), `${address}: ${text} → ${redactor.hide(text)}`);
      }
    }
  });
  fc.assert(property, { numRuns: FUZZ_RUNS });
});

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
