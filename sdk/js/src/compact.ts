import { encode } from "./encode.js";
import { MalformedRequestError } from "./errors.js";

// Flags of ABI.md rule R2.
const flags = { now: 1, names: 2, strict: 4 };

const headerBytes = 16;
const maxFields = 1024;

/** A request that the compact form is not used for: the evaluator reads it as JSON, and says what is wrong with it if something is. */
class Unfit extends Error {}

const unfit = new Unfit();

type Members = Record<string, unknown>;

/**
 * Writes a request in the compact form (ABI.md rules R1 to R5) and returns its length; undefined for a request that is in any way
 * out of the ordinary or too long for the memory given, which is then to be asked as JSON. Like JSON it knows only an object's own members.
 */
export function compact(request: unknown, into: Uint8Array): number | undefined {
  try {
    return write(object(request), new Writer(into));
  } catch (error) {
    if (error instanceof Unfit || error instanceof MalformedRequestError) {
      return undefined;
    }
    throw error;
  }
}

function write(request: Members, out: Writer): number {
  const subject = object(own(request, "subject"));
  const action = optional(own(request, "action"));
  const resource = optional(own(request, "resource"));
  const asked = fields(request, action, resource);
  const now = own(request, "now");
  const strict = own(request, "strict") ?? false;
  if ((now !== undefined && !Number.isSafeInteger(now)) || typeof strict !== "boolean") {
    throw unfit;
  }
  out.header((now === undefined ? 0 : flags.now) + (asked.names ? flags.names : 0) + (strict ? flags.strict : 0), asked.texts.length, (now as number) ?? 0);
  out.text(text(own(subject, "type")));
  out.text(text(own(subject, "id")));
  const organisation = own(request, "organisation");
  out.text(organisation === undefined ? "" : text(organisation));
  for (const value of [own(subject, "properties"), action && own(action, "properties"), resource && own(resource, "properties"), own(request, "context"), own(request, "token")]) {
    out.text(value === undefined ? "" : encode(object(value)));
  }
  asked.texts.forEach((name) => out.text(name));
  return out.length;
}

/** What is asked for: four names, or permission strings (rule R4). */
function fields(request: Members, action: Members | undefined, resource: Members | undefined): { names: boolean; texts: string[] } {
  const one = own(request, "permission");
  const several = own(request, "permissions");
  const attribute = own(request, "attribute");
  const named = [action && own(action, "name"), resource && own(resource, "type"), resource && own(resource, "id"), attribute];
  if (one === undefined && several === undefined) {
    return { names: true, texts: [text(named[1]), text(named[0]), text(named[2]), attribute === undefined ? "" : text(attribute)] };
  }
  const strings = one === undefined ? several : [one];
  const twofold = one !== undefined && several !== undefined;
  if (twofold || named.some((name) => name !== undefined) || !Array.isArray(strings) || strings.length === 0 || strings.length > maxFields) {
    throw unfit;
  }
  return { names: false, texts: strings.map(text) };
}

/** A member that is an object's own; undefined for any other. */
function own(value: Members, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function object(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value) || "toJSON" in value) {
    throw unfit;
  }
  return value as Members;
}

function optional(value: unknown): Members | undefined {
  return value === undefined ? undefined : object(value);
}

function text(value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw unfit;
  }
  return value;
}

const surrogate = /\p{Surrogate}/u; // a lone one: pairs are one character to it
const encoder = new TextEncoder();

/** Writes into memory that it was given, and never beyond. */
class Writer {
  length = 0;
  private readonly view: DataView;

  constructor(private readonly into: Uint8Array) {
    this.view = new DataView(into.buffer, into.byteOffset, into.length);
  }

  header(flag: number, count: number, now: number): void {
    this.view.setUint32(0, flag, true);
    this.view.setUint32(4, count, true);
    this.view.setBigInt64(8, BigInt(now), true);
    this.length = headerBytes;
  }

  /** Writes a field of rule R1. */
  text(value: string): void {
    const start = this.length + 4;
    if (start + value.length > this.into.length) {
      throw unfit;
    }
    const written = this.ascii(value, start) ? value.length : this.unicode(value, start);
    this.view.setUint32(this.length, written, true);
    this.length = start + written;
  }

  /** Writes a text of ASCII, which most are; false for any other. */
  private ascii(value: string, at: number): boolean {
    for (let i = 0; i < value.length; i++) {
      const char = value.charCodeAt(i);
      if (char >= 0x80) {
        return false;
      }
      this.into[at + i] = char;
    }
    return true;
  }

  private unicode(value: string, at: number): number {
    const { read, written } = encoder.encodeInto(value, this.into.subarray(at));
    if (read < value.length || surrogate.test(value)) {
      throw unfit;
    }
    return written;
  }
}
