package caller_test

import (
	"bytes"
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/edge/caller"
)

func digest(key string) caller.Digest { return sha256.Sum256([]byte(key)) }

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	gateway, shop := &caller.Caller{Name: "gateway", Explain: true}, &caller.Caller{Name: "shop"}
	var keys caller.Keys
	if c := keys.Authenticate([]byte("Bearer abc")); c != nil {
		t.Errorf("before there are keys: %v", c)
	}
	keys.Replace(map[caller.Digest]*caller.Caller{digest("abc"): gateway, digest("new"): gateway, digest("x=="): shop, digest(""): shop})
	tests := []struct {
		authorization string
		want          *caller.Caller
	}{
		{"Bearer abc", gateway},
		{"Bearer new", gateway},
		{"bEARER   abc", gateway},
		{"Bearer x==", shop},
		{"Bearer ABC", nil},
		{"Bearer abd", nil},
		{"Bearer abc ", nil},
		{"Bearer abc,x", nil},
		{"Bearer abc def", nil},
		{"Bearer\tabc", nil},
		{" Bearer abc", nil},
		{"Bearerabc", nil},
		{"Bearer", nil},
		{"Bearer ", nil},
		{"Bearer =", nil},
		{"Basic abc", nil},
		{"abc", nil},
		{"", nil},
		{"Bearer x=a=", nil},
		{"Bearer ab\x00c", nil},
		{"Bearer äbc", nil},
	}
	for _, tt := range tests {
		if got := keys.Authenticate([]byte(tt.authorization)); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.authorization, got, tt.want)
		}
	}
	keys.Replace(map[caller.Digest]*caller.Caller{digest("new"): gateway})
	if keys.Authenticate([]byte("Bearer abc")) != nil || keys.Authenticate([]byte("Bearer new")) != gateway {
		t.Error("a key that was taken away, or the one that stayed")
	}
	keys.Replace(nil)
	if keys.Authenticate([]byte("Bearer new")) != nil {
		t.Error("nobody is known, and somebody may ask")
	}
}

// credentials is RFC 6750 as a regular expression.
var credentials = regexp.MustCompile(`^(?i:bearer) +([A-Za-z0-9._~+/-]+=*)$`)

func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"Bearer abc", "bearer  x==", "Basic a", "Bearer", "Bearer a=b", "Bearer " + strings.Repeat("a", 4097)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, authorization []byte) {
		before := bytes.Clone(authorization)
		token, ok := caller.Bearer(authorization)
		if !bytes.Equal(before, authorization) {
			t.Fatal("the header was changed")
		}
		match := credentials.FindSubmatch(authorization)
		want := match != nil && !bytes.ContainsRune(authorization, '\n') && len(match[1]) <= 4096
		if ok != want || ok && !bytes.Equal(token, match[1]) {
			t.Errorf("%q: %q, %v", authorization, token, ok)
		}
	})
}
