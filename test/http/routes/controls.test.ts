import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Control } from "../../../src/core/controls.ts";
import { Gate } from "../../../src/http/access/gate.ts";
import { parseTrustedProxies, type TrustedProxies } from "../../../src/net/trusted-proxies.ts";
import type { TestAppOptions } from "../../support/app.ts";
import { fakeControls } from "../../support/cameras/fake-controls.ts";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { deferred } from "../../support/deferred.ts";
import { serve } from "../../support/serve.ts";
import { ask, headOf } from "../../support/sockets/raw-http.ts";

const PATH = "/api/cameras/desk/controls";

async function serveDesk(t: TestContext, parts: Partial<TestAppOptions> = {}) {
  const controls = fakeControls();
  const { camera } = handCamera(t, { name: "desk", title: "Desk", driver: "webcam", controls });
  const plain = handCamera(t, { name: "plain", title: "Plain", driver: "fake" });
  const errors: unknown[] = [];
  const url = await serve(t, { cameras: [camera, plain.camera], onError: (error) => errors.push(error), ...parts });
  const patch = (body: string | undefined, headers: Record<string, string> = {}) =>
    fetch(url + PATH, {
      method: "PATCH",
      body: body ?? null,
      headers: { "Content-Type": "application/json", ...headers },
    });
  return { url, controls, patch, errors };
}

async function listOf(response: Response): Promise<Control[]> {
  return ((await response.json()) as { controls: Control[] }).controls;
}

async function errorOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: string }).error;
}

test("a camera's controls are listed, uncached, with all fields", async (t) => {
  const { url } = await serveDesk(t);
  const response = await fetch(url + PATH);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("cache-control") ?? "", /no-store/);
  const [brightness, , exposure] = await listOf(response);
  assert.deepEqual(brightness, {
    name: "brightness",
    type: "integer",
    min: 0,
    max: 255,
    step: 1,
    default: 128,
    value: 128,
    menu: [],
    inactive: false,
    readOnly: false,
  });
  assert.deepEqual(exposure?.menu[0], { value: 1, name: "Manual Mode" });
});

test("a PATCH sets all controls it names, and the response has the new values", async (t) => {
  const { controls, patch } = await serveDesk(t);
  const response = await patch('{"brightness": 140, "auto_exposure": 1}');
  assert.equal(response.status, 200);
  const list = await listOf(response);
  assert.equal(list.find(({ name }) => name === "brightness")?.value, 140);
  assert.equal(list.find(({ name }) => name === "exposure_time_absolute")?.inactive, false);
  assert.deepEqual(controls.written, [{ brightness: 140, auto_exposure: 1 }]);
});

test("numbers may be fractions, and the bits of a mask are 32", async (t) => {
  const { controls, patch } = await serveDesk(t);
  const response = await patch('{"contrast": 1.05, "test_pattern": 2147483649}');
  const list = await listOf(response);
  const values = ["contrast", "test_pattern"].map((name) => list.find((control) => control.name === name)?.value);
  assert.deepEqual(values, [1.05, 2147483649]);
  assert.deepEqual(controls.written, [{ contrast: 1.05, test_pattern: 2147483649 }]);
});

test("the body is read as JSON, whatever its Content-Type", async (t) => {
  const { controls, patch } = await serveDesk(t);
  const response = await patch('{"brightness": 1}', { "Content-Type": "application/x-www-form-urlencoded" });
  assert.equal(response.status, 200);
  assert.equal(controls.value("brightness"), 1);
});

const HOW = 'Send JSON such as {"brightness": 140}.';

const NAMES =
  "brightness, white_balance_automatic, auto_exposure, exposure_time_absolute, sharpness, gain, power_line_frequency, " +
  "contrast, test_pattern, pan_reset";

