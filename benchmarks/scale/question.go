package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// question is a request with its answer, which is found in the model, grant by grant, and by no engine.
type question struct {
	Type, Subject, Organisation, Permission string
	Allowed                                 bool
}

// questions is how many are asked.
const questions = 400

// ask returns questions about a policy: by turns one about something that the subject was given, and one about anything.
func ask(m *policy.Model) ([]question, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var all []question
	allowed := 0
	for len(all) < questions {
		s := &m.Subjects[random.IntN(len(m.Subjects))]
		holder, place := policy.HolderIndex(random.IntN(len(m.Holders))), policy.NoOrganisation
		if len(m.Organisations) > 0 {
			place = policy.OrganisationIndex(random.IntN(len(m.Organisations)))
		}
		if len(all)%2 == 0 {
			a := s.Assignments[random.IntN(len(s.Assignments))]
			holder, place = a.Holder, a.Validity.Organisation
		}
		texts := granted(m, holder)
		if len(texts) == 0 {
			continue // some of the cloud's roles grant nothing
		}
		q := question{s.Type, s.ID, organisation(m, place), texts[random.IntN(len(texts))], false}
		q.Allowed = holds(m, s, place, q.Permission)
		if q.Allowed {
			allowed++
		}
		all = append(all, q)
	}
	if allowed < questions/4 || allowed > questions*3/4 {
		return nil, fmt.Errorf("%d of %d questions are allowed, which tests little", allowed, questions)
	}
	return all, nil
}

// holds reports whether one of the subject's roles at a place, now, grants a permission.
func holds(m *policy.Model, s *policy.Subject, place policy.OrganisationIndex, permission string) bool {
	return slices.ContainsFunc(s.Assignments, func(a policy.Assignment) bool {
		return a.Validity.Holds(place, noon) && slices.Contains(granted(m, a.Holder), permission)
	})
}

// errNothing says that an engine was asked nothing.
var errNothing = errors.New("there are no questions")

// check puts every question to an engine.
func check(all []question, answer func(*question) (bool, error)) error {
	if len(all) == 0 {
		return errNothing
	}
	for i := range all {
		allowed, err := answer(&all[i])
		if err != nil {
			return err
		}
		if allowed != all[i].Allowed {
			return fmt.Errorf("wrong answer: %t to %+v", allowed, all[i])
		}
	}
	return nil
}
