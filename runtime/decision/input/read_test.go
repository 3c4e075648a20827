package input_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// evaluations are bodies at the edges of what is read in one go. %s stands for each of the variations.
var evaluations = []string{
	`{"subject":{"type":"user","id":"a"},"action":{"name":"read"},"resource":{"type":"doc","id":"1"}%s}`,
	`{%s "resource":{"id":"1","type":"ns/doc","properties":{"a":[1,{"b":null}]}},"action":{"properties":{},"name":"read"},"subject":{"id":"ä","properties":{"x":"\n"},"type":"user"}}`,
	`{"subject":{"type":"user"%s,"id":"a"},"action":{"name":"read"%[1]s},"resource":{"type":"doc","id":"1"%[1]s},"context":{"x":1%[1]s},"attribute":"a"}`,
	"%s",
}

var variations = []string{
	``, `,`, `,"organisation":"x"`, `,"organisation":"x","context":{"organisation":"x"}`, `,"organisation":"x","context":{"organisation":"y"}`,
	`,"context":{"organisation":""}`, `,"context":{"organisation":"y"}`, `,"context":{"organisation":null}`, `,"context":null`, `,"context":{}`, `,"context":{},"context":{}`,
	`,"organisation":""`, `,"organisation":null`, `,"organisation":1`, `,"attribute":"b"`, `,"attribute":""`, `,"attribute":"b","attribute":"b"`,
	`,"subject":{}`, `,"action":{}`, `,"resource":{}`, `,"subject":{"properties":{}}`, `,"action":{"properties":{}}`, `,"resource":{"properties":{"a":1}}`,
	`,"subject":{"type":"user","id":"b"}`, `"subject":{},`, `"action":{},`, `"resource":{},`, `"subject":{"type":"user"},`, `"context":{"a":1,"a":1},`, `"context":{"a":01},`,
	`,"x":1`, `,"x":1,"x":1`, `,"options":{"a":"\ud800"}`, `,"now":1,"token":{"sub":"a"},"permission":"b","permissions":["c"]`, `,"\u0073ubject":1`,
	`,"properties":{}`, `,"properties":{},"properties":{}`, `,"properties":null`, `,"properties":[]`, `,"properties":{"organisation":"z"}`, `,"name":"x"`, `,"id":"x"`, `,"type":"x"`,
	`{}`, `[]`, `"a"`, `{"subject":{}}`, `{"subject":null}`, ` {} x`, "{\"subject\":{\"type\":\"\xff\"}}", `{"subject":{"type":"a\`, `{"subject"`, `{"subject":`, `{,}`,
	`,"organisation":"` + strings.Repeat("x", 5000) + `"`, `,"attribute":"` + strings.Repeat("é", 2040) + `"`,
	`,"context":` + strings.Repeat(`{"a":`, value.MaxDepth-1) + `1` + strings.Repeat(`}`, value.MaxDepth-1),
	`,"context":` + strings.Repeat(`{"a":`, value.MaxDepth) + `1` + strings.Repeat(`}`, value.MaxDepth),
	`,"properties":` + strings.Repeat(`{"a":`, value.MaxDepth-2) + `1` + strings.Repeat(`}`, value.MaxDepth-2),
	`,"properties":` + strings.Repeat(`{"a":`, value.MaxDepth-1) + `1` + strings.Repeat(`}`, value.MaxDepth-1),
}

// TestReadEvaluation reads bodies at once and in two steps.
func TestReadEvaluation(t *testing.T) {
	t.Parallel()
	for _, form := range evaluations {
		for _, variation := range variations {
			sameEvaluation(t, []byte(strings.ReplaceAll(strings.ReplaceAll(form, "%[1]s", variation), "%s", variation)))
		}
	}
}

func FuzzReadEvaluation(f *testing.F) {
	f.Add([]byte(whole))
	for _, form := range evaluations {
		for _, variation := range variations {
			f.Add([]byte(strings.ReplaceAll(strings.ReplaceAll(form, "%[1]s", variation), "%s", variation)))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) { sameEvaluation(t, body) })
}

// sameEvaluation wants a body to mean the same read at once and in two steps: the same request, or the same error.
func sameEvaluation(tb testing.TB, body []byte) {
	tb.Helper()
	for _, g := range []permission.Grammar{grammar, {Namespace: "default", Case: permission.Insensitive}} {
		var want decision.Request
		_, v, wantErr := value.Parse(nil, body)
		if wantErr == nil {
			wantErr = input.DecodeEvaluation(&want, v, g)
		}
		got := decision.Request{ // what a request before may have left
			Subject: decision.Subject{Type: "t", ID: "i", Properties: value.AppendNull(nil)}, Organisation: "o", Token: value.AppendNull(nil),
			ActionProperties: value.AppendNull(nil), ResourceProperties: value.AppendNull(nil), Context: value.AppendNull(nil),
		}
		buf, err := input.ReadEvaluation(&got, []byte("before"), body, g)
		if fmt.Sprintf("%T %v", err, err) != fmt.Sprintf("%T %v", wantErr, wantErr) {
			tb.Fatalf("%q: %v, want %v", body, err, wantErr)
		}
		if !strings.HasPrefix(string(buf), "before") {
			tb.Fatalf("%q: the buffer lost what was in it", body)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(samePermission)); err == nil && diff != "" {
			tb.Errorf("%q: (-want +got)\n%s", body, diff)
		}
	}
}

func samePermission(a, b permission.Permission) bool {
	return a.String() == b.String() && a.Namespace() == b.Namespace()
}
