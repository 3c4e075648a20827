import { AbiError, BundleError, MalformedRequestError, type BundleFault } from "./errors.js";
import type { Environment, EvaluateCondition } from "./request.js";
import { Exit, checkImports, wasi } from "./wasi.js";

const major = 1;

// Flags of opening (ABI.md rule P3).
export const hostVerified = 1;
export const hostConditions = 2;
export const callersStored = 4;
export const callersIgnore = 8;

/** The kinds of questions (ABI.md rule Q5). */
export enum Kind {
  Check = 1,
  Batch,
  Explain,
  Permissions,
  Roles,
  Info,
}

/** What an evaluator exports, as far as it is used here. */
interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  lictor_abi(): number;
  lictor_buffer(size: number): number;
  lictor_open_tables(length: number, flags: number): number;
  lictor_prove(handle: number, length: number): number;
  lictor_decide(handle: number, length: number): bigint;
  lictor_ask(handle: number, kind: number, length: number): bigint;
  lictor_error(): bigint;
}

const functions = [
  "_initialize", "lictor_abi", "lictor_buffer", "lictor_open_tables", "lictor_prove", "lictor_decide", "lictor_ask",
  "lictor_error",
] as const;

const compactBytes = 16 << 10; // of the buffer at least, for requests in the compact form

/** How an instance is started. */
export interface Host {
  condition?: EvaluateCondition | undefined;
  /** Takes what a dying instance says. */
  log: (text: string) => void;
}

/** What the guest says of the last call that failed (ABI.md rule E2). */
interface Failure {
  code?: string;
  message?: string;
  member?: string;
}

// Faults of opening by the code of ABI.md rule E1.
const faults: Record<string, BundleFault> = {
  limit: "limit", format: "format", conditions: "conditions", golden: "tests",
};

/** Refuses a module that is not an evaluator. The error is an AbiError. */
export function checkModule(module: WebAssembly.Module): void {
  checkImports(module);
  const exported = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  for (const name of functions) {
    if (exported.get(name) !== "function") {
      throw new AbiError(`the module is no evaluator: it does not export ${name}`);
    }
  }
  if (exported.get("memory") !== "memory") {
    throw new AbiError("the module is no evaluator: it does not export memory");
  }
}

/**
 * One instance of the evaluator and the one policy it holds. After any failure of the instance itself it is dead (ABI.md rule M5),
 * and every call is an AbiError.
 */
export class Guest {
  private readonly exports: Exports;
  private handle = 0;
  private buffer: { at: number; size: number } | undefined;
  private readonly scratch = new Uint8Array(compactBytes);
  private composing = false;
  private busy = false;
  private failed = false;

  /** Starts an instance of a module that checkModule has passed. */
  constructor(
    module: WebAssembly.Module,
    private readonly host: Host,
  ) {
    const memory = (): WebAssembly.Memory => this.exports.memory;
    const imports = {
      wasi_snapshot_preview1: wasi(memory, host.log),
      lictor: { condition: this.condition.bind(this) },
    };
    const instance = this.run(() => new WebAssembly.Instance(module, imports));
    this.exports = instance.exports as unknown as Exports;
    this.run(() => this.exports._initialize());
    const version = this.run(() => this.exports.lictor_abi());
    if (version >>> 16 !== major) {
      throw new AbiError(`the module speaks version ${version >>> 16} of the ABI, this package version ${major}`);
    }
  }

