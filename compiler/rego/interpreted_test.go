package rego_test

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// object makes a random one with members of every kind; some are missing or of another type.
func (w *itemWriter) object(depth int) map[string]any {
	o := map[string]any{}
	for _, kind := range kinds[:6] {
		if deep := kind == "object" || kind == "objects"; deep && depth == 0 || w.IntN(30) == 0 {
			continue
		}
		o[members[kind]] = w.value(kind, depth)
	}
	return o
}

func (w *itemWriter) value(kind string, depth int) any {
	if w.IntN(30) == 0 {
		return oneOf[any](w.Rand, json.Number("9007199254740993"), json.Number("1.0"), json.Number("1.5"), "", "É", false, nil, []any{}, map[string]any{})
	}
	switch kind {
	case "number":
		return json.Number(oneOf(w.Rand, "0", "1", "1", "2", "3"))
	case "text":
		return oneOf(w.Rand, "a", "b", "ab", "A")
	case "boolean":
		return w.IntN(2) == 0
	case "object":
		return w.object(depth - 1)
	}
	items := []any{}
	for range w.IntN(4) {
		if kind == "numbers" {
			items = append(items, w.value("number", 0))
		} else {
			items = append(items, w.object(depth-1))
		}
	}
	return items
}

// rationals makes numbers what the interpreter computes with.
func rationals(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := new(big.Rat).SetString(string(v))
		return n
	case []any:
		items := []any{}
		for _, item := range v {
			items = append(items, rationals(item))
		}
		return items
	case map[string]any:
		o := map[string]any{}
		for name, item := range v {
			o[name] = rationals(item)
		}
		return o
	}
	return v
}

// TestInterpreted compares random items in random environments with an interpreter.
func TestInterpreted(t *testing.T) {
	t.Parallel()
	seeds := uint64(5)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { t.Parallel(); interpreted(t, seed) })
	}
}

func interpreted(t *testing.T, seed uint64) {
	w := &itemWriter{Rand: rand.New(rand.NewPCG(seed, 1))}
	bodies := map[string][]*statement{}
	var texts []string
	for tries := 0; len(texts) < 40; tries++ {
		body, text := w.item()
		e, list := condition.Parse([]source.Text{{Value: text, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}, nil)
		if tries > 400 {
			t.Fatalf("items are refused, as %s: %v", text, list)
		}
		if _, ok := e.(policy.Rego); ok && bodies[text] == nil {
			bodies[text] = body
			texts = append(texts, text)
		}
	}
	b := newBoth(t, texts, nil)
	count := map[string]int{}
	for _, text := range texts {
		for range 25 {
			context := w.object(1)
			written, err := json.Marshal(context)
			if err != nil {
				t.Fatal(err)
			}
			want := interpret(bodies[text], map[string]any{"context": rationals(context)})
			got := b.ask(t, text, `{"context":`+string(written)+`}`)
			if count[got]++; got != want {
				t.Errorf("%s\nin %s\nis %s, want %s", text, written, got, want)
			}
		}
	}
	for _, truth := range []string{"true", "false", "unknown"} {
		if count[truth] < 50 {
			t.Errorf("%d answers are %s, of %d", count[truth], truth, 25*len(texts))
		}
	}
}
