/** Why the server refuses: by the status of HTTP, and in a sentence. */
export type Refusal = { status: number; message: string };

const TIMEOUT_MS = 3000;

/** Of `/healthz`, and of `/api/access`. */
interface Answer {
  readonly status?: string | number;
  readonly view?: boolean;
  readonly error?: string;
}

/** Returns whether a server answers, by the URL of its health. */
export async function isHealthy(url: string) {
  // Not by its status: a proxy answers for a server that is gone, too, but not in its words.
  return typeof (await answerOf(url))?.status === "string";
}

/**
 * Why the server does not let us watch, by the address of what tells that; nothing where it does,
 * or does not say.
 */
export async function refusalOf(url: string): Promise<Refusal | undefined> {
  const { view, status, error } = (await answerOf(url)) ?? {};
  return view === false ? { status: Number(status), message: String(error) } : undefined;
}

async function answerOf(url: string): Promise<Answer | undefined> {
  const request = new AbortController();
  const timeout = setTimeout(() => request.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: request.signal, cache: "no-store" });
    return await response.json();
  } catch {
    return undefined;
  } finally {
    clearTimeout(timeout);
  }
}