  /** Reports whether the instance can no longer answer. */
  get dead(): boolean {
    return this.failed;
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Opens tables that the caller has verified. The error is a BundleError or an AbiError. */
  open(tables: Uint8Array, flags: number): void {
    this.write(tables);
    const conditions = this.host.condition === undefined ? 0 : hostConditions;
    const handle = this.run(() => this.exports.lictor_open_tables(tables.length, flags | hostVerified | conditions));
    this.buffer = undefined; // it was taken away
    if (handle <= 0) {
      throw this.refusal();
    }
    this.handle = handle;
  }

  /** Has the guest decide the golden decisions of a bundle. The error is a BundleError or an AbiError. */
  prove(tests: Uint8Array): void {
    this.write(tests);
    const outcome = this.run(() => this.exports.lictor_prove(this.handle, tests.length));
    this.buffer = undefined; // it was taken away
    if (outcome !== 0) {
      throw this.refusal();
    }
  }

  /**
   * Decides a request that a function writes into the memory it is given, in the compact form. undefined when it does not write it, or the
   * evaluator has anything against it: then the request is to be asked as JSON. The error is an AbiError.
   */
  decide(write: (into: Uint8Array) => number | undefined): { code: number; policies: number[] } | undefined {
    const length = this.compose(write);
    if (length === undefined) {
      return undefined;
    }
    this.write(this.scratch.subarray(0, length));
    const answer = this.run(() => this.exports.lictor_decide(this.handle, length));
    if (answer < 0n) {
      return undefined;
    }
    const bytes = this.answer(answer);
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    try {
      const policies = Array.from({ length: words.getUint32(4, true) }, (_, i) => words.getUint32(8 + 4 * i, true));
      return { code: words.getUint32(0, true), policies };
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** Asks a question. The error is a MalformedRequestError or an AbiError. */
  ask(kind: Kind, question: string): unknown {
    const text = new TextEncoder().encode(question);
    this.write(text);
    const answer = this.run(() => this.exports.lictor_ask(this.handle, kind, text.length));
    if (answer >= 0n) {
      return this.json(answer);
    }
    const { code, message = "", member = "" } = this.failure();
    if (code === "malformed" || code === "limit") {
      throw new MalformedRequestError(member, message);
    }
    throw new AbiError(`the evaluator answers ${code}: ${message}`);
  }

  /** Has a request written outside the instance: code of the host may run meanwhile, and ask this instance something else. */
  private compose(write: (into: Uint8Array) => number | undefined): number | undefined {
    if (this.composing) {
      return undefined;
    }
    this.composing = true;
    try {
      return write(this.scratch);
    } finally {
      this.composing = false;
    }
  }

  private refusal(): BundleError {
    const { code = "", message = "" } = this.failure();
    const hint = code === "conditions" ? "; the option evaluateCondition says who evaluates them" : "";
    return new BundleError(faults[code] ?? "tables", message + hint);
  }

  private failure(): Failure {
    return this.json(this.run(() => this.exports.lictor_error())) as Failure;
  }

  private write(bytes: Uint8Array): void {
    this.view(this.reserve(bytes.length), bytes.length).set(bytes);
  }

  /** Returns where the buffer lies, which has at least that many bytes (ABI.md rules B1 and B2). */
  private reserve(size: number): number {
    if (this.buffer === undefined || this.buffer.size < size) {
      const wanted = Math.max(size, compactBytes);
      const at = this.run(() => this.exports.lictor_buffer(wanted)) >>> 0;
      if (at === 0) {
        throw new MalformedRequestError("", "it is too large");
      }
      this.buffer = { at, size: wanted };
    }
    return this.buffer.at;
  }

  private view(at: number, length: number): Uint8Array {
    try {
      return new Uint8Array(this.exports.memory.buffer, at, length);
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** The bytes of an answer (ABI.md rule B4). */
  private answer(answer: bigint): Uint8Array {
    return this.view(Number(BigInt.asUintN(32, answer >> 32n)), Number(BigInt.asUintN(32, answer)));
  }

  /** Reads the JSON of an answer (ABI.md rule B4). */
  private json(answer: bigint): unknown {
    const bytes = this.answer(answer);
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** Runs the module. Whatever it throws ends the instance. */
  private run<T>(call: () => T): T {
    if (this.failed || this.busy) {
      throw new AbiError(this.failed ? "the evaluator has failed before" : "the evaluator is asked from within a condition");
    }
    this.busy = true;
    try {
      return call();
    } catch (error) {
      throw this.broken(error);
    } finally {
      this.busy = false;
    }
  }

  private broken(error: unknown): AbiError {
    this.failed = true;
    if (error instanceof Exit) {
      return new AbiError(error.message);
    }
    return new AbiError(`the evaluator failed: ${error instanceof Error ? error.message : "for no known reason"}`);
  }

  /** Answers the import of ABI.md rule C1: 0 unknown, 1 false, 2 true. */
  private condition(_handle: number, rule: number, ruleLength: number, at: number, length: number): number {
    try {
      const name = new TextDecoder().decode(this.view(rule >>> 0, ruleLength >>> 0));
      const text = new TextDecoder().decode(this.view(at >>> 0, length >>> 0));
      const value = this.host.condition?.(name, JSON.parse(text) as Environment, text);
      return value === true ? 2 : value === false ? 1 : 0;
    } catch {
      return 0;
    }
  }
}
