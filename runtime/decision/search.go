package decision

import (
	"errors"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// Searcher finds everything for which an engine would allow a request. Engines that can enumerate what their
// policy names implement it beside [Engine]. Implementations are safe for concurrent use.
//
// A request of a search asks for one permission of one atom: type, action, id and perhaps further parts, each one literal
// value. What is searched for is ignored in it, its properties too; where that is the id, the permission may end before it.
//
// Results come in ascending order of their bytes, only those greater than after, which is empty for all of them, until yield
// returns false. They share the engine's memory. An engine neither keeps nor changes r. The error is [ErrSearch] for a
// request of another form, or [ErrSearchEffort].
type Searcher interface {
	// SearchSubjects yields the ids of stored subjects of r.Subject.Type for whom [Engine.Decide] would allow r.
	SearchSubjects(r *Request, after string, yield func(id string) bool) error
	// SearchResources yields the ids of stored objects of the namespace and type in the permission on which Decide would
	// allow r.
	SearchResources(r *Request, after string, yield func(id string) bool) error
	// SearchActions yields the actions, declared for the type in the permission or granted on it by name, that Decide would
	// allow r to do. A grant on every type is one on this type too.
	SearchActions(r *Request, after string, yield func(name string) bool) error
}

// ErrSearch says that a request asks for more or less than one atom, or that a search for resources or actions
// names no type.
var ErrSearch = errors.New("a search asks for one permission of one atom")

// MaxSearchEffort is how many bytes of a request's own properties and context the decisions of one search may have to look
// through: about what deciding for a million candidates without any takes. An engine may end a search beyond it.
const MaxSearchEffort = 512 << 20

// ErrSearchEffort says that a search is beyond [MaxSearchEffort].
var ErrSearchEffort = errors.New("too many candidates for properties and context of that size")

// SearchAtom writes the atom that a request of a search asks for to a. The error is [ErrSearch].
func SearchAtom(r *Request, a *permission.Atom) error {
	if len(r.Permissions) != 1 || r.Permissions[0].Len() == 0 || r.Permissions[0].Atoms() != 1 {
		return ErrSearch
	}
	r.Permissions[0].Atom(0, a)
	return nil
}
