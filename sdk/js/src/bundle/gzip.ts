import { BundleError } from "../errors.js";
import { crc32 } from "./crc.js";

const fixedHeader = 10; // bytes; RFC 1952 section 2.3
const trailerBytes = 8; // CRC-32 and length
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * Decompresses one gzip stream (RFC 1952), which must be all there is: neither a second member nor anything else may
 * follow. It never holds more than limit bytes of output. The framing is read here and only the deflate stream is
 * given to the host, since hosts disagree about what may follow a gzip stream.
 */
export async function gunzip(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const body = bytes.subarray(headerBytes(bytes), bytes.length - trailerBytes);
  if (body.length === 0) {
    throw truncated();
  }
  const plain = await inflate(body, limit);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - trailerBytes, trailerBytes);
  if (!(await isWhole(body, limit))) {
    throw new BundleError("trailing", "something follows the end of the bundle");
  }
  if (trailer.getUint32(0, true) !== crc32(plain) || trailer.getUint32(4, true) !== plain.length >>> 0) {
    throw new BundleError("archive", "not a bundle, or a damaged one: the checksum is another");
  }
  return plain;
}

function truncated(): BundleError {
  return new BundleError("truncated", "the bundle is truncated");
}

/** The length of the header. */
function headerBytes(bytes: Uint8Array): number {
  if (bytes.length < fixedHeader + trailerBytes) {
    throw truncated();
  }
  const flag = bytes[3]!;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8 || (flag & flags.reserved) !== 0) {
    throw new BundleError("archive", "not a bundle: expected a gzip stream");
  }
  let at = fixedHeader;
  if (flag & flags.extra) {
    at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  }
  for (const text of [flags.name, flags.comment]) {
    if (flag & text) {
      const end = bytes.indexOf(0, at);
      at = end < 0 ? bytes.length : end + 1;
    }
  }
  return flag & flags.headerCrc ? at + 2 : at;
}

/** Decompresses a deflate stream (RFC 1951). */
async function inflate(body: Uint8Array, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const total = await stream(body, limit, (chunk) => chunks.push(chunk));
  const plain = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    plain.set(chunk, at);
    at += chunk.length;
  }
  return plain;
}

/** Reports whether a deflate stream that is good needs its last byte: some hosts ignore what follows its end. */
async function isWhole(body: Uint8Array, limit: number): Promise<boolean> {
  try {
    await stream(body.subarray(0, -1), limit, () => undefined);
    return false;
  } catch {
    return true;
  }
}

/** Gives the decompressed bytes to a function, chunk by chunk, and returns how many there were. */
async function stream(body: Uint8Array, limit: number, take: (chunk: Uint8Array) => void): Promise<number> {
  const reader = source(body).pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        return total;
      }
      total += value.length;
      if (total > limit) {
        throw new BundleError("limit", `more than ${limit} bytes`);
      }
      take(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error instanceof BundleError ? error : new BundleError("archive", "not a bundle, or a damaged or truncated one");
  }
}

const feedBytes = 64 << 10; // given to the host at once, so that its output comes in small pieces

function source(body: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= body.length) {
        controller.close();
        return;
      }
      controller.enqueue(body.slice(at, at + feedBytes));
      at += feedBytes;
    },
  });
}
