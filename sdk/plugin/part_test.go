package plugin_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/subset"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

// TestPart refuses the part of a policy in the place of the whole, unless it is asked for: carol is not active, which a part for
// everybody does not know.
func TestPart(t *testing.T) {
	t.Parallel()
	const definitions = `lictor: v1
roles: {reader: {birthright: {types: [user]}, permissions: ["book:read"]}}
subjects: {carol: {active: false}}
`
	key, keys := newKey(t, "k")
	whole := bundle(t, definitions, compiler.Options{Key: key, Epoch: 7})
	part := bundle(t, definitions, compiler.Options{
		Key: key, Epoch: 7, Client: &subset.Selection{Namespaces: []string{"default"}, Types: []string{"user"}},
	})
	carol := &plugin.Request{Subject: plugin.Subject{Type: "user", ID: "carol"}, Permission: "book:read"}

	want := &plugin.PartError{For: "client"}
	p, err := plugin.Open(t.Context(), built.Module(t), whole, plugin.Options{Keys: keys, Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	err = p.Swap(t.Context(), part)
	if got, _ := errors.AsType[*plugin.PartError](err); !cmp.Equal(want, got) {
		t.Errorf("swapped in: %v, want %v", err, want)
	}
	if d, err := p.Check(carol); err != nil || d.Allowed {
		t.Errorf("the whole: %+v, %v", d, err)
	}
	if _, err = plugin.Open(t.Context(), built.Module(t), part, plugin.Options{Keys: keys, Cache: cache}); !errors.As(err, &want) {
		t.Errorf("opened: %v, want %v", err, want)
	}
	asked, err := plugin.Open(t.Context(), built.Module(t), part, plugin.Options{Keys: keys, Cache: cache, AllowPart: true})
	if err != nil {
		t.Fatal(err)
	}
	defer asked.Close()
	if d, err := asked.Check(carol); err != nil || !d.Allowed {
		t.Errorf("the part: %+v, %v", d, err)
	}
}
