package proxy_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTraefikReadme asks the module what the README of examples/traefik has curl ask, behind what basicAuth does.
func TestTraefikReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(traefik, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`(?m)^curl .*?(?: -u (\w+):\w+)?(?: -X (\w+))? http://[\d.:]+(/\S+)\n(\d{3})$`).FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "\ncurl "); n == 0 || len(asked) != n {
		t.Fatalf("%d of %d curl lines are understood", len(asked), n)
	}
	var d dynamic
	readYAML(t, filepath.Join(traefik, "dynamic.yaml"), &d)
	config := object(d.HTTP.Middlewares["lictor"].Plugin["lictor"])
	private, verify := key(t, 1)
	folder := t.TempDir()
	content := bundle(t, draft{files: os.DirFS("../../examples/newsletter"), epoch: 1, key: private, revision: "n1"})
	if err := os.WriteFile(filepath.Join(folder, path.Base(fmt.Sprint(config["bundle"]))), content, 0o600); err != nil {
		t.Fatal(err)
	}
	server := front(t, newHost(t, settings{config: settingsText(t, config.with(object{"verify_key": verify})), mount: folder, state: t.TempDir()}))
	for _, a := range asked {
		user, method, target, want := a[1], a[2], a[3], a[4]
		if method == "" {
			method = "GET"
		}
		if got := send(t, server, method+" "+target, "X-User: "+user); strconv.Itoa(got.Status) != want {
			t.Errorf("%s %s by %q: %d, want %s", method, target, user, got.Status, want)
		}
	}
}
