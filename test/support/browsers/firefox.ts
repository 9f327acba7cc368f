import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { until } from "../deferred.ts";
import { type BrowserCommand, connectToBrowser } from "./browser-protocol.ts";
import { LOCAL_NAMES } from "./chromium.ts";
import { startBrowser } from "./start-browser.ts";

/** Quiet, and without the background requests that a closed network refuses. */
const PREFERENCES = {
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
  "network.dns.localDomains": LOCAL_NAMES.join(","),
};
const STARTS_MS = 60_000;

/** A tab of Firefox. */
export interface FirefoxTab {
  /** Resolves when the document is parsed, before images have loaded. */
  goto(url: string): Promise<void>;
  /** Runs a function in the page. Arguments and result must be JSON. */
  evaluate<T, A extends unknown[]>(run: (...args: A) => T | Promise<T>, ...args: A): Promise<T>;
  setViewport(width: number, height: number): Promise<void>;
  /** Returns what the window shows, as PNG. */
  screenshot(): Promise<Buffer>;
}

export interface Firefox {
  open(url: string): Promise<FirefoxTab>;
}

/**
 * Opens the system's Firefox, whose tabs of this test have their own cookies and are closed when it
 * ends. All tests of a process share one browser. It finds LOCAL_NAMES here, and speaks WebDriver
 * BiDi (https://www.w3.org/TR/webdriver-bidi/): playwright's own driver needs commands that an ESR
 * does not have.
 */
export async function openFirefox(t: TestContext): Promise<Firefox> {
  firefox ??= launchFirefox();
  const { ask } = await firefox;
  const { userContext } = await ask("browser.createUserContext");
  t.after(() => ask("browser.removeUserContext", { userContext }));
  return {
    async open(url) {
      const { context } = await ask("browsingContext.create", { type: "tab", userContext });
      const tab = openTab(ask, String(context));
      await tab.goto(url);
      return tab;
    },
  };
}

let firefox: ReturnType<typeof launchFirefox> | undefined;

after(async () => (await firefox)?.close());

async function launchFirefox() {
  const { browser, end } = startBrowser("firefox-esr", (profile) => {
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`,
    );
    writeFileSync(join(profile, "user.js"), lines.join(""));
    return ["--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile, "about:blank"];
  });
  let said = "";
  browser.stderr.on("data", (text) => {
    said += text;
  });
  const address = await until("Firefox listens", () => /WebDriver BiDi listening on (\S+)/.exec(said)?.[1], STARTS_MS);
  const { ask, close } = await connectToBrowser(`${address}/session`);
  await ask("session.new", { capabilities: {} });
  return {
    ask,
    async close() {
      close();
      await end();
    },
  };
}

function openTab(ask: BrowserCommand, context: string): FirefoxTab {
  return {
    async goto(url) {
      await ask("browsingContext.navigate", { context, url, wait: "interactive" });
    },
    async evaluate(run, ...args) {
      const expression = `Promise.resolve((${run})(...${JSON.stringify(args)})).then((value) => JSON.stringify({ value }))`;
      const answer = await ask("script.evaluate", { expression, target: { context }, awaitPromise: true });
      const { result, exceptionDetails } = answer as {
        result?: { value: string };
        exceptionDetails?: { text: string };
      };
      if (result === undefined) throw new Error(exceptionDetails?.text);
      return JSON.parse(result.value).value;
    },
    async setViewport(width, height) {
      await ask("browsingContext.setViewport", { context, viewport: { width, height } });
    },
    async screenshot() {
      const { data } = await ask("browsingContext.captureScreenshot", { context });
      return Buffer.from(String(data), "base64");
    },
  };
}
