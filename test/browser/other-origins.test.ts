import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { Gate } from "../../src/http/access/gate.ts";
import { MessageLog } from "../../src/messages/message-log.ts";
import { chromiumContext } from "../support/browsers/chromium.ts";
import { openFirefox } from "../support/browsers/firefox.ts";
import { fakeControls } from "../support/cameras/fake-controls.ts";
import { handCamera } from "../support/cameras/hand-camera.ts";
import { pushCamera, servePush } from "../support/cameras/push-camera.ts";
import { makeScene } from "../support/cameras/scene.ts";
import { until } from "../support/deferred.ts";
import { tinyJpeg } from "../support/images/jpegs.ts";
import { listen } from "../support/serve.ts";
import { servePages } from "../support/serve-pages.ts";
import { needs } from "../support/tools.ts";

/** What runs a function in a page at an address. */
type Run = <T, A extends unknown[]>(url: string, run: (...args: A) => Promise<T>, ...args: A) => Promise<T>;

const BROWSERS: Readonly<Record<string, (t: TestContext) => Promise<Run>>> = {
  chromium: async (t) => {
    const page = await (await chromiumContext(t)).newPage();
    return async (url, run, ...args) => {
      await page.goto(url, { waitUntil: "domcontentloaded" });
      return await page.evaluate(`(${run})(...${JSON.stringify(args)})`);
    };
  },
  "firefox-esr": async (t) => {
    const tab = await (await openFirefox(t)).open("about:blank");
    return async (url, run, ...args) => {
      await tab.goto(url);
      return await tab.evaluate(run, ...args);
    };
  },
};

/** A server of everything that can be changed, without a password, and what was changed. */
async function serveChangeable(t: TestContext) {
  const phone = pushCamera(t);
  const controls = fakeControls();
  const desk = handCamera(t, { name: "desk", title: "Desk", controls });
  const messages = new MessageLog();
  const parts = { others: [desk.camera], messagesOf: () => messages, gate: new Gate() };
  const { url, web } = await servePush(t, [phone], parts);
  const answered = { forms: 0, beacons: 0 };
  web.server.on("request", ({ method, headers }, response) => {
    response.on("close", () => {
      if (method !== "POST") return;
      if (headers.accept?.startsWith("text/html")) answered.forms++;
      if (headers["content-type"] === BEACON) answered.beacons++;
    });
  });
  const port = new URL(url).port;
  const changes = () => ({
    frames: phone.shown.length,
    messages: messages.list().map(({ text }) => text),
    controls: controls.written,
  });
  return { port, changes, answered };
}

/** The type of the beacons' bodies, and of nothing else. */
const BEACON = "text/plain;charset=utf-8";

const UNCHANGED = { frames: 0, messages: [], controls: [] };

/** A page of a port of its own, under a policy that hides it, if need be. Gives the port. */
async function servePage(t: TestContext, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const page = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html", ...headers }).end("<!doctype html><body>");
  });
  return new URL(await listen(t, page)).port;
}

/**
 * Asks for every change in every way that a page has; returns how many those are, and what it was
 * able to read of the answers. Those to forms and beacons may be yet to come.
 */
async function askForChanges(server: string, picture: readonly number[], beacon: string) {
  const read: string[] = [];
  const [jpeg, json, text] = ["image/jpeg", "application/json", "text/plain"];
  const own = location.host;
  const headersOfProxies = [
    {},
    { "X-Forwarded-Host": own },
    { Forwarded: `for=127.0.0.1;host=${own}`, "X-Forwarded-For": "::1" },
  ];
  const jpegBody = Uint8Array.from(picture);
  const changes: [method: string, path: string, type: string, body: string | Uint8Array<ArrayBuffer>][] = [
    ["POST", "/api/cameras/desk/messages", text, "hello"],
    ["POST", "/api/cameras/desk/messages", json, '{"text": "hello"}'],
    ["PATCH", "/api/cameras/desk/controls", json, '{"brightness": 1}'],
    ["POST", "/cameras/phone/frames", jpeg, jpegBody],
    ["POST", "/cameras/phone/frames", text, jpegBody],
    ["PUT", "/cameras/phone/frames", jpeg, jpegBody],
    ["POST", "/api/tokens", json, '{"cameras": ["desk"], "can": ["view"], "for": "1d"}'],
    ["POST", "/cameras/desk/share.svg", text, `${server}/cameras/desk`],
  ];
  for (const [method, path, type, body] of changes) {
    for (const ofProxy of headersOfProxies) {
      const headers = { "Content-Type": type, ...ofProxy };
      for (const mode of ["cors", "no-cors"] as const) {
        for (const referrerPolicy of ["unsafe-url", "no-referrer"] as const) {
          const answer = await fetch(server + path, { method, headers, body, mode, referrerPolicy }).catch(
            () => undefined,
          );
          if (answer !== undefined && answer.type !== "opaque") read.push(`${method} ${path} ${answer.status}`);
        }
      }
    }
    navigator.sendBeacon(server + path, new Blob([body], { type: beacon }));
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.name = `frame${read.length}${Math.random()}`;
    const form = document.body.appendChild(document.createElement("form"));
    Object.assign(form, { method: "POST", action: server + path, target: frame.name, enctype: text });
    form.appendChild(Object.assign(document.createElement("input"), { name: "text", value: "hello" }));
    form.submit();
  }
  await new Promise<void>((resolve) => {
    const socket = new WebSocket(`${server.replace("http", "ws")}/cameras/phone/frames`);
    socket.onopen = () => {
      read.push("WebSocket");
      socket.send(jpegBody);
    };
    socket.onmessage = socket.onclose = () => resolve();
  });
  return { count: changes.length, read };
}

