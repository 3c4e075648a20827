package guest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/runtime/guest"
)

// bundle writes a bundle with one golden decision, which expects what is given.
func bundle(tb testing.TB, expect string) []byte {
	tb.Helper()
	d := &bundles.Draft{
		Revision: "r1", Epoch: 7, Compiler: "v0", Entrypoints: []string{"lictor/authz/allow"},
		Parts: map[string][]byte{
			bundles.DataName: []byte("{}"), bundles.TablesName: springfield(tb),
			bundles.TestsName: []byte(`{"tests":[{"expect":"` + expect + `","input":{"now":0,"permission":"reactor:melt",` +
				`"subject":{"id":"x","type":"user"}},"name":"n","place":"a.yaml:1"}]}`),
		},
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenBundle(t *testing.T) {
	t.Parallel()
	g := newGuest()
	h := g.OpenBundle(put(g, bundle(t, "DENY")), guest.HostVerified)
	if h <= 0 {
		t.Fatalf("%d %s", h, g.Error())
	}
	if got := g.Check(uint32(h), put(g, homer().encode())); got != 7 {
		t.Errorf("%d %s", got, g.Error())
	}
	info, code := g.Ask(uint32(h), guest.AskInfo, 0)
	if code != 0 || !strings.Contains(string(info), `"revision":"r1","epoch":7,"id":"`) || !strings.Contains(string(info), `"golden":1}`) {
		t.Errorf("%d %s", code, info)
	}
	for name, tt := range map[string]struct {
		raw   []byte
		flags uint32
		want  int32
	}{
		"nobody verified":      {bundle(t, "DENY"), 0, -10},
		"a test that fails":    {bundle(t, "ALLOW"), guest.HostVerified, -8},
		"a bundle that is cut": {bundle(t, "DENY")[:500], guest.HostVerified, -5},
	} {
		if got := g.OpenBundle(put(g, tt.raw), tt.flags); got != tt.want {
			t.Errorf("%s: %d %s, want %d", name, got, g.Error(), tt.want)
		}
	}
	if got := g.Check(uint32(h), put(g, homer().encode())); got != 7 {
		t.Errorf("after what was refused: %d", got)
	}
}
