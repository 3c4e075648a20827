package input_test

import (
	"testing"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// BenchmarkDecodeEvaluation measures the reading of a body, parsed and as text: one as gateways send it, and one with
// every member there is and some that are ignored.
func BenchmarkDecodeEvaluation(b *testing.B) {
	bodies := []struct{ name, text string }{
		{"small", `{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"doc","id":"1"}}`},
		{"whole", whole},
	}
	for _, bb := range bodies {
		b.Run(bb.name, func(b *testing.B) {
			var r decision.Request
			body := parse(b, bb.text)
			b.ReportAllocs()
			for b.Loop() {
				if err := input.DecodeEvaluation(&r, body, grammar); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bb.name+", text", func(b *testing.B) {
			var r decision.Request
			var buf []byte
			var err error
			text := []byte(bb.text)
			b.ReportAllocs()
			for b.Loop() {
				if buf, err = input.ReadEvaluation(&r, buf[:0], text, grammar); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
