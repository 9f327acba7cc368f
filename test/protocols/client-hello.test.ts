import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hello, type HelloReading, helloNumbers, readHello } from "../../src/protocols/client-hello.ts";
import { HEADER_LAYOUTS, packHeader } from "../../src/protocols/frame-header.ts";

/** What it is once nothing more comes. */
function settled(bytes: Buffer): HelloReading {
  const reading = readHello(bytes);
  return reading.kind === "more" ? (reading.otherwise ?? reading) : reading;
}

function helloOf(bytes: Buffer): Hello {
  const reading = settled(bytes);
  assert.equal(reading.kind, "hello", JSON.stringify(reading));
  return (reading as { hello: Hello }).hello;
}

const WISHES = [
  { fps: 15, width: 640, height: 480 },
  { fps: 1, width: 1, height: 1 },
  { fps: 60, width: 4096, height: 4096 },
  // Numbers whose lower bytes are ASCII: 888 + 32 is 0x398, 0x2020 is 8224, which is cut.
  { fps: 32, width: 0x2020, height: 0x3939 },
];

for (const layout of HEADER_LAYOUTS) {
  test(`a hello as ${layout} is read at its last byte, and never before, whatever it asks for`, () => {
    for (const wish of WISHES) {
      const bytes = packHeader(layout, helloNumbers(wish));
      for (let length = 0; length < bytes.length; length++) {
        // Where lhh12 has come by 8 bytes it could be an lhh8 that asks for 0 × 0.
        const reading = readHello(bytes.subarray(0, length));
        assert.equal(reading.kind, "more", `${length} bytes`);
        assert.equal("otherwise" in reading, layout === "lhh12" && length === 8);
      }
      const { width, height } = wish;
      const expected = { layout, fps: wish.fps, width: Math.min(width, 4096), height: Math.min(height, 4096) };
      assert.deepEqual(helloOf(bytes), expected);
      assert.deepEqual(readHello(Buffer.concat([bytes, Buffer.from("more")])), { kind: "hello", hello: expected });
    }
  });

  test(`absurd requests as ${layout} are cut to 1 to 60 fps of 1 to 4096 pixels`, () => {
    const most = { layout, fps: 60, width: 4096, height: 4096 };
    const least = { layout, fps: 1, width: 1, height: 1 };
    assert.deepEqual(helloOf(packHeader(layout, { long: 2 ** 31 - 1, width: 32_767, height: 32_767 })), most);
    assert.deepEqual(helloOf(packHeader(layout, { long: 889, width: -1, height: -32_768 })), least);
    assert.deepEqual(helloOf(packHeader(layout, { long: 889, width: 0, height: 0 })), least);
  });

  test(`a hello as ${layout} without the magic is refused with its number`, () => {
    for (const long of [888, 0, -1, -888]) {
      const reading = settled(packHeader(layout, { long, width: 640, height: 480 }));
      assert.equal(reading.kind, "refused", String(long));
      const { reason } = reading as { reason: string };
      assert.match(reason, /^its first number is -?\d+, not 888 plus the frames per second$/);
    }
  });
}

test("eight bytes that ask for 0 × 0 are lhh8 only when nothing follows them", () => {
  const bytes = packHeader("lhh8", { long: 900, width: 0, height: 0 });
  const reading = readHello(bytes);
  assert.deepEqual(reading, {
    kind: "more",
    otherwise: { kind: "hello", hello: { layout: "lhh8", fps: 12, width: 1, height: 1 } },
  });
  assert.deepEqual(readHello(Buffer.concat([bytes, Buffer.of(0x80)])), { kind: "more" });
  assert.deepEqual(readHello(Buffer.concat([bytes, Buffer.of(0x80, 2, 0xe0, 1)])), {
    kind: "hello",
    hello: { layout: "lhh12", fps: 12, width: 640, height: 480 },
  });
});

test("eight bytes that ask for less than nothing are lhh8 at once", () => {
  const reading = readHello(packHeader("lhh8", { long: 900, width: -1, height: -1 }));
  assert.deepEqual(reading, { kind: "hello", hello: { layout: "lhh8", fps: 12, width: 1, height: 1 } });
});

test("text may be padded on either side and signed, and must be three numbers", () => {
  const hello = { layout: "text", fps: 12, width: 640, height: 480 } as const;
  assert.deepEqual(helloOf(Buffer.from("900         640   480   ")), hello);
  assert.deepEqual(helloOf(Buffer.from("        +900  +640  +480")), hello);
  assert.equal(settled(Buffer.from("         900   640      ")).kind, "refused");
  assert.equal(settled(Buffer.from("     9 0 0     640   480")).kind, "refused");
});

test("what other programs say at once is refused as soon as it shows", () => {
  for (const text of ["GET / HTTP/1.1\r\n", "SSH-2.0-", "{}\r\n"]) {
    assert.equal(readHello(Buffer.from(text)).kind, "refused", text);
  }
});
