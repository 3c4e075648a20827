package unpack_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/unpack"
)

// write writes a bundle with tests and Rego.
func write(tb testing.TB) []byte {
	tb.Helper()
	d := &bundles.Draft{
		Revision: "r1", Epoch: 7, Source: bundles.DigestOf([]byte("x")), Compiler: "v0", Entrypoints: []string{"lictor/authz/allow"},
		Parts: map[string][]byte{
			bundles.DataName: []byte("{}"), bundles.TablesName: bytes.Repeat([]byte("tables"), 50_000), bundles.TestsName: []byte(`{"tests":[]}`),
			"lictor/authz.rego": []byte("package lictor.authz\n"), "custom/" + string(bytes.Repeat([]byte("a"), 60)) + "/b.rego": []byte("package custom\n"),
		},
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestOpen compares with package bundles.
func TestOpen(t *testing.T) {
	t.Parallel()
	raw := write(t)
	want, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	tests, _ := want.Member(bundles.TestsName)
	if diff := cmp.Diff(&unpack.Bundle{Manifest: want.Manifest, ID: want.ID, Tables: want.Tables().Bytes(), Tests: tests.Bytes}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// file is one entry of an archive made by hand.
type file struct {
	header  tar.Header
	content string
}

func pack(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		f.header.Size, f.header.Mode = int64(len(f.content)), 0o644
		if err := w.WriteHeader(&f.header); err != nil {
			tb.Fatal(err)
		}
		if _, err := w.Write([]byte(f.content)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// members returns the files of a bundle.
func members(tb testing.TB, raw []byte) []file {
	tb.Helper()
	b, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
	if err != nil {
		tb.Fatal(err)
	}
	var files []file
	for _, m := range b.Members() {
		files = append(files, file{tar.Header{Name: "/" + m.Name, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}, string(m.Bytes)})
	}
	return files
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	raw := write(t)
	whole := members(t, raw)
	if _, err := unpack.Open(pack(t, whole...)); err != nil {
		t.Fatal(err)
	}
	changed := append([]file(nil), whole...)
	changed[len(changed)-1].content += "x"
	plain := func(name string) file {
		return file{tar.Header{Name: name, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}, ""}
	}
	pax := plain("/lictor/authz.bin")
	pax.header.Format, pax.header.PAXRecords = tar.FormatPAX, map[string]string{"a.b": "c"}
	folder := file{header: tar.Header{Name: "/lictor/", Typeflag: tar.TypeDir, Format: tar.FormatUSTAR}}
	for _, tt := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"nothing", nil, unpack.ErrTruncated},
		{"no gzip", bytes.Repeat([]byte("x"), 100), unpack.ErrArchive},
		{"no member", pack(t), unpack.ErrMembers},
		{"no manifest", pack(t, whole[1:]...), unpack.ErrMembers},
		{"a member less", pack(t, whole[:len(whole)-1]...), unpack.ErrMembers},
		{"a member more", pack(t, append(whole[:len(whole):len(whole)], plain("/lictor/x.bin"))...), unpack.ErrMembers},
		{"another content", pack(t, changed...), unpack.ErrMembers},
		{"a member twice", pack(t, append(whole[:len(whole):len(whole)], whole[1])...), unpack.ErrRepeated},
		{"a folder", pack(t, append(whole[:len(whole):len(whole)], folder)...), unpack.ErrKind},
		{"extended headers", pack(t, append(whole[:len(whole):len(whole)], pax)...), unpack.ErrKind},
		{"something behind", append(bytes.Clone(raw), 0), unpack.ErrTrailing},
		{"cut", raw[:len(raw)-1], unpack.ErrTruncated},
	} {
		if b, err := unpack.Open(tt.raw); !errors.Is(err, tt.want) || b != nil && err == nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	_, err := unpack.Open(pack(t, append(whole[:len(whole):len(whole)], plain("/lictor/../x.bin"))...))
	if _, ok := errors.AsType[*manifest.NameError](err); !ok {
		t.Errorf("a path outside: %v", err)
	}
}

// FuzzOpen never panics, and takes no bundle that package bundles refuses.
func FuzzOpen(f *testing.F) {
	raw := write(f)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add(pack(f, members(f, raw)[:3]...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := unpack.Open(raw)
		if err != nil {
			return
		}
		want, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
		if err != nil || want.ID != got.ID || !bytes.Equal(want.Tables().Bytes(), got.Tables) {
			t.Fatalf("taken, and %v", err)
		}
	})
}
