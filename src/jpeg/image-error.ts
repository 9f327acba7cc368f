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
