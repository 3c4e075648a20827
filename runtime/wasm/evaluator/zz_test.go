package evaluator

import (
	"os"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest"
	"github.com/lictor-dev/lictor/runtime/table"
)

func best(b *testing.B, name string, f func()) {
	least := time.Hour
	for range 400 {
		start := time.Now()
		for range 500 {
			f()
		}
		least = min(least, time.Since(start))
	}
	b.Logf("%s %v", name, least/500)
}

func TestZZ(t *testing.T) {
	testing.Benchmark(func(b *testing.B) {})
}

func BenchmarkZZ(b *testing.B) {
	w, _ := os.ReadFile("/tmp/guestexp/ev.wasm")
	e, err := New(b.Context(), w, Options{})
	if err != nil {
		b.Fatal(err)
	}
	content, _ := os.ReadFile("../../table/testdata/format2/springfield.bin")
	l, err := e.Load(Policy{Tables: content})
	if err != nil {
		b.Fatal(err)
	}
	t, _ := tables.Open(content)
	n, _ := table.New(t)
	g := guest.New(guest.Host{})
	copy(g.Buffer(uint32(len(content))), content)
	h := g.OpenTables(uint32(len(content)), 1)
	i, _ := l.acquire()
	for _, x := range [][3]string{{"homer.simpson@springfield.com", "SNPP", "reactor:read:sector-7g"}, {"homer.simpson@springfield.com", "SNPP", "organisation:update:SNPP"}, {"x", "", "organisation:read:SNPP"}} {
		p, _ := n.Grammar().Parse(x[2])
		r := &decision.Request{Subject: decision.Subject{Type: "user", ID: x[0]}, Organisation: x[1], Now: 1782907200}
		r.Permissions = append(r.Permissions, p)
		best(b, "native", func() { n.Decide(r) })
		i.request = appendRequest(i.request[:0], r, l.grammar)
		copy(g.Buffer(uint32(len(i.request))), i.request)
		best(b, "nativeguest", func() { g.Check(uint32(h), uint32(len(i.request))) })
		best(b, "check", func() { i.compact(i.check) })
	}
}
