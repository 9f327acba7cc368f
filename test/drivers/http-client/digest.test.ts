import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../../src/drivers/http-client/challenges.ts";
import { DigestSession, readDigestOffer } from "../../../src/drivers/http-client/digest.ts";

/** What a session says for the first request, by a challenge as it stands in a header. */
function answer(challenge: string, user: string, password: string, uri: string, cnonce: string): string {
  const [parsed] = parseChallenges([challenge]);
  const offer = readDigestOffer(parsed?.parameters ?? new Map());
  assert.ok(offer !== undefined);
  return new DigestSession(offer, { user, password }, cnonce).header(uri);
}

test("the examples of RFC 7616, 3.9.1 come out as it has them", () => {
  for (const [algorithm, response] of [
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ]) {
    const challenge = `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
    const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const header = answer(challenge, "Mufasa", "Circle of Life", "/dir/index.html", cnonce);
    assert.ok(header.includes(`response="${response}"`), header);
    assert.ok(header.includes('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'));
    assert.match(header, /, qop=auth, nc=00000001, /);
  }
});

test("the example of RFC 2617, 3.5 and, without qop, of RFC 2069 come out as curl has them", () => {
  const challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
  const withQop = answer(`${challenge}, qop="auth"`, "Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b");
  assert.ok(withQop.includes('response="6629fae49393a05397450978507c4ef1"'), withQop);
  const without = answer(challenge, "Mufasa", "Circle Of Life", "/dir/index.html", "0a4f113b");
  assert.ok(without.includes('response="670fd8c2df070c60b045671b8b24ff02"'), without);
  assert.doesNotMatch(without, /qop|nc=|cnonce/);
});

test("a user is hashed where the server takes that", () => {
  const challenge =
    'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", charset=UTF-8, userhash=true';
  const header = answer(challenge, "Jäsøn Doe", "Secret, or not?", "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm");
  // SHA-512/256 of FIPS 180-4, reckoned by Python's hashlib.
  assert.ok(header.includes('username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"'), header);
  assert.ok(header.includes('response="7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c"'), header);
  assert.match(header, /, userhash=true, /);
});

test("a name beyond ASCII is sent in the extended form where the server reads UTF-8, and quoted elsewhere", () => {
  const challenge = 'Digest realm="x", nonce="y", qop="auth"';
  assert.match(
    answer(`${challenge}, charset=UTF-8`, "jö(*)'\"", "p", "/", "c"),
    /^Digest username\*=UTF-8''j%C3%B6%28%2A%29%27%22, /,
  );
  assert.match(answer(challenge, 'jö"\\\r\n', "p", "/", "c"), /^Digest username="jÃ¶\\"\\\\", /);
});

test("challenges are read as cameras write them", () => {
  const rows: [string, string, Record<string, string>][] = [
    ['Digest realm="a, b", nonce="c"', "digest", { realm: "a, b", nonce: "c" }],
    ["DIGEST realm=Login to CAM, nonce=c , qop=auth", "digest", { realm: "Login to CAM", nonce: "c", qop: "auth" }],
    ['Digest realm="a" nonce="c" qop=auth', "digest", { realm: "a", nonce: "c", qop: "auth" }],
    ['Digest  Realm = "a" ,,  NONCE="c=="', "digest", { realm: "a", nonce: "c==" }],
    ['Digest realm="say \\"hi\\" \\\\", nonce=""', "digest", { realm: 'say "hi" \\', nonce: "" }],
    ['Digest realm="no end, nonce', "digest", { realm: "no end, nonce" }],
    ["Basic", "basic", {}],
    ["Negotiate abc==, Basic realm=x", "negotiate", { abc: "=" }],
  ];
  for (const [text, scheme, parameters] of rows) {
    const [first] = parseChallenges([text]);
    assert.deepEqual([first?.scheme, Object.fromEntries(first?.parameters ?? [])], [scheme, parameters], text);
  }
  const both = parseChallenges(['Digest realm="a", nonce="b", Basic realm="c", NTLM', "Digest nonce=d"]);
  assert.deepEqual(
    both.map(({ scheme }) => scheme),
    ["digest", "basic", "ntlm", "digest"],
  );
});

test("a challenge of any length is read in a time that does not grow with it", () => {
  const startedAt = process.cpuUsage();
  for (const filler of [" ", "a ", "a=", '"', "\\", ","]) parseChallenges([`Digest realm=${filler.repeat(100_000)}`]);
  assert.ok(process.cpuUsage(startedAt).user < 2_000_000);
});

test("what cannot be answered is no offer", () => {
  for (const text of ['Digest realm="x"', 'Digest nonce="x", qop="auth-int"', 'Digest nonce="x", algorithm=SHA-1']) {
    const [challenge] = parseChallenges([text]);
    assert.equal(readDigestOffer(challenge?.parameters ?? new Map()), undefined, text);
  }
});
