package table_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
	"github.com/lictor-dev/lictor/benchmarks/report/table"
)

const result = `commit: 0123
go: go version go1.26 linux/amd64
cores: 2
command: none
BenchmarkCompare/workload=deny/engine=lictor-table-2 100 120 ns/op 0 B/op
BenchmarkCompare/workload=deny/engine=lictor-table-2 100 122 ns/op 0 B/op
BenchmarkCompare/workload=deny/engine=cedar-go-2 100 1200 ns/op 2048 B/op
BenchmarkCompare/workload=deny/engine=cedar-go-2 100 1210 ns/op 2048 B/op
BenchmarkCompare/workload=cloud/engine=cedar-go-2 100 5 ns/op 1 B/op
BenchmarkHTTP-2 100 170000 edge/s
`

func TestWrite(t *testing.T) {
	t.Parallel()
	f, err := results.Parse("r.txt", []byte(result))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := table.Write(&got, f); err != nil {
		t.Fatal(err)
	}
	const want = `
                  sec/op    lictor-table        cedar-go
   Compare/workload=deny  121.0n (n = 2)  1.205µ (n = 2)
  Compare/workload=cloud                  5.000n (n = 1)

                    B/op  lictor-table         cedar-go
   Compare/workload=deny             0  2.000Ki (n = 2)
  Compare/workload=cloud                  1.000 (n = 1)

  edge/s          median
    HTTP  170.0k (n = 1)
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no room")

func TestWriteFails(t *testing.T) {
	t.Parallel()
	f, err := results.Parse("r.txt", []byte(result))
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Write(full{}, f); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}
