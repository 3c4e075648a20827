package bundles_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

var update = flag.Bool("update", false, "write golden bundles that are not there yet; never change one")

// golden are bundles that must open for ever. Their bytes are never rewritten: a new format is a new folder.
func golden(t testing.TB) map[string]*bundles.Draft {
	signed, unsigned, tested := newDraft(), newDraft(), newDraft()
	signed.Key, tested.Key = testKey(t, "golden"), testKey(t, "golden")
	for _, d := range []*bundles.Draft{signed, unsigned, tested} {
		d.Parts[bundles.WasmName] = []byte("\x00asm")
		d.Parts[bundles.TablesName] = bytes.Repeat([]byte("tables "), 1000)
	}
	tested.Parts[bundles.TestsName] = []byte(`{"tests":[{"expect":"DENY","input":{"now":0,"permission":"x","subject":{"id":"a","type":"user"}},"name":"n","place":"a.yaml:1"}]}`)
	return map[string]*bundles.Draft{"signed.tar.gz": signed, "unsigned.tar.gz": unsigned, "tested.tar.gz": tested}
}

func TestGoldenBundles(t *testing.T) {
	t.Parallel()
	for name, d := range golden(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata", "format1", name)
			raw, err := os.ReadFile(path)
			if errors.Is(err, os.ErrNotExist) && *update {
				raw, err = write(t, d), os.WriteFile(path, write(t, d), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			options := bundles.Options{AllowUnsigned: d.Key == nil}
			if d.Key != nil {
				options.Keys = keySet(t, d.Key)
			}
			b, err := bundles.Open(bytes.NewReader(raw), options)
			if err != nil {
				t.Fatal(err)
			}
			for part, content := range d.Parts {
				if m, _ := b.Member(part); !bytes.Equal(m.Bytes, content) {
					t.Errorf("member %s is not what it was", part)
				}
			}
			if !bytes.Equal(raw, write(t, d)) {
				t.Error("the writer gives other bytes than it did")
			}
		})
	}
}

func TestSameDraftSameBytes(t *testing.T) {
	t.Parallel()
	first := newDraft()
	first.Key = testKey(t, "k1")
	raw := write(t, first)
	for range 20 { // the order of a map's members differs from one to the next
		again := newDraft()
		again.Key = testKey(t, "k1")
		if !bytes.Equal(raw, write(t, again)) {
			t.Fatal("the same draft gave other bytes")
		}
	}
	other := newDraft()
	other.Key, other.Epoch = first.Key, 8
	if bytes.Equal(raw, write(t, other)) {
		t.Error("another draft gave the same bytes")
	}
}

func TestValidateIsStricterThanOpen(t *testing.T) {
	t.Parallel()
	options := bundles.Options{AllowUnsigned: true}
	raw := write(t, newDraft())
	if err := bundles.Validate(raw, options); err != nil {
		t.Fatal(err)
	}
	all := entries(t, raw)
	slices.Reverse(all)
	for name, other := range map[string][]byte{"packed by another program": pack(t, entries(t, raw), ""), "in another order": pack(t, all, "")} {
		if _, err := bundles.Open(bytes.NewReader(other), options); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := bundles.Validate(other, options); !errors.Is(err, bundles.ErrNotDeterministic) {
			t.Errorf("%s: Validate: %v", name, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Epoch = 0
	if got := d.Warnings(); len(got) != 0 {
		t.Errorf("unsigned: %q", got)
	}
	d.Key = testKey(t, "k1")
	if got := d.Warnings(); !slices.Equal(got, []bundles.Warning{bundles.SignedWithoutEpoch}) {
		t.Errorf("signed with epoch 0: %q", got)
	}
	d.Epoch = 1
	if got := d.Warnings(); len(got) != 0 {
		t.Errorf("signed with epoch 1: %q", got)
	}
}

func TestRewriteNeedsAllMembers(t *testing.T) {
	t.Parallel()
	b, err := bundles.Open(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true, Keep: bundles.Serving})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Rewrite(&bytes.Buffer{}, nil); err == nil {
		t.Error("a bundle without its members was written")
	}
	for _, m := range b.Members() {
		kept := m.Bytes != nil
		if want := m.Name == bundles.TablesName || m.Name == bundles.ManifestName; kept != want {
			t.Errorf("member %s: kept %t, want %t", m.Name, kept, want)
		}
	}
}
