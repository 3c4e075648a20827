import { readBundle, type Bundle, type BundleOptions } from "./bundle/open.js";
import type { Subset } from "./bundle/manifest.js";
import { tablesName, testsName } from "./bundle/limits.js";
import { compact } from "./compact.js";
import { encode } from "./encode.js";
import { AbiError, BundleError, ClosedError, MalformedRequestError } from "./errors.js";
import { Guest, Kind, callersIgnore, callersStored, type Host } from "./guest.js";
import type {
  CalculatedPolicy, Circumstances, Code, Decision, EvaluateCondition, Explanation, Refusal, Request, Subject,
} from "./request.js";

/** How a policy is opened. */
export interface OpenOptions extends BundleOptions {
  /**
   * What properties of subjects and resources in requests count for: they win over stored ones ("overlay", the
   * default), stored ones win ("stored"), or they do not count ("ignore").
   */
  callers?: "overlay" | "stored" | "ignore";
  /** Evaluates conditions that only Rego can; without it a bundle that has such is refused. */
  evaluateCondition?: EvaluateCondition;
}

/** A bundle that was read and verified, and the instance that answers from it. */
interface Generation {
  bundle: Bundle;
  guest: Guest;
  start: () => Guest;
}

const maxBatch = 10_000; // requests in one question (ABI.md rule Q5)
const maxBatchText = 4 << 20; // characters, well below rule Q8

/**
 * A policy that answers requests. Answers come from one generation of a bundle at a time; `replace` changes it between
 * two answers. Whatever goes wrong is an exception and never an answer that allows.
 */
export class Policy {
  private current: Generation | undefined;

  /** Use Evaluator.open. */
  private constructor(
    private readonly module: WebAssembly.Module,
    private readonly options: OpenOptions,
    private readonly log: (text: string) => void,
  ) {}

  /** @internal */
  static async open(module: WebAssembly.Module, bundle: Uint8Array, options: OpenOptions, log: Host["log"]): Promise<Policy> {
    const policy = new Policy(module, { ...options }, log);
    policy.current = await policy.load(bundle, policy.options.minimumEpoch ?? 0);
    return policy;
  }

  /** The revision of the bundle that answers. */
  get revision(): string {
    return this.generation().bundle.manifest.revision;
  }

  /** The epoch of the bundle that answers. */
  get epoch(): number {
    return this.generation().bundle.manifest.epoch;
  }

  /** The SHA-256 of the bundle's manifest: two bundles with the same id decide alike. */
  get id(): string {
    return this.generation().bundle.id;
  }

  /** What of a policy the bundle holds, where it is not the whole. */
  get subset(): Subset | undefined {
    return this.generation().bundle.manifest.subset;
  }

  /** How many bytes the instance holds, which grow with the bundle and then stay. */
  get memoryBytes(): number {
    return this.generation().guest.memoryBytes;
  }

  /**
   * Decides. The errors are MalformedRequestError, AbiError and ClosedError.
   */
  check(request: Request): Decision {
    const fast = this.guest().decide((into) => compact(request, into));
    if (fast === undefined) {
      return decision(this.ask(Kind.Check, request));
    }
    const code = codes[fast.code];
    if (code === undefined) {
      throw new AbiError("the evaluator answers with an unknown code");
    }
    return { allowed: code === "allowed", code, policies: fast.policies };
  }

  /** Reports whether a request is allowed. It never throws: what cannot be decided is not allowed. */
  allowed(request: Request): boolean {
    try {
      return this.check(request).allowed;
    } catch {
      return false;
    }
  }

  /** Decides many requests, in their order. A malformed one has its error in its place. */
  checkAll(requests: readonly Request[]): (Decision | Refusal)[] {
    const answers: (Decision | Refusal)[] = [];
    const questions = requests.flatMap((request, at) => {
      const text = encodeOrRefuse(request);
      if (typeof text !== "string") {
        answers[at] = text;
        return [];
      }
      return [{ at, text }];
    });
    for (const batch of batches(questions)) {
      const part = this.askText(Kind.Batch, "[" + batch.map(({ text }) => text).join(",") + "]");
      if (!Array.isArray(part) || part.length !== batch.length) {
        throw new AbiError("the evaluator does not answer every request");
      }
      batch.forEach(({ at }, i) => (answers[at] = decisionOrRefusal(part[i])));
    }
    return answers;
  }

  /** Decides and says why. It may be much slower than check. */
  explain(request: Request): Explanation {
    const answer = this.ask(Kind.Explain, request);
    const { text = "", reasons = [], missing = [], nearest = [] } = answer as Partial<Explanation>;
    return { ...decision(answer), text, reasons, missing, nearest };
  }

