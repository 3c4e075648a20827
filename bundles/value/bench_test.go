package value_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

// BenchmarkParse measures reading a body as a gateway sends it, and one with long and with other than ASCII texts.
func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"evaluation", `{"subject":{"type":"user","id":"homer"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"17"}}`},
		{"texts", `{"subject":{"type":"identity","id":"CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs"},"action":{"name":"größer"},"resource":{"type":"route","id":"/todos/{todoId}","properties":{"size":17,"tags":["a","b"]}}}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var buf []byte
			var err error
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.text)))
			text := []byte(bb.text)
			for b.Loop() {
				if buf, _, err = value.Parse(buf[:0], text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
