/** Returns why the browser gives no camera, and what helps. */
export function whyNoCamera(error: unknown) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  return REASONS[name] ?? `The camera cannot be used: ${error instanceof Error ? error.message : String(error)}`;
}

/** By the names of Media Capture and Streams, 10.3 (getUserMedia). */
const REASONS: Record<string, string> = {
  NotAllowedError:
    "Camera access is blocked. Allow it in the browser's site settings, beside the address, then press Start.",
  SecurityError: "The browser or this device's owner has disabled cameras for pages.",
  NotFoundError: "No camera was found on this device.",
  NotReadableError:
    "The camera is in use by another program, or does not answer. Close that program, then press Start.",
  AbortError: "The camera stopped answering. Press Start to try again.",
};

/** Returns why the browser has no cameras for this page; empty if it has. */
export function whyNoCameras(): string {
  if (navigator.mediaDevices?.getUserMedia !== undefined) return "";
  if (!isSecureContext) {
    const secure = new URL(location.href);
    secure.protocol = "https:";
    return (
      "Browsers allow camera access on https pages only, and this page came over http.\n" +
      `Start stillstream with --tls-self-signed, then open ${secure.href} and accept its certificate once.`
    );
  }
  return "This browser gives pages no camera. Try another one, such as Safari on an iPhone.";
}

/** What the page knows of its publishing. */
interface Sending {
  isOn: boolean;
  /** Why there are no frames to send; empty if there are. */
  problem: string;
  /** Whether the camera gives frames. */
  isLive: boolean;
  state: "idle" | "connecting" | "open" | "refused" | "unreachable";
  /** In the server's words; empty if there are none. */
  reason: string;
  fps: number;
  /** Per second. */
  kilobytes: number;
  ageMs: number;
}

/** Returns what to say about it. */
export function describeSending({ isOn, problem, isLive, state, reason, fps, kilobytes, ageMs }: Sending): {
  mood: "live" | "waiting" | "offline";
  state: string;
  numbers: string;
  notice: string;
} {
  if (problem !== "") return { mood: "offline", state: "no camera", numbers: "", notice: problem };
  if (!isOn) return { mood: "waiting", state: "stopped", numbers: "", notice: "Publishing is stopped." };
  if (state === "refused") return { mood: "offline", state: "refused", numbers: "", notice: reason };
  if (state === "unreachable") {
    const notice = reason || "The server does not answer.\nReconnecting…";
    return { mood: "waiting", state: "reconnecting", numbers: "", notice };
  }
  if (!isLive) return { mood: "waiting", state: "starting", numbers: "", notice: "" };
  if (state !== "open" || Number.isNaN(ageMs)) {
    return { mood: "waiting", state: "connecting", numbers: "", notice: reason };
  }
  return { mood: "live", state: "live", numbers: numbers(fps, kilobytes, ageMs), notice: reason };
}

function numbers(fps: number, kilobytes: number, ageMs: number) {
  const rate = `${fps < 9.95 ? Number(fps.toFixed(1)) : Math.round(fps)} fps`;
  const flow = kilobytes < 999.5 ? `${Math.round(kilobytes)} KB/s` : `${(kilobytes / 1000).toFixed(1)} MB/s`;
  const age = ageMs < 999.5 ? `${Math.round(ageMs)} ms` : `${(ageMs / 1000).toFixed(1)} s`;
  return `${rate} · ${flow} · ${age}`;
}
