package lictor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTraefikReadme runs the first commands of examples/traefik with other folders, and without the programs that only its reader
// has, and finds all in its place.
func TestTraefikReadme(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	text, err := os.ReadFile("examples/traefik/README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"traefik", "newsletter"} {
		if err := os.CopyFS(filepath.Join(dir, "examples", name), os.DirFS(filepath.Join("examples", name))); err != nil {
			t.Fatal(err)
		}
	}
	root := filepath.Join(dir, "root")
	placed := strings.NewReplacer("/etc/traefik", root+"/etc/traefik", "/srv/lictor", root+"/srv/lictor", "/var/lib", root+"/var/lib")
	script := "make() { mkdir bin; ln -s " + lictor(t) + " bin/lictor; echo module > bin/lictor-proxy.wasm; }\n" +
		`htpasswd() { test "$1" = -Bbc; echo "$3:hash" > "$2"; }` + "\n" + placed.Replace(blocks(string(text), "sh")[0])
	shell := exec.Command("sh", "-ec", script)
	shell.Dir = dir
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"etc/traefik/traefik.yaml", "etc/traefik/users", "etc/traefik/plugins-local/src/lictor/.traefik.yml", "etc/traefik/plugins-local/src/lictor/plugin.wasm", "var/lib/lictor-proxy"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	output(t, lictor(t), "verify", filepath.Join(root, "srv/lictor/newsletter.tar.gz"), "--verify-key", filepath.Join(dir, "release.pub.pem"))
	settings, err := os.ReadFile(filepath.Join(root, "etc/traefik/dynamic.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(dir, "release.pub.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(unindent(string(settings)), string(key)) {
		t.Errorf("the settings do not hold the key:\n%s", settings)
	}
}
