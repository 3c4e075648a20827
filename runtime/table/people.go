package table

import (
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
)

// people is the index that searches for subjects go by: who holds what, turned round. Active subjects are
// numbered by type, then id; such a number is a rank. Every list of ranks is ascending.
type people struct {
	t       *tables.Tables
	at      []uint32                // by rank: the offset of the subject
	starts  []uint32                // by number of a type: its first rank; one end more
	steady  steady                  // by holder: who holds it everywhere and for ever
	passing map[assignment][]uint32 // who holds it in an organisation, or for a time
	directs map[uint32][]uint32     // who has a policy of their own in a cell
}

// assignment is a holder as it is held in an organisation, or everywhere for a time.
type assignment struct {
	holder       uint32
	organisation policy.OrganisationIndex
}

// steady holds the ranks of all holders one behind the other.
type steady struct {
	ends  []int // by holder
	ranks []uint32
}

func (s *steady) of(holder uint32) []uint32 {
	start := 0
	if holder > 0 {
		start = s.ends[holder-1]
	}
	return s.ranks[start:s.ends[holder]]
}

func newPeople(t *tables.Tables) *people {
	p := &people{
		t: t, starts: make([]uint32, t.Types()+1), steady: steady{ends: make([]int, t.Holders())},
		passing: map[assignment][]uint32{}, directs: map[uint32][]uint32{},
	}
	p.number()
	for holder := 1; holder < len(p.steady.ends); holder++ {
		p.steady.ends[holder] += p.steady.ends[holder-1]
	}
	p.turn()
	return p
}

// number gives every active subject its rank, and counts who holds what.
func (p *people) number() {
	byType := make([][]uint32, p.t.Types())
	p.t.EachSubject(func(at uint32, s *tables.Subject) {
		if s.Inactive() {
			return
		}
		byType[s.TypeNumber()] = append(byType[s.TypeNumber()], at)
		s.Holders.Each(func(h uint32) bool {
			p.steady.ends[h]++
			return true
		})
	})
	p.at = make([]uint32, 0, p.t.Subjects())
	for i, group := range byType {
		sortByName(group, p.t.SubjectID)
		p.at = append(p.at, group...)
		p.starts[i+1] = uint32(len(p.at))
	}
}

// turn enters every subject under what it holds and under its direct policies.
func (p *people) turn() {
	total, next := 0, make([]int, len(p.steady.ends))
	for holder, end := range p.steady.ends {
		next[holder], total = total, end
	}
	p.steady.ranks = make([]uint32, total)
	var s tables.Subject
	for rank, at := range p.at {
		p.t.SubjectAt(at, &s)
		s.Holders.Each(func(h uint32) bool {
			p.steady.ranks[next[h]] = uint32(rank)
			next[h]++
			return true
		})
		for i := range s.Extras() {
			x := s.Extra(i)
			enter(p.passing, assignment{x.Holder, x.Validity.Organisation}, uint32(rank))
		}
		s.EachDirect(func(cell uint32, _ uint32) { enter(p.directs, cell, uint32(rank)) })
	}
}

// enter appends a rank to a list once.
func enter[K comparable](lists map[K][]uint32, key K, rank uint32) {
	list := lists[key]
	if n := len(list); n == 0 || list[n-1] != rank {
		lists[key] = append(list, rank)
	}
}

// id returns the id of the subject with a rank.
func (p *people) id(rank uint32) string { return p.t.SubjectID(p.at[rank]) }

// span returns the ranks of the subjects of a type whose ids are greater than after.
func (p *people) span(number uint16, after string) (first, end uint32) {
	first, end = p.starts[number], p.starts[number+1]
	first += uint32(sort.Search(int(end-first), func(i int) bool { return p.id(first+uint32(i)) > after }))
	return first, end
}

// objects is the index that searches for resources go by: the offsets of the instances of a type, by id.
type objects map[objectType][]uint32

type objectType struct{ namespace, name string }

func newObjects(t *tables.Tables) objects {
	all := objects{}
	t.EachObject(func(at uint32) {
		key := t.ObjectAt(at)
		of := objectType{key.Namespace, key.Type}
		all[of] = append(all[of], at)
	})
	for _, list := range all {
		sortByName(list, func(at uint32) string { return t.ObjectAt(at).ID })
	}
	return all
}

// vocabulary is the index that searches for actions go by: which ones policies grant by name, sorted.
type vocabulary map[grantedOn][]string

// grantedOn is a type as policies name it, empty for those that grant on every type.
type grantedOn struct {
	namespace uint16
	name      string
}

func newVocabulary(t *tables.Tables) vocabulary {
	type grant struct {
		on     grantedOn
		action string
	}
	seen, all := map[grant]struct{}{}, vocabulary{}
	note := func(p *tables.Pattern) {
		g := grant{grantedOn{p.Namespace, p.Part(typePart)}, p.Part(actionPart)}
		if _, ok := seen[g]; !ok && g.action != "" {
			seen[g] = struct{}{}
			all[g.on] = append(all[g.on], g.action)
		}
	}
	t.EachPattern(func(p *tables.Pattern) {
		if p.Grants() {
			note(p)
		}
	})
	t.EachSubject(func(_ uint32, s *tables.Subject) {
		s.EachDirect(func(cell uint32, term uint32) {
			if p, ok := t.PatternAt(cell); ok && t.Term(term).Effect == policy.Allow {
				note(&p)
			}
		})
	})
	for _, names := range all {
		slices.Sort(names)
	}
	return all
}
