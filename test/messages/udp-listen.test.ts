import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { MessageLog } from "../../src/messages/message-log.ts";
import { readJsonMessage, udpListen } from "../../src/messages/udp-listen.ts";
import { OutputRunner } from "../../src/outputs/output-runner.ts";
import { until } from "../support/deferred.ts";
import { startPython } from "../support/peers/python.ts";
import { freeUdpPort, udpSocket } from "../support/sockets/udp.ts";
import { needsPython } from "../support/tools.ts";

const skip = needsPython("socket", "python3");

/** The listener, running at a free port. */
async function listenForMessages(t: TestContext, options: Record<string, string> = {}) {
  const port = await freeUdpPort();
  const parsed = udpListen.options.parse({ address: `127.0.0.1:${port}`, ...options });
  const messages = new MessageLog();
  const notes: string[] = [];
  const running = new OutputRunner({
    kind: "udp-listen",
    address: `127.0.0.1:${port}`,
    run: (context) => udpListen.run(parsed, context),
    frames: () => {
      throw new Error("Messages need no pictures");
    },
    messages,
    onNote: (text) => notes.push(text),
    onFailure: (message) => notes.push(message),
  });
  t.after(() => running.close());
  running.start();
  return { port, parsed, messages, notes, running, texts: () => messages.list().map(({ text }) => text) };
}

/** Waits until the port is in use: what is sent before is lost. */
async function untilListening(parsed: ReturnType<typeof udpListen.options.parse>): Promise<void> {
  await until("it listens", async () => {
    return await Promise.resolve(udpListen.check?.(parsed)).then(
      () => false,
      () => true,
    );
  });
}

/** A program that sends, and what it was answered. */
async function sender(t: TestContext, port: number) {
  const socket = await udpSocket(t);
  const answers: string[] = [];
  socket.on("message", (answer) => answers.push(String(answer)));
  return {
    port: socket.port,
    answers,
    send: (datagram: string | Uint8Array) => socket.send(datagram, port, "127.0.0.1"),
  };
}

describe("messages by UDP", () => {
  test("of a Python program are kept as they were written, and answered", { skip }, async (t) => {
    const { port, parsed, texts, messages, running } = await listenForMessages(t);
    await untilListening(parsed);
    const values = ["[0, 0, 0, 1]", '"motion at the door"', '{"name": "café"}', "12345678901234567890", "null"];
    const client = startPython<{ answer: string }>(t, "udp_message_client.py", String(port), ...values);
    assert.equal(await client.ended, 0);
    assert.deepEqual(
      client.said,
      values.map(() => ({ answer: "get the msg" })),
    );
    const kept = ["[0, 0, 0, 1]", "motion at the door", '{"name": "caf\\u00e9"}', "12345678901234567890", "null"];
    assert.deepEqual(texts(), kept);
    assert.match(messages.list()[0]?.from ?? "", /^udp 127\.0\.0\.1:\d+$/);
    assert.equal(running.status().dropped, 0);
  });

  test("that are no JSON, or over 8 KB, are not answered, are counted, and logged once", async (t) => {
    const { port, texts, notes, running } = await listenForMessages(t);
    const { send, answers, port: from } = await sender(t, port);
    await until("it listens and answers", () => {
      send('"first"');
      return answers.length > 0;
    });
    const wrong = [
      "",
      "hello",
      "{",
      Buffer.of(0x22, 0xff, 0x22),
      JSON.stringify("x".repeat(8191)),
      Buffer.alloc(60_000),
    ];
    for (const datagram of wrong) send(datagram);
    await until("all are counted", () => running.status().dropped === wrong.length);
    assert.deepEqual(notes, [`Message refused from 127.0.0.1:${from}: it is not JSON`]);
    const longest = "x".repeat(8190);
    send(JSON.stringify(longest));
    await until("the longest is kept", () => texts().at(-1) === longest);
    assert.ok(texts().every((text) => text === "first" || text === longest));
  });

  test("of addresses that are not allowed are ignored", async (t) => {
    const { port, texts, notes } = await listenForMessages(t, { allow: "10.0.0.0/8" });
    const { send, answers } = await sender(t, port);
    await until("it is refused", () => {
      send('"hello"');
      return notes.length > 0;
    });
    assert.deepEqual(notes, ['Message refused from 127.0.0.1: its address is not in "allow"']);
    assert.deepEqual([texts(), answers], [[], []]);
  });

  test("have a port that is free again once it is closed, and is looked at when the program starts", async (t) => {
    const { running, parsed, notes, port } = await listenForMessages(t);
    await untilListening(parsed);
    await assert.rejects(async () => await udpListen.check?.(parsed), {
      message: new RegExp(`^UDP port ${port} is in use`),
    });
    await running.close();
    await udpListen.check?.(parsed);
    assert.deepEqual(notes, []);
  });
});

describe("a JSON message", () => {
  test("is its own text when it is a string, and its JSON otherwise", () => {
    const textOf = (json: string) => readJsonMessage(Buffer.from(json));
    assert.deepEqual(textOf('"a \\"quoted\\" word"'), { text: 'a "quoted" word' });
    assert.deepEqual(textOf(' {"b": 1.0}\n'), { text: '{"b": 1.0}' });
    assert.deepEqual(textOf("\ufefftrue"), { text: "true" });
    assert.deepEqual(textOf("[".repeat(8000)), { reason: "it is not JSON" });
    assert.deepEqual(textOf(`"${"x".repeat(8191)}"`), { reason: "it has 8193 bytes, and the limit is 8192" });
  });
});
