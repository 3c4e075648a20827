package value_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/value"
)

// quoted are texts with everything that is escaped, and with what is not.
var quoted = []string{
	"", "plain", "größer", "\x00\x01\b\t\n\v\f\r\x1e\x1f !\"#%&'/<=>?[\\]^`~\x7f", "\u0080\u2027\u2028\u2029\u202a", "\ufffd", "😀",
	"\xff", "a\xc3", "\xed\xa0\x80", "\xe2\x80", "\xe2\x80\xa8x",
}

func TestAppendQuoted(t *testing.T) {
	t.Parallel()
	for _, s := range quoted {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(value.AppendQuoted(nil, s))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", s, diff)
		}
	}
}

func FuzzAppendQuoted(f *testing.F) {
	for _, s := range quoted {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := value.AppendQuoted(nil, s); string(got) != string(want) {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	})
}
