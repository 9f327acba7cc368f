import { createServer } from "node:http";
import type { TestContext } from "node:test";
import { listen } from "../serve.ts";

/** Serves a page with `html` from its own origin. Returns the URL without a trailing slash. */
export async function foreignPage(t: TestContext, html: string, headers: Readonly<Record<string, string>> = {}) {
  const page = `<!doctype html><meta charset="utf-8"><title>A dashboard</title><body>${html}`;
  return await listen(
    t,
    createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/html", ...headers }).end(page);
    }),
  );
}
