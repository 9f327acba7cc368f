/** A way for pictures to the server. */
export interface Transport {
  /** How many may be under way at a time. */
  places: number;
  send: (jpeg: ArrayBuffer) => void;
  close: () => void;
}

export interface Closed {
  wasOpen: boolean;
  /** Whether the server does not want what is sent. */
  isRefused: boolean;
  /** In the server's words, if it said any. */
  reason: string;
}

interface Listener {
  onOpen: () => void;
  /** Called for each picture, with what was wrong with it. */
  onAnswer: (error: string) => void;
  /** Called once, unless it is closed from here. */
  onClose: (closed: Closed) => void;
}

/**
 * A WebSocket: two under way keep it busy while an answer travels, and more would only be older.
 */
export function openSocket(url: string, { onOpen, onAnswer, onClose }: Listener): Transport {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  let wasOpen = false;
  let isClosed = false;
  // A proxy may swallow it without a word.
  const timer = setTimeout(() => socket.close(), OPEN_MS);
  socket.addEventListener("open", () => {
    clearTimeout(timer);
    wasOpen = true;
    onOpen();
  });
  socket.addEventListener("message", ({ data }) => onAnswer(JSON.parse(data).error ?? ""));
  socket.addEventListener("close", ({ code, reason }) => {
    clearTimeout(timer);
    if (!isClosed) onClose({ wasOpen, isRefused: code === REFUSED, reason });
    isClosed = true;
  });
  return {
    places: 2,
    send: (jpeg) => socket.send(jpeg),
    close() {
      isClosed = true;
      socket.close(1000);
    },
  };
}

/** How long a WebSocket may take to open, in milliseconds. */
const OPEN_MS = 6000;

/** What the server closes a WebSocket with that has lost its place to another sender. */
const REFUSED = 4409;

/**
 * A request for each picture, one after the other: for where no WebSocket comes through. Safari
 * refuses one to a server whose certificate it was told to accept, and many proxies pass none on.
 */
export function openPosts(url: string, { onOpen, onAnswer, onClose }: Listener): Transport {
  const closing = new AbortController();
  let wasOpen = false;

  async function send(jpeg: ArrayBuffer) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "image/jpeg" },
        body: jpeg,
        signal: closing.signal,
      });
      const { error = "" } = await response.json();
      if (closing.signal.aborted) return;
      // A picture that cannot be read is one picture; else it is the server that wants none.
      if (!response.ok && response.status !== 400) return end({ wasOpen, isRefused: true, reason: error });
      wasOpen = true;
      onAnswer(error);
    } catch {
      if (!closing.signal.aborted) end({ wasOpen, isRefused: false, reason: "" });
    }
  }

  function end(closed: Closed) {
    closing.abort();
    onClose(closed);
  }

  // As a socket does: after this function has returned.
  queueMicrotask(onOpen);
  return { places: 1, send: (jpeg) => void send(jpeg), close: () => closing.abort() };
}
