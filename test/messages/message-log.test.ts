import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageLog } from "../../src/messages/message-log.ts";

test("messages are kept in order, with time and author", () => {
  const messages = new MessageLog();
  const before = Date.now();
  messages.receive("udp 127.0.0.1:5005", "one");
  messages.receive("tcp 127.0.0.1:5006", "two");
  const [one, two] = messages.list();
  assert.deepEqual(
    [one?.from, one?.text, two?.from, two?.text],
    ["udp 127.0.0.1:5005", "one", "tcp 127.0.0.1:5006", "two"],
  );
  // The clock of messages has fractions, and may differ from this one by what it rounds.
  assert.ok(one !== undefined && one.at >= before - 2 && one.at <= Date.now() + 2);
});

test("the last 200 are kept", () => {
  const messages = new MessageLog();
  for (let count = 0; count < 250; count++) messages.receive("me", String(count));
  assert.equal(messages.list().length, 200);
  assert.deepEqual([messages.list()[0]?.text, messages.list().at(-1)?.text, messages.count], ["50", "249", 250]);
});

test("a post is kept and delivered to all connected peers, whose number it returns", () => {
  const messages = new MessageLog();
  assert.equal(messages.post("http", "nobody"), 0);
  const heard: string[] = [];
  const deliver = (text: string) => heard.push(text);
  const [first, second] = [messages.connect(deliver), messages.connect(deliver)];
  assert.equal(messages.post("http", "both"), 2);
  first();
  first();
  assert.equal(messages.post("http", "one"), 1);
  second();
  assert.equal(messages.post("http", "none"), 0);
  assert.deepEqual(heard, ["both", "both", "one"]);
  assert.equal(messages.list().length, 4);
});

test("a received message is not sent back to connected peers", () => {
  const messages = new MessageLog();
  messages.connect(() => assert.fail("it was"));
  messages.receive("udp", "in");
});

test("those that came after a number are found, as far as they are kept", () => {
  const messages = new MessageLog();
  for (let count = 1; count <= 250; count++) messages.receive("me", String(count));
  assert.deepEqual(
    messages.after(248).map(({ number, message }) => [number, message.text]),
    [
      [249, "249"],
      [250, "250"],
    ],
  );
  assert.equal(messages.after(0).length, 200);
  assert.equal(messages.after(0)[0]?.number, 51);
  assert.deepEqual(messages.after(250), []);
});

test("a listener hears of each message until it stops, and of the end", () => {
  const messages = new MessageLog();
  const heard: string[] = [];
  const listener = { notify: () => heard.push(messages.list().at(-1)?.text ?? ""), end: () => heard.push("the end") };
  const unlisten = messages.listen(listener);
  messages.listen({ ...listener });
  messages.receive("me", "a");
  unlisten();
  messages.receive("me", "b");
  messages.close();
  assert.deepEqual(heard, ["a", "a", "b", "the end"]);
});
