import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../../src/util/secrets/redactor.ts";

/** Addresses of cameras as public reports have them, and what is shown of each. */
const ADDRESSES: [address: string, shown: string][] = [
  ["rtsp://admin:tiger7@10.0.0.8/live", "rtsp://10.0.0.8"],
  ["rtsp://10.0.0.8:554/user=admin_password=tiger7_channel=1_stream=0.sdp", "rtsp://10.0.0.8:554"],
  ["http://cam.lan/videostream.cgi?user=admin&pwd=tiger7", "http://cam.lan"],
  ["rtmp://10.0.0.8/bcs/channel0_main.bcs?channel=0&user=admin&password=tiger7", "rtmp://10.0.0.8"],
  ["srt://10.0.0.8:9000?passphrase=tiger7tiger7", "srt://10.0.0.8:9000"],
  ["http://tiger7tiger7@[fe80::1]:8080/x", "http://[fe80::1]:8080"],
  ["http://10.0.0.8/hls/tiger7key/index.m3u8", "http://10.0.0.8"],
  ["async:http://admin:tiger7@10.0.0.8/x", "async:http://10.0.0.8"],
  ["rtsp://admin:ti/ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  ["rtsp://admin:ti?ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  ["rtsp://admin:ti#ger7@10.0.0.8:554/x", "rtsp://10.0.0.8:554"],
  ["rtsp://admin:ti@ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  ["rtsp://admin:ti ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  ["rtsp://admin:ti%40ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  ['rtsp://admin:ti"ger7\\@10.0.0.8/x', "rtsp://10.0.0.8"],
  ["rtsp://admin:100%ger7@10.0.0.8/x", "rtsp://10.0.0.8"],
  // What is the host cannot be told.
  ["rtsp://admin:12/ger7@10.0.0.8/x", "rtsp://***"],
];

test("of a camera's address scheme, host and port are shown, whatever its password holds", () => {
  for (const [address, shown] of ADDRESSES) {
    const redactor = new Redactor([address]);
    for (const form of [address, JSON.stringify(address).slice(1, -1), encodeURI(address), decodeLeniently(address)]) {
      const hidden = redactor.hide(`[rtsp @ 0x5] ${form}: Connection refused`);
      assert.equal(hidden, `[rtsp @ 0x5] ${shown}: Connection refused`, form);
    }
    assert.doesNotMatch(redactor.hide(encodeURIComponent(address)), /ger7/, address);
  }
});

test("an address that was cut off anywhere, as by ffmpeg after 1024 characters, shows nothing of its secrets", () => {
  for (const [address] of ADDRESSES) {
    const redactor = new Redactor([address]);
    for (let length = address.indexOf("://") + 4; length < address.length; length++) {
      const hidden = redactor.hide(`Failed: ${address.slice(0, length)}`);
      assert.doesNotMatch(hidden, /ti.?g|admin|ger7|12|100/, `${address.slice(0, length)} → ${hidden}`);
    }
  }
});

test("each secret of an address is hidden where it stands by itself", () => {
  const redactor = new Redactor(["rtsp://admin:p%40ss word@cam.lan/key-4711-abc/x?token=t1&code=k33p&width=1280"]);
  const login = Buffer.from("admin:p@ss word").toString("base64");
  const cases: [text: string, hidden: string][] = [
    ["the password p@ss word", "the password ***"],
    ["p%40ss%20word and p%2540ss word and p@ss+word", "*** and *** and ***"],
    [`Authorization: Basic ${login}`, "Authorization: Basic ***"],
    ["GET /key-4711-abc/x?token=t1&code=k33p&width=1280 failed", "GET /*** failed"],
    ["admin:p@ss word@cam.lan/other", "cam.lan/other"],
    ["opening key-4711-abc, with k33p", "opening ***, with ***"],
    ["cam.lan answered 404", "cam.lan answered 404"],
    ["tcp://cam.lan:554?timeout=0 failed", "tcp://cam.lan:554 failed"],
    ["1280 by 720, by admin", "1280 by 720, by admin"],
  ];
  for (const [text, hidden] of cases) assert.equal(redactor.hide(text), hidden);
});

test("what a camera redirects to is hidden once it is learned, and other URLs keep their host alone", () => {
  const redactor = new Redactor(["http://cam.lan/x"]);
  assert.equal(redactor.hide("at https://u:pw@cdn.example:8443/a?t=1."), "at https://cdn.example:8443.");
  redactor.learn("https://cdn.example/k3y-of-the-day/live?sig=abc123");
  assert.equal(redactor.hide("k3y-of-the-day abc123 cdn.example"), "*** *** cdn.example");
});

test("other text stays as it is", () => {
  const redactor = new Redactor(["http://ab:abc@10.0.0.8/?action=stream", "not a URL", "//10.0.0.9/x", ""]);
  for (const text of ["10.0.0.8 ended the stream", "No frame came for 10 s", "a // b @ c", "mail me@example.com"]) {
    assert.equal(redactor.hide(text), text);
  }
  // Three letters are hidden as a word alone.
  assert.equal(redactor.hide("abc is in the abcdef"), "*** is in the abcdef");
});

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
