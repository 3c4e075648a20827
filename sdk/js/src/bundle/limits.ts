/** What is read of a bundle before it is given up. All are bytes but `members`. */
export interface Limits {
  /** Bytes of the archive; default 64 MiB. */
  compressed?: number;
  /** Bytes after decompression, headers and padding included; default 512 MiB. */
  total?: number;
  /** Bytes of one member; default 256 MiB. */
  member?: number;
  /** How many members; default 1,024. */
  members?: number;
}

export const manifestName = ".manifest";
export const signaturesName = ".signatures.json";
export const dataName = "lictor/data.json";
export const tablesName = "lictor/tables.bin";
export const testsName = "lictor/tests.json";
export const wasmName = "policy.wasm";

const mebibyte = 1 << 20;
const maxText = mebibyte; // of the manifest and the signatures, which are parsed as a whole
const maxTests = 16 * mebibyte;
const maxWasm = 64 * mebibyte;

export function withDefaults(limits: Limits = {}): Required<Limits> {
  return {
    compressed: limits.compressed ?? 64 * mebibyte,
    total: limits.total ?? 512 * mebibyte,
    member: limits.member ?? 256 * mebibyte,
    members: limits.members ?? 1024,
  };
}

/** The most bytes that the member of that name may have (FORMAT.md rule A6). */
export function memberLimit(limits: Required<Limits>, name: string): number {
  switch (name) {
    case manifestName:
    case signaturesName:
      return Math.min(limits.member, maxText);
    case testsName:
      return Math.min(limits.member, maxTests);
    case wasmName:
      return Math.min(limits.member, maxWasm);
    default:
      return limits.member;
  }
}
