package table_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
	"github.com/lictor-dev/lictor/runtime/table"
)

// use opens data and, where it is accepted, asks everything that an engine can be asked. It panics
// when the proof let something through that evaluation trips over.
func use(data []byte, requests []*decision.Request) (accepted bool, err error) {
	opened, err := tables.Open(data)
	if err != nil {
		return false, err
	}
	e, err := table.NewWith(opened, yes{})
	if err != nil {
		return false, err
	}
	rules := route.New(opened)
	for _, path := range []string{"/", "/a/b", "/a/c/d", "/a/c"} {
		for _, r := range requests {
			rules.Decide(e, &route.Request{Method: "GET", Path: path, Authenticated: true, Subject: r.Subject, Now: r.Now})
		}
	}
	for _, r := range requests {
		if _, err := e.Decide(r); err != nil {
			return true, err
		}
		strict := *r
		strict.Strict = true
		if _, _, err := decision.Explain(e, e, &strict); err != nil {
			return true, err
		}
		if _, _, err := decision.Explain(e, e, r); err != nil {
			return true, err
		}
		if _, err := e.HasRole(r, "reader"); err != nil {
			return true, err
		}
		for _, search := range searches {
			if err := search(e, r, "", func(string) bool { return true }); err != nil && !errors.Is(err, decision.ErrSearch) {
				return true, err
			}
		}
	}
	return true, nil
}

func sample(seed uint64, n int) (data []byte, requests []*decision.Request, err error) {
	m := ruled(generate.Model(seed), seed)
	if data, err = tables.Build(m); err != nil {
		return nil, nil, err
	}
	sampler := generate.NewSampler(m, seed)
	for range n {
		requests = append(requests, sampler.Next())
	}
	return data, requests, nil
}

// ruled adds to a generated model what it lacks: items of conditions that only Rego evaluates, and route rules.
func ruled(m *policy.Model, seed uint64) *policy.Model {
	m, _ = delegate(nil, m, seed)
	variable := policy.PatternPart{Kind: policy.Variable, Index: 1}
	a, x := policy.Segment{Text: "a"}, policy.Segment{Text: "x", Variable: true}
	m.Routes = []policy.Route{
		{Methods: []string{"GET"}},
		{Methods: []string{"GET"}, Path: []policy.Segment{a, x}, Permissions: []policy.RoutePattern{
			{Namespace: m.Namespace, Parts: []policy.PatternPart{{Kind: policy.LiteralValue, Text: "doc"}, {}, variable}},
		}},
		{Methods: []string{"GET", "PUT"}, Path: []policy.Segment{a, x, {Text: "d"}}, Auth: policy.Anonymous},
	}
	for h := range m.Holders {
		if m.Holders[h].Kind == policy.Role {
			m.Routes[1].Roles = []policy.RoleRule{{Roles: []policy.HolderIndex{policy.HolderIndex(h)}}}
		}
	}
	return m
}

// TestDamagedTables flips bits and cuts ends: every damage is refused with a typed error or leaves
// tables that can be used without a fault.
func TestDamagedTables(t *testing.T) {
	t.Parallel()
	refused := 0
	for s := uint64(1); s <= 40; s++ {
		data, requests, err := sample(s, 6)
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(s, 1))
		for range 400 {
			damaged := bytes.Clone(data)
			for range 1 + rng.IntN(3) {
				damaged[rng.IntN(len(damaged))] ^= 1 << rng.IntN(8)
			}
			if rng.IntN(20) == 0 {
				damaged = damaged[:rng.IntN(len(damaged))]
			}
			if accepted, err := use(damaged, requests); !accepted {
				refused++
				var corrupt *tables.CorruptError
				var format *tables.FormatError
				if !errors.As(err, &corrupt) && !errors.As(err, &format) {
					t.Fatalf("seed %d: refused with %v", s, err)
				}
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused < 8000 {
		t.Errorf("only %d of 16000 damages were refused", refused)
	}
}

// TestEveryWordCounts overwrites each word of small tables with hostile numbers.
func TestEveryWordCounts(t *testing.T) {
	t.Parallel()
	data, requests, err := sample(7, 6)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at+4 <= len(data); at += 4 {
		for _, hostile := range [][]byte{{0, 0, 0, 0}, {1, 0, 0, 0}, {255, 255, 255, 255}, {255, 255, 255, 127}, {0, 0, 1, 0}, {252, 255, 255, 255}} {
			damaged := bytes.Clone(data)
			copy(damaged[at:], hostile)
			if accepted, err := use(damaged, requests); accepted && err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSameModelSameBytes builds twice.
func TestSameModelSameBytes(t *testing.T) {
	t.Parallel()
	for s := uint64(1); s <= 20; s++ {
		first, _, err := sample(s, 0)
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := sample(s, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("seed %d: two builds differ", s)
		}
	}
}

// TestNewerFormat names both formats.
func TestNewerFormat(t *testing.T) {
	t.Parallel()
	data, _, err := sample(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	data[8] = 4
	_, err = tables.Open(data)
	var format *tables.FormatError
	if !errors.As(err, &format) || *format != (tables.FormatError{Got: 4, Want: 3}) {
		t.Errorf("got %v, want a FormatError of 4 and 3", err)
	}
}

// FuzzOpen gives the proof arbitrary bytes and uses what it accepts.
func FuzzOpen(f *testing.F) {
	_, requests, err := sample(1, 6)
	if err != nil {
		f.Fatal(err)
	}
	for s := uint64(1); s <= 10; s++ {
		data, _, err := sample(s, 0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if accepted, err := use(data, requests); accepted && err != nil {
			t.Fatal(err)
		}
	})
}
