import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import { BundleError, SignatureError, readBundle, type BundleOptions } from "../src/index.js";
import { gzip, manifest, newSigner, parts, sound, tar, type Member } from "./make.js";

const signer = newSigner("ES256");
const unsigned: BundleOptions = { allowUnsigned: true };
const signed: BundleOptions = { verifyKeys: [{ id: "k", pem: signer.pem }] };

/** Wants a bundle to be refused with that fault. */
async function refused(bytes: Uint8Array, options: BundleOptions, fault: string, reason?: string): Promise<void> {
  await assert.rejects(readBundle(bytes, options), (error) => {
    assert.ok(error instanceof BundleError, String(error));
    assert.equal(error.fault, fault, error.message);
    assert.equal(error instanceof SignatureError ? error.reason : undefined, reason, error.message);
    return true;
  });
}

test("a sound bundle is read", async () => {
  for (const options of [unsigned, signed]) {
    const bundle = await readBundle(gzip(sound(signer)), options);
    assert.equal(bundle.manifest.revision, "r1");
    assert.equal(bundle.manifest.epoch, 7);
    assert.equal(Buffer.from(bundle.members.get("lictor/tables.bin")!).toString(), parts[1]!.content);
  }
});

test("the golden bundles of the Go writer open for ever", async () => {
  const folder = new URL("../../../../bundles/testdata/format1/", import.meta.url);
  const seed = Buffer.alloc(32, 7); // of the key of the Go tests
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const key = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  for (const name of ["signed", "tested"]) {
    const bytes = await readFile(new URL(name + ".tar.gz", folder));
    await readBundle(bytes, { verifyKeys: [{ id: "golden", pem }] });
    await readBundle(bytes, { verifyKeys: [{ pem }] });
    await refused(bytes, signed, "signature", "unknown_key");
  }
  const bytes = await readFile(new URL("unsigned.tar.gz", folder));
  await readBundle(bytes, unsigned);
  await refused(bytes, { verifyKeys: [{ pem }] }, "signature", "unsigned");
});

test("it must be said how a bundle is verified", async () => {
  const bytes = gzip(sound(signer));
  await refused(bytes, {}, "signature", "verification");
  await refused(bytes, { allowUnsigned: false }, "signature", "verification");
  await refused(bytes, { ...signed, allowUnsigned: true }, "signature", "verification");
  await refused(bytes, { verifyKeys: [] }, "signature", "verification");
  await refused(bytes, { allowUnsigned: "yes" as unknown as boolean }, "signature", "verification");
  for (const nothing of [undefined, null, {}, 7]) {
    const options = nothing as unknown as BundleOptions;
    await refused(bytes, options, "signature", "verification");
    await assert.rejects(readBundle(bytes, options), /the options say neither verifyKeys, .* nor allowUnsigned: true/);
  }
  await assert.rejects(readBundle(bytes, { ...signed, allowUnsigned: true }), /both verifyKeys and allowUnsigned/);
});

test("what is no list of keys is refused", async () => {
  const bytes = gzip(sound(signer));
  const table: [unknown, RegExp][] = [
    [signer.pem, /: verifyKeys is not a list/], [{ pem: signer.pem }, /: verifyKeys is not a list/], [null, /: verifyKeys is not a list/],
    [[signer.pem], /: verifyKeys\[0\]\.pem is not a text/], [[{ pem: Buffer.from(signer.pem) }], /: verifyKeys\[0\]\.pem is not a text/],
    [[{ pem: signer.pem }, null], /: verifyKeys\[1\]\.pem is not a text/], [[{ pem: signer.pem, id: 7 }], /: verifyKeys\[0\]\.id is not a text/],
  ];
  for (const [keys, message] of table) {
    const options = { verifyKeys: keys } as BundleOptions;
    await refused(bytes, options, "signature", "key");
    await assert.rejects(readBundle(bytes, options), message);
  }
});

