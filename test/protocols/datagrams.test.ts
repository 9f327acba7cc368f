import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { datagramsOf, FRAME_ANSWER, type HeaderBytes } from "../../src/protocols/datagram-layout.ts";
import { DatagramReceiver } from "../../src/protocols/datagrams.ts";
import { heavyJpeg, tinyJpeg } from "../support/images/jpegs.ts";
import { DOT_PNG } from "../support/paths.ts";

const A = { host: "127.0.0.1", port: 5001 };
const B = { host: "127.0.0.1", port: 5002 };

/**
 * A receiver with a clock of its own, and what it did: `picture`, `dropped` and `answer` lines,
 * each with the sender's port.
 */
function receiverAtNoon() {
  let now = 0;
  const pictures: Buffer[] = [];
  const events: string[] = [];
  const receiver = new DatagramReceiver({
    onImage: (picture, { port }) => {
      pictures.push(Buffer.from(picture));
      events.push(`picture ${port}`);
    },
    onDropped: (reason, { port }) => events.push(`dropped ${port}: ${reason}`),
    answer: ({ port }) => events.push(`answer ${port} at ${now}`),
  });
  return {
    receiver,
    pictures,
    /** What happened since this was asked last. */
    happened: () => events.splice(0),
    take: (sender: typeof A, ...datagrams: Uint8Array[]) => {
      for (const datagram of datagrams) receiver.receive(Buffer.from(datagram), sender, now);
    },
    /** Lets time pass as a socket's timer does. */
    pass: (ms: number) => {
      const until = now + ms;
      while (receiver.dueAt <= until) {
        now = Math.max(now, receiver.dueAt);
        receiver.tick(now);
      }
      now = until;
    },
    /** Lets time pass without a look at what is due, as a busy process does. */
    oversleep: (ms: number) => {
      now += ms;
    },
  };
}

function chunked(jpeg: Uint8Array, headerBytes: HeaderBytes = 8): [Uint8Array, ...Uint8Array[]] {
  return [...datagramsOf(jpeg, headerBytes)] as [Uint8Array, ...Uint8Array[]];
}

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(length);
  return bytes;
}

describe("a picture in datagrams", () => {
  test("is its length in 8 or 4 bytes, little-endian, then chunks of 1024 bytes but the last", () => {
    const sizes = (length: number, bytes: HeaderBytes) => chunked(Buffer.alloc(length), bytes).map((one) => one.length);
    assert.deepEqual(sizes(2500, 8), [8, 1024, 1024, 452]);
    assert.deepEqual(sizes(1023, 4), [4, 1023]);
    assert.deepEqual([...(chunked(Buffer.alloc(2500))[0] ?? [])], [0xc4, 9, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...(chunked(Buffer.alloc(2500), 4)[0] ?? [])], [0xc4, 9, 0, 0]);
  });

  test("never ends with an empty chunk, also when its length is a multiple of 1024", () => {
    assert.deepEqual(
      chunked(Buffer.alloc(2048)).map((one) => one.length),
      [8, 1024, 1024],
    );
  });
});

