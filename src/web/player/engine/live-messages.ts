/**
 * `closed`: not wanted. `connecting`: on the way, or lost a moment ago. `unreachable`: the server
 * does not answer. `blocked`: it answers requests, but no WebSocket comes through. `refused`: it
 * does not let us watch.
 */
export type SocketState = "closed" | "connecting" | "open" | "unreachable" | "blocked" | "refused";

/** What the server says in text: its fields by its `type`. */
export interface ServerMessage {
  readonly type: string;
  readonly id: number;
  readonly cameras: { name: string; title: string }[];
  readonly message: string;
  readonly now: number;
  readonly at: number;
  readonly lastFrameAt: number | null;
  readonly width: number | null;
  readonly height: number | null;
}
