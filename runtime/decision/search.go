package decision

// Searcher finds everything for which an engine would allow a request. Engines that can enumerate what their
// policy names implement it beside [Engine]. Implementations are safe for concurrent use.
//
// A request of a search asks for one permission of one atom: type, action, id and perhaps an attribute, each one literal
// value. What is searched for is ignored in it, its properties too.
//
// Results come in ascending order of their bytes, only those greater than after, which is empty for all of them, until yield
// returns false. They share the engine's memory.
type Searcher interface {
	// SearchSubjects yields the ids of stored subjects of r.Subject.Type for whom [Engine.Decide] would allow r.
	SearchSubjects(r *Request, after string, yield func(id string) bool) error
	// SearchResources yields the ids of stored objects of the type in the permission's first part on which Decide would allow r.
	SearchResources(r *Request, after string, yield func(id string) bool) error
	// SearchActions yields the actions, declared for the type in the permission's first part or granted on it by
	// name, that Decide would allow r to do.
	SearchActions(r *Request, after string, yield func(name string) bool) error
}
