package bundles_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

// TestTestsCannotBeTakenAway removes the golden decisions from a bundle: it is not one without any.
func TestTestsCannotBeTakenAway(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	d.Parts[bundles.TestsName] = []byte(`{"tests":[1]}`)
	good := write(t, d)
	for name, options := range map[string]bundles.Options{"signed": {Keys: keySet(t, d.Key)}, "unsigned": {AllowUnsigned: true}} {
		options.Keep = bundles.Serving
		b, err := bundles.Open(bytes.NewReader(good), options)
		if err != nil {
			t.Fatal(err)
		}
		if m, found := b.Member(bundles.TestsName); !found || string(m.Bytes) != `{"tests":[1]}` {
			t.Errorf("%s: an edge keeps %q, %v", name, m.Bytes, found)
		}
		less := slices.DeleteFunc(entries(t, good), func(e entry) bool { return strings.HasSuffix(e.header.Name, bundles.TestsName) })
		_, err = bundles.Open(bytes.NewReader(pack(t, less, "")), options)
		members, ok := errors.AsType[*bundles.MembersError](err)
		if !ok || members.Faults[0].Name != bundles.TestsName || members.Faults[0].Status != bundles.StatusMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTestsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Parts[bundles.TestsName] = []byte(`"` + strings.Repeat("x", bundles.MaxTests-2) + `"`)
	if _, err := bundles.Open(bytes.NewReader(write(t, d)), bundles.Options{AllowUnsigned: true}); err != nil {
		t.Error(err)
	}
	d.Parts[bundles.TestsName] = []byte(`"` + strings.Repeat("x", bundles.MaxTests-1) + `"`)
	_, err := bundles.Open(bytes.NewReader(write(t, d)), bundles.Options{AllowUnsigned: true})
	if limit, ok := errors.AsType[*bundles.LimitError](err); !ok || limit.Name != bundles.TestsName || limit.Limit != bundles.MaxTests {
		t.Errorf("%v", err)
	}
}
