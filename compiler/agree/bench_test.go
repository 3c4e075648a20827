package agree_test

import (
	"os"
	"testing"

	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

// BenchmarkCheck is what the check adds to compiling 2,461 cloud roles with 165,179 grants and 10,000
// subjects; its share of the budget is 2 s on two cores.
func BenchmarkCheck(b *testing.B) {
	folder := b.TempDir()
	if err := catalogue.Write(folder, catalogue.Standard); err != nil {
		b.Fatal(err)
	}
	definitions, list := source.Load(os.DirFS(folder))
	if list.HasErrors() {
		b.Fatal(list)
	}
	model, list := lower.Lower(definitions)
	if list.HasErrors() {
		b.Fatal(list)
	}
	s := subject(b, model)
	for b.Loop() {
		result, err := agree.Check(b.Context(), s, agree.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(result.Requests), "requests")
	}
}
