package catalogue_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

// TestRoles holds the data to the numbers that the README and the budgets name.
func TestRoles(t *testing.T) {
	t.Parallel()
	roles, err := catalogue.Roles()
	if err != nil {
		t.Fatal(err)
	}
	grants, different := 0, map[string]bool{}
	for _, r := range roles {
		grants += len(r.Permissions)
		for _, p := range r.Permissions {
			different[p] = true
		}
	}
	if diff := cmp.Diff([]int{2461, 165179, 13790}, []int{len(roles), grants, len(different)}); diff != "" {
		t.Errorf("roles, grants and different permissions (-want +got):\n%s", diff)
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	for dotted, want := range map[string]string{
		"bigquery.tables.getData":                   "bigquery.tables:getData",
		"iam.googleapis.com/oauthClients.undelete":  "iam.googleapis.com/oauthClients:undelete",
		"cloudvolumesgcp-api.netapp.com/volume.get": "cloudvolumesgcp-api.netapp.com/volume:get",
		"plain": "plain",
	} {
		if got := catalogue.Permission(dotted); got != want {
			t.Errorf("Permission(%q) = %q, want %q", dotted, got, want)
		}
	}
}

// TestWriteIsDeterministic writes twice and expects the same bytes, and others for another seed.
func TestWriteIsDeterministic(t *testing.T) {
	t.Parallel()
	small := catalogue.Options{Subjects: 20, Projects: 3, Tests: 40, Seed: 7}
	other := small
	other.Seed = 8
	first, again, third := written(t, small), written(t, small), written(t, other)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("two runs differ (-first +second):\n%s", diff)
	}
	if first["subjects.yaml"] == third["subjects.yaml"] {
		t.Error("two seeds give the same subjects")
	}
	if first["roles-00.yaml"] != third["roles-00.yaml"] {
		t.Error("the roles depend on the seed")
	}
}

// TestExpectations wants both answers among the tests that are written.
func TestExpectations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := catalogue.Options{Subjects: 50, Projects: 3, Tests: 100, Seed: 1}
	if err := catalogue.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "tests.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	allow, deny := strings.Count(string(text), "expect: ALLOW"), strings.Count(string(text), "expect: DENY")
	if allow+deny != o.Tests || allow < o.Tests/4 || deny < o.Tests/4 {
		t.Errorf("%d ALLOW and %d DENY of %d tests", allow, deny, o.Tests)
	}
}

// written returns the digest of each file that Write makes.
func written(t *testing.T, o catalogue.Options) map[string][sha256.Size]byte {
	t.Helper()
	dir := t.TempDir()
	if err := catalogue.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string][sha256.Size]byte{}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		digests[e.Name()] = sha256.Sum256(text)
	}
	return digests
}

// TestWriteNobody wants an error, and no folder, where there is nobody to ask about.
func TestWriteNobody(t *testing.T) {
	t.Parallel()
	for _, o := range []catalogue.Options{{Projects: 1, Tests: 1}, {Subjects: -1, Projects: 1}, {Subjects: 1, Tests: 1}} {
		dir := filepath.Join(t.TempDir(), "none")
		if err := catalogue.Write(dir, o); err == nil {
			t.Errorf("%+v was written", o)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%+v left a folder", o)
		}
	}
}