/** What a page can have of a server. */
interface Had {
  readonly fetched: string;
  readonly stream: string;
  readonly image: string;
  /** With `Referrer-Policy: no-referrer`. */
  readonly hiddenImage: string;
  readonly live: string;
}

/** Tries to read and to show; gives what came of it. */
async function askToRead(server: string): Promise<Had> {
  const had = { fetched: "refused", stream: "refused", image: "refused", hiddenImage: "refused", live: "refused" };
  try {
    had.fetched = (await (await fetch(`${server}/api/cameras`)).text()).slice(0, 12);
  } catch {}
  try {
    const reader = (await fetch(`${server}/cameras/desk/video_feed`)).body?.getReader();
    const { done } = (await reader?.read()) ?? { done: true };
    await reader?.cancel();
    had.stream = done ? "nothing" : "bytes";
  } catch {}
  for (const [key, policy] of [
    ["image", "unsafe-url"],
    ["hiddenImage", "no-referrer"],
  ] as const) {
    had[key] = await new Promise((resolve) => {
      const image = document.body.appendChild(document.createElement("img"));
      image.onload = () => resolve(image.naturalWidth > 1 ? "shown" : "nothing");
      image.onerror = () => resolve("refused");
      image.referrerPolicy = policy;
      image.src = `${server}/cameras/desk/snapshot.jpg?policy=${policy}`;
    });
  }
  had.live = await new Promise((resolve) => {
    const socket = new WebSocket(`${server.replace("http", "ws")}/live`);
    socket.onmessage = ({ data }) => {
      resolve(JSON.parse(data).type);
      socket.close();
    };
    socket.onerror = () => resolve("refused");
  });
  return had;
}

const EVERYTHING: Had = {
  fetched: '{"cameras":[',
  stream: "bytes",
  image: "shown",
  hiddenImage: "shown",
  live: "hello",
};
const NOTHING: Had = {
  fetched: "refused",
  stream: "refused",
  image: "refused",
  hiddenImage: "refused",
  live: "refused",
};

/** The same from a frame in a sandbox, whose origin is `null`. */
async function askFromSandbox(server: string, code: string): Promise<Had> {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.srcdoc = `<body><script>(${code})("${server}").then((had) => parent.postMessage(had, "*"))</script>`;
  return await new Promise((resolve) => {
    window.addEventListener("message", ({ data }) => resolve(data));
    document.body.append(frame);
  });
}

for (const [program, launch] of Object.entries(BROWSERS)) {
  test(`in ${program}`, { skip: needs(program) }, async (t) => {
    const run = await launch(t);
    const page = await servePage(t);

    for (const [from, to] of [
      ["evil.example", "127.0.0.1"],
      ["evil.example", "cam.lan"],
      ["octopi.local", "cam.lan"],
      ["127.0.0.1", "127.0.0.1"],
    ] as const) {
      await t.test(`a page of ${from} changes nothing at ${to}, in whichever way it asks`, async (t) => {
        const { port, changes, answered } = await serveChangeable(t);
        const ask = [askForChanges, `http://${to}:${port}`, [...tinyJpeg()], BEACON] as const;
        const { count, read } = await run(`http://${from}:${page}/`, ...ask);
        await until("forms and beacons are answered", () => answered.forms >= count && answered.beacons >= count);
        assert.deepEqual(changes(), UNCHANGED);
        // Pages that may read learn that they are refused, where no preflight keeps them from
        // asking.
        for (const line of read) assert.match(line, / 403$/);
        if (from === "evil.example") assert.deepEqual(read, []);
      });
    }

    const url = await servePages(t, { cameras: [makeScene(t, { name: "desk", title: "Desk" }).camera] });
    const at = (name: string) => `http://${name}:${new URL(url).port}`;

    await t.test("a page of another site reads nothing, and shows only what the browser does not tell of", async () => {
      const had = async (to: string) => await run(`http://evil.example:${page}/`, askToRead, at(to));
      assert.deepEqual(await had("127.0.0.1"), NOTHING);
      // Over plain http, by a name or an address of the network, a page that hides itself is like
      // Home Assistant's.
      assert.deepEqual(await had("cam.lan"), { ...NOTHING, hiddenImage: "shown" });
    });

    await t.test("a dashboard of the same network reads and shows everything, by name and by address", async (t) => {
      const hiding = await servePage(t, { "Referrer-Policy": "no-referrer" });
      for (const from of ["homeassistant.local", "octopi.local", "mainsail.fritz.box", "127.0.0.1"]) {
        for (const port of [page, hiding]) {
          const had = await run(`http://${from}:${port}/`, askToRead, at("cam.lan"));
          assert.deepEqual(had, EVERYTHING, from);
        }
      }
      assert.deepEqual(await run(`http://127.0.0.1:${page}/`, askToRead, at("127.0.0.1")), EVERYTHING);
    });

    await t.test("a page in a sandbox reads nothing, and shows what any page may that hides itself", async () => {
      const code = String(askToRead);
      const had = await run(`http://octopi.local:${page}/`, askFromSandbox, at("cam.lan"), code);
      assert.deepEqual([had.fetched, had.stream, had.live], ["refused", "refused", "refused"]);
    });
  });
}
