package live_test

import (
	"bytes"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/runtime/live"
)

// BenchmarkReturn goes from one bundle to another and back, with tables and data as large as those of examples/cloud:
// from the asking, as an operator's command does it, until the other generation answers. One stands by and one has to be
// read.
func BenchmarkReturn(b *testing.B) {
	for _, bench := range []struct{ name, to string }{{"rollback, standing by", "r2"}, {"pin, read and verified", "r1"}} {
		b.Run(bench.name, func(b *testing.B) {
			path, state := b.TempDir()+"/bundle.tar.gz", b.TempDir()
			source := benchSource(b, state)
			r := start(b, path, func(o *live.Options[generation]) { o.State = benchSource(b, state) })
			for i, revision := range []string{"r1", "r2", "r3"} {
				replace(b, path, largeBundle(b, r, revision, uint64(i+1)))
				for r.wait(live.Loaded).Generation.Revision != revision {
				}
			}
			list, err := source.Generations()
			must(b, err)
			var target store.Generation
			for _, g := range list {
				if g.Revision == bench.to {
					target = g
				}
			}
			for b.Loop() {
				b.StopTimer()
				r.reload() // so that what was before is settled
				r.reload()
				b.StartTimer()
				_, err := source.SetPin(target)
				must(b, err)
				r.wait(live.Pinned)
				b.StopTimer()
				_, err = source.Unpin()
				must(b, err)
				r.wait(live.Loaded)
				b.StartTimer()
			}
		})
	}
}

func benchSource(b *testing.B, dir string) *store.Source {
	b.Helper()
	s, err := store.Open(dir)
	must(b, err)
	source, err := s.Source("edge")
	must(b, err)
	return source
}

func largeBundle(b testing.TB, r *runner, revision string, epoch uint64) []byte {
	b.Helper()
	draft := bundles.Draft{Revision: revision, Epoch: epoch, Key: r.key, Parts: map[string][]byte{
		bundles.DataName:    append(append([]byte{'"'}, bytes.Repeat([]byte("newsletter:read "), 1<<20-1)...), '"'),
		bundles.TablesName:  bytes.Repeat([]byte(revision+"; grants "), 1<<20),
		"lictor/authz.rego": []byte("package lictor.authz\n"),
	}}
	var out bytes.Buffer
	must(b, draft.Write(&out))
	return out.Bytes()
}
