import { AbiError } from "./errors.js";

// Error numbers of WASI preview 1.
const success = 0;
const badDescriptor = 8;
const unsupported = 52;

const standardError = 2;
const realtime = 0;
const clockEvent = 0;
const subscriptionBytes = 48;
const eventBytes = 32;
const maxRandom = 65536; // bytes that getRandomValues gives at once

/** Thrown by proc_exit, to leave an instance that ends itself. */
export class Exit extends Error {}

/** What a module may import. */
export type Functions = Record<string, (...args: never[]) => number | void>;

/**
 * The functions of WASI preview 1 that an evaluator asks for (ABI.md rule M3): clocks, randomness and a place for last
 * words. There are no files, arguments or variables. `memory` is asked at each call, since the memory of an instance moves as it grows.
 */
export function wasi(memory: () => WebAssembly.Memory, log: (text: string) => void): Functions {
  const view = (): DataView => new DataView(memory().buffer);
  const bytes = (at: number, length: number): Uint8Array<ArrayBuffer> =>
    new Uint8Array(memory().buffer as ArrayBuffer, at >>> 0, length >>> 0);
  const nothing = (count: number, size: number): number => {
    view().setUint32(count >>> 0, 0, true);
    view().setUint32(size >>> 0, 0, true);
    return success;
  };
  return {
    args_get: () => success,
    args_sizes_get: nothing,
    environ_get: () => success,
    environ_sizes_get: nothing,
    clock_time_get: (id: number, _precision: bigint, at: number) => {
      view().setBigUint64(at >>> 0, nanoseconds(id), true);
      return success;
    },
    fd_close: () => badDescriptor,
    fd_fdstat_get: () => badDescriptor,
    fd_fdstat_set_flags: () => badDescriptor,
    fd_prestat_get: () => badDescriptor,
    fd_prestat_dir_name: () => badDescriptor,
    fd_write: (descriptor: number, vectors: number, count: number, written: number) => {
      if (descriptor !== standardError) {
        return badDescriptor;
      }
      view().setUint32(written >>> 0, write(view(), vectors >>> 0, count, (at, n) => log(decode(bytes(at, n)))), true);
      return success;
    },
    poll_oneoff: (subscriptions: number, events: number, count: number, happened: number) => {
      poll(view(), subscriptions >>> 0, events >>> 0, count);
      view().setUint32(happened >>> 0, count, true);
      return success;
    },
    proc_exit: (code: number) => {
      throw new Exit(`the evaluator ended itself with status ${code}`);
    },
    random_get: (at: number, length: number) => {
      for (let done = 0; done < length; done += maxRandom) {
        crypto.getRandomValues(bytes(at + done, Math.min(maxRandom, length - done)));
      }
      return success;
    },
    sched_yield: () => success,
  };
}

function nanoseconds(clock: number): bigint {
  return clock === realtime ? BigInt(Date.now()) * 1_000_000n : BigInt(Math.round(performance.now() * 1e6));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Hands on each of the vectors and returns how many bytes there were. */
function write(view: DataView, vectors: number, count: number, take: (at: number, length: number) => void): number {
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(vectors + 8 * i + 4, true);
    take(view.getUint32(vectors + 8 * i, true), length);
    total += length;
  }
  return total;
}

/** Says of every clock that its time has come: nobody here can wait. What is no clock is not supported. */
function poll(view: DataView, subscriptions: number, events: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const from = subscriptions + subscriptionBytes * i;
    const to = events + eventBytes * i;
    const kind = view.getUint8(from + 8);
    view.setBigUint64(to, view.getBigUint64(from, true), true);
    view.setUint16(to + 8, kind === clockEvent ? success : unsupported, true);
    view.setUint8(to + 10, kind);
  }
}

const importsOf = new Map<string, ReadonlySet<string>>([
  ["wasi_snapshot_preview1", new Set(Object.keys(wasi(() => new WebAssembly.Memory({ initial: 0 }), () => undefined)))],
  ["lictor", new Set(["condition"])],
]);

/** Refuses a module that imports anything else than an evaluator may. */
export function checkImports(module: WebAssembly.Module): void {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== "function" || importsOf.get(from)?.has(name) !== true) {
      throw new AbiError(`the module imports ${from}.${name}, which no evaluator needs`);
    }
  }
}