describe("a receiver of pictures", () => {
  test("takes a datagram that is a whole JPEG, and answers it", () => {
    const { take, pictures, happened } = receiverAtNoon();
    const jpeg = tinyJpeg({ label: "whole" });
    take(A, Buffer.concat([jpeg, Buffer.from("padding")]));
    assert.deepEqual(pictures, [jpeg]);
    assert.deepEqual(happened(), ["picture 5001", "answer 5001 at 0"]);
  });

  for (const headerBytes of [8, 4] as const) {
    test(`puts a picture together from a header of ${headerBytes} bytes and chunks, and answers it once`, () => {
      const { take, pictures, happened } = receiverAtNoon();
      const jpeg = heavyJpeg(200_000, "chunked");
      take(A, ...chunked(jpeg, headerBytes));
      assert.deepEqual(pictures, [jpeg]);
      assert.deepEqual(happened(), ["picture 5001", "answer 5001 at 0"]);
    });
  }

  for (const size of [1, 3, 700, 60_000]) {
    test(`takes chunks of ${size} bytes`, () => {
      const { take, pictures } = receiverAtNoon();
      const jpeg = heavyJpeg(size * 3 + 500);
      take(A, header(BigInt(jpeg.length)));
      for (let from = 0; from < jpeg.length; from += size) take(A, jpeg.subarray(from, from + size));
      assert.deepEqual(pictures, [jpeg]);
    });
  }

  test("takes whatever comes while a frame is open for a chunk, also what looks like a header or a JPEG", () => {
    const { take, pictures } = receiverAtNoon();
    const inner = tinyJpeg({ label: "thumbnail" });
    const jpeg = tinyJpeg({
      label: "outer",
      extra: [Buffer.concat([Buffer.of(0xff, 0xe1, 0, inner.length + 10), header(9n), inner])],
    });
    const at = jpeg.indexOf(header(9n));
    take(A, header(BigInt(jpeg.length)), jpeg.subarray(0, at), jpeg.subarray(at, at + 8));
    take(A, jpeg.subarray(at + 8, at + 8 + inner.length), jpeg.subarray(at + 8 + inner.length));
    assert.deepEqual(pictures, [jpeg]);
  });

  test("ignores the empty datagram that follows a frame whose length is a multiple of the chunks'", () => {
    const { take, pass, happened } = receiverAtNoon();
    const jpeg = tinyJpeg({ scan: Buffer.alloc(2048 - tinyJpeg({ scan: Buffer.alloc(0) }).length, 1) });
    assert.equal(jpeg.length, 2048);
    take(A, ...chunked(jpeg), Buffer.alloc(0));
    pass(1000);
    assert.deepEqual(happened(), ["picture 5001", "answer 5001 at 0", "answer 5001 at 1000"]);
  });

  test("takes a PNG, as some programs encode, once it is whole", () => {
    const { take, pass, pictures, happened } = receiverAtNoon();
    const png = readFileSync(DOT_PNG);
    take(A, png);
    take(A, ...chunked(png));
    assert.deepEqual(pictures, [png, png]);
    happened();
    take(A, png.subarray(0, -1));
    pass(200);
    assert.match(happened().join(), /^dropped 5001/);
  });

  test("drops a frame that is complete and no whole JPEG, and answers it", () => {
    const { take, happened } = receiverAtNoon();
    take(A, ...chunked(Buffer.alloc(3000, 1)));
    take(A, ...chunked(heavyJpeg(3000).subarray(0, 20)));
    assert.deepEqual(happened(), [
      "dropped 5001: The data is no image",
      "answer 5001 at 0",
      "dropped 5001: A frame is incomplete",
      "answer 5001 at 0",
    ]);
  });

  test("does not take a thumbnail inside a damaged frame for the frame", () => {
    const { take, pictures } = receiverAtNoon();
    const jpeg = tinyJpeg({
      extra: [Buffer.concat([Buffer.of(0xff, 0xe1, 0, 100), tinyJpeg({ label: "thumbnail" })])],
    });
    take(A, header(BigInt(jpeg.length - 4)), jpeg.subarray(4));
    take(A, jpeg.subarray(4));
    assert.deepEqual(pictures, []);
  });

  for (const length of [2n ** 40n, 0n, -1n, -(2n ** 63n), 16n * 1024n * 1024n + 1n]) {
    test(`refuses a header of ${length} bytes, drops its chunks, and answers once they are over`, () => {
      const { take, pass, receiver, happened, pictures } = receiverAtNoon();
      take(A, header(length), ...chunked(heavyJpeg(5000)).slice(1));
      assert.equal(receiver.held.bytes, 0);
      pass(200);
      assert.deepEqual(happened(), [
        `dropped 5001: A frame of ${Number(length)} bytes was announced; 1 to 16777216 are accepted`,
        "answer 5001 at 200",
      ]);
      take(A, ...chunked(heavyJpeg(5000)));
      assert.equal(pictures.length, 1);
    });
  }

  test("holds as much memory as came of a frame, not as was announced", () => {
    const { take, receiver } = receiverAtNoon();
    take(A, header(16n * 1024n * 1024n), Buffer.alloc(1024));
    assert.ok(receiver.held.bytes <= 64 * 1024, `${receiver.held.bytes}`);
  });
});

