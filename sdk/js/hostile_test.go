//go:build !race

package js_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

// TestReadersAgree damages a bundle in many ways and wants the reader in JavaScript to accept none that the one in Go
// refuses, and to refuse none that the one in Go accepts but for a reason that is written down here.
func TestReadersAgree(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	f.key = nil
	f.bundle(t, "first.tar.gz", draft(t, defined(t, secondDefinitions), 1))
	good, err := os.ReadFile(filepath.Join(f.path, "first.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := damage(t, good)
	text, err := json.Marshal(damaged)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.path, "hostile.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	if err := json.Unmarshal(f.node(t, filepath.Join("build", "test", "read_node.js"), f.path), &verdicts); err != nil {
		t.Fatal(err)
	}
	accepted, stricter := 0, map[string]int{}
	for i, raw := range damaged {
		_, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
		switch {
		case err == nil && verdicts[i] == "":
			accepted++
		case err == nil:
			stricter[verdicts[i]]++
		case verdicts[i] == "":
			t.Errorf("bundle %d is accepted in JavaScript, and refused in Go: %v", i, err)
		}
	}
	t.Logf("%d of %d are accepted by both; refused in JavaScript alone: %v", accepted, len(damaged), stricter)
	if verdicts[0] != "" || accepted == len(damaged) {
		t.Errorf("the sound bundle: %q; %d accepted", verdicts[0], accepted)
	}
}

// damage returns a bundle as it is, and then with bytes of the file and of the archive in it changed, removed and repeated.
func damage(t *testing.T, good []byte) [][]byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	all := [][]byte{good}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		all = append(all, change(random, good), compress(t, change(random, archive)))
	}
	return all
}

// change returns content with one small change.
func change(random *rand.Rand, content []byte) []byte {
	at, length := random.IntN(len(content)), 1+random.IntN(600)
	end := min(at+length, len(content))
	out := bytes.Clone(content)
	switch random.IntN(6) {
	case 0:
		out = append(out[:at:at], content[end:]...)
	case 1:
		out = append(out[:at:at], content[at-min(at, length):]...)
	case 2:
		from := at / 512 * 512 // a header of a tar archive begins there, often
		out = append(out[:from:from], content[max(0, from-512*(1+random.IntN(4))):]...)
	default:
		out[at] = byte(random.IntN(256))
	}
	return out
}

func compress(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
