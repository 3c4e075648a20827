package unpack

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// unzip reads a gzip stream with this package.
func unzip(in []byte) ([]byte, error) {
	f := newInflater(in)
	var out []byte
	chunk := make([]byte, 1000)
	for {
		n, err := f.read(chunk)
		if err != nil {
			return out, err
		}
		if n == 0 {
			return out, f.end()
		}
		out = append(out, chunk[:n]...)
	}
}

func zip(tb testing.TB, content []byte, level int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// contents are texts of every kind: short, repetitive, random, larger than the window.
func contents() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	mixed := bytes.Clone(noise)
	for i := range mixed {
		if random.IntN(10) > 0 {
			mixed[i] = "lictor:read"[i%11]
		}
	}
	return [][]byte{
		nil, []byte("a"), []byte("hello hello hello"), bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("ab:cd,"), 50_000),
		noise, mixed, append(bytes.Clone(noise[:32<<10]), noise[:32<<10]...),
	}
}

func TestInflate(t *testing.T) {
	t.Parallel()
	for i, content := range contents() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			zipped := zip(t, content, level)
			if got, err := unzip(zipped); err != nil || !bytes.Equal(got, content) {
				t.Errorf("content %d, level %d: %d bytes, %v, want %d", i, level, len(got), err, len(content))
			}
			if _, err := unzip(zipped[:len(zipped)-1]); !errors.Is(err, ErrTruncated) {
				t.Errorf("content %d, level %d, cut: %v", i, level, err)
			}
			if _, err := unzip(append(bytes.Clone(zipped), 0)); !errors.Is(err, ErrTrailing) {
				t.Errorf("content %d, level %d, more: %v", i, level, err)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	content := contents()[5]
	for n := range 300 {
		d := newDigester()
		d.write(content[:n/2])
		d.write(content[n/2 : n])
		if d.sum() != sha256.Sum256(content[:n]) {
			t.Errorf("%d bytes", n)
		}
	}
}

// FuzzInflate compares with compress/gzip: what this package takes is the same, and it takes all that writers of bundles write.
func FuzzInflate(f *testing.F) {
	for _, content := range contents() {
		f.Add(zip(f, content, 6))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := unzip(in)
		if err != nil {
			return
		}
		r, err := gzip.NewReader(bytes.NewReader(in))
		if err != nil {
			t.Fatalf("taken, and %v", err)
		}
		want, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, want %d, %v", len(got), len(want), err)
		}
	})
}