describe("what is lost", () => {
  test("a frame that is not complete within a second is dropped, counted once, and answered", () => {
    const { take, pass, happened } = receiverAtNoon();
    const [head, ...chunks] = chunked(heavyJpeg(5000));
    take(A, head, ...chunks.slice(1));
    pass(999);
    assert.deepEqual(happened(), []);
    pass(1);
    const [dropped, ...rest] = happened();
    assert.match(dropped ?? "", /^dropped 5001: A frame is incomplete: \d+ of \d+ bytes came$/);
    assert.deepEqual(rest, ["answer 5001 at 1000"]);
  });

  test("a sender that drips a byte at a time holds a frame for a second, not longer", () => {
    const { take, pass, happened } = receiverAtNoon();
    take(A, header(5000n));
    for (let count = 0; count < 11; count++) {
      pass(100);
      take(A, Buffer.of(1));
    }
    assert.equal(happened().filter((event) => event.startsWith("dropped")).length, 2);
  });

  test("the next frame is taken although nobody looked when the last was due to be given up", () => {
    const { take, oversleep, pictures } = receiverAtNoon();
    take(A, header(5000n));
    oversleep(1000);
    const jpeg = heavyJpeg(5000);
    take(A, ...chunked(jpeg));
    assert.deepEqual(pictures, [jpeg]);
  });

  test("chunks whose header was lost are dropped as one frame, and answered once they are over", () => {
    const { take, pass, happened } = receiverAtNoon();
    for (const chunk of chunked(heavyJpeg(5000)).slice(1)) {
      take(A, chunk);
      pass(100);
    }
    pass(100);
    assert.deepEqual(happened(), ["dropped 5001: Chunks came without the length of their frame", "answer 5001 at 600"]);
  });

  test("a header that was overtaken by a chunk brings no answer while its frame is open", () => {
    const { take, pass, happened } = receiverAtNoon();
    const [head, first, ...rest] = chunked(heavyJpeg(5000)) as [Uint8Array, Uint8Array, ...Uint8Array[]];
    take(A, first, head, ...rest);
    happened();
    pass(999);
    assert.deepEqual(happened(), []);
    pass(1);
    assert.equal(happened().at(-1), "answer 5001 at 1000");
  });

  test("an answer that nothing follows is repeated after 1, 2 and 4 seconds, and then the sender is forgotten", () => {
    const { take, pass, receiver, happened } = receiverAtNoon();
    take(A, tinyJpeg());
    pass(600_000);
    assert.deepEqual(happened(), ["picture 5001", ...[0, 1000, 2000, 4000].map((at) => `answer 5001 at ${at}`)]);
    assert.deepEqual(receiver.held, { senders: 0, bytes: 0 });
    assert.equal(receiver.dueAt, Number.POSITIVE_INFINITY);
  });

  test("a sender that continues after an answer is answered every 30 seconds for ten minutes, since it waits forever", () => {
    const { take, pass, receiver, happened } = receiverAtNoon();
    take(A, tinyJpeg());
    take(A, tinyJpeg());
    happened();
    pass(1_000_000);
    const late = Array.from({ length: 20 }, (_, index) => 34_000 + index * 30_000);
    assert.deepEqual(
      happened(),
      [1000, 2000, 4000, ...late].map((at) => `answer 5001 at ${at}`),
    );
    assert.equal(receiver.held.senders, 0);
  });

  test("whatever follows an answer ends its repeats", () => {
    const { take, pass, happened } = receiverAtNoon();
    take(A, tinyJpeg());
    pass(500);
    take(A, header(5000n));
    happened();
    pass(999);
    assert.deepEqual(happened(), []);
  });
});

