// A little assembler: modules that pass for evaluators and misbehave.

const types = { i32: 0x7f, i64: 0x7e } as const;
type Type = keyof typeof types;

/** Instructions that bodies are written with. */
export const op = {
  unreachable: [0x00],
  forever: [0x03, 0x40, 0x0c, 0x00, 0x0b], // loop br 0 end
  i32: (n: number): number[] => [0x41, ...signed(BigInt(n))],
  i64: (n: bigint): number[] => [0x42, ...signed(n)],
  call: (index: number): number[] => [0x10, index],
  /** Runs the body from the second time on. */
  again: (body: number[]): number[] => [0x23, 0, 0x04, 0x40, ...body, 0x0b, 0x41, 1, 0x24, 0],
  drop: [0x1a],
};

interface Body {
  parameters?: Type[];
  results?: Type[];
  code: number[];
}

/** A module as it is to be assembled. The index space of functions begins with the imports. */
export interface Source {
  imports?: { module: string; name: string; parameters?: Type[]; results?: Type[] }[];
  exports: Record<string, Body>;
  /** Text that lies in the memory, and where. */
  data?: { at: number; text: string };
  memory?: boolean;
}

function unsigned(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)];
}

function signed(n: bigint): number[] {
  const low = Number(BigInt.asUintN(7, n));
  const rest = n >> 7n;
  return (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40) ? [low] : [low | 0x80, ...signed(rest)];
}

function vector(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** Assembles a module (WebAssembly 1.0, section 5). It has one page of memory and one global, 0 at first. */
export function assemble({ imports = [], exports, data, memory = true }: Source): Uint8Array<ArrayBuffer> {
  const bodies = Object.entries(exports);
  const signature = ({ parameters = [], results = [] }: { parameters?: Type[]; results?: Type[] }): number[] => [
    0x60, ...vector(parameters.map((t) => [types[t]])), ...vector(results.map((t) => [types[t]])),
  ];
  const code = bodies.map(([, body]) => [0, ...body.code, 0x0b]);
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, vector([...imports.map(signature), ...bodies.map(([, body]) => signature(body))])),
    ...section(2, vector(imports.map(({ module, name }, i) => [...text(module), ...text(name), 0, i]))),
    ...section(3, vector(bodies.map((_, i) => [imports.length + i]))),
    ...section(5, vector([[0, 1]])),
    ...section(6, vector([[0x7f, 1, 0x41, 0, 0x0b]])),
    ...section(7, vector([
      ...(memory ? [[...text("memory"), 2, 0]] : []), ...bodies.map(([name], i) => [...text(name), 0, imports.length + i]),
    ])),
    ...section(10, vector(code.map((body) => [...unsigned(body.length), ...body]))),
    ...(data === undefined ? [] : section(11, vector([[0, ...op.i32(data.at), 0x0b, ...text(data.text)]]))),
  ]);
}

const answerAt = 16;
const bufferAt = 4096;

/** What an evaluator exports, answering every question with the given text; `changed` replaces some of it. */
export function evaluator(answer: string, changed: Record<string, Body | undefined> = {}): Source {
  const length = BigInt(new TextEncoder().encode(answer).length);
  const whole = op.i64((BigInt(answerAt) << 32n) | length);
  const exports: Record<string, Body | undefined> = {
    _initialize: { code: [] },
    lictor_abi: { results: ["i32"], code: op.i32(0x10000) },
    lictor_buffer: { parameters: ["i32"], results: ["i32"], code: op.i32(bufferAt) },
    lictor_open_tables: { parameters: ["i32", "i32"], results: ["i32"], code: op.i32(1) },
    lictor_prove: { parameters: ["i32", "i32"], results: ["i32"], code: op.i32(0) },
    lictor_decide: { parameters: ["i32", "i32"], results: ["i64"], code: op.i64(-3n) },
    lictor_ask: { parameters: ["i32", "i32", "i32"], results: ["i64"], code: whole },
    lictor_error: { results: ["i64"], code: whole },
    ...changed,
  };
  const kept = Object.entries(exports).filter((entry): entry is [string, Body] => entry[1] !== undefined);
  return { exports: Object.fromEntries(kept), data: { at: answerAt, text: answer } };
}
