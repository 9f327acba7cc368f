/** By C names, in bytes. */
export interface Layout<Field extends string = string> {
  readonly name: string;
  readonly size: number;
  readonly fields: Readonly<Record<Field, number>>;
}

/** A structure in memory, zeroed as the kernel demands. */
export class Struct<Field extends string> {
  readonly bytes: Buffer;
  readonly #fields: Readonly<Record<Field, number>>;

  constructor({ size, fields }: Layout<Field>, values: Partial<Record<Field, number>> = {}) {
    // Outside of V8's heap: the kernel writes here from another thread.
    this.bytes = Buffer.allocUnsafeSlow(size).fill(0);
    this.#fields = fields;
    for (const [field, value] of Object.entries(values)) this.set(field as Field, value as number);
  }

  /** Unsigned, 32 bits. */
  get(field: Field): number {
    return this.bytes.readUInt32LE(this.#fields[field]);
  }

  set(field: Field, value: number): void {
    this.bytes.writeUInt32LE(value >>> 0, this.#fields[field]);
  }

  int(field: Field): number {
    return this.bytes.readInt32LE(this.#fields[field]);
  }

  /** Signed, 64 bits. */
  long(field: Field): number {
    return Number(this.bytes.readBigInt64LE(this.#fields[field]));
  }

  /** Ended by a zero, or by `length`. */
  text(field: Field, length: number): string {
    const bytes = this.bytes.subarray(this.#fields[field], this.#fields[field] + length);
    const end = bytes.indexOf(0);
    return bytes.toString("utf8", 0, end < 0 ? length : end);
  }
}

/** Returns a name such as `MJPG`. */
export function fourccName(code: number): string {
  // Bit 31 marks big-endian: `v4l2_fourcc_be`.
  return String.fromCharCode(...[0, 8, 16, 24].map((shift) => (code >>> shift) & 0x7f)).trimEnd();
}

export function fourcc(name: string): number {
  return Buffer.from(name.padEnd(4)).readUInt32LE();
}
