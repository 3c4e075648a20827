import { AbiError } from "./errors.js";
import { Guest, Kind, checkModule } from "./guest.js";
import { Policy, type OpenOptions } from "./policy.js";

/** How an evaluator is loaded. */
export interface LoadOptions {
  /** Takes what an instance says before it dies, for whoever runs the host; by default nobody does. */
  log?: (text: string) => void;
}

/** What lictor-evaluator.wasm can be loaded from. */
export type Source = BufferSource | Response | WebAssembly.Module;

/** A compiled lictor-evaluator.wasm, from which any number of policies can be opened. */
export class Evaluator {
  private constructor(
    private readonly module: WebAssembly.Module,
    private readonly log: (text: string) => void,
    /** The version of the evaluator. */
    readonly version: string,
  ) {}

  /** Compiles the module and sees that it is an evaluator of an ABI that this package speaks. The error is an AbiError. */
  static async load(source: Source | PromiseLike<Source>, options: LoadOptions = {}): Promise<Evaluator> {
    const log = options.log ?? (() => undefined);
    const module = await compile(await source);
    checkModule(module);
    const info = new Guest(module, { log }).ask(Kind.Info, "") as { evaluator?: unknown } | null;
    return new Evaluator(module, log, typeof info?.evaluator === "string" ? info.evaluator : "");
  }

  /**
   * Reads and verifies a bundle, and opens it in an instance of its own. Either verifyKeys or allowUnsigned is needed. The errors are
   * SignatureError, BundleError and AbiError.
   */
  open(bundle: Uint8Array, options: OpenOptions): Promise<Policy> {
    return Policy.open(this.module, bundle, options, this.log);
  }
}

async function compile(source: Source): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) {
    return source;
  }
  if (source instanceof Response && !source.ok) {
    throw new AbiError(`the module could not be fetched: status ${source.status}`);
  }
  const bytes = source instanceof Response ? await source.arrayBuffer() : source;
  try {
    return await WebAssembly.compile(bytes);
  } catch {
    throw new AbiError("not a WebAssembly module, or a damaged one");
  }
}
