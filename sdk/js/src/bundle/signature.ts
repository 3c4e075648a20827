import { SignatureError, quote } from "../errors.js";
import { parseJson, type Json } from "./json.js";
import type { Algorithm, PublicKey } from "./key.js";

/** What a verified signature says. */
export interface Statement {
  /** The key named by the token; empty when it names none. */
  keyId: string;
  algorithm: Algorithm;
  /** The SHA-256 of each member in hexadecimal, by its name. */
  files: Map<string, string>;
}

interface Token {
  algorithm: string;
  keyId: string;
  files: Map<string, string>;
  signed: Uint8Array<ArrayBuffer>; // header and payload as they were signed
  signature: Uint8Array<ArrayBuffer>;
}

/**
 * Checks the content of a .signatures.json (FORMAT.md rules S1 to S5) and returns what it states. A token that names
 * a key is checked with the key of that id, else with the keys that have no id; one that names none with every key.
 */
export async function verify(signatures: Uint8Array, keys: readonly PublicKey[]): Promise<Statement> {
  const token = parse(signatures);
  const candidates = candidatesFor(token.keyId, keys);
  if (candidates.length === 0) {
    throw new SignatureError("unknown_key", `signed with the unknown key ${quote(token.keyId)}`);
  }
  const fitting = candidates.filter((key) => key.algorithm === token.algorithm);
  if (fitting.length === 0) {
    throw new SignatureError("algorithm", `signature algorithm ${quote(token.algorithm)}: no verification key uses it`);
  }
  for (const key of fitting) {
    if (await key.verifies(token.signed, token.signature)) {
      return { keyId: token.keyId, algorithm: key.algorithm, files: token.files };
    }
  }
  throw new SignatureError("mismatch", "the signature is not by any of the verification keys it may be by");
}

function candidatesFor(id: string, keys: readonly PublicKey[]): readonly PublicKey[] {
  if (id === "") {
    return keys;
  }
  const named = keys.find((key) => key.id === id);
  return named === undefined ? keys.filter((key) => key.id === "") : [named];
}

function malformed(part: string, reason: string): SignatureError {
  return new SignatureError("malformed", `malformed ${part}: ${reason}`);
}

function parse(signatures: Uint8Array): Token {
  const segments = compactToken(signatures).split(".");
  if (segments.length !== 3) {
    throw malformed("signatures", "a token has three parts");
  }
  const [first, second, third] = segments as [string, string, string];
  const header = decodeSegment("header", first);
  if (header.has("crit")) {
    throw malformed("header", "critical extensions are not supported");
  }
  const payload = decodeSegment("payload", second);
  if (text(payload, "payload", "scope") !== "") {
    throw malformed("payload", "a scope is not supported");
  }
  return {
    algorithm: text(header, "header", "alg"),
    keyId: keyId(header, payload),
    files: filesOf(payload.get("files")),
    signed: new TextEncoder().encode(first + "." + second),
    signature: base64url("signature", third),
  };
}

function object(part: string, bytes: Uint8Array): Map<string, Json> {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch (error) {
    throw malformed(part, (error as Error).message);
  }
  if (!(value instanceof Map)) {
    throw malformed(part, "not an object");
  }
  return value;
}

function compactToken(signatures: Uint8Array): string {
  const whole = object("signatures", signatures);
  const plugin = whole.get("plugin");
  if (plugin !== undefined && plugin !== "") {
    throw malformed("signatures", "signed by a plugin");
  }
  const list = whole.get("signatures");
  if (!Array.isArray(list) || list.length !== 1) {
    throw malformed("signatures", "expected a list of exactly one token");
  }
  if (typeof list[0] !== "string") {
    throw malformed("signatures", "the token is not a string");
  }
  return list[0];
}

function decodeSegment(part: string, segment: string): Map<string, Json> {
  return object(part, base64url(part, segment));
}

/** Base64url without padding, in the only form that stands for these bytes (RFC 7515 section 2). */
function base64url(part: string, segment: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(segment) || segment.length % 4 === 1) {
    throw malformed(part, "not base64url");
  }
  const standard = segment.replaceAll("-", "+").replaceAll("_", "/");
  const binary = atob(standard);
  if (btoa(binary).replace(/=+$/, "") !== standard) {
    throw malformed(part, "not base64url");
  }
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** A member that is a string or absent. */
function text(value: Map<string, Json>, part: string, name: string): string {
  const member = value.get(name) ?? (value.has(name) ? null : "");
  if (typeof member !== "string") {
    throw malformed(part, name + " is not a string");
  }
  return member;
}

function keyId(header: Map<string, Json>, payload: Map<string, Json>): string {
  const kid = text(header, "header", "kid");
  const keyid = text(payload, "payload", "keyid");
  if (kid !== "" && keyid !== "" && kid !== keyid) {
    throw malformed("payload", "keyid and the header's kid differ");
  }
  return kid || keyid;
}

function filesOf(list: Json | undefined): Map<string, string> {
  if (!Array.isArray(list)) {
    throw malformed("payload", "files is not a list");
  }
  const files = new Map<string, string>();
  for (const item of list) {
    const file = item instanceof Map ? item : new Map<string, Json>();
    const name = file.get("name");
    const hash = file.get("hash");
    if (typeof name !== "string" || name === "") {
      throw malformed("payload", "a file without a name");
    }
    if (file.get("algorithm") !== "SHA-256" || typeof hash !== "string") {
      throw malformed("payload", `file ${quote(name)}: expected a SHA-256 digest`);
    }
    if (files.has(name)) {
      throw malformed("payload", `file ${quote(name)} is listed twice`);
    }
    files.set(name, hash);
  }
  return files;
}
