import { MalformedRequestError } from "./errors.js";

const maxDepth = 64; // what the evaluator reads at most

/** Finds texts that may hold an integer beyond 2⁵³: 16 digits, or an exponent. */
const large = /\d{16}|\de\+/;

/**
 * Writes a question as JSON. Integers beyond 2⁵³ must be given as bigint, which JSON.stringify refuses to write: as a number they
 * may already be another one than somebody meant. The error is a MalformedRequestError.
 */
export function encode(question: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(question);
  } catch {
    text = exactly(question, []); // a bigint or a circle
  }
  if (text === undefined) {
    throw new MalformedRequestError("", "the request cannot be written as JSON");
  }
  return large.test(text) ? exactly(question, [])! : text;
}

const isRaw = (JSON as { isRawJSON?: (value: unknown) => boolean }).isRawJSON ?? ((): boolean => false);

/** What JSON.stringify would write, and bigint too. The path leads to the value. */
function exactly(value: unknown, path: readonly string[]): string | undefined {
  if (typeof value === "bigint") {
    return value.toString();
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new MalformedRequestError(path.join("."), "an integer beyond 2^53 is given as a number: give it as a bigint");
  }
  if (typeof value !== "object" || value === null || isRaw(value)) {
    return JSON.stringify(value);
  }
  if (path.length > maxDepth || "toJSON" in value) {
    throw new MalformedRequestError("", "the request cannot be written as JSON");
  }
  if (Array.isArray(value)) {
    return "[" + value.map((item, i) => exactly(item, [...path, String(i)]) ?? "null").join(",") + "]";
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const text = exactly(member, [...path, name]);
    if (text !== undefined) {
      members.push(JSON.stringify(name) + ":" + text);
    }
  }
  return "{" + members.join(",") + "}";
}
