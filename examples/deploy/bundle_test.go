package deploy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// published is what a pipeline has made: two bundles, one after the other, and the key that proves them.
type published struct {
	key           []byte // public, PEM
	first, second []byte // revisions r1 and r2
}

// publish compiles and signs the definitions of examples/springfield, once for all tests.
var publish = sync.OnceValues(func() (*published, error) {
	dir, err := os.MkdirTemp("", "lictor-deploy")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	private, public, err := keyPair()
	if err != nil {
		return nil, err
	}
	key := filepath.Join(dir, "release.pem")
	if err := os.WriteFile(key, private, 0o600); err != nil {
		return nil, err
	}
	lictor := filepath.Join(dir, "lictor")
	if err := run("go", "-C", "../..", "build", "-o", lictor, "./cmd/lictor"); err != nil {
		return nil, err
	}
	p := published{key: public}
	for i, bundle := range []*[]byte{&p.first, &p.second} {
		file, n := filepath.Join(dir, "bundle.tar.gz"), strconv.Itoa(i+1)
		if err := run(lictor, "compile", "../springfield", "-o", file, "--revision", "r"+n, "--epoch", n, "--sign-key", key, "--key-id", "release"); err != nil {
			return nil, err
		}
		if *bundle, err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return &p, nil
})

func publication(t *testing.T) *published {
	t.Helper()
	p, err := publish()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %q: %w\n%s", name, args, err, out)
	}
	return nil
}

// keyPair returns a new key as PEM.
func keyPair() (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, nil, err
	}
	if public, err = x509.MarshalPKIXPublicKey(key.Public()); err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), nil
}
