import { BundleError, quote } from "../errors.js";
import { memberLimit, type Limits } from "./limits.js";
import { pathFault } from "./name.js";

const block = 512; // bytes; POSIX ustar
const maxPadding = 1 << 20;

// Where the fields of a header lie.
const nameField = [0, 100] as const;
const sizeField = [124, 136] as const;
const checksumField = [148, 156] as const;
const kindAt = 156;
const magicField = [257, 262] as const;
const prefixField = [345, 500] as const;

/**
 * Reads the members of a tar archive (FORMAT.md rules A3 to A6 and N1 to N3). Their bytes share the memory of the
 * archive. Names come without their leading slash.
 */
export function members(archive: Uint8Array, limits: Required<Limits>): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  let at = 0;
  for (;;) {
    const header = archive.subarray(at, at + block);
    if (header.length < block) {
      throw truncated();
    }
    if (isZero(header)) {
      checkEnd(archive.subarray(at));
      return found;
    }
    const { name, size } = admit(header, limits);
    if (found.has(name)) {
      throw new BundleError("repeated", `member ${quote(name)}: it occurs twice`, name);
    }
    const content = archive.subarray(at + block, at + block + size);
    if (content.length < size) {
      throw truncated();
    }
    found.set(name, content);
    if (found.size > limits.members) {
      throw new BundleError("limit", `more than ${limits.members} members`);
    }
    at += block + Math.ceil(size / block) * block;
  }
}

function truncated(): BundleError {
  return new BundleError("truncated", "the bundle is truncated");
}

function damaged(reason: string): BundleError {
  return new BundleError("archive", "not a bundle, or a damaged one: " + reason);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** The archive ends with two blocks of zeros, and nothing but a bounded number of zeros follows (rule A5). */
function checkEnd(rest: Uint8Array): void {
  if (rest.length < 2 * block) {
    throw truncated();
  }
  if (!isZero(rest)) {
    throw new BundleError("trailing", "something follows the end of the bundle");
  }
  if (rest.length > 2 * block + maxPadding) {
    throw new BundleError("limit", `more than ${maxPadding} bytes of padding`);
  }
}

/** Says whether a member may be in a bundle at all, before anything of it is read. */
function admit(header: Uint8Array, limits: Required<Limits>): { name: string; size: number } {
  checkSum(header);
  const name = fullName(header).replace(/^\//, "");
  const kind = header[kindAt]!;
  if (kind !== 0x30 && kind !== 0) {
    const letter = quote(String.fromCharCode(kind));
    throw new BundleError("kind", `member ${quote(name)}: expected a plain file, found tar type ${letter}`, name);
  }
  const fault = pathFault(name);
  if (fault !== undefined) {
    throw new BundleError("name", `member ${quote(name)}: ${fault}`, name);
  }
  const size = octal(header, sizeField);
  const limit = memberLimit(limits, name);
  if (size > limit) {
    throw new BundleError("limit", `member ${quote(name)}: more than ${limit} bytes of a member`, name);
  }
  return { name, size };
}

function checkSum(header: Uint8Array): void {
  let sum = 0;
  for (let i = 0; i < block; i++) {
    sum += i >= checksumField[0] && i < checksumField[1] ? 0x20 : header[i]!;
  }
  if (sum !== octal(header, checksumField)) {
    throw damaged("the checksum of a header is another");
  }
}

function fullName(header: Uint8Array): string {
  const name = text(header, nameField);
  const ustar = text(header, magicField) === "ustar" && header[magicField[1]] === 0;
  const prefix = ustar ? text(header, prefixField) : "";
  return prefix === "" ? name : prefix + "/" + name;
}

/** The field up to its first zero byte, byte by byte: names of other characters than ASCII are refused anyway. */
function text(header: Uint8Array, [from, to]: readonly [number, number]): string {
  const field = header.subarray(from, to);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
}

function octal(header: Uint8Array, field: readonly [number, number]): number {
  const digits = text(header, field).trim();
  if (!/^[0-7]{1,12}$/.test(digits)) {
    throw damaged("a number in a header is none");
  }
  return parseInt(digits, 8);
}
