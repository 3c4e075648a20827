import { BundleError, SignatureError, quote } from "../errors.js";
import { members } from "./archive.js";
import { gunzip } from "./gzip.js";
import { importKeys, toHex, type PublicKey, type VerifyKey } from "./key.js";
import { manifestName, signaturesName, withDefaults, type Limits } from "./limits.js";
import { readManifest, type Manifest } from "./manifest.js";
import { verify } from "./signature.js";

/** How to read a bundle. Either keys or the permission to open unsigned bundles is needed, not both. */
export interface BundleOptions {
  /** Keys that the bundle may be signed with. */
  verifyKeys?: readonly VerifyKey[];
  /** Opens bundles without checking who made them; a signature is then not looked at. */
  allowUnsigned?: boolean;
  /** The highest epoch that has run: a bundle with a lower one is refused. */
  minimumEpoch?: number;
  limits?: Limits;
}

/** A bundle that passed every check. */
export interface Bundle {
  manifest: Manifest;
  /** The SHA-256 of the manifest: two bundles with the same id decide alike. */
  id: string;
  /** The bytes of each member by its name, which has no leading slash. */
  members: Map<string, Uint8Array>;
}

/**
 * Reads a whole bundle and checks all of it: within the limits, well formed, signed by one of the keys, every member as
 * the signature and the manifest announce it, not older than what has run. No member is decoded before the signature
 * has been checked over the raw bytes of every member. The errors are BundleError and SignatureError.
 */
export async function readBundle(bytes: Uint8Array, options: BundleOptions): Promise<Bundle> {
  const keys = await trusted(options);
  const limits = withDefaults(options.limits);
  if (bytes.length > limits.compressed) {
    throw new BundleError("limit", `more than ${limits.compressed} compressed bytes`);
  }
  const found = members(await gunzip(bytes, limits.total), limits);
  const digests = await digestAll(found);
  if (keys !== undefined) {
    const signatures = found.get(signaturesName);
    if (signatures === undefined) {
      throw new SignatureError("unsigned", "the bundle is not signed");
    }
    compare("signature", (await verify(signatures, keys)).files, without(digests, signaturesName));
  }
  const manifest = announced(found, digests);
  checkEpoch(manifest.epoch, options.minimumEpoch ?? 0);
  return { manifest, id: digests.get(manifestName)!, members: found };
}

/** The keys of which one must have signed the bundle; undefined where none need have. */
async function trusted(options: BundleOptions | undefined): Promise<PublicKey[] | undefined> {
  const { verifyKeys, allowUnsigned } = options ?? {};
  if (verifyKeys === undefined && allowUnsigned !== true) {
    const missing = "the options say neither verifyKeys, who may have signed the bundle, nor allowUnsigned: true, that nobody need have";
    throw new SignatureError("verification", missing);
  }
  if (verifyKeys !== undefined && allowUnsigned === true) {
    throw new SignatureError("verification", "the options say both verifyKeys and allowUnsigned: true");
  }
  return verifyKeys === undefined ? undefined : importKeys(verifyKeys);
}

async function digestAll(found: Map<string, Uint8Array>): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const [name, content] of found) {
    const sum = await crypto.subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>);
    digests.set(name, toHex(new Uint8Array(sum)));
  }
  return digests;
}

/** Decodes the manifest and compares the other members with it (FORMAT.md rule M3). */
function announced(found: Map<string, Uint8Array>, digests: Map<string, string>): Manifest {
  const text = found.get(manifestName);
  if (text === undefined) {
    throw new BundleError("members", `member "${manifestName}": the bundle does not hold it`, manifestName);
  }
  const manifest = readManifest(text);
  const want = new Map<string, string>();
  const got = without(without(digests, signaturesName), manifestName);
  for (const [name, part] of manifest.parts) {
    want.set(name, `${part.sha256} of ${part.size} bytes`);
  }
  for (const [name, digest] of got) {
    got.set(name, `${digest} of ${found.get(name)!.length} bytes`);
  }
  compare("manifest", want, got);
  return manifest;
}

function without(digests: Map<string, string>, name: string): Map<string, string> {
  const rest = new Map(digests);
  rest.delete(name);
  return rest;
}

/** Compares the members with what one of their lists announces: these, all of them, and no others. */
function compare(by: string, want: Map<string, string>, got: Map<string, string>): void {
  for (const [name, digest] of got) {
    const announcedDigest = want.get(name);
    if (announcedDigest === undefined) {
      throw new BundleError("members", `member ${quote(name)}: the ${by} does not name it`, name);
    }
    if (announcedDigest !== digest) {
      throw new BundleError("members", `member ${quote(name)}: it is not what the ${by} names`, name);
    }
  }
  for (const name of want.keys()) {
    if (!got.has(name)) {
      throw new BundleError("members", `member ${quote(name)}: the ${by} names it, the bundle does not hold it`, name);
    }
  }
}

function checkEpoch(epoch: number, highest: number): void {
  // Compared this way round, a minimum that is not a number refuses every bundle.
  if (!(epoch >= highest)) {
    throw new BundleError("epoch", `epoch ${epoch} is lower than ${highest}, which has already run`);
  }
}
