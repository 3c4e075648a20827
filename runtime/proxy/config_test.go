package proxy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/runtime/proxy"
)

// minimal is the least that a configuration says.
var minimal = object{"bundle": "/lictor/bundle.tar.gz", "allow_unsigned": true}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	_, one := key(t, 1)
	_, two := key(t, 2)
	least := proxy.Config{
		Path: "/lictor/bundle.tar.gz", AllowUnsigned: true, SubjectType: "user", Challenge: "Bearer", Reload: 5 * time.Second,
	}
	tests := []struct {
		name string
		more object
		want func(c *proxy.Config)
	}{
		{"the least", nil, func(*proxy.Config) {}},
		{"everything", object{
			"bundle": "/b", "reload_seconds": 86400, "allow_unsigned": false, "verify_key": one, "verify_key_id": "k", "state": "/state",
			"lowest_epoch": 9007199254740992, "subject_header": "X-User", "subject_type": "service", "organisation_header": "X-Org",
			"strip_prefix": "/api/v1", "www_authenticate": `Bearer realm="shop"`, "upstream_headers": object{"X-Lictor-Revision": "revision"},
		}, func(c *proxy.Config) {
			*c = proxy.Config{
				Path: "/b", Reload: 24 * time.Hour, State: "/state", LowestEpoch: 1 << 53, SubjectHeader: "X-User", SubjectType: "service",
				OrganisationHeader: "X-Org", StripPrefix: "/api/v1", Challenge: `Bearer realm="shop"`,
				Upstream: []proxy.Field{{Name: "X-Lictor-Revision", Value: proxy.Revision}},
			}
		}},
		{"as labels have it", object{"reload_seconds": "7", "allow_unsigned": "true", "lowest_epoch": "12"}, func(c *proxy.Config) {
			c.Reload, c.LowestEpoch = 7*time.Second, 12
		}},
		{"inside", object{"bundle": nil, "bundle_base64": "AQI="}, func(c *proxy.Config) {
			c.Path, c.Bundle = "", []byte{1, 2}
		}},
		{"keys that are rotated", object{"allow_unsigned": nil, "verify_key": one + "\n" + two}, func(c *proxy.Config) {
			c.AllowUnsigned = false
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := least
			tt.want(&want)
			got, err := proxy.ParseConfig([]byte(minimal.with(tt.more).text(t)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got, cmpopts.IgnoreFields(proxy.Config{}, "Keys")); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			if (got.Keys == nil) != got.AllowUnsigned {
				t.Errorf("keys: %v, unsigned bundles: %v", got.Keys, got.AllowUnsigned)
			}
		})
	}
}

