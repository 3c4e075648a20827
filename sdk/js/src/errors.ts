/** What the errors of this package have in common. Messages are lower case and hold no secret. */
export class LictorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Why a bundle is refused; programs branch on it, people read the message. */
export type BundleFault =
  | "truncated" // it ends too early
  | "trailing" // something follows its end
  | "archive" // not a gzip of a tar archive, or a damaged one
  | "limit" // beyond one of the limits
  | "name" // a member's name is not one a bundle may hold
  | "kind" // a member is a link, a folder or anything else that is not a plain file
  | "repeated" // a member occurs twice
  | "members" // a member is not what the signature or the manifest announces
  | "manifest" // the manifest is malformed
  | "format" // of a format that is newer than this package
  | "epoch" // older than a bundle that has already run
  | "signature" // see SignatureError
  | "tables" // the evaluator refuses the tables
  | "conditions" // conditions need Rego, and nobody evaluates them
  | "tests"; // the evaluator decides one of the bundle's golden decisions otherwise

/** A bundle is refused. Nothing of it may be believed. */
export class BundleError extends LictorError {
  constructor(
    readonly fault: BundleFault,
    message: string,
    /** The member of the archive that it is about, where it is about one. */
    readonly member?: string,
  ) {
    super(message);
  }
}

/** Why a signature is refused. */
export type SignatureFault =
  | "verification" // neither keys were given nor unsigned bundles allowed, or both
  | "unsigned" // keys were given and the bundle has no signature
  | "malformed" // the text of the signatures
  | "unknown_key" // signed with a key that was not given
  | "algorithm" // not the algorithm of the key
  | "mismatch" // no key made the signature
  | "key"; // a verification key cannot be used

/** A bundle is refused because it cannot be known who made it. */
export class SignatureError extends BundleError {
  constructor(
    readonly reason: SignatureFault,
    message: string,
  ) {
    super("signature", message);
  }
}

/** A request is malformed. It was not decided: treat it as denied. */
export class MalformedRequestError extends LictorError {
  constructor(
    /** The member that is not acceptable, such as "subject.id"; empty for the request as a whole. */
    readonly member: string,
    message: string,
  ) {
    super(message);
  }
}

/** A module is not an evaluator of an ABI that this package speaks, or broke the ABI while it ran. */
export class AbiError extends LictorError {}

/** A policy was asked after close, or after the evaluator failed and could not be started again. */
export class ClosedError extends LictorError {}

const maxQuoted = 80; // characters of foreign text in a message

/** Quotes foreign text for a message, shortened. */
export function quote(text: string): string {
  return text.length > maxQuoted ? JSON.stringify(text.slice(0, maxQuoted)) + "…" : JSON.stringify(text);
}