const WRONG: Record<string, [body: string | undefined, sentence: string]> = {
  "malformed JSON": ['{"brightness": 140', `Invalid body: it is not plain JSON. ${HOW}`],
  "a lone number": ["140", `Invalid body: it is not a JSON object. ${HOW}`],
  "a list": ['["brightness"]', `Invalid body: it is not a JSON object. ${HOW}`],
  "no body": [undefined, `Invalid body: it is not a JSON object. ${HOW}`],
  "a text": ['{"brightness": "140"}', '"brightness" must be a number, got "140".'],
  "a fraction": ['{"brightness": 1.5}', "brightness must be a whole number from 0 to 255, got 1.5."],
  infinity: ['{"brightness": 1e999}', '"brightness" must be a number, got null.'],
  nothing: ['{"brightness": null}', '"brightness" must be a number, got null.'],
  "an unknown control": ['{"brightness": 1, "zeal": 5}', `The camera has no zeal; it has ${NAMES}.`],
  "a name all objects have": ['{"brightness": 1, "__proto__": 5}', `The camera has no __proto__; it has ${NAMES}.`],
  "a value out of range": [
    '{"brightness": 1, "gain": 68}',
    "gain must be a whole number from -64 to 64 in steps of 4, got 68.",
  ],
  "a value between steps": [
    '{"brightness": 1, "gain": 3}',
    "gain must be a whole number from -64 to 64 in steps of 4, got 3.",
  ],
  "a number out of range": ['{"contrast": 16}', "contrast must be a number from 0 to 15.99, got 16."],
  "bits that are not there": [
    '{"test_pattern": 6}',
    "test_pattern must be 0 or a sum of 1, 4, 2147483648, each at most once, got 6.",
  ],
  "what can only be read": ['{"power_line_frequency": 1}', "power_line_frequency can be read, not set."],
};

for (const [what, [body, sentence]] of Object.entries(WRONG)) {
  test(`${what} is answered 400 in one sentence, and nothing is set`, async (t) => {
    const { controls, patch, errors } = await serveDesk(t);
    const response = await patch(body);
    assert.equal(response.status, 400);
    assert.equal(await errorOf(response), sentence);
    assert.deepEqual(controls.written, []);
    assert.deepEqual(errors, []);
  });
}

test("a large or a compressed body is not read", async (t) => {
  const { patch } = await serveDesk(t);
  const large = await patch(`{"brightness": 1${" ".repeat(20_000)}}`);
  assert.equal(large.status, 413);
  assert.equal(await errorOf(large), "Body too large: the limit is 16384 bytes.");
  const compressed = await patch("{}", { "Content-Encoding": "gzip" });
  assert.equal(compressed.status, 400);
  assert.equal(await errorOf(compressed), `Invalid body: it is not plain JSON. ${HOW}`);
});

test("a camera without controls is answered 404 with the reason, as is an unknown one", async (t) => {
  const { url } = await serveDesk(t);
  for (const method of ["GET", "PATCH"]) {
    const init = method === "PATCH" ? { method, body: "{}" } : {};
    const plain = await fetch(`${url}/api/cameras/plain/controls`, init);
    assert.equal(plain.status, 404);
    assert.equal(await errorOf(plain), 'Camera "Plain" has no controls: its driver "fake" has none.');
    const attic = await fetch(`${url}/api/cameras/attic/controls`, init);
    assert.equal(attic.status, 404);
    assert.equal(await errorOf(attic), 'Camera "attic" not found. Cameras: desk, plain.');
  }
});

test("an unreachable camera is answered 503 with the reason, and not logged as an error", async (t) => {
  const { url, controls, patch, errors } = await serveDesk(t);
  controls.error = new Error("There is no camera at /dev/video0");
  for (const response of [await fetch(url + PATH), await patch('{"brightness": 1}')]) {
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "5");
    const sentence = 'Controls of camera "Desk" are unavailable: There is no camera at /dev/video0.';
    assert.equal(await errorOf(response), sentence);
  }
  assert.deepEqual(errors, []);
});

test("only our own pages change controls, behind trusted proxies too", async (t) => {
  const trusting = new Gate({ hostNames: ["cam.example"], trust: parseTrustedProxies("loopback") as TrustedProxies });
  const { url, controls } = await serveDesk(t, { gate: trusting });
  const host = new URL(url).host;
  const proxied = { "X-Forwarded-For": "192.168.0.9" };
  const cases: [status: number, headers: Record<string, string>][] = [
    [200, { Host: host }],
    [200, { Host: host, Origin: url }],
    [200, { Host: host, Origin: url, "Sec-Fetch-Site": "same-origin" }],
    [200, { Host: host, Origin: url, "Sec-Fetch-Site": "none" }],
    [200, { Host: host, Origin: "null", "Sec-Fetch-Site": "same-origin" }],
    [200, { ...proxied, Host: "cam.example", Origin: "https://cam.example" }],
    [200, { ...proxied, Host: "Cam.example:443", Origin: "https://cam.example" }],
    // A proxy that calls us by our own address, as nginx does by default.
    [200, { ...proxied, Host: host, Origin: "https://cam.example", "Sec-Fetch-Site": "same-origin" }],
    [200, { ...proxied, Host: host, Origin: "http://cam.example", "X-Forwarded-Host": "cam.example" }],
    [200, { Forwarded: 'for=192.168.0.9;host="cam.example:81"', Host: host, Origin: "http://cam.example:81" }],
    [
      403,
      {
        ...proxied,
        Host: host,
        Origin: "http://cam.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "cam.example",
      },
    ],
    [403, { ...proxied, Host: host, Origin: "http://evil.example", "X-Forwarded-Host": "cam.example" }],
    [403, { Host: host, Origin: "https://evil.example" }],
    [403, { Host: host, Origin: `${url}0` }],
    [403, { Host: "cam.example", Origin: "https://cam.example:8443" }],
    [403, { Host: host, Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }],
    [403, { Host: host, Origin: "https://b.example", "Sec-Fetch-Site": "same-site" }],
    [403, { Host: host, Origin: "https://evil.example", "Sec-Fetch-Site": "none" }],
    [403, { Host: host, "Sec-Fetch-Site": "cross-site" }],
    [403, { Host: host, Origin: "null" }],
    [403, { Host: host, Origin: "file://" }],
    // Browsers that omit Origin here still send Referer.
    [403, { Host: host, Referer: "https://evil.example/page" }],
  ];
  for (const [index, [status, headers]] of cases.entries()) {
    const before = controls.written.length;
    const answer = ask(t, url + PATH, { method: "PATCH", body: `{"brightness": ${index}}`, headers });
    assert.equal((await headOf(answer)).status, status, JSON.stringify(headers));
    assert.equal(controls.written.length - before, status === 200 ? 1 : 0, JSON.stringify(headers));
  }
});

