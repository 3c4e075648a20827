package bundles_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
)

// FuzzOpen never panics and never keeps more than its limits allow. What opens, verifies, and the other way round.
// The input is the archive before compression, so that the fuzzer reaches it.
func FuzzOpen(f *testing.F) {
	d := newDraft()
	d.Parts[bundles.TablesName] = []byte("tables")
	f.Add(unzip(f, write(f, d)))
	d.Key = testKey(f, "k1")
	f.Add(unzip(f, write(f, d)))
	keys := keySet(f, d.Key)
	limits := bundles.Limits{Compressed: 1 << 16, Total: 1 << 18, Member: 1 << 16, Members: 16}
	f.Fuzz(func(t *testing.T, plain []byte) {
		raw := zip(t, plain)
		for _, options := range []bundles.Options{
			{Keys: keys, Limits: limits},
			{AllowUnsigned: true, Limits: limits, OffHeap: true},
		} {
			b, err := bundles.Open(bytes.NewReader(raw), options)
			report, verifyErr := bundles.Verify(bytes.NewReader(raw), options)
			if (err == nil) != (verifyErr == nil && report.OK()) {
				t.Fatalf("Open: %v, Verify: %v, %+v", err, verifyErr, report)
			}
			if err == nil {
				checkKept(t, b, limits)
			}
		}
	})
}

func checkKept(t *testing.T, b *bundles.Bundle, limits bundles.Limits) {
	t.Helper()
	if len(b.Members()) > limits.Members {
		t.Fatalf("%d members", len(b.Members()))
	}
	for _, m := range b.Members() {
		if int64(len(m.Bytes)) > limits.Member || m.Bytes != nil && bundles.DigestOf(m.Bytes) != m.Digest {
			t.Fatalf("member %s: %d bytes", m.Name, len(m.Bytes))
		}
	}
}

func zip(t *testing.T, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	closeAll(t, w)
	return out.Bytes()
}

// FuzzOpenCompressed gives the reader any bytes at all.
func FuzzOpenCompressed(f *testing.F) {
	f.Add(write(f, newDraft()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true, Limits: bundles.Limits{Total: 1 << 20}})
		if err == nil {
			return
		}
		if _, isName := errors.AsType[*bundles.NameError](err); isName && len(err.Error()) > 1000 {
			t.Errorf("a message of %d bytes", len(err.Error()))
		}
	})
}

// FuzzDecodeManifest never panics; what it reads can be written again and says the same.
func FuzzDecodeManifest(f *testing.F) {
	f.Add([]byte(goodManifest))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := bundles.DecodeManifest(text)
		if err != nil {
			return
		}
		if m.Format != bundles.Format || !bundles.CheckRevision(m.Revision) || m.Epoch > bundles.MaxEpoch {
			t.Errorf("manifest: %+v", m)
		}
		for _, part := range m.Parts {
			if err := bundles.CheckName(part.Name); err != nil || part.Size < 0 {
				t.Errorf("part: %+v, %v", part, err)
			}
		}
	})
}

// FuzzCanonical never panics, and canonical text stays as it is.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(goodManifest))
	for _, text := range []string{
		`{"a":"\n\u2028\"\\","b":-0.5e+3}`, `{"a\n":1,"b":2}`, `{"a":1,"a":2}`, `"\u000a"`, `"\/"`, "\"\u2028\"", "\"\x7f\"", `01`, `1.`, `-`, `1e5`,
		`"\u001f"`, `[1,]`, `{"a":1,}`, ` 1`, `1 `, "\"\xff\"", `"\ud800"`, "\"\ufffd\"", `{"":0,"a":1}`, `{"b":0,"a":1}`, `[[],{}]`,
	} {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"b":[1.50,"\u2028<"],"a":{"":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := bundles.Canonical(text)
		if err != nil {
			return
		}
		twice, err := bundles.Canonical(once)
		if err != nil {
			t.Fatal(err)
		}
		d := newDraft()
		d.Parts[bundles.DataName] = text
		if err := d.Write(io.Discard); (err == nil) != bytes.Equal(text, once) {
			t.Errorf("the canonical form of %q is %q, the writer says %v", text, once, err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Errorf("canonical text changed (-once +twice):\n%s", diff)
		}
	})
}
