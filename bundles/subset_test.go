package bundles_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
)

// subsetMember is what the manifest of a part has beside that of a whole.
const subsetMember = `,"subset":{"for":"client","namespaces":["shop"],"subject_types":["user"],"subjects":1},"x":0},"somebody"`

func TestDecodeManifestOfSubset(t *testing.T) {
	t.Parallel()
	got, err := bundles.DecodeManifest([]byte(strings.Replace(goodManifest, `},"somebody"`, subsetMember, 1)))
	if err != nil {
		t.Fatal(err)
	}
	want := &bundles.Subset{For: bundles.ForClient, Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: 1}
	if diff := cmp.Diff(want, got.Subset); diff != "" {
		t.Errorf("subset (-want +got):\n%s", diff)
	}
}

func TestDecodeManifestRefusesSubset(t *testing.T) {
	t.Parallel()
	const at = "manifest: metadata.lictor.subset"
	for _, tt := range []struct{ old, new, want string }{
		{`"subset":{"for":"client","namespaces":["shop"],"subject_types":["user"],"subjects":1}`, `"subset":true`, at + ".for: expected a string"},
		{`"for":"client",`, ``, at + ".for: expected a string"},
		{`["shop"]`, `"shop"`, at + ".namespaces: expected a list"},
		{`["user"]`, `[1]`, at + ".subject_types: expected a string"},
		{`"subjects":1`, `"subjects":-1`, at + ".subjects: expected an integer"},
	} {
		text := strings.Replace(goodManifest, `},"somebody"`, strings.Replace(subsetMember, tt.old, tt.new, 1), 1)
		if _, err := bundles.DecodeManifest([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s for %s: %v, want %s", tt.new, tt.old, err, tt.want)
		}
	}
}

// TestDraftOfSubset writes and reads a part.
func TestDraftOfSubset(t *testing.T) {
	t.Parallel()
	d := bundles.Draft{
		Revision: "r", Compiler: "v", Parts: map[string][]byte{bundles.DataName: []byte("{}"), bundles.TablesName: nil},
		Subset: &bundles.Subset{For: bundles.ForClient, Namespaces: []string{"shop"}, Types: []string{"user"}},
	}
	m, err := d.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.Subset, m.Subset); diff != "" {
		t.Errorf("subset (-want +got):\n%s", diff)
	}
}
