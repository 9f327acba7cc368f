/** Something a camera lets people set, such as its brightness. */
export interface Control {
  /** In lower case with underscores, as v4l2-ctl spells it: `white_balance_temperature`. */
  readonly name: string;
  readonly type: "integer" | "boolean" | "menu" | "button" | "bitmask";
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly default: number;
  /** What it is now; its default where it cannot be read. */
  readonly value: number;
  /** A menu's values and what each means; some between `min` and `max` may be missing. Empty for other types. */
  readonly menu: readonly { readonly value: number; readonly name: string }[];
  /** True while another control governs it, as automatic exposure does the exposure time. */
  readonly inactive: boolean;
  readonly readOnly: boolean;
}

/** Values by the names of their controls. */
export type ControlValues = Readonly<Record<string, number>>;

/** What was asked of a camera's controls is wrong, and nothing was set. The message is a sentence for a person. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

/** A camera's controls, streaming or not. Both throw when the camera cannot be asked. */
export interface CameraControls {
  read(): Promise<readonly Control[]>;
  /**
   * Sets controls by name, once all are known to be right.
   * @throws ControlError, in plain words, for a name the camera has not or a value it does not take.
   */
  write(values: ControlValues): Promise<void>;
}
