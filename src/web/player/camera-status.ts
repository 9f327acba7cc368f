interface ViewerStatus {
  /** The `key` the viewer gave in its address. */
  key?: string;
  lagMs: number;
  /** Whether it gets the camera's placeholder, and no frames. */
  card: boolean;
}

export interface CameraStatus {
  name: string;
  title?: string;
  state: "idle" | "starting" | "live" | "retrying";
  online: boolean;
  width: number | null;
  height: number | null;
  fps: number;
  frames: number;
  lastError: { message: string; at: number } | null;
  waitingFor: string | null;
  /** Since the newest frame, by the server's clock. */
  ageMs: number | null;
  /** Over /live only their number; else those that the page may know of. */
  viewers: ViewerStatus[] | number;
  /** Since the server's start. */
  messages: number;
  /** How much less this link gets than the camera gives, where that adapts; 0 is nothing less. */
  rung?: number | null;
  /** How far this link is behind. */
  lagMs?: number | null;
}
