package edge_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge"
)

// TestOpenRefusesAPart opens the same bundle as a whole and as a part.
func TestOpenRefusesAPart(t *testing.T) {
	t.Parallel()
	data, err := tables.Build(newModel(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, subset := range []*bundles.Subset{nil, {For: bundles.ForClient, Namespaces: []string{"shop"}, Types: []string{"user"}}} {
		draft := bundles.Draft{
			Revision: "r", Subset: subset,
			Parts: map[string][]byte{bundles.DataName: []byte("{}"), bundles.TablesName: data},
		}
		var file bytes.Buffer
		if err := draft.Write(&file); err != nil {
			t.Fatal(err)
		}
		b, err := bundles.Open(&file, bundles.Options{AllowUnsigned: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = edge.OpenUntested(b)
		if part, refused := errors.AsType[*edge.SubsetError](err); refused != (subset != nil) || refused && part.For != bundles.ForClient {
			t.Errorf("subset %v: %v", subset, err)
		}
	}
}
