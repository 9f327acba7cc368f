/** A structure: its size and the offsets of the fields used, in bytes, by their C names. */
export interface Layout<Field extends string = string> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<Field, number>>;
}

/** A structure in memory, zeroed: what the kernel's documentation asks for in every field that is not set. */
export class Struct<Field extends string> {
  readonly bytes: Buffer;
  readonly #fields: Readonly<Record<Field, number>>;

  constructor({ size, fields }: Layout<Field>, values: Partial<Record<Field, number>> = {}) {
    // Not from Node's pool, nor on V8's heap: the kernel writes here, from another thread.
    this.bytes = Buffer.allocUnsafeSlow(size).fill(0);
    this.#fields = fields;
    for (const [field, value] of Object.entries(values)) this.set(field as Field, value as number);
  }

  /** An unsigned 32-bit field. */
  get(field: Field): number {
    return this.bytes.readUInt32LE(this.#fields[field]);
  }

  set(field: Field, value: number): void {
    this.bytes.writeUInt32LE(value >>> 0, this.#fields[field]);
  }

  /** A signed 32-bit field. */
  int(field: Field): number {
    return this.bytes.readInt32LE(this.#fields[field]);
  }

  /** A signed 64-bit field, as a number. */
  long(field: Field): number {
    return Number(this.bytes.readBigInt64LE(this.#fields[field]));
  }

  /** A text of at most `length` bytes, ended by a zero. */
  text(field: Field, length: number): string {
    const bytes = this.bytes.subarray(this.#fields[field], this.#fields[field] + length);
    const end = bytes.indexOf(0);
    return bytes.toString("utf8", 0, end < 0 ? length : end);
  }
}

/** A four-character code as it is written: `MJPG`. */
export function fourccName(code: number): string {
  // Bit 31 marks big-endian variants: `v4l2_fourcc_be`.
  return String.fromCharCode(...[0, 8, 16, 24].map((shift) => (code >>> shift) & 0x7f)).trimEnd();
}

export function fourcc(name: string): number {
  return Buffer.from(name.padEnd(4)).readUInt32LE();
}