test("a truncated bundle is refused wherever it ends", async () => {
  const bytes = gzip(sound(signer));
  for (let length = 0; length < bytes.length; length += length < 40 || length > bytes.length - 40 ? 1 : 17) {
    await assert.rejects(readBundle(bytes.subarray(0, length), unsigned), BundleError, `${length} bytes`);
  }
  const archive = tar(sound(signer));
  for (let length = 0; length < archive.length; length += 256) {
    const fault = length > archive.length - 1024 ? /truncated/ : /./;
    await assert.rejects(readBundle(gzipSync(archive.subarray(0, length)), unsigned), fault, `${length} bytes of tar`);
  }
});

test("a flipped bit is refused wherever it is", async () => {
  const bytes = gzip(sound(signer));
  const archive = gunzipSync(bytes);
  const header = 10; // time, flags and system of gzip mean nothing
  for (let at = header; at < bytes.length; at += 3) {
    const flipped = Buffer.from(bytes);
    flipped[at]! ^= 1 << at % 8;
    const error = await readBundle(flipped, signed).then(() => undefined, (reason: unknown) => reason);
    // A few bits of a deflate stream mean nothing, such as those behind its end.
    assert.ok(error === undefined ? gunzipSync(flipped).equals(archive) : error instanceof BundleError, `byte ${at}: ${String(error)}`);
  }
});

test("a flipped bit of a part is refused without a signature too", async () => {
  const archive = tar(sound());
  const first = archive.indexOf("/lictor/data.json", 1024, "latin1"); // what is before it is the manifest, which nothing announces
  for (let at = first; at < archive.length - 1024; at += 61) {
    const flipped = Buffer.from(archive);
    flipped[at]! ^= 0x10;
    const opened = await readBundle(gzipSync(flipped), unsigned).then(() => true, () => false);
    assert.ok(!opened || isPadding(archive, at), `byte ${at} may be flipped`);
  }
});

/** Padding behind a member's content belongs to nobody. */
function isPadding(archive: Buffer, at: number): boolean {
  return archive.subarray(at, Math.ceil((at + 1) / 512) * 512).every((byte) => byte === 0) && at % 512 > 0;
}

test("what follows the end is refused", async () => {
  const bytes = gzip(sound());
  const trailer = bytes.subarray(-8);
  await refused(Buffer.concat([bytes, Buffer.from("more")]), unsigned, "trailing");
  await refused(Buffer.concat([bytes, Buffer.from("more"), trailer]), unsigned, "trailing");
  await refused(Buffer.concat([bytes, bytes]), unsigned, "trailing");
  await refused(Buffer.concat([gzipSync(""), bytes]), unsigned, "trailing");
  const archive = tar(sound());
  await refused(gzipSync(Buffer.concat([archive, Buffer.from("x")])), unsigned, "trailing");
  await refused(gzipSync(Buffer.concat([archive, archive])), unsigned, "trailing");
  await readBundle(gzipSync(Buffer.concat([archive, Buffer.alloc(8192)])), unsigned);
  await refused(gzipSync(Buffer.concat([archive, Buffer.alloc(2 << 20)])), unsigned, "limit");
});

