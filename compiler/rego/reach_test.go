package rego_test

import (
	"strings"
	"testing"
)

// TestReach evaluates what takes its order from a set or an object, what is reached before a loop over nothing, and members of
// what never has them.
func TestReach(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string // context -> value
	}{
		{`[x | some x in {y | some y in context.xs}] == context.want`, []string{`{"xs":["b","a","c",1,null,[2],{"a":1}],"want":[null,1,"a","b","c",[2],{"a":1}]} true`}},
		{`[k | some k, v in context.m; v > 1] == context.want`, []string{`{"m":{"b":2,"é":3,"a":4,"B":5,"z":1},"want":["B","a","b","é"]} true`, `{"m":[2,1,3],"want":[0,2]} true`}},
		{`[v | v := context.m[_]] == context.want`, []string{`{"m":{"b":2,"é":3,"a":4,"B":5},"want":[5,4,2,3]} true`, `{"m":[2,1,3],"want":[2,1,3]} true`}},
		{`[context.m[k] | context.m[k] != 9] == context.want`, []string{`{"m":{"b":2,"é":3,"a":9,"B":5},"want":[5,2,3]} true`}},
		{`context.xs[_].a == context.ys[_]`, []string{`{"xs":[{"a":1}],"ys":[1]} true`, `{"xs":[{"a":1}],"ys":[]} false`, `{"xs":[{}],"ys":[]} unknown`}},
		{`some x in context.xs; {"a": context.a, "b": x} == {"a": 1, "b": 2}`, []string{`{"a":1,"xs":[2]} true`, `{"a":2,"xs":[2]} false`, `{"a":1,"xs":[]} false`, `{"xs":[]} unknown`}},
		{`x := {"a": context.b}; x.c == 1`, []string{`{"b":1} unknown`}},
		{`x := [context.a, 2]; x[1] == 2; x[2] == 1`, []string{`{"a":1} unknown`}},
		{`count(context.xs).a == 1`, []string{`{"xs":[]} unknown`}},
		{`data.custom.limits[0] == 1`, []string{`{} unknown`}},
		{`x := data.custom.limits; x.none == 1`, []string{`{} unknown`}},
		{`[a, b] := [context.a]; a == b`, []string{`{"a":1} unknown`, `{} unknown`}},
		{`[a, b] := [1, 2]; a < b; context.a == 1`, []string{`{"a":1} true`, `{"a":2} false`}},
		{`some x1 in context.xs; [2 | some x2 in x1.ys; context.a == null] == [x3 | some x3 in x1.ys; x3 == 1]`, []string{`{"a":1,"xs":[{"ys":[]}]} true`, `{"a":1,"xs":[{}]} unknown`}},
	}
	var texts []string
	for _, tt := range tests {
		texts = append(texts, tt.text)
	}
	b := newBoth(t, texts, map[string]string{"custom/custom.rego": customModule})
	for _, tt := range tests {
		for _, want := range tt.want {
			at := strings.LastIndexByte(want, ' ')
			if got := b.ask(t, tt.text, `{"context":`+want[:at]+`}`); got != want[at+1:] {
				t.Errorf("%s\nin %s is %s, want %s", tt.text, want[:at], got, want[at+1:])
			}
		}
	}
}
