package conformance

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// The parts of a permission that searches look for.
const (
	typePart   = 0
	actionPart = 1
	idPart     = 2
)

// SearchSubjects implements [decision.Searcher]: it decides for every stored subject of the type.
func (e *Reference) SearchSubjects(r *decision.Request, after string, yield func(id string) bool) error {
	var atom permission.Atom
	if err := decision.SearchAtom(r, &atom); err != nil {
		return err
	}
	var ids []string
	for i := range e.model.Subjects {
		if e.model.Subjects[i].Type == r.Subject.Type {
			ids = append(ids, e.model.Subjects[i].ID)
		}
	}
	c := *r
	return e.search(&c, results{ids, after, yield}, func(id string) {
		c.Subject = decision.Subject{Type: r.Subject.Type, ID: id}
	})
}

// SearchResources implements [decision.Searcher]: it decides for every known instance of the type.
func (e *Reference) SearchResources(r *decision.Request, after string, yield func(id string) bool) error {
	c, atom, err := target(r)
	if err != nil {
		return err
	}
	var ids []string
	for i := range e.model.Objects {
		if o := &e.model.Objects[i]; o.Namespace == atom.Namespace && o.Type == atom.Parts[typePart] {
			ids = append(ids, o.ID)
		}
	}
	c.ResourceProperties = nil
	return e.search(c, results{ids, after, yield}, func(id string) { replace(c, atom, idPart, id) })
}

// SearchActions implements [decision.Searcher]: it decides for every action that the vocabulary or an ALLOW names.
func (e *Reference) SearchActions(r *decision.Request, after string, yield func(name string) bool) error {
	c, atom, err := target(r)
	if err != nil {
		return err
	}
	c.ActionProperties = nil
	return e.search(c, results{e.actions(atom), after, yield}, func(name string) { replace(c, atom, actionPart, name) })
}

// actions returns what is declared for the atom's type, and what a policy allows on it by name.
func (e *Reference) actions(atom *permission.Atom) []string {
	var names []string
	fold, wanted := e.model.Grammar().Fold, atom.Parts[typePart]
	for i := range e.model.Resources {
		if d := &e.model.Resources[i]; d.Namespace == atom.Namespace && fold(d.Type) == wanted {
			for _, name := range d.Actions {
				names = append(names, fold(name))
			}
		}
	}
	for i := range e.model.Policies {
		p := &e.model.Policies[i]
		onType := p.Permission.Wild(typePart) || slices.Contains(p.Permission.Values(typePart), wanted)
		if p.Effect == policy.Allow && p.Permission.Namespace() == atom.Namespace && onType {
			names = append(names, p.Permission.Values(actionPart)...)
		}
	}
	return names
}

// target returns a copy of r whose permission may be replaced, and its atom, which must name a type.
func target(r *decision.Request) (*decision.Request, *permission.Atom, error) {
	atom := &permission.Atom{}
	if err := decision.SearchAtom(r, atom); err != nil {
		return nil, nil, err
	}
	if atom.Parts[typePart] == "" {
		return nil, nil, decision.ErrSearch
	}
	c := *r
	c.Permissions = make([]permission.Permission, 1)
	return &c, atom, nil
}

// replace makes c ask for the atom with another value in one part.
func replace(c *decision.Request, atom *permission.Atom, part int, text string) {
	atom.Parts[part], atom.Len = text, max(atom.Len, part+1)
	c.Permissions[0].SetAtom(atom)
}

// results are the candidates of a search, in any order, and who wants to hear of them.
type results struct {
	candidates []string
	after      string
	yield      func(string) bool
}

// search decides for one candidate after the other; ask makes r the question for it.
func (e *Reference) search(r *decision.Request, to results, ask func(candidate string)) error {
	slices.Sort(to.candidates)
	for _, candidate := range slices.Compact(to.candidates) {
		if candidate <= to.after {
			continue
		}
		ask(candidate)
		d, err := e.Decide(r)
		if err != nil {
			return err
		}
		if d.Allowed && !to.yield(candidate) {
			return nil
		}
	}
	return nil
}
