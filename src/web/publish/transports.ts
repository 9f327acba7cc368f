/** A connection that takes frames to the server. */
export interface Transport {
  /** Frames in flight at a time. */
  maxInFlight: number;
  send: (jpeg: ArrayBuffer) => void;
  close: () => void;
}

export interface Closed {
  wasOpen: boolean;
  /** Whether the server refuses frames. */
  isRefused: boolean;
  /** In the server's words; empty if it said none. */
  reason: string;
}

interface Listener {
  onOpen: () => void;
  /** Called for each frame, with what was wrong with it; empty if nothing. */
  onAnswer: (error: string) => void;
  /** Called once, unless it is closed from here. */
  onClose: (closed: Closed) => void;
}

/**
 * Opens a WebSocket. Two frames in flight keep it busy while an answer travels; more would be
 * older.
 */
export function openSocket(url: string, { onOpen, onAnswer, onClose }: Listener): Transport {
  const socket = new WebSocket(url.replace(/^http/, "ws"));
  let wasOpen = false;
  let isClosed = false;
  // A proxy may drop it without an answer.
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
    maxInFlight: 2,
    send: (jpeg) => socket.send(jpeg),
    close() {
      isClosed = true;
      socket.close(1000);
    },
  };
}

/** How long a WebSocket may take to open. */
const OPEN_MS = 6000;

/** The server's close code for a WebSocket that another publisher has replaced. */
const REFUSED = 4409;

/**
 * Sends a request for each frame, one after the other, if no WebSocket comes through. Safari
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
      // 400 is about one frame that cannot be read; any other error refuses all frames.
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

  // Like a socket: after this function has returned.
  queueMicrotask(onOpen);
  return { maxInFlight: 1, send: (jpeg) => void send(jpeg), close: () => closing.abort() };
}
