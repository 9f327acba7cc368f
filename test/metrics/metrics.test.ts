import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { until } from "../support/deferred.ts";
import { type Exposed, parseExposition } from "../support/exposition.ts";
import { ROOT_URL } from "../support/paths.ts";
import { startProgram } from "../support/programs/program.ts";

const read = (path: string) => readFileSync(new URL(path, ROOT_URL), "utf8");

async function scrape(url: string): Promise<Map<string, Exposed>> {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return parseExposition(await response.text());
}

function figure(metrics: Map<string, Exposed>, name: string, labels: Record<string, string> = {}): number | undefined {
  const family = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ""));
  const found = family?.samples.find((sample) => {
    return sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  });
  return found?.value;
}

test("a monitor reads what was captured, sent, encoded, turned away, and by whom it is watched", async (t) => {
  const { url } = await startProgram(t, [
    ...["door=fake#fps=20", "--max-viewers=1"],
    ...["--output", "tcp-listen:127.0.0.1:0", "--output", "tcp-listen:127.0.0.1:0"],
  ]);
  const before = await scrape(url);
  assert.equal(figure(before, "stillstream_camera_frames_total", { camera: "door" }), 0);
  const leaving = new AbortController();
  const viewer = await fetch(`${url}/video_feed?width=64`, { signal: leaving.signal });
  const reading = viewer.body?.getReader();
  void (async () => {
    while (!(await reading?.read())?.done);
  })().catch(() => {});
  assert.equal((await fetch(`${url}/video_feed`)).status, 503);
  const watched = await until("pictures are taken", async () => {
    const metrics = await scrape(url);
    return (figure(metrics, "stillstream_viewer_latency_seconds_count") ?? 0) > 5 ? metrics : undefined;
  });
  const door = { camera: "door" };
  assert.equal(figure(watched, "stillstream_viewers", { ...door, framing: "length" }), 1);
  assert.equal(figure(watched, "stillstream_viewers", { ...door, framing: "live" }), 0);
  assert.equal(figure(watched, "stillstream_camera_online", door), 1);
  assert.ok((figure(watched, "stillstream_encode_seconds_count", { ...door, variant: "width=64" }) ?? 0) > 5);
  assert.ok((figure(watched, "stillstream_viewer_sent_bytes_total", door) ?? 0) > 1000);
  assert.equal(figure(watched, "stillstream_viewers_refused_total"), 1);
  assert.equal(figure(watched, "stillstream_http_refusals_total", { status: "503" }), 1);
  assert.equal(figure(watched, "stillstream_output_peers", { ...door, output: "tcp-listen-2" }), 0);
  leaving.abort();
  const left = await until("the viewer has left", async () => {
    const metrics = await scrape(url);
    return figure(metrics, "stillstream_viewers", { ...door, framing: "length" }) === 0 ? metrics : undefined;
  });
  for (const name of ["stillstream_viewer_frames_sent_total", "stillstream_viewer_sent_bytes_total"]) {
    assert.ok((figure(left, name, door) ?? 0) >= (figure(watched, name, door) ?? 0), `${name} went back`);
  }
});

test("twenty different wishes make no more than thirteen series of encodes", async (t) => {
  const { url } = await startProgram(t, ["fake"]);
  for (let width = 40; width < 60; width++) {
    await (await fetch(`${url}/snapshot.jpg?max-age=60000&width=${width}`)).arrayBuffer();
  }
  const { samples = [] } = (await scrape(url)).get("stillstream_encode_seconds") ?? {};
  const counts = samples.filter(({ name }) => name.endsWith("_count"));
  assert.equal(counts.length, 13);
  assert.equal(counts.find(({ labels }) => labels["variant"] === "other")?.value, 8);
});

test("docs/reference/metrics.md has every metric, its type and its labels; and the dashboard asks for none that there is not", async (t) => {
  const { url } = await startProgram(t, ["fake", "--output", "tcp-listen:127.0.0.1:0"]);
  await (await fetch(`${url}/snapshot.jpg?width=40`)).arrayBuffer();
  const metrics = await scrape(url);
  const own = [...metrics].filter(([name]) => name.startsWith("stillstream_"));
  const real = own.map(([name, { type, samples }]) => {
    const labels = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== "le");
    return `${name} ${type} ${labels.join(" ")}`.trim();
  });
  const rows = [...read("docs/reference/metrics.md").matchAll(/^\| `(stillstream_\w+)` \| (\w+) \| (.*?) ?\|/gm)];
  const documented = rows.map(([, name, type, labels = ""]) => `${name} ${type} ${labels.replaceAll("`", "")}`.trim());
  assert.deepEqual(documented, real);
  for (const source of ["examples/grafana-dashboard.json", "docs/reference/metrics.md"]) {
    const asked = read(source).match(/\b(stillstream|process|nodejs)_[a-z0-9_]*[a-z0-9]\b/g) ?? [];
    assert.ok(asked.length > 10);
    for (const name of asked) {
      const family = name.replace(/_(bucket|sum|count)$/, "");
      assert.ok(metrics.has(name) || metrics.get(family)?.type === "histogram", `${source} asks for ${name}`);
    }
  }
  const { panels } = JSON.parse(read("examples/grafana-dashboard.json")) as { panels: { targets: unknown[] }[] };
  assert.ok(panels.every(({ targets }) => targets.length > 0));
});
