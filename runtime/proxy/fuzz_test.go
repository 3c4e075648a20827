package proxy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/proxy"
)

// secret stands in the value of verify_key in the seeds of FuzzParseConfig.
const secret = "BEGIN PUBLIC KEY"

// named reports whether a member of a configuration has a name with a part in it. An error may hold names, never values.
func named(config []byte, part string) bool {
	var members map[string]any
	if json.Unmarshal(config, &members) != nil {
		return true // what the error says then is of the text, of which it quotes no more than a name
	}
	for name := range members {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// FuzzParseConfig wants any text to give a configuration that keeps what it promises, or an error that is not nil.
func FuzzParseConfig(f *testing.F) {
	_, pem := key(f, 1)
	for _, config := range []object{
		minimal, inline([]byte("bundle")), minimal.with(object{"allow_unsigned": nil, "verify_key": pem, "verify_key_id": "k"}),
		reading, minimal.with(object{"strip_prefix": "/a/b", "www_authenticate": `Basic realm="x"`, "state": "/s", "lowest_epoch": "3"}),
		{},
		{"bundle": nil},
	} {
		f.Add([]byte(config.text(f)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := proxy.ParseConfig(text)
		if err != nil {
			if c != nil || strings.Contains(err.Error(), secret) && !named(text, secret) {
				t.Fatalf("%+v beside %v", c, err)
			}
			return
		}
		switch {
		case (c.Keys == nil) != c.AllowUnsigned:
			t.Error("what is believed is not said")
		case (c.Path == "") == (c.Bundle == nil):
			t.Error("not one bundle")
		case c.Path != "" && (c.Reload < time.Second || c.Reload > 24*time.Hour):
			t.Errorf("reload after %s", c.Reload)
		case c.SubjectType == "" || c.Challenge == "" || strings.ContainsAny(c.Challenge, "\r\n\x00"):
			t.Errorf("type %q, challenge %q", c.SubjectType, c.Challenge)
		case c.StripPrefix != "" && (!strings.HasPrefix(c.StripPrefix, "/") || strings.HasSuffix(c.StripPrefix, "/")):
			t.Errorf("prefix %q", c.StripPrefix)
		}
	})
}

// FuzzGate wants the gate to let pass what the rules let pass of the path below its prefix, and no more.
func FuzzGate(f *testing.F) {
	content := bundle(f, draft{})
	gate := newGate(f, inline(content).with(object{"strip_prefix": "/api"}), nil)
	want := openRules(f, content)
	for _, uri := range []string{
		"/api/login", "/api", "/api/", "/apilogin", "/api/../login", "/api/newsletters/%2e%2e/login?x", "/login", "//api/login", "*", "",
		"/api/newsletters/%2F", "/api/newsletters/%", "http://a/api/login", "/api/newsletters/7#x", "/api\x00/login", "/api/newsletters/\xff",
	} {
		f.Add("GET", uri, "rosa")
	}
	f.Fuzz(func(t *testing.T, method, uri, user string) {
		x := asked{method: method, uri: uri, user: user}.exchange()
		pass := gate.Handle(x)
		if pass != (x.status == 200) {
			t.Fatalf("passes: %v, status %d", pass, x.status)
		}
		below, found := strings.CutPrefix(uri, "/api")
		allowed := found && want.status(asked{method, below, user, ""}, time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)) == 200
		if pass && !allowed {
			t.Errorf("%s %q by %q passes", method, uri, user)
		}
	})
}
