package lines_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/lines"
)

func TestAppendText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"plain", "homer.simpson@springfield.com", `"homer.simpson@springfield.com"`},
		{"none", "", `""`},
		{"letters of others", "é日", `"é日"`},
		{"quotes", `a"b\c`, `"a\"b\\c"`},
		{"a line of its own", "a\r\n{}", `"a\u000d\u000a{}"`},
		{"terminal", "\x1b[31m\x7f\u009b1m", `"\u001b[31m\u007f\u009b1m"`},
		{"line separators", "a\u2028b\u2029c\u0085", `"a\u2028b\u2029c\u0085"`},
		{"right to left", "a\u202egpj.\u2066", `"a\u202egpj.\u2066"`},
		{"not to be seen", "a\u200bb\ufeff\u00a0", `"a\u200bb\ufeff\u00a0"`},
		{"beyond 16 bits", "😀\U000e0041", `"😀\udb40\udc41"`},
		{"not UTF-8", "a\xff\xc3b\xed\xa0\x80", `"a\ufffd\ufffdb\ufffd\ufffd\ufffd"`},
		{"the mark for it", "\ufffd", "\"\ufffd\""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, string(lines.AppendText(nil, tt.text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// FuzzAppendText wants a JSON string that says the text again, and nothing in it that is not to be seen.
func FuzzAppendText(f *testing.F) {
	f.Add("a\"\\\n\x00\xff\u202e😀\U000e0041")
	f.Fuzz(func(t *testing.T, text string) {
		line := lines.AppendText([]byte("before"), text)
		var got string
		if err := json.Unmarshal(line[len("before"):], &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); utf8.ValidString(text) && got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for _, c := range string(line) {
			if !unicode.IsPrint(c) {
				t.Errorf("%q holds %U", line, c)
			}
		}
	})
}

func TestClock(t *testing.T) {
	t.Parallel()
	var c lines.Clock
	for _, n := range []int64{0, 1, 999_999_999, 1_000_000_000, 1_000_000_001, 500, 120_000_000, 86_400_000_000_000, 86_400_000_000_000, -5} {
		at := time.Unix(1_800_000_000, n).In(time.FixedZone("", 3600))
		for digits, layout := range map[int]string{-1: time.RFC3339Nano, 0: "2006-01-02T15:04:05Z07:00", 3: "2006-01-02T15:04:05.000Z07:00", 9: "2006-01-02T15:04:05.000000000Z07:00"} {
			if got, want := string(c.Append(nil, at, digits)), at.UTC().Format(layout); got != want {
				t.Errorf("%d with %d digits: %s, want %s", n, digits, got, want)
			}
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"", 0, ""},
		{"é", 1, ""},
		{"aé", 2, "a"},
		{"aéb", 3, "aé"},
		{"a😀", 4, "a"},
		{"a😀b", 5, "a😀"},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80"},
	}
	for _, tt := range tests {
		if got := tt.text[:lines.Cut(tt.text, tt.limit)]; got != tt.want {
			t.Errorf("%q to %d is %q, want %q", tt.text, tt.limit, got, tt.want)
		}
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	text := []byte("a b\x00\x7f\xffé~!")
	lines.Visible(text)
	if got := string(text); got != "a?b?????~!" {
		t.Errorf("%q", got)
	}
}
