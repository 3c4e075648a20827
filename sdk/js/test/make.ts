import { createHash, generateKeyPairSync, sign as cryptoSign, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";

/** A member of an archive as it is to be written, well formed or not. */
export interface Member {
  name: string;
  content: Uint8Array | string;
  kind?: string;
  /** What the header says of the size; by default the truth. */
  size?: string;
  prefix?: string;
}

const block = 512;

/** A tar archive of ustar headers. */
export function tar(members: readonly Member[]): Buffer {
  const parts: Buffer[] = [];
  for (const member of members) {
    const content = Buffer.from(member.content);
    parts.push(header(member, content.length), content, Buffer.alloc((block - (content.length % block)) % block));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(member: Member, size: number): Buffer {
  const h = Buffer.alloc(block);
  h.write(member.name, 0, 100, "latin1");
  h.write("0000644\0" + "0000000\0".repeat(2), 100, "latin1");
  h.write(member.size ?? size.toString(8).padStart(11, "0") + "\0", 124, 12, "latin1");
  h.write("00000000000\0", 136, "latin1");
  h.write(member.kind ?? "0", 156, "latin1");
  h.write("ustar\x0000", 257, "latin1");
  h.write(member.prefix ?? "", 345, 155, "latin1");
  h.fill(" ", 148, 156);
  const sum = h.reduce((total, byte) => total + byte, 0);
  h.write(sum.toString(8).padStart(6, "0") + "\0 ", 148, "latin1");
  return h;
}

export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A key to sign with, and what verifies it. */
export interface Signer {
  algorithm: "ES256" | "EdDSA" | "RS256";
  private: KeyObject;
  pem: string;
}

/** Makes a key. */
export function newSigner(algorithm: Signer["algorithm"]): Signer {
  const pair = {
    ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: () => generateKeyPairSync("ed25519"),
    RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  }[algorithm]();
  return { algorithm, private: pair.privateKey, pem: pair.publicKey.export({ type: "spki", format: "pem" }).toString() };
}

/** A compact JWS over any header and payload. */
export function token(signer: Signer, head: unknown, payload: unknown): string {
  const segment = (value: unknown): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const signed = segment(head) + "." + segment(payload);
  const hash = signer.algorithm === "EdDSA" ? null : "sha256";
  const signature = cryptoSign(hash, Buffer.from(signed), { key: signer.private, dsaEncoding: "ieee-p1363" });
  return signed + "." + signature.toString("base64url");
}

/** The content of a .signatures.json over members. */
export function signatures(signer: Signer, id: string, members: readonly Member[]): string {
  const files = members.map(({ name, content }) => ({
    name: name.replace(/^\//, ""), hash: sha256(content), algorithm: "SHA-256",
  }));
  return JSON.stringify({ signatures: [token(signer, { alg: signer.algorithm, kid: id, typ: "JWT" }, { files, keyid: id })] });
}

/** Canonical JSON of a manifest over parts; `own` replaces members of metadata.lictor. */
export function manifest(parts: readonly Member[], own: Record<string, unknown> = {}, frame: Record<string, unknown> = {}): string {
  const announced = parts.map(({ name, content }) => [
    name.replace(/^\//, ""), { sha256: sha256(content), size: Buffer.from(content).length },
  ]);
  const lictor = {
    agreement: { full: false, requests: 0, seed: "0" }, compiler: "test", entrypoints: [], epoch: 7, format: 1,
    parts: Object.fromEntries(announced), source: "00".repeat(32), ...own,
  };
  return canonical({ metadata: { lictor }, rego_version: 1, revision: "r1", roots: ["lictor", "custom"], ...frame });
}

export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return "[" + value.map(canonical).join(",") + "]";
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return "{" + members.map(([name, member]) => JSON.stringify(name) + ":" + canonical(member)).join(",") + "}";
  }
  return JSON.stringify(value);
}

/** The parts of a small sound bundle. Its tables are none. */
export const parts: readonly Member[] = [
  { name: "/lictor/data.json", content: "{}" },
  { name: "/lictor/tables.bin", content: "tables ".repeat(300) },
];

/** The members of a sound bundle, signed when there is a signer. */
export function sound(signer?: Signer, id = "k"): Member[] {
  const members = [{ name: "/.manifest", content: manifest(parts) }, ...parts];
  return signer === undefined ? members : [{ name: "/.signatures.json", content: signatures(signer, id, members) }, ...members];
}

export function gzip(members: readonly Member[]): Buffer {
  return gzipSync(tar(members));
}
