package bundles_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
)

// goodManifest is canonical, with members that this program does not know.
const goodManifest = `{"metadata":{"lictor":{"agreement":{"full":false,"requests":20000,"seed":"18446744073709551615"},` +
	`"compiler":"v0.1","entrypoints":["lictor/authz/allow"],"epoch":7,"format":1,"future":{"x":1},"parts":{` +
	`"lictor/data.json":{"sha256":"0000000000000000000000000000000000000000000000000000000000000001","size":2},` +
	`"lictor/tables.bin":{"future":0,"sha256":"0000000000000000000000000000000000000000000000000000000000000002","size":3}},` +
	`"source":"0000000000000000000000000000000000000000000000000000000000000003"},"somebody":"else"},` +
	`"rego_version":1,"revision":"r1","roots":["lictor","custom"]}`

func TestDecodeManifest(t *testing.T) {
	t.Parallel()
	got, err := bundles.DecodeManifest([]byte(goodManifest))
	if err != nil {
		t.Fatal(err)
	}
	want := &bundles.Manifest{
		Format: 1, Revision: "r1", Epoch: 7, Source: bundles.Digest{31: 3}, Compiler: "v0.1",
		Entrypoints: []string{"lictor/authz/allow"},
		Agreement:   bundles.Agreement{Requests: 20000, Seed: 1<<64 - 1},
		Parts: []bundles.Part{
			{Name: "lictor/data.json", Size: 2, Digest: bundles.Digest{31: 1}},
			{Name: "lictor/tables.bin", Size: 3, Digest: bundles.Digest{31: 2}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

func TestDecodeManifestRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"newer format", `"format":1`, `"format":2`, "bundle format 2 is newer than this program, which reads up to format 1"},
		{"newer format and all else new", goodManifest, `{"metadata":{"lictor":{"format":9}},"x":[]}`, "bundle format 9 is newer than this program"},
		{"format zero", `"format":1`, `"format":0`, "manifest: metadata.lictor.format: expected a positive integer"},
		{"format text", `"format":1`, `"format":"1"`, "manifest: metadata.lictor.format: expected an integer"},
		{"format missing", `"format":1,`, ``, "manifest: metadata.lictor.format: expected an integer"},
		{"epoch negative", `"epoch":7`, `"epoch":-7`, "manifest: metadata.lictor.epoch: expected an integer from 0"},
		{"epoch beyond 2^53", `"epoch":7`, `"epoch":9007199254740993`, "manifest: metadata.lictor.epoch: expected"},
		{"epoch fraction", `"epoch":7`, `"epoch":7.5`, "manifest: metadata.lictor.epoch: expected"},
		{"epoch in other case", `"epoch":7`, `"Epoch":7`, "manifest: not in canonical form"},
		{"epoch twice", `"epoch":7`, `"epoch":7,"epoch":8`, `manifest: offset 162: duplicate member "epoch"`},
		{"not canonical", `"epoch":7`, `"epoch": 7`, "manifest: not in canonical form"},
		{"not sorted", `"compiler":"v0.1","entrypoints":["lictor/authz/allow"]`, `"entrypoints":["lictor/authz/allow"],"compiler":"v0.1"`, "manifest: not in canonical form"},
		{"empty revision", `"r1"`, `""`, "manifest: revision: expected 1 to 128"},
		{"bad revision", `"r1"`, `"r 1"`, "manifest: revision: expected 1 to 128"},
		{"long revision", `"r1"`, `"` + strings.Repeat("r", 129) + `"`, "manifest: revision: expected 1 to 128"},
		{"other roots", `["lictor","custom"]`, `["lictor"]`, "manifest: roots: expected"},
		{"roots in another order", `["lictor","custom"]`, `["custom","lictor"]`, "manifest: roots: expected"},
		{"Rego of old", `"rego_version":1`, `"rego_version":0`, "manifest: rego_version: expected 1"},
		{"Rego versions of files", `"metadata"`, `"file_rego_versions":{},"metadata"`, `manifest: unknown member "file_rego_versions"`},
		{"wasm resolvers", `"lictor","custom"]`, `"lictor","custom"],"wasm":[]`, `manifest: unknown member "wasm"`},
		{"no metadata of ours", `"lictor":{"agreement"`, `"kictor":{"agreement"`, "manifest: metadata.lictor: expected an object"},
		{"short digest", `"source":"00`, `"source":"0`, "manifest: metadata.lictor.source: expected a SHA-256"},
		{"digest in capitals", `"source":"00`, `"source":"AA`, "manifest: metadata.lictor.source: expected a SHA-256"},
		{"negative size", `"size":2`, `"size":-2`, "manifest: metadata.lictor.parts.size: expected"},
		{"no data", `"lictor/data.json"`, `"lictor/data.bin"`, `manifest: metadata.lictor.parts: member "lictor/data.json" is not announced`},
		{"no tables", `"lictor/tables.bin"`, `"lictor/tables.rego"`, `manifest: metadata.lictor.parts: member "lictor/tables.bin" is not announced`},
		{"itself", `"parts":{`, `"parts":{".manifest":{},`, `manifest: metadata.lictor.parts: member ".manifest": it cannot announce itself`},
		{"data elsewhere", `"parts":{`, `"parts":{"custom/data.json":{},`, `manifest: metadata.lictor.parts: member "custom/data.json": not a member of a bundle`},
		{"second manifest", `"parts":{`, `"parts":{"lictor/.manifest":{},`, `manifest: metadata.lictor.parts: member "lictor/.manifest": not a member of a bundle`},
		{"path above", `"parts":{`, `"parts":{"../x":{},`, `manifest: metadata.lictor.parts: member "../x": the path leaves`},
		{"seed as a number", `"seed":"18446744073709551615"`, `"seed":1`, "manifest: metadata.lictor.agreement.seed"},
		{"full as text", `"full":false`, `"full":"no"`, "manifest: metadata.lictor.agreement.full"},
		{"entrypoints as text", `["lictor/authz/allow"]`, `"x"`, "manifest: metadata.lictor.entrypoints: expected a list"},
		{"cut", `"rego_version":1,"revision":"r1","roots":["lictor","custom"]}`, ``, "manifest: "},
		{"invalid UTF-8", `"v0.1"`, "\"\xff\"", "manifest: offset 110: invalid UTF-8"},
		{"text behind", `"custom"]}`, `"custom"]}{}`, "manifest: offset 581: unexpected text after the value"},
		{"nothing", goodManifest, "", "manifest: offset 0: not a JSON value"},
		{"no object", goodManifest, "[]", "manifest: metadata.lictor: expected an object"},
		{"deep", goodManifest, strings.Repeat("[", 5000), "manifest: offset 64: nested too deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(goodManifest, tt.old, tt.new, 1)
			if text == goodManifest {
				t.Fatal("the case changes nothing")
			}
			_, err := bundles.DecodeManifest([]byte(text))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			_, isManifest := errors.AsType[*bundles.ManifestError](err)
			_, isFormat := errors.AsType[*bundles.FormatError](err)
			if !isManifest && !isFormat {
				t.Errorf("an error of type %T", err)
			}
		})
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{` { "b" : 1 , "a" : [ 1.50 , -0 , 1E+2 , true , false , null ] } `, `{"a":[1.50,-0,1E+2,true,false,null],"b":1}`},
		{`{"c":{"z":1,"y":{"b":[],"a":{}}},"b":"x","a":0}`, `{"a":0,"b":"x","c":{"y":{"a":{},"b":[]},"z":1}}`},
		{`"<>&\u003c\/\u0041\u2028\u0001\n"`, `"<>&</A\u2028\u0001\n"`},
		{`{"\u00e9":1,"z":2,"Z":3}`, `{"Z":3,"z":2,"é":1}`},
		{`123456789012345678901234567890`, `123456789012345678901234567890`},
	}
	for _, tt := range tests {
		got, err := bundles.Canonical([]byte(tt.text))
		if err != nil || string(got) != tt.want {
			t.Errorf("Canonical(%s) = %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{``, `{`, `[1,]`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `1 2`, "\"\xff\"", `{"a"}`, `nul`, strings.Repeat(`[`, 2000) + strings.Repeat(`]`, 2000)} {
		if got, err := bundles.Canonical([]byte(text)); err == nil {
			t.Errorf("Canonical(%.40s) = %s, want an error", text, got)
		}
	}
}

func TestDraftRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*bundles.Draft)
		want   string
	}{
		{"bad revision", func(d *bundles.Draft) { d.Revision = "a b" }, "manifest: revision"},
		{"epoch beyond 2^53", func(d *bundles.Draft) { d.Epoch = bundles.MaxEpoch + 1 }, "manifest: metadata.lictor.epoch"},
		{"no tables", func(d *bundles.Draft) { delete(d.Parts, bundles.TablesName) }, "manifest: metadata.lictor.parts"},
		{"bad name", func(d *bundles.Draft) { d.Parts["../x"] = nil }, `member "../x": the path leaves`},
		{"its own manifest", func(d *bundles.Draft) { d.Parts[bundles.ManifestName] = nil }, "manifest: metadata.lictor.parts"},
		{"data that is not canonical", func(d *bundles.Draft) { d.Parts[bundles.DataName] = []byte(`{ }`) }, `member "lictor/data.json": not in canonical form`},
		{"data that is not JSON", func(d *bundles.Draft) { d.Parts[bundles.DataName] = []byte(`{`) }, `member "lictor/data.json": unexpected EOF`},
		{"tests that are not canonical", func(d *bundles.Draft) { d.Parts[bundles.TestsName] = []byte(`{ }`) }, `member "lictor/tests.json": not in canonical form`},
		{"tests that are empty", func(d *bundles.Draft) { d.Parts[bundles.TestsName] = nil }, `member "lictor/tests.json": unexpected EOF`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDraft()
			tt.change(d)
			var out bytes.Buffer
			if err := d.Write(&out); err == nil || !strings.HasPrefix(err.Error(), tt.want) || out.Len() > 0 {
				t.Errorf("got %v after %d bytes, want %s", err, out.Len(), tt.want)
			}
		})
	}
}
