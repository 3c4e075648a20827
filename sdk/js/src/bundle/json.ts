/** JSON as it was written: objects are maps, so that no name is special, and numbers keep their text. */
export type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>;

/** A number, digit by digit as it was written. */
export class JsonNumber {
  constructor(readonly text: string) {}

  /** The integer it is, from 0 to 2⁵³; undefined for any other number. */
  get natural(): number | undefined {
    if (!/^\d{1,16}$/.test(this.text) || BigInt(this.text) > 1n << 53n) {
      return undefined;
    }
    return Number(this.text);
  }
}

const maxDepth = 64;

/**
 * Reads one JSON value (RFC 8259). Unlike JSON.parse it refuses a repeated member, a lone surrogate, invalid
 * UTF-8 and nesting deeper than 64. The error is a SyntaxError.
 */
export function parseJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SyntaxError("invalid UTF-8");
  }
  return new Parser(text).whole();
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) {
      this.fail("unexpected text after the value");
    }
    return value;
  }

  private fail(reason: string): never {
    throw new SyntaxError(`offset ${this.at}: ${reason}`);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private space(): void {
    this.take(/[ \t\n\r]*/y);
  }

  private skip(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) {
      return false;
    }
    this.at++;
    return true;
  }

  private value(depth: number): Json {
    if (this.skip("{")) {
      return this.object(this.deeper(depth));
    }
    if (this.skip("[")) {
      return this.array(this.deeper(depth));
    }
    if (this.text[this.at] === '"') {
      return this.string();
    }
    switch (this.take(/true|false|null/y)) {
      case "true":
        return true;
      case "false":
        return false;
      case "null":
        return null;
    }
    const number = this.take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    return number === undefined ? this.fail("expected a value") : new JsonNumber(number);
  }

  private deeper(depth: number): number {
    return depth < maxDepth ? depth + 1 : this.fail("nested too deeply");
  }

  private string(): string {
    // The token is found by its own grammar and its escapes are read by JSON.parse, which is given nothing else.
    const token = this.take(/"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y);
    if (token === undefined) {
      return this.fail("malformed string");
    }
    const value = JSON.parse(token) as string;
    return /\p{Surrogate}/u.test(value) ? this.fail("lone surrogate") : value;
  }

  private array(depth: number): Json[] {
    const items: Json[] = [];
    if (this.skip("]")) {
      return items;
    }
    do {
      items.push(this.value(depth));
    } while (this.skip(","));
    return this.skip("]") ? items : this.fail("expected ',' or ']'");
  }

  private object(depth: number): Map<string, Json> {
    const members = new Map<string, Json>();
    if (this.skip("}")) {
      return members;
    }
    do {
      this.space();
      const name = this.string();
      if (members.has(name)) {
        this.fail("a member is repeated");
      }
      if (!this.skip(":")) {
        this.fail("expected ':'");
      }
      members.set(name, this.value(depth));
    } while (this.skip(","));
    return this.skip("}") ? members : this.fail("expected ',' or '}'");
  }
}

/** Writes a value in canonical form (FORMAT.md rule C1). */
export function canonical(value: Json): string {
  if (value instanceof JsonNumber) {
    return value.text;
  }
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt(0).toString(16));
  }
  if (value instanceof Map) {
    const sorted = [...value].sort(([a], [b]) => compareBytes(a, b));
    return "{" + sorted.map(([name, member]) => canonical(name) + ":" + canonical(member)).join(",") + "}";
  }
  return Array.isArray(value) ? "[" + value.map(canonical).join(",") + "]" : String(value);
}

/** Orders texts as their UTF-8 bytes are ordered, which for surrogates is not the order of JavaScript. */
export function compareBytes(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}
