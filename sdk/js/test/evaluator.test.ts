import assert from "node:assert/strict";
import { test } from "node:test";

import { AbiError, BundleError, ClosedError, Evaluator, LictorError, type Request } from "../src/index.js";
import { gzip, newSigner, sound } from "./make.js";
import { assemble, evaluator, op } from "./module.js";

const allow = '{"decision":"ALLOW","code":"allowed","policies":[1]}';
const question: Request = { subject: { type: "user", id: "alice" }, permission: "order:read" };
const bundle = gzip(sound());
const unsigned = { allowUnsigned: true };
const ask = { parameters: ["i32", "i32", "i32"], results: ["i64"] } as const;

function asks(code: number[]): { lictor_ask: { parameters: ["i32", "i32", "i32"]; results: ["i64"]; code: number[] } } {
  return { lictor_ask: { parameters: [...ask.parameters], results: [...ask.results], code } };
}

test("a module that is an evaluator is loaded from bytes, a response and a module", async () => {
  const bytes = assemble(evaluator(allow));
  for (const source of [bytes, bytes.buffer, new Response(bytes), Promise.resolve(bytes), await WebAssembly.compile(bytes)]) {
    const policy = await (await Evaluator.load(source)).open(bundle, unsigned);
    assert.deepEqual(policy.check(question), { allowed: true, code: "allowed", policies: [1] });
  }
});

test("what is no evaluator is an AbiError at load", async () => {
  const body = (n: number): { results: ["i32"]; code: number[] } => ({ results: ["i32"], code: op.i32(n) });
  const table: [string, Uint8Array<ArrayBuffer> | Response, RegExp][] = [
    ["nothing", new Uint8Array(), /not a WebAssembly module/],
    ["a truncated module", assemble(evaluator(allow)).subarray(0, 200), /not a WebAssembly module/],
    ["a missing file", new Response("not found", { status: 404 }), /status 404/],
    ["another major version", assemble(evaluator(allow, { lictor_abi: body(0x20000) })), /version 2 of the ABI/],
    ["version 0", assemble(evaluator(allow, { lictor_abi: body(0x00ff) })), /version 0 of the ABI/],
    ["no lictor_ask", assemble(evaluator(allow, { lictor_ask: undefined })), /does not export lictor_ask/],
    ["no memory", assemble({ ...evaluator(allow), memory: false }), /does not export memory/],
    ["a file to open", assemble({ ...evaluator(allow), imports: [{ module: "wasi_snapshot_preview1", name: "path_open" }] }), /imports wasi_snapshot_preview1.path_open/],
    ["another import", assemble({ ...evaluator(allow), imports: [{ module: "env", name: "abort" }] }), /imports env.abort/],
    ["an import by a name of every object", assemble({ ...evaluator(allow), imports: [{ module: "constructor", name: "name" }] }), /imports constructor.name/],
    ["a trap at the start", assemble(evaluator(allow, { _initialize: { code: op.unreachable } })), /the evaluator failed/],
    ["an answer that is no JSON", assemble(evaluator("{")), /the evaluator failed/],
  ];
  for (const [name, source, want] of table) {
    await assert.rejects(Evaluator.load(source), (error) => error instanceof AbiError && want.test(error.message), name);
  }
});

test("an evaluator that ends itself is an AbiError", async () => {
  const source = evaluator(allow, { _initialize: { code: [...op.i32(3), ...op.call(0)] } });
  source.imports = [{ module: "wasi_snapshot_preview1", name: "proc_exit", parameters: ["i32"] }];
  await assert.rejects(Evaluator.load(assemble(source)), /ended itself with status 3/);
});

test("an instance that trapped is thrown away, and the next answers", async () => {
  const trapping = asks([...op.again(op.unreachable), ...op.i64((16n << 32n) | BigInt(allow.length))]);
  const policy = await (await Evaluator.load(assemble(evaluator(allow, trapping)))).open(bundle, unsigned);
  for (let round = 0; round < 3; round++) {
    assert.equal(policy.check(question).allowed, true);
    assert.throws(() => policy.check(question), AbiError);
    assert.equal(policy.allowed(question), true); // a new instance
    assert.equal(policy.allowed(question), false); // the trap, not thrown
  }
});

test("an answer that contradicts itself or leaves the memory allows nothing", async () => {
  const answers = [
    '{"decision":"ALLOW","code":"no_grant","policies":[]}', '{"decision":"DENY","code":"allowed","policies":[]}',
    '{"decision":"allow","code":"allowed","policies":[]}', '{"decision":"ALLOW","code":"allowed"}', '{"code":"allowed"}',
    '{"decision":"ALLOW","code":"new_code","policies":[]}', "true", "null", "[]", '"ALLOW"',
  ];
  for (const answer of answers) {
    const policy = await (await Evaluator.load(assemble(evaluator(answer)))).open(bundle, unsigned);
    assert.throws(() => policy.check(question), AbiError, answer);
    assert.equal(policy.allowed(question), false, answer);
    assert.throws(() => policy.checkAll([question]), AbiError, answer);
    assert.equal(policy.hasRole(question.subject, "admin"), false, answer);
  }
  // The first question is the one at load.
  const outside = asks([...op.again([...op.i64((0x7fff0000n << 32n) | 0xffffn), 0x0f]), ...op.i64((16n << 32n) | BigInt(allow.length))]);
  const policy = await (await Evaluator.load(assemble(evaluator(allow, outside)))).open(bundle, unsigned);
  assert.equal(policy.allowed(question), true);
  assert.throws(() => policy.check(question), AbiError);
});

test("tables and golden decisions that the evaluator refuses are a BundleError", async () => {
  const refusing = (name: string, code: string): Uint8Array<ArrayBuffer> =>
    assemble(evaluator(JSON.stringify({ code, message: "no" }), { [name]: { parameters: ["i32", "i32"], results: ["i32"], code: op.i32(-5) } }));
  const table = [["damaged", "tables"], ["format", "format"], ["conditions", "conditions"], ["limit", "limit"], ["new", "tables"]] as const;
  for (const [code, fault] of table) {
    const loaded = await Evaluator.load(refusing("lictor_open_tables", code));
    await assert.rejects(loaded.open(bundle, unsigned), (error) => error instanceof BundleError && error.fault === fault, code);
  }
});

test("a closed policy answers nothing", async () => {
  const policy = await (await Evaluator.load(assemble(evaluator(allow)))).open(bundle, unsigned);
  policy.close();
  assert.throws(() => policy.check(question), ClosedError);
  assert.throws(() => policy.revision, ClosedError);
  assert.equal(policy.allowed(question), false);
  await assert.rejects(policy.replace(bundle), ClosedError);
});

test("a policy is not opened with options nobody knows", async () => {
  const loaded = await Evaluator.load(assemble(evaluator(allow)));
  await assert.rejects(loaded.open(bundle, { ...unsigned, callers: "everyone" as "stored" }), TypeError);
  await assert.rejects(loaded.open(bundle, {}), LictorError);
  const key = newSigner("EdDSA");
  await assert.rejects(loaded.open(bundle, { verifyKeys: [{ pem: key.pem }] }), LictorError);
});
