import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSVG } from "uqr";
import { handCamera } from "../../support/cameras/hand-camera.ts";
import { serve } from "../../support/serve.ts";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJ4IjoxfQ.AbC-_9";

test("the URL of a camera's page in the body becomes a QR code, with a token or without", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  for (const address of [
    `${url}/cameras/test`,
    `https://cam.example/behind/a/proxy/cameras/test?token=${TOKEN}`,
    `http://192.168.0.5:8080/cameras/test/publish?token=${TOKEN}`,
  ]) {
    const response = await fetch(`${url}/cameras/test/share.svg`, { method: "POST", body: address });
    assert.equal(response.status, 200, address);
    assert.match(response.headers.get("content-type") ?? "", /^image\/svg\+xml/);
    assert.match(response.headers.get("cache-control") ?? "", /no-store/);
    assert.equal(await response.text(), renderSVG(address, { border: 2 }));
  }
});

test("no QR code leads elsewhere, and the error does not repeat the URL", async (t) => {
  const url = await serve(t, { cameras: [handCamera(t).camera] });
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/cameras/test/share.svg`, { method: "POST", body, headers });
  for (const body of [
    "",
    "nonsense",
    "javascript:alert(1)//cameras/test",
    "https://evil.example/",
    `${url}/cameras/other`,
    `${url}/cameras/test/embed?token=${TOKEN}`,
    `${url}/cameras/test?token=${TOKEN}&x=1`,
    `${url}/cameras/test?token=short`,
    `${url}/cameras/test#x`,
    `http://me:secret@host/cameras/test?token=${TOKEN}`,
    `${url}/${"x".repeat(500)}/cameras/test`,
  ]) {
    const response = await post(body);
    assert.equal(response.status, 400, body);
    const { error } = (await response.json()) as { error: string };
    assert.match(error, /^The body must be a URL that ends in \/cameras\/test or /);
    assert.ok(!error.includes("eyJ") && !error.includes("secret"), error);
  }
  assert.equal((await post("x".repeat(3000))).status, 413);
  assert.equal((await post(`${url}/cameras/test`, { Origin: "https://evil.example" })).status, 403);
  assert.equal((await fetch(`${url}/cameras/test/share.svg`)).status, 405);
});
