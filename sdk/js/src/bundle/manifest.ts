import { BundleError, quote } from "../errors.js";
import { JsonNumber, canonical, parseJson, type Json } from "./json.js";
import { dataName, manifestName, signaturesName, tablesName } from "./limits.js";
import { nameFault } from "./name.js";

const newestFormat = 1;

/** What a bundle says of itself. */
export interface Manifest {
  format: number;
  revision: string;
  epoch: number;
  /** The SHA-256 of the definitions. */
  source: string;
  /** The version of the compiler. */
  compiler: string;
  entrypoints: string[];
  /** The result of the check that tables and Rego decide alike; `seed` is a number of up to 64 bits as a text. */
  agreement: { requests: number; full: boolean; seed: string };
  /** Says that the bundle holds only a part of a policy, and which: what it leaves out it denies. */
  subset?: Subset;
  /** Every member but the manifest and the signatures, by its name. */
  parts: Map<string, Part>;
}

/** A part of a policy. */
export interface Subset {
  /** Whom it is for, such as "client". */
  for: string;
  namespaces: string[];
  subjectTypes: string[];
  /** How many stored subjects it is about; 0 for a part that is the same for everybody. */
  subjects: number;
}

/** What the manifest announces of one member. */
export interface Part {
  size: number;
  sha256: string;
}

/** Reads the text of a .manifest (FORMAT.md rules M1 to M5, C1). */
export function readManifest(text: Uint8Array): Manifest {
  const whole = object(parse(text), "");
  const own = object(object(whole.get("metadata"), "metadata").get("lictor"), "metadata.lictor");
  const format = natural(own.get("format"), "metadata.lictor.format");
  if (format > newestFormat) {
    const message = `bundle format ${format} is newer than this program, which reads up to format ${newestFormat}`;
    throw new BundleError("format", message);
  }
  if (format < 1) {
    throw fault("metadata.lictor.format", "expected a positive integer");
  }
  checkFrame(whole);
  return {
    format,
    revision: revision(whole.get("revision")),
    epoch: natural(own.get("epoch"), "metadata.lictor.epoch"),
    source: digest(own.get("source"), "metadata.lictor.source"),
    compiler: string(own.get("compiler"), "metadata.lictor.compiler"),
    entrypoints: strings(own.get("entrypoints"), "metadata.lictor.entrypoints"),
    agreement: agreement(own.get("agreement")),
    ...(own.has("subset") ? { subset: subset(own.get("subset")) } : {}),
    parts: parts(own.get("parts")),
  };
}

function fault(member: string, reason: string): BundleError {
  return new BundleError("manifest", "manifest: " + (member === "" ? "" : member + ": ") + reason, manifestName);
}

function parse(text: Uint8Array): Json {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    throw fault("", (error as Error).message);
  }
  if (canonical(value) !== new TextDecoder().decode(text)) {
    throw fault("", "not in canonical form");
  }
  return value;
}

/** Checks what OPA reads: any other member would change what the bundle means to it. */
function checkFrame(whole: Map<string, Json>): void {
  for (const name of whole.keys()) {
    if (!["metadata", "rego_version", "revision", "roots"].includes(name)) {
      throw fault("", `unknown member ${quote(name)}`);
    }
  }
  const version = whole.get("rego_version");
  if (!(version instanceof JsonNumber) || version.natural !== 1) {
    throw fault("rego_version", "expected 1");
  }
  if (canonical(whole.get("roots") ?? null) !== '["lictor","custom"]') {
    throw fault("roots", 'expected ["lictor" "custom"]');
  }
}

function object(value: Json | undefined, member: string): Map<string, Json> {
  if (value instanceof Map) {
    return value;
  }
  throw fault(member, "expected an object");
}

function natural(value: Json | undefined, member: string): number {
  const integer = value instanceof JsonNumber ? value.natural : undefined;
  if (integer === undefined) {
    throw fault(member, "expected an integer from 0 to 2^53");
  }
  return integer;
}

function string(value: Json | undefined, member: string): string {
  if (typeof value !== "string") {
    throw fault(member, "expected a string");
  }
  return value;
}

function strings(value: Json | undefined, member: string): string[] {
  if (!Array.isArray(value)) {
    throw fault(member, "expected a list of strings");
  }
  return value.map((item) => string(item, member));
}

function agreement(value: Json | undefined): Manifest["agreement"] {
  const at = "metadata.lictor.agreement";
  const own = object(value, at);
  const seed = own.get("seed");
  const full = own.get("full");
  if (typeof seed !== "string" || !/^\d+$/.test(seed) || BigInt(seed) >= 1n << 64n) {
    throw fault(at + ".seed", "expected a string of digits");
  }
  if (typeof full !== "boolean") {
    throw fault(at + ".full", "expected true or false");
  }
  return { requests: natural(own.get("requests"), at + ".requests"), full, seed };
}

function subset(value: Json | undefined): Subset {
  const at = "metadata.lictor.subset";
  const own = object(value, at);
  return {
    for: string(own.get("for"), at + ".for"),
    namespaces: strings(own.get("namespaces"), at + ".namespaces"),
    subjectTypes: strings(own.get("subject_types"), at + ".subject_types"),
    subjects: natural(own.get("subjects"), at + ".subjects"),
  };
}

function revision(value: Json | undefined): string {
  if (typeof value !== "string" || !/^[A-Za-z0-9._:+-]{1,128}$/.test(value)) {
    throw fault("revision", "expected 1 to 128 of the characters A-Z a-z 0-9 . _ : + -");
  }
  return value;
}

function digest(value: Json | undefined, member: string): string {
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/.test(value)) {
    throw fault(member, "expected a SHA-256 digest of 64 hexadecimal digits");
  }
  return value;
}

function parts(value: Json | undefined): Map<string, Part> {
  const at = "metadata.lictor.parts";
  const found = new Map<string, Part>();
  for (const [name, item] of object(value, at)) {
    const reason = name === manifestName || name === signaturesName ? "it cannot announce itself" : nameFault(name);
    if (reason !== undefined) {
      throw fault(at, `member ${quote(name)}: ${reason}`);
    }
    const part = object(item, at);
    found.set(name, { size: natural(part.get("size"), at + ".size"), sha256: digest(part.get("sha256"), at + ".sha256") });
  }
  for (const name of [dataName, tablesName]) {
    if (!found.has(name)) {
      throw fault(at, `member ${quote(name)} is not announced`);
    }
  }
  return found;
}