const FORWARDED = [
  "X-Forwarded-Host",
  "X-Forwarded-Server",
  "X-Original-Host",
  "X-Forwarded-For",
  "X-Real-IP",
] as const;

test("an untrusted peer's headers make no page ours, even on a public server", async (t) => {
  const everybody = await serveDesk(t, { gate: new Gate({ isPublic: true }) });
  const locals = await serveDesk(t);
  for (const { url, controls } of [everybody, locals]) {
    const host = new URL(url).host;
    for (const name of FORWARDED) {
      const headers = { Host: host, Origin: "http://evil.example", [name]: "evil.example" };
      assert.equal((await headOf(ask(t, url + PATH, { method: "PATCH", body: "{}", headers }))).status, 403, name);
    }
    const Forwarded = "for=127.0.0.1;host=evil.example;proto=http";
    const headers = { Host: host, Origin: "http://evil.example", Forwarded };
    assert.equal((await headOf(ask(t, url + PATH, { method: "PATCH", body: "{}", headers }))).status, 403);
    assert.deepEqual(controls.written, []);
  }
});

test("PATCH is allowed only for controls, and never to another origin's page", async (t) => {
  for (const basePath of ["", "/cams"]) {
    const { url } = await serveDesk(t, { basePath });
    for (const [path, allow] of [
      [PATH, "GET, HEAD, OPTIONS, PATCH"],
      ["/api/cameras/desk", "GET, HEAD, OPTIONS"],
      ["/api/devices", "GET, HEAD, OPTIONS"],
    ]) {
      const options = await fetch(url + basePath + path, { method: "OPTIONS" });
      assert.equal(options.status, 204);
      assert.equal(options.headers.get("allow"), allow);
      assert.equal(options.headers.get("access-control-allow-methods"), "GET, HEAD, OPTIONS");
      const post = await fetch(url + basePath + path, { method: "POST", body: "{}" });
      assert.equal(post.status, 405);
      assert.equal(post.headers.get("allow"), allow);
      const words = (allow ?? "").replace(/, (?=\w+$)/, " or ");
      assert.equal(await errorOf(post), `Method not allowed: POST. Use ${words}.`);
    }
    const status = await fetch(`${url}${basePath}/api/cameras/desk`, { method: "PATCH", body: "{}" });
    assert.equal(status.status, 405);
  }
});

test("the machine's cameras are listed; concurrent requests share one scan", async (t) => {
  const devices = [{ path: "/dev/video0", card: "Fake Camera" }];
  const looked = deferred<typeof devices>();
  let looks = 0;
  const { url } = await serveDesk(t, {
    listDevices: () => {
      looks++;
      return looked.promise;
    },
  });
  const asked = [1, 2, 3].map(() => fetch(`${url}/api/devices`));
  setTimeout(() => looked.resolve(devices), 200);
  for (const response of await Promise.all(asked)) assert.deepEqual(await response.json(), { devices });
  assert.equal(looks, 1);
  await fetch(`${url}/api/devices`);
  assert.equal(looks, 2);
});

test("without a scan there are no devices", async (t) => {
  const { url } = await serveDesk(t);
  assert.deepEqual(await (await fetch(`${url}/api/devices`)).json(), { devices: [] });
});