  /** The subject's calculated policies. */
  permissions(subject: Subject, circumstances: Circumstances = {}): CalculatedPolicy[] {
    const answer = this.ask(Kind.Permissions, { ...circumstances, subject });
    if (!Array.isArray(answer)) {
      throw new AbiError("the evaluator answers in another shape");
    }
    return answer as CalculatedPolicy[];
  }

  /** Reports whether the subject holds a role. Entitlements are not roles, but roles they include count. */
  hasRole(subject: Subject, role: string, circumstances: Circumstances = {}): boolean {
    const answer = this.ask(Kind.Roles, { ...circumstances, subject, roles: [role] });
    const held = (answer as { roles?: Record<string, unknown> } | null)?.roles;
    return held !== undefined && Object.hasOwn(held, role) && held[role] === true;
  }

  /**
   * Goes over to another bundle, which is read with the options of this policy. One that is refused, or older than the
   * one that answers, changes nothing. The errors are those of Evaluator.open.
   */
  async replace(bundle: Uint8Array): Promise<void> {
    const next = await this.load(bundle, Math.max(this.options.minimumEpoch ?? 0, this.epoch));
    const { epoch } = next.bundle.manifest;
    if (epoch < this.epoch) {
      throw new BundleError("epoch", `epoch ${epoch} is lower than ${this.epoch}, which has already run`);
    }
    this.current = next;
  }

  /** Gives the instance up. Every later call is a ClosedError. */
  close(): void {
    this.current = undefined;
  }

  private async load(bytes: Uint8Array, minimumEpoch: number): Promise<Generation> {
    const bundle = await readBundle(bytes, { ...this.options, minimumEpoch });
    const tables = bundle.members.get(tablesName)!.slice();
    const tests = bundle.members.get(testsName);
    const start = (): Guest => {
      const guest = new Guest(this.module, { condition: this.options.evaluateCondition, log: this.log });
      guest.open(tables, callersFlag(this.options.callers));
      return guest;
    };
    const guest = start();
    if (tests !== undefined) {
      guest.prove(tests);
    }
    bundle.members.clear(); // the archive's memory is not needed any more
    return { bundle, guest, start };
  }

  private generation(): Generation {
    if (this.current === undefined) {
      throw new ClosedError("the policy is closed");
    }
    return this.current;
  }

  private ask(kind: Kind, question: unknown): unknown {
    return this.askText(kind, encode(question));
  }

  private askText(kind: Kind, question: string): unknown {
    return this.guest().ask(kind, question);
  }

  /** The instance that answers, a new one after one that failed. */
  private guest(): Guest {
    const generation = this.generation();
    if (generation.guest.dead) {
      generation.guest = generation.start();
    }
    return generation.guest;
  }
}

function callersFlag(callers: OpenOptions["callers"]): number {
  switch (callers) {
    case undefined:
    case "overlay":
      return 0;
    case "stored":
      return callersStored;
    case "ignore":
      return callersIgnore;
    default:
      throw new TypeError('callers: expected "overlay", "stored" or "ignore"');
  }
}

function encodeOrRefuse(request: unknown): string | Refusal {
  try {
    return encode(request);
  } catch (error) {
    if (error instanceof MalformedRequestError) {
      return { allowed: false, error };
    }
    throw error;
  }
}

/** Divides questions so that each part can be asked at once. */
function batches<Q extends { text: string }>(questions: Q[]): Q[][] {
  const parts: Q[][] = [];
  let size = 0;
  for (const question of questions) {
    const last = parts.at(-1);
    size += question.text.length;
    if (last === undefined || last.length === maxBatch || size > maxBatchText) {
      parts.push([question]);
      size = question.text.length;
      continue;
    }
    last.push(question);
  }
  return parts;
}

/** The codes by their numbers (ABI.md rule Q3). */
const codes: readonly Code[] = [
  "no_grant", "condition_false", "condition_unknown", "scope_insufficient", "denied_by_policy", "denied_condition_unknown",
  "subject_inactive", "allowed",
];

/** Reads a decision and believes only one that does not contradict itself. */
function decision(answer: unknown): Decision {
  const { decision: word, code, policies } = (answer ?? {}) as { decision?: unknown; code?: unknown; policies?: unknown };
  const allowed = word === "ALLOW";
  if ((!allowed && word !== "DENY") || !codes.includes(code as Code) || allowed !== (code === "allowed") || !Array.isArray(policies)) {
    throw new AbiError("the evaluator answers in another shape");
  }
  return { allowed, code: code as Code, policies: policies as number[] };
}

function decisionOrRefusal(answer: unknown): Decision | Refusal {
  const error = (answer as { error?: { message?: string; member?: string } } | null)?.error;
  if (error === undefined) {
    return decision(answer);
  }
  return { allowed: false, error: new MalformedRequestError(error.member ?? "", error.message ?? "") };
}
