package live

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlanConcerns lays out a mounted ConfigMap and asks which changes matter.
func TestPlanConcerns(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "mnt")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(root, "bundles", "..v1"), 0o700),
		os.WriteFile(filepath.Join(root, "bundles", "..v1", "bundle.tar.gz"), nil, 0o600),
		os.Symlink("..v1", filepath.Join(root, "bundles", "..data")),
		os.Symlink("..data/bundle.tar.gz", filepath.Join(root, "bundles", "bundle.tar.gz")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	names := []string{
		".", "bundles", "bundles/bundle.tar.gz", "bundles/..data", "bundles/..v1", "bundles/..v1/bundle.tar.gz",
		"bundles/other.tar.gz", "bundles/..data_tmp", "bundles/bundle.tar.gz.tmp", "other", "bundles/..v1/other.tar.gz",
	}
	tests := []struct {
		path string
		want []string
	}{
		{"bundles/bundle.tar.gz", []string{
			".", "bundles", "bundles/bundle.tar.gz", "bundles/..data", "bundles/..v1", "bundles/..v1/bundle.tar.gz",
		}},
		{"bundles", []string{
			".", "bundles", "bundles/bundle.tar.gz", "bundles/..data", "bundles/..v1", "bundles/..v1/bundle.tar.gz", "bundles/other.tar.gz",
		}},
		{"other/later/bundle.tar.gz", []string{".", "other"}},
	}
	for _, tt := range tests {
		p := newPlan(filepath.Join(root, tt.path))
		var got []string
		for _, name := range names {
			if p.concerns(filepath.Join(root, name)) {
				got = append(got, name)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: changes that matter (-want +got):\n%s", tt.path, diff)
		}
	}
}
