import {
  BundleError, Evaluator, MalformedRequestError, type EvaluateCondition, type OpenOptions, type Policy, type Request,
} from "../src/index.js";
import { JsonNumber, parseJson, type Json } from "../src/bundle/json.js";

/** Policies with questions to them, as js_test.go writes them. */
export interface Cases {
  key: { id: string; pem: string };
  groups: Group[];
}

interface Group {
  bundle: string;
  callers: "overlay" | "stored" | "ignore";
  requests: { input: string; decide: boolean; roles: string[] }[];
}

/** What one group is answered; `refused` when its bundle is. */
export interface Answers {
  refused?: string;
  answers: Answer[];
}

interface Answer {
  decision?: "ALLOW" | "DENY";
  code?: string;
  policies?: number[];
  malformed?: string;
  roles?: Record<string, boolean>;
  /** The host has no number for one in the request. */
  inexact?: boolean;
}

/**
 * Asks everything. `read` gets a file of the folder that the cases are in; `rego` evaluates the conditions of a bundle that only
 * Rego can, where the host does that. It runs in Node and in browsers.
 */
export async function answerAll(
  read: (name: string) => Promise<Uint8Array<ArrayBuffer>>,
  rego?: (bundle: Uint8Array) => Promise<EvaluateCondition>,
): Promise<Answers[]> {
  const cases = JSON.parse(new TextDecoder().decode(await read("cases.json"))) as Cases;
  const evaluator = await Evaluator.load(await read("evaluator.wasm"));
  const all: Answers[] = [];
  for (const group of cases.groups) {
    const bundle = await read(group.bundle);
    const options: OpenOptions = { verifyKeys: [cases.key], callers: group.callers };
    if (rego !== undefined) {
      options.evaluateCondition = await rego(bundle);
    }
    all.push(await answerGroup(evaluator, bundle, group, options));
  }
  return all;
}

async function answerGroup(evaluator: Evaluator, bundle: Uint8Array, group: Group, options: OpenOptions): Promise<Answers> {
  let policy: Policy;
  try {
    policy = await evaluator.open(bundle, options);
  } catch (error) {
    if (error instanceof BundleError) {
      return { refused: error.fault, answers: [] };
    }
    throw error;
  }
  const requests = group.requests.map(({ input }) => request(input));
  const answers = group.requests.map(({ decide, roles }, i) => answer(policy, requests[i], decide, roles));
  compareBatch(policy, requests, answers, group);
  policy.close();
  return { answers };
}

/** The request that a text is; undefined when this host cannot say it. */
function request(input: string): Request | undefined {
  try {
    return plain(parseJson(new TextEncoder().encode(input))) as unknown as Request;
  } catch (error) {
    if (error instanceof Inexact) {
      return undefined;
    }
    throw error;
  }
}

function answer(policy: Policy, request: Request | undefined, decide: boolean, roles: string[]): Answer {
  if (request === undefined) {
    return { inexact: true };
  }
  const given: Answer = {};
  try {
    for (const role of roles) {
      given.roles ??= {};
      given.roles[role] = policy.hasRole(request.subject, role, circumstances(request));
    }
    if (decide) {
      const { allowed, code, policies } = policy.check(request);
      Object.assign(given, { decision: allowed ? "ALLOW" : "DENY", code, policies });
    }
  } catch (error) {
    if (!(error instanceof MalformedRequestError)) {
      throw error;
    }
    given.malformed = error.member;
  }
  if (policy.allowed(request) !== (given.decision === "ALLOW") && decide) {
    throw new Error(`allowed and check differ: ${JSON.stringify(given)}`);
  }
  return given;
}

function circumstances({ context, organisation, token, now }: Request): object {
  return { context, organisation, token, now };
}

/** Wants checkAll to say the same as check did. */
function compareBatch(policy: Policy, requests: (Request | undefined)[], answers: Answer[], group: Group): void {
  policy.checkAll(requests as Request[]).forEach((got, i) => {
    const want = answers[i]!;
    const same = "error" in got
      ? want.malformed === got.error.member
      : want.code === got.code && JSON.stringify(want.policies) === JSON.stringify(got.policies);
    if (!same && requests[i] !== undefined && group.requests[i]!.decide) {
      throw new Error(`checkAll and check differ: ${JSON.stringify(got)}, ${JSON.stringify(want)}`);
    }
  });
}

const rawJson = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON;

/** A number with more digits than a double has, in a host without JSON.rawJSON. */
class Inexact extends Error {}

/** The value as a program would have it, with bigint and JSON.rawJSON where a number would not be exact. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) {
    return number(value.text);
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

function number(text: string): unknown {
  const double = Number(text);
  const { sign, digits, exponent } = decimal(text);
  if (exponent >= 0) {
    return Number.isSafeInteger(double) ? double : BigInt(sign + digits + "0".repeat(exponent));
  }
  const same = decimal(String(double));
  if (digits === same.digits && exponent === same.exponent) {
    return double;
  }
  if (rawJson === undefined) {
    throw new Inexact(text);
  }
  return rawJson(text);
}

/** A number as digits without zeros around them, and an exponent of ten: the same for every text of one number. */
function decimal(text: string): { sign: string; digits: string; exponent: number } {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const padded = (whole + fraction).replace(/^0+/, "");
  const digits = padded.replace(/0+$/, "");
  return digits === "" ? { sign: "", digits: "0", exponent: 0 } : { sign, digits, exponent: Number(exponent) - fraction.length + padded.length - digits.length };
}
