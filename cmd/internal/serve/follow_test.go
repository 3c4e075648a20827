package serve_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/compiler"
)

// TestKeysAreFollowed replaces the key that verifies bundles while the edge serves.
func TestKeysAreFollowed(t *testing.T) {
	t.Parallel()
	files := [2]string{}
	publish := func(revision string, key int) []byte {
		public, secret := certificate(t, int64(key))
		put(t, files[key], public)
		signer, err := sign.ParsePrivateKey(secret, "k")
		if err != nil {
			t.Fatal(err)
		}
		return bundle(t, compiler.Options{Revision: revision, Key: signer})
	}
	dir := t.TempDir()
	files = [2]string{filepath.Join(dir, "now.pem"), filepath.Join(dir, "next.pem")}
	c := configured(filepath.Join(dir, "b.tar.gz"))
	c.Trust = cli.Trust{Keys: files[:]}
	put(t, c.Bundle, publish("r1", 0))
	if err := serve.Run(t.Context(), c, io.Discard, io.Discard); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
	put(t, files[1], nil)
	if err := serve.Run(t.Context(), c, io.Discard, io.Discard); err == nil {
		t.Error("an empty file counts as a key")
	}
	publish("", 1)
	r := run(t, c)
	r.wait(`"bundle loaded"`, `"r1"`)
	put(t, c.Bundle, publish("r2", 1))
	r.wait(`"bundle loaded"`, `"r2"`)
	put(t, files[1], []byte("nonsense"))
	r.wait("not reloaded, the one before stays", "not PEM text")
	put(t, files[1], nil)
	put(t, files[0], nil)
	r.wait("not reloaded, the one before stays", "not PEM text")
	put(t, c.Bundle, publish("r3", 0)) // of a file that counts only together with the other one
	r.wait(`"bundle refused"`, "signature")
	publish("", 1)
	r.wait(`"bundle loaded"`, `"r3"`)
	if err := r.end(); err != nil {
		t.Error(err)
	}
}
