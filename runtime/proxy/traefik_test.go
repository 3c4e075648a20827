package proxy_test

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/runtime/proxy"
)

const traefik = "../../examples/traefik"

// static and dynamic are Traefik's configuration as far as the example uses it.
type static struct {
	EntryPoints  map[string]struct{ Address string } `yaml:"entryPoints"`
	Providers    struct{ File struct{ Filename string } }
	Experimental struct {
		LocalPlugins map[string]struct {
			ModuleName string `yaml:"moduleName"`
			Settings   struct{ Mounts []string }
		} `yaml:"localPlugins"`
	}
}

type dynamic struct {
	HTTP struct {
		Routers map[string]struct {
			Rule, Service string
			Middlewares   []string
		}
		Middlewares map[string]struct {
			BasicAuth struct {
				UsersFile    string `yaml:"usersFile"`
				HeaderField  string `yaml:"headerField"`
				RemoveHeader bool   `yaml:"removeHeader"`
			} `yaml:"basicAuth"`
			Plugin map[string]map[string]any
		}
		Services map[string]struct {
			LoadBalancer struct{ Servers []struct{ URL string } } `yaml:"loadBalancer"`
		}
	}
}

// readYAML reads a file that must hold what into knows and nothing else.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// handedOn returns settings as Traefik hands them to a plugin: whatever it reads them from, each is a string.
func handedOn(v any) any {
	members, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	texts := map[string]any{}
	for name, member := range members {
		texts[name] = handedOn(member)
	}
	return texts
}

func settingsText(t *testing.T, config object) string {
	t.Helper()
	text, err := json.Marshal(handedOn(map[string]any(config)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTraefik runs the module with the settings of examples/traefik, in the folders that its plugin sees, on the newsletter.
func TestTraefik(t *testing.T) {
	t.Parallel()
	var (
		s static
		d dynamic
	)
	readYAML(t, filepath.Join(traefik, "traefik.yaml"), &s)
	readYAML(t, filepath.Join(traefik, "dynamic.yaml"), &d)
	router, who := d.HTTP.Routers["newsletter"], d.HTTP.Middlewares["who"].BasicAuth
	config := object(d.HTTP.Middlewares["lictor"].Plugin["lictor"])
	if diff := cmp.Diff([]string{"who", "lictor"}, router.Middlewares); diff != "" {
		t.Errorf("middlewares (-want +got):\n%s", diff)
	}
	if who.HeaderField != config["subject_header"] || who.HeaderField != textproto.CanonicalMIMEHeaderKey(who.HeaderField) {
		t.Errorf("%q says who is there, %q is read", who.HeaderField, config["subject_header"])
	}
	if _, found := d.HTTP.Services[router.Service]; !found {
		t.Errorf("there is no service %q", router.Service)
	}
	mounts := s.Experimental.LocalPlugins["lictor"].Settings.Mounts
	if !slices.ContainsFunc(mounts, func(m string) bool { return strings.HasSuffix(m, ":"+path.Dir(fmt.Sprint(config["bundle"]))+":ro") }) ||
		!slices.ContainsFunc(mounts, func(m string) bool { return strings.HasSuffix(m, ":"+fmt.Sprint(config["state"])) }) {
		t.Errorf("mounts %q do not hold what the plugin reads and writes", mounts)
	}
	private, verify := key(t, 1)
	dir, err := filepath.Abs("../../examples/newsletter")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	content := bundle(t, draft{files: os.DirFS(dir), epoch: 1, key: private, revision: "n1"})
	if err := os.WriteFile(filepath.Join(folder, path.Base(fmt.Sprint(config["bundle"]))), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := proxy.ParseConfig([]byte(settingsText(t, config))); err != nil {
		t.Errorf("as it stands: %v", err)
	}
	h := newHost(t, settings{
		config: settingsText(t, config.with(object{"verify_key": verify})), mount: folder, state: t.TempDir(),
	})
	server := front(t, h)
	for _, tt := range []struct {
		target, user string
		want         answer
	}{
		{"GET /api/login", "", passed("GET|/api/login|n1|")},
		{"GET /api/newsletters/weekly", "", answer{Status: 401, Challenge: `Basic realm="newsletter"`}},
		{"GET /api/newsletters/weekly", "ann", passed("GET|/api/newsletters/weekly|n1|")},
		{"DELETE /api/newsletters/weekly", "ann", forbidden},
		{"DELETE /api/newsletters/weekly", "ada", passed("DELETE|/api/newsletters/weekly|n1|")},
		{"GET /newsletters/weekly", "ann", forbidden},
	} {
		if diff := cmp.Diff(tt.want, send(t, server, tt.target, "X-User: "+tt.user)); diff != "" {
			t.Errorf("%s by %q (-want +got):\n%s", tt.target, tt.user, diff)
		}
	}
}

// TestTraefikManifest wants the manifest to say what Traefik asks of a plugin that is no Go source.
func TestTraefikManifest(t *testing.T) {
	t.Parallel()
	var s static
	readYAML(t, filepath.Join(traefik, "traefik.yaml"), &s)
	var m struct {
		DisplayName string `yaml:"displayName"`
		Type        string
		Runtime     string
		Summary     string
		TestData    map[string]any `yaml:"testData"`
	}
	name := s.Experimental.LocalPlugins["lictor"].ModuleName
	readYAML(t, filepath.Join(traefik, "plugins-local", "src", name, ".traefik.yml"), &m)
	if m.Type != "middleware" || m.Runtime != "wasm" || m.DisplayName == "" || m.Summary == "" || len(m.TestData) == 0 {
		t.Errorf("manifest: %+v", m)
	}
}
