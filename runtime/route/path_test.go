package route_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/runtime/route"
)

// TestPathIsRefused names each reason.
func TestPathIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path string
		want error
	}{
		{"/", nil},
		{"/a/b%2Bc/", nil},
		{"/" + strings.Repeat("a/", route.MaxSegments-1) + "a", nil},
		{"/" + strings.Repeat("a", route.MaxPath-1), nil},
		{"", route.NotAbsolute},
		{"a/b", route.NotAbsolute},
		{"/" + strings.Repeat("a/", route.MaxSegments) + "a", route.TooLong},
		{"/" + strings.Repeat("a", route.MaxPath), route.TooLong},
		{"/a//b", route.EmptySegment},
		{"//", route.EmptySegment},
		{"/a/../b", route.DotSegment},
		{"/%2e", route.DotSegment},
		{"/a%2", route.BadEscape},
		{"/%%32", route.BadEscape},
		{"/a%252e", route.DoubleEscape},
		{"/a%2Fb", route.HiddenSlash},
		{"/a%5cb", route.HiddenSlash},
		{"/a;b", route.Parameter},
		{"/a%3B;b", route.Parameter},
		{"/a?b", route.BadCharacter},
		{"/a\x00", route.BadCharacter},
		{"/a%7F", route.BadCharacter},
		{"/a\xff", route.NotText},
		{"/a%C3", route.NotText},
	}
	for _, tt := range tests {
		t.Run(tt.path[:min(len(tt.path), 20)], func(t *testing.T) {
			t.Parallel()
			var p route.Path
			if err := p.Parse(tt.path); !errors.Is(err, tt.want) {
				t.Errorf("%.40q: got %v, want %v", tt.path, err, tt.want)
			}
		})
	}
}

// FuzzPath compares the path parser with the reference's, which goes by net/url.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/", "/a/b", "/a%20b/%C3%A4/", "//", "/..", "/%2e/", "/%252f", "/a;b", "/%", "/\xff", "/a%2", "/%5c", "/a\x1fb"} {
		f.Add(seed)
	}
	var p route.Path
	f.Fuzz(func(t *testing.T, raw string) {
		want, trailing, ok := parts(raw)
		if err := p.Parse(raw); (err == nil) != ok {
			t.Fatalf("%q: got %v, want it accepted: %t", raw, err, ok)
		} else if err != nil {
			return
		}
		got := p.Segments()
		if strings.Join(got, "/") != strings.Join(want, "/") || len(got) != len(want) || p.Trailing() != trailing {
			t.Fatalf("%q: got %q and %t, want %q and %t", raw, got, p.Trailing(), want, trailing)
		}
	})
}
