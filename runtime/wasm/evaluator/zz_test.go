package evaluator

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

func best(b *testing.B, name string, f func()) {
	least := time.Hour
	n := 400
	if os.Getenv("LONG") != "" {
		n = 10000
	}
	for range n {
		start := time.Now()
		for range 500 {
			f()
		}
		least = min(least, time.Since(start))
	}
	b.Logf("%s %v", name, least/500)
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
	i, _ := l.acquire()
	for _, x := range [][4]string{{"homer.simpson@springfield.com", "SNPP", "reactor:read:sector-7g", "entitlement"}, {"homer.simpson@springfield.com", "SNPP", "organisation:update:SNPP", "condition"}, {"x", "", "organisation:read:SNPP", "birthright"}} {
		if !strings.Contains(x[3], os.Getenv("CASE")) {
			continue
		}
		p, _ := n.Grammar().Parse(x[2])
		r := &decision.Request{Subject: decision.Subject{Type: "user", ID: x[0]}, Organisation: x[1], Now: 1782907200}
		r.Permissions = append(r.Permissions, p)
		if os.Getenv("LONG") == "" {
			best(b, "native", func() { n.Decide(r) })
		}
		i.request = appendRequest(i.request[:0], r, l.grammar)
		best(b, "check "+x[3], func() { i.compact(i.check) })
	}
}
