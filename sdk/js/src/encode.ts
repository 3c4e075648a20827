import { MalformedRequestError } from "./errors.js";

const maxDepth = 64; // what the evaluator reads at most

/**
 * Writes a question as JSON. Integers beyond 2⁵³ may be given as bigint, which JSON.stringify refuses to write. The error
 * is a MalformedRequestError.
 */
export function encode(question: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(question);
  } catch {
    text = exactly(question, 0); // a bigint or a circle
  }
  if (text === undefined) {
    throw unwritable();
  }
  return text;
}

function unwritable(): MalformedRequestError {
  return new MalformedRequestError("", "the request cannot be written as JSON");
}

/** What JSON.stringify would write, and bigint too. */
function exactly(value: unknown, depth: number): string | undefined {
  if (typeof value === "bigint") {
    return value.toString();
  }
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  if (depth > maxDepth || "toJSON" in value) {
    throw unwritable();
  }
  if (Array.isArray(value)) {
    return "[" + value.map((item) => exactly(item, depth + 1) ?? "null").join(",") + "]";
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const text = exactly(member, depth + 1);
    if (text !== undefined) {
      members.push(JSON.stringify(name) + ":" + text);
    }
  }
  return "{" + members.join(",") + "}";
}
