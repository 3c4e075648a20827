package tables

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// farModel has so many subjects and instance grants that its tables are far.
func farModel(t *testing.T, n int) *policy.Model {
	t.Helper()
	m := &policy.Model{Namespace: "default", Files: []string{"a.yaml"}}
	m.Holders = []policy.Holder{{Name: "reader", Closure: []policy.HolderIndex{0}}}
	g := m.Grammar()
	for i := range n {
		p, err := g.Parse(fmt.Sprintf("doc:read:%d", i))
		if err != nil {
			t.Fatal(err)
		}
		m.Policies = append(m.Policies, policy.Policy{Permission: p, Validity: policy.Always})
		m.Holders[0].Policies = append(m.Holders[0].Policies, policy.ID(i+1))
		m.Subjects = append(m.Subjects, policy.Subject{
			ID: fmt.Sprintf("subject-%d", i), Type: "user", Assignments: []policy.Assignment{{Validity: policy.Always}},
		})
	}
	return m
}

// TestIndexAgreesWithDirectory looks up what is there and what is not in the buckets of the directory and in those of the index
// that stands for it.
func TestIndexAgreesWithDirectory(t *testing.T) {
	t.Parallel()
	data, err := Build(farModel(t, 20_000))
	if err != nil {
		t.Fatal(err)
	}
	far, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	if far.Far() != fetches || (far.subjectIndex != nil) != fetches || (far.cellIndex != nil) != fetches {
		t.Fatalf("far: %t; an index of subjects: %t, of cells: %t", far.Far(), far.subjectIndex != nil, far.cellIndex != nil)
	}
	near := *far
	near.subjectIndex, near.cellIndex = nil, nil
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		h := random.Uint64()
		at, end := far.subjectBucket(h)
		if wantAt, wantEnd := near.subjectBucket(h); at != wantAt || end != wantEnd {
			t.Fatalf("subjects of hash %x: %d to %d instead of %d to %d", h, at, end, wantAt, wantEnd)
		}
		at, end = far.bucket(h)
		wantAt, wantEnd := near.bucket(h)
		if wantEnd > 0 && (at != wantAt || end != wantEnd) {
			t.Fatalf("cells of hash %x: %d to %d instead of %d to %d", h, at, end, wantAt, wantEnd)
		}
	}
	for i := range 20_000 {
		var s Subject
		parts := [permission.MaxParts]string{"doc", "read", strconv.Itoa(i)}
		hashes := Hashes{far.HashPart("doc"), far.HashPart("read"), far.HashPart(parts[2])}
		far.FetchSubject(fmt.Sprintf("subject-%d", i))
		far.FetchCell(far.HashKey(far.homeNumber, 7, &hashes))
		if !far.Subject(fmt.Sprintf("subject-%d", i), &s) {
			t.Fatalf("subject %d is missing", i)
		}
		if _, ok := far.Cell(far.homeNumber, 7, &hashes, &parts); !ok {
			t.Fatalf("cell %d is missing", i)
		}
	}
}

// TestIndexThatDoesNotFit has groups of buckets that are larger than an index can say.
func TestIndexThatDoesNotFit(t *testing.T) {
	t.Parallel()
	x := newIndex(2)
	for _, at := range []uint32{0, 0xffff, 0x10000} {
		if x.none {
			t.Errorf("the index does not fit before word %x", at)
		}
		x.add(at)
	}
	if !x.none {
		t.Error("the index fits")
	}
	m := farModel(t, 2)
	m.Holders[0].Policies = m.Holders[0].Policies[:2]
	m.Organisations = []policy.Organisation{{Code: "A"}}
	for i := range 50_000 {
		m.Subjects[0].Assignments = append(m.Subjects[0].Assignments, policy.Assignment{
			Validity: policy.Validity{From: int64(i), To: int64(i + 1)},
		})
	}
	data, err := Build(m)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	var s Subject
	if opened.Far() != fetches || opened.subjectIndex != nil || !opened.Subject("subject-0", &s) || !opened.Subject("subject-1", &s) {
		t.Error("the directory is not used in place of the index")
	}
}
