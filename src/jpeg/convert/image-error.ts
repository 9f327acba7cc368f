/** An image cannot be converted to JPEG. The message is a clause for a person, without a full stop. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  /** `large`: over a limit of memory or time. `format`: not on our list. `damaged`: not whole. `busy`: too many wait. */
  readonly kind: "large" | "format" | "damaged" | "busy";

  constructor(kind: ImageError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** An image is too large for its converter, and not for the server. */
export class NeedsMoreMemory extends ImageError {
  constructor() {
    super("large", "its decoder needs more memory than --max-image-memory leaves it");
  }
}
