package decision

// Effort adds up what decisions may have to look through, so that a request that is sent in a moment cannot keep an
// engine busy for long: a condition may look at every member of the properties and the context, and one request may
// ask for many decisions with the same ones. The zero value is ready for use. It belongs to one goroutine.
type Effort struct{ bytes int }

// Add adds some decisions, each of which may look through so many bytes, and reports whether all that was added is at most a
// number of bytes. The first decision alone always is.
func (e *Effort) Add(decisions, bytes, most int) bool {
	first := e.bytes == 0 && decisions == 1
	e.bytes += decisions * bytes
	return first || e.bytes <= most
}

// usualNames is how long subject and organisation may be named without more effort than any decision takes.
const usualNames = 256

// Bytes returns how many bytes of its own r gives conditions to look through: properties and context, in the encoding of
// package value, and those of [Request.NameBytes].
func (r *Request) Bytes() int {
	return r.Subject.Properties.Size() + r.ActionProperties.Size() + r.ResourceProperties.Size() + r.Context.Size() + r.NameBytes()
}

// NameBytes returns what names of subject and organisation have beyond a usual length, since nothing else bounds them: each
// question about a subject reads them, also one about a role.
func (r *Request) NameBytes() int {
	return max(0, len(r.Subject.Type)+len(r.Subject.ID)+len(r.Organisation)-usualNames)
}

// Weigher is an [Engine] whose decisions may take longer than looking through what a request brings, since
// conditions of the bundle are evaluated by another engine.
type Weigher interface {
	// Weight returns how many bytes more than r.Bytes() each atom of r counts for: 0 where nothing else is asked.
	Weight(r *Request) int
}
