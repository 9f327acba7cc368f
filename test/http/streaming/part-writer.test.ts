import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { buildPart, buildPlaceholderPart, OPENING, type Part } from "../../../src/http/streaming/multipart.ts";
import { PartWriter } from "../../../src/http/streaming/part-writer.ts";
import { tinyJpeg } from "../../support/images/jpegs.ts";

const parts = [0, 1, 2, 3].map((seq) =>
  buildPart({ jpeg: tinyJpeg({ label: String(seq) }), seq, capturedAt: 0, at: 0 }),
) as [Part, Part, Part, Part];

const card = buildPlaceholderPart({ jpeg: tinyJpeg({ label: "card" }), isSizeGuessed: false, drawnAt: 0 });

/** A writer on a socket whose writes are taken by hand. */
function openWriter({ takesPlaceholder = true } = {}) {
  const writes: Buffer[] = [];
  const heard: string[] = [];
  let taken = () => {};
  const socket = {
    write: (bytes: Buffer, callback: () => void) => {
      writes.push(bytes);
      taken = callback;
    },
  };
  const writer = new PartWriter({
    socket: socket as unknown as Socket,
    framing: "length",
    observer: {
      writing: ({ frame }, bytes) => heard.push(`writing ${frame?.seq}, ${bytes}`),
      written: () => heard.push("written"),
    },
    network: "10.0.0.1",
    takesPlaceholder: () => takesPlaceholder,
    onClose: () => heard.push("closed"),
  });
  writer.open();
  return { writer, writes, heard, take: () => taken() };
}

test("the opening goes out at once, and then each part as one write", () => {
  const { writer, writes, take } = openWriter();
  assert.deepEqual(writes, [OPENING.length]);
  take();
  writer.put(parts[0]);
  take();
  writer.put(parts[1]);
  assert.deepEqual(writes.slice(1), [parts[0].length, parts[1].length]);
});

test("nothing is written while the last write is being taken, and of what came meanwhile the newest is next", () => {
  const { writer, writes, take } = openWriter();
  take();
  for (const part of parts) writer.put(part);
  assert.deepEqual(writes.slice(1), [parts[0].length]);
  take();
  assert.deepEqual(writes.slice(1), [parts[0].length, parts[3].length]);
  take();
  assert.equal(writes.length, 3);
});

test("a part that comes while the opening is being taken follows it", () => {
  const { writer, writes, take } = openWriter();
  writer.put(parts[0]);
  assert.equal(writes.length, 1);
  take();
  assert.deepEqual(writes.slice(1), [parts[0].length]);
});

test("the observer hears of each part before it is written and when it is taken", () => {
  const { writer, heard, take } = openWriter();
  take();
  heard.length = 0;
  writer.put(parts[0]);
  assert.deepEqual(heard, [`writing 0, ${parts[0].length.length}`]);
  take();
  assert.deepEqual(heard.slice(1), ["written"]);
});

test("a writer that is closed says so, and forgets the part that waits", () => {
  const { writer, writes, heard, take } = openWriter();
  writer.put(parts[0]);
  writer.close();
  take();
  assert.equal(writes.length, 1);
  assert.ok(heard.includes("closed"));
});

test("a placeholder goes to a viewer that accepts it; another gets its last frame again, or nothing before the first", () => {
  const taking = openWriter();
  taking.take();
  taking.writer.put(card);
  assert.deepEqual(taking.writes.slice(1), [card.length]);

  const { writer, writes, take } = openWriter({ takesPlaceholder: false });
  take();
  writer.put(card);
  assert.equal(writes.length, 1);
  for (const part of [parts[0], card, parts[1], card, card]) {
    writer.put(part);
    take();
  }
  assert.deepEqual(
    writes.slice(1),
    [parts[0], parts[0], parts[1], parts[1], parts[1]].map(({ length }) => length),
  );
});