// TestParseConfigKeys wants every key of the text to count.
func TestParseConfigKeys(t *testing.T) {
	t.Parallel()
	first, one := key(t, 1)
	second, two := key(t, 2)
	third, _ := key(t, 3)
	c, err := proxy.ParseConfig([]byte(minimal.with(object{"allow_unsigned": nil, "verify_key": one + two}).text(t)))
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range []*sign.PrivateKey{first, second, third} {
		signed, err := sign.Sign(k, []sign.File{{Name: "a", Hash: strings.Repeat("0", 64), Algorithm: sign.DigestAlgorithm}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Keys.Verify(signed); (err == nil) != (i < 2) {
			t.Errorf("key %d: %v", i, err)
		}
	}
}

func TestParseConfigRefuses(t *testing.T) {
	t.Parallel()
	_, pem := key(t, 1)
	tests := []struct {
		name string
		more object
		want string
	}{
		{"unknown", object{"allow-unsigned": true}, `configuration: "allow-unsigned": no such setting`},
		{"long name", object{strings.Repeat("n", 200): true}, `configuration: "` + strings.Repeat("n", 100) + `…": no such setting`},
		{"no bundle", object{"bundle": nil}, `configuration: "bundle": either this or bundle_base64 is needed`},
		{"empty bundle", object{"bundle": ""}, `configuration: "bundle": it is empty`},
		{"two bundles", object{"bundle_base64": "AQI="}, `configuration: "bundle_base64": bundle is given already`},
		{"no base64", object{"bundle": nil, "bundle_base64": "AQ"}, `configuration: "bundle_base64": not base64 of RFC 4648, section 4`},
		{"nothing in base64", object{"bundle": nil, "bundle_base64": "\n"}, `configuration: "bundle_base64": not base64 of RFC 4648, section 4`},
		{
			"nothing to reload",
			object{"bundle": nil, "bundle_base64": "AQI=", "reload_seconds": 1},
			`configuration: "reload_seconds": a bundle in the configuration is not read again`,
		},
		{"reload at once", object{"reload_seconds": 0}, `configuration: "reload_seconds": expected a whole number of seconds, from 1 to 86400`},
		{"reload never", object{"reload_seconds": 86401}, `configuration: "reload_seconds": expected a whole number of seconds, from 1 to 86400`},
		{"reload at times", object{"reload_seconds": 1.5}, `configuration: "reload_seconds": expected a whole number of seconds, from 1 to 86400`},
		{"reload in words", object{"reload_seconds": "+7"}, `configuration: "reload_seconds": expected a whole number of seconds, from 1 to 86400`},
		{"no trust", object{"allow_unsigned": nil}, `configuration: "verify_key": either this or allow_unsigned is needed`},
		{"no trust, said so", object{"allow_unsigned": false}, `configuration: "verify_key": either this or allow_unsigned is needed`},
		{"null", object{"allow_unsigned": object{}}, `configuration: "allow_unsigned": expected true or false`},
		{"one", object{"allow_unsigned": 1}, `configuration: "allow_unsigned": expected true or false`},
		{"both", object{"verify_key": pem}, `configuration: "allow_unsigned": verify_key is given already`},
		{"no key", object{"allow_unsigned": nil, "verify_key": "/etc/key.pem"}, `configuration: "verify_key": key: not PEM text`},
		{"a key and more", object{"allow_unsigned": nil, "verify_key": pem + "x"}, `configuration: "verify_key": key: not PEM text`},
		{
			"two keys of one id",
			object{"allow_unsigned": nil, "verify_key": pem + pem, "verify_key_id": "k"},
			`configuration: "verify_key": key "k": two keys have this id`,
		},
		{"an id of nothing", object{"verify_key_id": "k"}, `configuration: "verify_key_id": there is no verify_key`},
		{"negative epoch", object{"lowest_epoch": -1}, `configuration: "lowest_epoch": expected a whole number, 0 or more`},
		{"huge epoch", object{"lowest_epoch": "9007199254740993"}, `configuration: "lowest_epoch": expected a whole number, 0 or more`},
		{"header", object{"subject_header": "X User"}, `configuration: "subject_header": not the name of a header`},
		{"empty header", object{"organisation_header": ""}, `configuration: "organisation_header": it is empty`},
		{
			"one header for both",
			object{"subject_header": "X-User", "organisation_header": "x-user"},
			`configuration: "organisation_header": this is the subject_header`,
		},
		{"empty type", object{"subject_type": ""}, `configuration: "subject_type": it is empty`},
		{"prefix of nothing", object{"strip_prefix": "/"}, `configuration: "strip_prefix": a path without empty segments, '.' and '..' is needed`},
		{"prefix with an end", object{"strip_prefix": "/a/"}, `configuration: "strip_prefix": a path without empty segments, '.' and '..' is needed`},
		{"prefix that goes up", object{"strip_prefix": "/a/.."}, `configuration: "strip_prefix": a path without empty segments, '.' and '..' is needed`},
		{"prefix without a slash", object{"strip_prefix": "api"}, `configuration: "strip_prefix": expected a path such as /api`},
		{
			"prefix with escapes",
			object{"strip_prefix": "/%61"},
			`configuration: "strip_prefix": a path of plain characters is needed, without '?', '#', '%' and '\'`,
		},
		{"challenge", object{"www_authenticate": "Bearer\r\nX: y"}, `configuration: "www_authenticate": expected a challenge such as Bearer realm="shop"`},
		{"challenge without scheme", object{"www_authenticate": " realm"}, `configuration: "www_authenticate": expected a challenge such as Bearer realm="shop"`},
		{"headers as a list", object{"upstream_headers": []string{"a"}}, `configuration: "upstream_headers": expected an object of header names and what they are to hold`},
		{
			"header of nothing",
			object{"upstream_headers": object{"X-A": "password"}},
			`configuration: "upstream_headers": "X-A": expected one of revision, rule, subject, subject_type, organisation`,
		},
		{"header twice", object{"upstream_headers": object{"X-A": "rule", "x-a": "rule"}}, `configuration: "upstream_headers": "x-a": it is there twice`},
		{"no name of a header", object{"upstream_headers": object{"X:A": "rule"}}, `configuration: "upstream_headers": "X:A": not the name of a header`},
		{"framing", object{"upstream_headers": object{"content-length": "rule"}}, `configuration: "upstream_headers": "content-length": it belongs to the connection`},
		{
			"header that is read",
			object{"subject_header": "X-User", "upstream_headers": object{"x-user": "subject"}},
			`configuration: "upstream_headers": "x-user" is read, so it cannot be set`,
		},
		{"several faults", object{"a": 1, "b": 2}, "configuration: \"a\": no such setting\nconfiguration: \"b\": no such setting"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := proxy.ParseConfig([]byte(minimal.with(tt.more).text(t)))
			if c != nil || err == nil {
				t.Fatalf("accepted: %+v", c)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseConfigText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"nothing", "", "configuration: offset 0: not a JSON value"},
		{"a list", "[]", "configuration: not an object"},
		{"null", "null", "configuration: not an object"},
		{"twice", `{"bundle": "/a", "bundle": "/b"}`, `configuration: offset 17: duplicate member "bundle"`},
		{"more after it", `{} {}`, "configuration: offset 3: unexpected text after the value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := proxy.ParseConfig([]byte(tt.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
