package deploy_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// manifests are the objects of the folder kubernetes.
type manifests struct {
	deployment apps.Deployment
	service    core.Service
	config     core.ConfigMap
	policy     networking.NetworkPolicy
}

// kinds are where objects are read to, by API version and kind.
func (m *manifests) kinds() map[string]any {
	return map[string]any{
		"apps/v1 Deployment":                 &m.deployment,
		"v1 Service":                         &m.service,
		"v1 ConfigMap":                       &m.config,
		"networking.k8s.io/v1 NetworkPolicy": &m.policy,
	}
}

// readManifests reads every manifest as the API server would with strict validation: a member that the type does not
// have, or that is there twice, is an error.
func readManifests(t *testing.T) *manifests {
	t.Helper()
	m := new(manifests)
	left := m.kinds()
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range bytes.Split(text, []byte("\n---\n")) {
			kind, err := decode(document, left)
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			delete(left, kind)
		}
	}
	for kind := range left {
		t.Errorf("no %s in kubernetes", kind)
	}
	if t.Failed() {
		t.FailNow()
	}
	return m
}

// decode reads one object to where its kind is read to.
func decode(text []byte, kinds map[string]any) (kind string, err error) {
	var head struct{ APIVersion, Kind string }
	if err := yaml.Unmarshal(text, &head); err != nil {
		return "", err
	}
	kind = head.APIVersion + " " + head.Kind
	object, ok := kinds[kind]
	if !ok {
		return kind, &unexpected{kind}
	}
	if text, err = yaml.YAMLToJSONStrict(text); err != nil {
		return kind, err
	}
	unknown, err := json.UnmarshalStrict(text, object)
	return kind, errors.Join(append(unknown, err)...)
}

// unexpected is the error for an object of a kind that is not among these manifests, or a second one of it.
type unexpected struct{ kind string }

func (u *unexpected) Error() string { return "unexpected " + u.kind }

// TestManifestsAreReadStrictly breaks each kind of rule once.
func TestManifestsAreReadStrictly(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("kubernetes/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ from, to, want string }{
		"as it is":     {"replicas", "replicas", ""},
		"misspelt":     {"readOnlyRootFilesystem", "readOnlyRootFileSystem", `unknown field`},
		"twice":        {"replicas: 2", "replicas: 2\n  replicas: 2", `already set`},
		"wrong type":   {"replicas: 2", "replicas: many", `cannot unmarshal`},
		"unknown kind": {"kind: Deployment", "kind: Secret", `unexpected apps/v1 Secret`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(string(text), tt.from, tt.to, 1)
			_, err := decode([]byte(changed), new(manifests).kinds())
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestNoSecrets wants no file of the folder to hold a private key, and every key and certificate to be a path.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"kubernetes/*", "systemd/*", "container/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"BEGIN", "kind: Secret", "secretKeyRef", "password"} {
				if bytes.Contains(text, []byte(word)) {
					t.Errorf("%s holds %q", file, word)
				}
			}
		}
	}
}
