package guest

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestPlainIsCompact holds readPlain to the general decoder: what it reads is what that reads, and it
// reads nothing that the other refuses.
func TestPlainIsCompact(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../table/testdata/format2/springfield.bin")
	if err != nil {
		t.Fatal(err)
	}
	g := New(Host{Now: func() int64 { return 7 }})
	p, code := g.open(content, 0)
	if code != 0 {
		t.Fatalf("%s", g.Error())
	}
	plain := 0
	for seed := range uint64(20_000) {
		body := anyRequest(rand.New(rand.NewPCG(seed, 2)))
		if !g.readPlain(p, body) {
			continue
		}
		plain++
		got := g.request
		got.Permissions = []permission.Permission{g.request.Permissions[0].Clone()}
		g.request = decision.Request{Permissions: g.request.Permissions}
		c, err := g.decodeCompact(p, body)
		if err == nil {
			err = g.decodePermissions(p.grammar, &c)
		}
		if err != nil {
			t.Fatalf("%q is plain, but %v", body, err)
		}
		want := &g.request
		if got.Subject.Type != want.Subject.Type || got.Subject.ID != want.Subject.ID || got.Organisation != want.Organisation ||
			got.Now != want.Now || got.Strict != want.Strict || got.Callers != want.Callers || want.Context != nil ||
			got.Context != nil || !got.Permissions[0].Equal(&want.Permissions[0]) {
			t.Fatalf("%q reads %+v, want %+v", body, got, *want)
		}
	}
	if plain < 500 || plain > 15_000 {
		t.Errorf("%d of 20,000 requests are plain", plain)
	}
}

// anyRequest returns a request that is nearly plain.
func anyRequest(r *rand.Rand) []byte {
	texts := []string{"user", "homer", "a/b", "*", "", "é", "\xff", "a-text-that-is-longer-than-sixteen", "SNPP", "reactor", "read", "x"}
	flags := []uint32{3, 3, 3, 11, 7, 2, 15, 1, 16 | 3, 64 | 3}
	nows := []int64{0, 5, 5, 5, 1 << 53, 1<<53 + 1, -5}
	b := binary.LittleEndian.AppendUint32(nil, flags[r.IntN(len(flags))])
	count := 4
	if r.IntN(20) == 0 {
		count = r.IntN(6)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(count))
	b = binary.LittleEndian.AppendUint64(b, uint64(nows[r.IntN(len(nows))]))
	for i := range textCount + objectCount + nameCount {
		text := texts[r.IntN(2)]
		switch n := r.IntN(10); {
		case n == 0:
			text = texts[r.IntN(len(texts))]
		case i >= textCount && i < textCount+objectCount, i == textCount+objectCount+nameCount-1 && n < 5:
			text = ""
		}
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
	}
	switch r.IntN(20) {
	case 0:
		b = b[:r.IntN(len(b))]
	case 1:
		b = append(b, 0)
	case 2:
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	}
	return b
}