describe("several senders", () => {
  test("have a frame each: interleaved, both are whole, and both are answered", () => {
    const { take, pictures, happened } = receiverAtNoon();
    const [one, two] = [heavyJpeg(5000, "one"), heavyJpeg(5000, "two")];
    const [ones, twos] = [chunked(one), chunked(two, 4)];
    for (let index = 0; index < ones.length; index++) {
      take(A, ones[index] as Uint8Array);
      take(B, twos[index] as Uint8Array);
    }
    assert.deepEqual(pictures, [one, two]);
    assert.deepEqual(happened(), ["picture 5001", "answer 5001 at 0", "picture 5002", "answer 5002 at 0"]);
  });

  test("one of a new port is served at once, though the frame of the last run is still open", () => {
    const { take, happened } = receiverAtNoon();
    take(A, header(5000n), Buffer.alloc(1024));
    take(B, ...chunked(heavyJpeg(5000)));
    assert.deepEqual(happened(), ["picture 5002", "answer 5002 at 0"]);
  });
});

describe("hostile senders", () => {
  test("a storm of stray chunks is answered once a second", () => {
    const { take, pass, happened } = receiverAtNoon();
    for (let count = 0; count < 1000; count++) {
      take(A, Buffer.alloc(1024, 1));
      pass(10);
    }
    const answers = happened().filter((event) => event.startsWith("answer"));
    assert.ok(answers.length >= 9 && answers.length <= 10, answers.join());
  });

  test("a sender that sends one stray chunk, waits for the answer, and again, is answered once a second", () => {
    const { take, pass, happened } = receiverAtNoon();
    for (let count = 0; count < 20; count++) {
      take(A, Buffer.alloc(1024, 1));
      pass(250);
    }
    assert.ok(happened().filter((event) => event.startsWith("answer")).length <= 5);
  });

  test("30,000 false addresses are remembered no more than 4096 at a time, and get 100 answers a second together", () => {
    const { take, pass, receiver, happened } = receiverAtNoon();
    for (let count = 0; count < 30_000; count++) {
      take(
        { host: `10.0.${count >> 8}.${count & 255}`, port: 1 + (count % 60_000) },
        header(BigInt(1 + (count % 5000))),
      );
      if (count % 50 === 0) pass(1);
      assert.ok(receiver.held.senders <= 4096);
    }
    pass(10_000);
    const answers = happened().filter((event) => event.startsWith("answer"));
    // 0.6 s of storm, 10 s of repeats, and the 100 of the start.
    assert.ok(answers.length <= 1160, `${answers.length} answers`);
    assert.ok(answers.length >= 100, `${answers.length} answers`);
  });

  test("the memory of open frames has a limit; the longest silent sender makes room, and is answered", () => {
    const { take, pass, receiver, happened, pictures } = receiverAtNoon();
    const megabyte = Buffer.alloc(60_000, 1);
    for (let port = 1; port <= 10; port++) {
      const sender = { host: "10.0.0.1", port };
      take(sender, header(16n * 1024n * 1024n));
      for (let sent = 0; sent < 15_000_000; sent += megabyte.length) take(sender, megabyte);
      assert.ok(receiver.held.bytes <= 64 * 1024 * 1024, `${receiver.held.bytes}`);
    }
    assert.match(happened().slice(0, 2).join(), /^dropped 1: .*,answer 1 at 0$/);
    const jpeg = heavyJpeg(5000);
    take(A, ...chunked(jpeg));
    assert.deepEqual(pictures, [jpeg]);
    pass(700_000);
    assert.deepEqual(receiver.held, { senders: 0, bytes: 0 });
  });

  test("an answer like ours, from a server that takes us for a sender, is no frame and gets no answer", () => {
    const { take, pass, receiver, happened } = receiverAtNoon();
    take(A, FRAME_ANSWER);
    pass(10_000);
    assert.deepEqual(happened(), []);
    assert.equal(receiver.held.senders, 0);
  });
});