test("members that no bundle may hold are refused", async () => {
  const table: [string, Member, string][] = [
    ["a symbolic link", { name: "/lictor/x.rego", content: "", kind: "2" }, "kind"],
    ["a hard link", { name: "/lictor/x.rego", content: "", kind: "1" }, "kind"],
    ["a folder", { name: "/lictor", content: "", kind: "5" }, "kind"],
    ["a device", { name: "/lictor/x.rego", content: "", kind: "3" }, "kind"],
    ["an extended header", { name: "/lictor/x.rego", content: "11 path=..\n", kind: "x" }, "kind"],
    ["a long name", { name: "/lictor/x.rego", content: "..", kind: "L" }, "kind"],
    ["a repeated member", { name: "/lictor/data.json", content: "{}" }, "repeated"],
    ["a member repeated without its slash", { name: "lictor/data.json", content: "{}" }, "repeated"],
    ["a path outside", { name: "/../x.rego", content: "" }, "name"],
    ["a path outside by its prefix", { name: "x.rego", prefix: "../lictor", content: "" }, "name"],
    ["a path that repeats its folder", { name: "/lictor/./x.rego", content: "" }, "name"],
    ["two slashes", { name: "//lictor/x.rego", content: "" }, "name"],
    ["no name", { name: "", content: "" }, "name"],
    ["a backslash", { name: "/lictor\\x.rego", content: "" }, "name"],
    ["a letter of another script", { name: "/lictor/ä.rego", content: "" }, "name"],
    ["a size that is none", { name: "/lictor/x.rego", content: "", size: "9".repeat(11) }, "archive"],
    ["a negative size", { name: "/lictor/x.rego", content: "", size: "-0000000001" }, "archive"],
    ["a size beyond the archive", { name: "/lictor/x.rego", content: "", size: "00000777777" }, "truncated"],
    ["a size beyond the limit", { name: "/lictor/x.rego", content: "", size: "77777777777" }, "limit"],
    ["a member nobody announced", { name: "/lictor/x.rego", content: "" }, "members"],
  ];
  for (const [name, member, fault] of table) {
    await refused(gzip([...sound(), member]), unsigned, fault).catch((error: Error) => assert.fail(`${name}: ${error.message}`));
  }
});

test("limits hold", async () => {
  const bytes = gzip(sound());
  await refused(bytes, { ...unsigned, limits: { compressed: bytes.length - 1 } }, "limit");
  await refused(bytes, { ...unsigned, limits: { total: 4096 } }, "limit");
  await refused(bytes, { ...unsigned, limits: { member: 100 } }, "limit");
  await refused(bytes, { ...unsigned, limits: { members: 2 } }, "limit");
  await readBundle(bytes, { ...unsigned, limits: { members: 3 } });
  const bomb = gzipSync(Buffer.alloc(64 << 20));
  await refused(bomb, { ...unsigned, limits: { total: 1 << 20 } }, "limit");
  const long = { name: "/.signatures.json", content: Buffer.alloc((1 << 20) + 1) };
  await refused(gzip([long, ...sound()]), unsigned, "limit");
});

test("every member is as the manifest announces it", async () => {
  const [head, data, tables] = sound() as [Member, Member, Member];
  await refused(gzip([head, data]), unsigned, "members");
  await refused(gzip([data, tables]), unsigned, "members");
  await refused(gzip([head, data, { ...tables, content: "other" }]), unsigned, "members");
  const half = manifest([data]);
  await refused(gzip([{ name: "/.manifest", content: half }, data]), unsigned, "manifest");
});

