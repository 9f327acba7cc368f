import type { TableSet } from "./header-scan.ts";

/** Returns a DHT segment with these standard tables. */
export function standardTables(tables: TableSet): Buffer {
  let segment = segments.get(tables);
  if (segment === undefined) {
    const parameters = [...STANDARD].flatMap(([bit, table]) => ((tables & bit) === 0 ? [] : [table]));
    const length = 2 + parameters.reduce((sum, table) => sum + table.length, 0);
    segment = Buffer.concat([Buffer.of(0xff, 0xc4, length >> 8, length & 0xff), ...parameters]);
    segments.set(tables, segment);
  }
  return segment;
}

const segments = new Map<TableSet, Buffer>();

/**
 * The example tables (T.81 K.3.3), as in a DHT segment: class and destination, number of codes of
 * each length, values. Nearly all baseline encoders use them.
 */
const STANDARD: ReadonlyMap<TableSet, Buffer> = new Map([
  // Table K.3: DC, luminance.
  [1 << 0, table(`00 00010501010101010100000000000000 000102030405060708090a0b`)],
  // Table K.5: AC, luminance.
  [
    1 << 16,
    table(`10 0002010303020403050504040000017d
      01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a343536373839
      3a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7
      a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa`),
  ],
  // Table K.4: DC, chrominance.
  [1 << 1, table(`01 00030101010101010101010000000000 000102030405060708090a0b`)],
  // Table K.6: AC, chrominance.
  [
    1 << 17,
    table(`11 00020102040403040705040400010277
      000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738
      393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5
      a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa`),
  ],
]);

function table(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
}
