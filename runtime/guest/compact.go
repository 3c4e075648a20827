package guest

import (
	"encoding/binary"
	"unsafe"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Flags of a compact request (rule R2).
const (
	RequestNow = 1 << iota
	RequestNames
	RequestStrict
	RequestEncoded
	RequestCallersStored
	RequestCallersIgnore
	knownRequestFlags = 1<<iota - 1
)

const (
	headSize  = 16
	fieldSize = 4 // of the length before each field

	objectCount    = 5 // properties of subject, action, resource; context; token
	nameCount      = 4 // type, action, id, attribute
	maxPermissions = 1024
)

var objectNames = [objectCount]string{"subject.properties", "action.properties", "resource.properties", "context", "token"}

// reader reads fields.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) field() []byte {
	if len(r.rest) < fieldSize {
		r.broken = true
		return nil
	}
	n := binary.LittleEndian.Uint32(r.rest)
	if uint64(n) > uint64(len(r.rest)-fieldSize) {
		r.broken = true
		return nil
	}
	f := r.rest[fieldSize : fieldSize+n : fieldSize+n]
	r.rest = r.rest[fieldSize+n:]
	return f
}

// text returns a field as a text that shares its memory.
func (r *reader) text() string {
	f := r.field()
	return unsafe.String(unsafe.SliceData(f), len(f))
}

// shapeError says that a compact request breaks rule R1.
var errShape = &input.MemberError{Reason: "is not a compact request"}

// head is the fixed part of a compact request.
type head struct {
	flags, count uint32
}

// decodeCompact reads a compact request for p into g.request, whose strings share the memory of body. It allocates
// nothing once its storage has grown. What is asked for is left to fields.
func (g *Guest) decodeCompact(p *policyState, body []byte) (h head, fields reader, err error) {
	if len(body) < headSize {
		return h, fields, errShape
	}
	h.flags, h.count = binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:])
	if err := g.setOptions(p, h.flags, int64(binary.LittleEndian.Uint64(body[8:]))); err != nil {
		return h, fields, err
	}
	r, d := reader{rest: body[headSize:]}, &g.request
	d.Subject.Type, d.Subject.ID, d.Organisation = r.text(), r.text(), r.text()
	switch {
	case r.broken:
		return h, r, errShape
	case d.Subject.Type == "":
		return h, r, &input.MemberError{Member: "subject.type", Reason: "is empty"}
	case d.Subject.ID == "":
		return h, r, &input.MemberError{Member: "subject.id", Reason: "is empty"}
	}
	into := [objectCount]*value.Value{&d.Subject.Properties, &d.ActionProperties, &d.ResourceProperties, &d.Context, &d.Token}
	for i := range into {
		if *into[i], err = g.object(i, r.field(), h.flags&RequestEncoded != 0); err != nil {
			return h, r, err
		}
	}
	if r.broken {
		return h, r, errShape
	}
	return h, r, agree(d)
}

// setOptions sets what the header says.
func (g *Guest) setOptions(p *policyState, flags uint32, now int64) error {
	d := &g.request
	switch {
	case flags&^uint32(knownRequestFlags) != 0,
		flags&RequestCallersStored != 0 && flags&RequestCallersIgnore != 0:
		return &input.MemberError{Member: "flags", Reason: "are not known"}
	case flags&RequestNow == 0 && now != 0, now > value.MaxInteger, now < -value.MaxInteger:
		return &input.MemberError{Member: "now", Reason: "is not an integer"}
	}
	d.Strict, d.Callers = flags&RequestStrict != 0, p.callers
	switch {
	case flags&RequestCallersIgnore != 0:
		d.Callers = decision.Ignore
	case flags&RequestCallersStored != 0:
		d.Callers = max(d.Callers, decision.Stored) // Overlay < Stored < Ignore: who believes less counts
	}
	if d.Now = now; flags&RequestNow == 0 {
		d.Now = g.host.Now()
	}
	return nil
}

// object reads a field that holds an object (rule R3).
func (g *Guest) object(i int, text []byte, encoded bool) (v value.Value, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	if encoded {
		v, err = value.Check(text)
		if err == nil && v.Size() != len(text) {
			err = value.ErrEncoding
		}
	} else {
		g.objects[i], v, err = value.Parse(g.objects[i][:0], text)
	}
	switch {
	case err != nil:
		return nil, &input.MemberError{Member: objectNames[i], Err: err}
	case v.Kind() != value.Object:
		return nil, &input.MemberError{Member: objectNames[i], Reason: "is not an object"}
	}
	return v, nil
}

// agree is rule R6.
func agree(d *decision.Request) error {
	inner := d.Context.Get("organisation")
	switch {
	case inner.Kind() == value.Missing:
		return nil
	case inner.Kind() != value.String:
		return &input.MemberError{Member: "context.organisation", Reason: "is not a string"}
	case inner.Text() == "":
		return &input.MemberError{Member: "context.organisation", Reason: "is empty"}
	case d.Organisation != "" && d.Organisation != inner.Text():
		return &input.MemberError{Member: "organisation", Reason: "contradicts context.organisation"}
	}
	d.Organisation = inner.Text()
	return nil
}

// decodePermissions reads what is asked for (rule R4).
func (g *Guest) decodePermissions(grammar permission.Grammar, h head, r *reader) error {
	if h.flags&RequestNames != 0 {
		return g.decodeNames(grammar, h, r)
	}
	if h.count == 0 || h.count > maxPermissions {
		return &input.MemberError{Member: "permissions", Reason: "are none or more than 1024"}
	}
	g.growPermissions(int(h.count))
	for i := range g.request.Permissions {
		text := r.text()
		if r.broken {
			return errShape
		}
		if err := grammar.ParseInto(&g.request.Permissions[i], text); err != nil {
			return &input.MemberError{Member: "permissions", Err: err}
		}
	}
	return r.end()
}

func (g *Guest) decodeNames(grammar permission.Grammar, h head, r *reader) error {
	if h.count != nameCount {
		return errShape
	}
	kind, action, id, attribute := r.text(), r.text(), r.text(), r.text()
	if err := r.end(); err != nil {
		return err
	}
	switch "" {
	case action:
		return &input.MemberError{Member: "action.name", Reason: "is empty"}
	case kind:
		return &input.MemberError{Member: "resource.type", Reason: "is empty"}
	case id:
		return &input.MemberError{Member: "resource.id", Reason: "is empty"}
	}
	g.growPermissions(1)
	if err := grammar.SetLiteral(&g.request.Permissions[0], kind, action, id, attribute); err != nil {
		return &input.MemberError{Member: "resource.type", Err: err}
	}
	return nil
}

// end reports fields that are cut off, or followed by something.
func (r *reader) end() error {
	if r.broken || len(r.rest) > 0 {
		return errShape
	}
	return nil
}

func (g *Guest) growPermissions(n int) {
	ps := g.request.Permissions[:cap(g.request.Permissions)]
	for len(ps) < n {
		ps = append(ps, permission.Permission{})
	}
	g.request.Permissions = ps[:n]
}
