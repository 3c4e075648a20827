import { SignatureError } from "../errors.js";

/** A key that bundles may be signed with. */
export interface VerifyKey {
  /** As the compiler was told by --key-id. A key without one verifies signatures that name any key. */
  id?: string;
  /** The public key as PEM text of a "PUBLIC KEY" (SPKI): ECDSA on P-256, Ed25519, or RSA of 2048 bits or more. */
  pem: string;
}

/** A signature algorithm by its registered name (RFC 7518, RFC 8037). */
export type Algorithm = "ES256" | "EdDSA" | "RS256";

/** A key ready for use. */
export interface PublicKey {
  id: string;
  algorithm: Algorithm;
  verifies(message: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

interface Kind {
  algorithm: Algorithm;
  identifier: string; // how the AlgorithmIdentifier of its SPKI begins, in hexadecimal (RFC 5480, 8410, 3279)
  parameters: EcKeyImportParams & RsaHashedImportParams;
  use: EcdsaParams;
}

const kinds: Kind[] = [
  {
    algorithm: "ES256",
    identifier: "301306072a8648ce3d020106082a8648ce3d030107",
    parameters: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
    use: { name: "ECDSA", hash: "SHA-256" },
  },
  {
    algorithm: "EdDSA",
    identifier: "300506032b6570",
    parameters: { name: "Ed25519", namedCurve: "", hash: "" },
    use: { name: "Ed25519", hash: "" },
  },
  {
    algorithm: "RS256",
    identifier: "300d06092a864886f70d0101010500",
    parameters: { name: "RSASSA-PKCS1-v1_5", namedCurve: "", hash: "SHA-256" },
    use: { name: "RSASSA-PKCS1-v1_5", hash: "" },
  },
];

const minRsaBits = 2048; // RFC 7518 section 3.3

/** Makes keys ready. It refuses an empty list and an id given twice; keys without an id may be several. */
export async function importKeys(keys: readonly VerifyKey[]): Promise<PublicKey[]> {
  if (!Array.isArray(keys)) {
    throw new SignatureError("key", "verifyKeys is not a list of {id, pem}");
  }
  if (keys.length === 0) {
    throw new SignatureError("verification", "no verification keys given");
  }
  keys.forEach(checkTypes);
  const ids = keys.map((key) => key.id ?? "").filter((id) => id !== "");
  if (new Set(ids).size !== ids.length) {
    throw new SignatureError("key", "two keys have the same id");
  }
  return Promise.all(keys.map(importKey));
}

/** Refuses what is no VerifyKey, which only a program in JavaScript can give. */
function checkTypes(key: unknown, at: number): void {
  const { id, pem } = (key ?? {}) as Partial<Record<keyof VerifyKey, unknown>>;
  if (typeof pem !== "string") {
    throw new SignatureError("key", `verifyKeys[${at}].pem is not a text: read the file with an encoding, such as "utf8"`);
  }
  if (id !== undefined && typeof id !== "string") {
    throw new SignatureError("key", `verifyKeys[${at}].id is not a text`);
  }
}

async function importKey({ id = "", pem }: VerifyKey): Promise<PublicKey> {
  const der = decodePem(pem);
  const kind = kindOf(der);
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("spki", der, kind.parameters, false, ["verify"]);
  } catch {
    throw new SignatureError("key", `the PEM block does not hold a valid key, or this host does not know ${kind.algorithm}`);
  }
  if (kind.algorithm === "RS256" && (key.algorithm as RsaHashedKeyAlgorithm).modulusLength < minRsaBits) {
    throw new SignatureError("key", "RSA keys must have 2048 bits or more");
  }
  return {
    id,
    algorithm: kind.algorithm,
    verifies: (message, signature) => crypto.subtle.verify(kind.use, key, signature, message),
  };
}

/** Reads the first block of PEM text (RFC 7468). */
function decodePem(pem: string): Uint8Array<ArrayBuffer> {
  const block = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(pem);
  if (block === null) {
    throw new SignatureError("key", "not PEM text");
  }
  if (block[1] !== "PUBLIC KEY") {
    throw new SignatureError("key", `expected a PEM block "PUBLIC KEY", found "${block[1]}"`);
  }
  try {
    return Uint8Array.from(atob(block[2]!.replace(/\s/g, "")), (char) => char.charCodeAt(0));
  } catch {
    throw new SignatureError("key", "the PEM block does not hold a valid key");
  }
}

/** The kind of key by the AlgorithmIdentifier, which stands behind the head of the outer sequence. */
function kindOf(der: Uint8Array): Kind {
  const lengthBytes = der[1]! < 0x80 ? 1 : 1 + (der[1]! & 0x7f);
  const hex = toHex(der.subarray(1 + lengthBytes, 40));
  const kind = der[0] === 0x30 ? kinds.find((k) => hex.startsWith(k.identifier)) : undefined;
  if (kind === undefined) {
    throw new SignatureError("key", "the kind of key is not supported: use ECDSA on P-256, Ed25519 or RSA");
  }
  return kind;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