test("malformed manifests are refused", async () => {
  const table: [string, string, string][] = [
    ["a newer format", manifest(parts, { format: 2, parts: 1 }), "format"],
    ["format 0", manifest(parts, { format: 0 }), "manifest"],
    ["a format that is a text", manifest(parts, { format: "1" }), "manifest"],
    ["a negative epoch", manifest(parts, { epoch: -1 }), "manifest"],
    ["an epoch beyond 2^53", manifest(parts).replace('"epoch":7', '"epoch":9007199254740993'), "manifest"],
    ["a source that is no digest", manifest(parts, { source: "x" }), "manifest"],
    ["a compiler that is a number", manifest(parts, { compiler: 1 }), "manifest"],
    ["entrypoints that are no texts", manifest(parts, { entrypoints: [1] }), "manifest"],
    ["no agreement", manifest(parts, { agreement: null }), "manifest"],
    ["a seed that is a number", manifest(parts, { agreement: { full: true, requests: 1, seed: 1 } }), "manifest"],
    ["a seed of 65 bits", manifest(parts, { agreement: { full: true, requests: 1, seed: "18446744073709551616" } }), "manifest"],
    ["requests that are negative", manifest(parts, { agreement: { full: true, requests: -1, seed: "1" } }), "manifest"],
    ["a subset for nobody", manifest(parts, { subset: { namespaces: [], subject_types: [], subjects: 0 } }), "manifest"],
    ["a subset that is null", manifest(parts, { subset: null }), "manifest"],
    ["parts that are a list", manifest(parts, { parts: [] }), "manifest"],
    ["a part in no place", manifest([...parts, { name: "data.yaml", content: "" }]), "manifest"],
    ["a part that is the manifest", manifest([...parts, { name: ".manifest", content: "" }]), "manifest"],
    ["another member", manifest(parts, {}, { wasm: [] }), "manifest"],
    ["other roots", manifest(parts, {}, { roots: ["lictor", ""] }), "manifest"],
    ["another version of Rego", manifest(parts, {}, { rego_version: 0 }), "manifest"],
    ["a revision with a space", manifest(parts, {}, { revision: "a b" }), "manifest"],
    ["white space", manifest(parts) + " ", "manifest"],
    ["another order", manifest(parts).replace('"rego_version":1,"revision":"r1"', '"revision":"r1","rego_version":1'), "manifest"],
    ["a repeated member", manifest(parts).replace('"epoch":7', '"epoch":7,"epoch":8'), "manifest"],
    ["a list", "[]", "manifest"],
    ["nothing", "", "manifest"],
    ["deep nesting", "[".repeat(100_000), "manifest"],
    ["a member of Object.prototype", manifest(parts).replace('"lictor"', '"__proto__"'), "manifest"],
  ];
  for (const [name, content, fault] of table) {
    const bytes = gzip([{ name: "/.manifest", content }, ...parts]);
    await refused(bytes, unsigned, fault).catch((error: Error) => assert.fail(`${name}: ${error.message}`));
  }
  const more = gzip([{ name: "/.manifest", content: manifest(parts, { more: [1.5, "\u2028é\u{1f600}"] }).replace("\u2028", "\\u2028") }, ...parts]);
  await readBundle(more, unsigned);
  const subset = { for: "client", namespaces: ["shop"], subject_types: ["user"], subjects: 3 };
  const part = await readBundle(gzip([{ name: "/.manifest", content: manifest(parts, { subset }) }, ...parts]), unsigned);
  assert.deepEqual(part.manifest.subset, { for: "client", namespaces: ["shop"], subjectTypes: ["user"], subjects: 3 });
});

test("a bundle older than what has run is refused", async () => {
  const bytes = gzip(sound());
  await readBundle(bytes, { ...unsigned, minimumEpoch: 7 });
  await refused(bytes, { ...unsigned, minimumEpoch: 8 }, "epoch");
  await refused(bytes, { ...unsigned, minimumEpoch: NaN }, "epoch");
});

test("gzip headers with optional fields are read", async () => {
  const plain = gzip(sound());
  const optional = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 1, 1]), Buffer.from("name\0comment\0"), plain.subarray(10),
  ]);
  await readBundle(optional, unsigned);
  await refused(optional.subarray(0, 14), unsigned, "truncated");
  for (const at of [0, 1, 2, 3]) {
    const other = Buffer.from(plain);
    other[at]! ^= 0x80;
    await refused(other, unsigned, "archive");
  }
  assert.deepEqual(gunzipSync(optional), gunzipSync(plain));
});

test("keys that cannot verify are refused", async () => {
  const bytes = gzip(sound(signer));
  const pem = (key: { export(options: { type: "spki"; format: "pem" }): string | Buffer }): string =>
    key.export({ type: "spki", format: "pem" }).toString();
  const table: [string, string][] = [
    ["no PEM", "secret"],
    ["a private key", signer.private.export({ type: "pkcs8", format: "pem" }).toString()],
    ["P-384", pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey)],
    ["short RSA", pem(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)],
    ["damaged", signer.pem.replace(/[A-Za-z0-9+/]{8}\n/, "AAAAAAAA\n").replace("MFkw", "MFkv")],
    ["empty", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"],
  ];
  for (const [name, text] of table) {
    await refused(bytes, { verifyKeys: [{ pem: text }] }, "signature", "key").catch((error: Error) => assert.fail(`${name}: ${error.message}`));
  }
  await refused(bytes, { verifyKeys: [{ id: "k", pem: signer.pem }, { id: "k", pem: signer.pem }] }, "signature", "key");
});
