package guest

import (
	"unicode/utf8"
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

	textCount      = 3 // type and id of the subject, organisation
	objectCount    = 5 // properties of subject, action, resource; context; token
	nameCount      = 4 // type, action, id, attribute
	maxPermissions = 1024
)

var objectNames = [objectCount]string{"subject.properties", "action.properties", "resource.properties", "context", "token"}

// errShape says that a compact request breaks rule R1.
var errShape = &input.MemberError{Reason: "is not a compact request"}

// compact is a compact request whose head was read.
type compact struct {
	flags, count uint32
	body         []byte
	at           int // where the next field begins
}

// spans reads as many fields as dst has places: where their bytes begin and end. It returns false when one is cut off.
func (c *compact) spans(dst [][2]int) bool {
	body, at := c.body, c.at
	for i := range dst {
		if len(body)-at < fieldSize {
			return false
		}
		n := int(load32(body, at))
		at += fieldSize
		if n > len(body)-at {
			return false
		}
		dst[i] = [2]int{at, at + n}
		at += n
	}
	c.at = at
	return true
}

// text returns the bytes of a field as a text that shares their memory.
func (c *compact) text(s [2]int) string {
	b := c.body[s[0]:s[1]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// decodeCompact reads a compact request for p into g.request, whose strings share the memory of body. It allocates
// nothing once its storage has grown. What is asked for is left to whoever knows its form.
func (g *Guest) decodeCompact(p *policyState, body []byte) (c compact, err error) {
	if len(body) < headSize {
		return c, errShape
	}
	c = compact{flags: load32(body, 0), count: load32(body, 4), body: body, at: headSize}
	if err := g.setOptions(p, c.flags, int64(load64(body, 8))); err != nil {
		return c, err
	}
	var s [textCount + objectCount][2]int
	if !c.spans(s[:]) {
		return c, errShape
	}
	d := &g.request
	d.Subject.Type, d.Subject.ID, d.Organisation = c.text(s[0]), c.text(s[1]), c.text(s[2])
	switch {
	case d.Subject.Type == "":
		return c, &input.MemberError{Member: "subject.type", Reason: "is empty"}
	case d.Subject.ID == "":
		return c, &input.MemberError{Member: "subject.id", Reason: "is empty"}
	case !isASCII(body[s[0][0]:s[2][1]]) && !validTexts(d):
		return c, &input.MemberError{Member: "subject", Reason: "is not valid UTF-8"}
	}
	d.Subject.Properties, d.ActionProperties, d.ResourceProperties, d.Context, d.Token = nil, nil, nil, nil, nil
	if c.at-s[2][1] == objectCount*fieldSize { // nearly always there are none
		return c, nil
	}
	return c, g.decodeObjects(&c, (*[objectCount][2]int)(s[textCount:]))
}

// isASCII reports whether all bytes are ASCII, eight at a time.
func isASCII(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if load64(b, 0)&highBits != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func validTexts(d *decision.Request) bool {
	return utf8.ValidString(d.Subject.Type) && utf8.ValidString(d.Subject.ID) && utf8.ValidString(d.Organisation)
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

// decodeObjects reads the fields that hold objects.
func (g *Guest) decodeObjects(c *compact, spans *[objectCount][2]int) (err error) {
	d := &g.request
	into := [objectCount]*value.Value{&d.Subject.Properties, &d.ActionProperties, &d.ResourceProperties, &d.Context, &d.Token}
	for i, s := range spans {
		if s[0] == s[1] {
			continue
		}
		if *into[i], err = g.object(i, c.body[s[0]:s[1]:s[1]], c.flags&RequestEncoded != 0); err != nil {
			return err
		}
	}
	return agree(d)
}

// object reads a field that holds an object (rule R3).
func (g *Guest) object(i int, text []byte, encoded bool) (v value.Value, err error) {
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
func (g *Guest) decodePermissions(grammar permission.Grammar, c *compact) error {
	if c.flags&RequestNames != 0 {
		return g.decodeNames(grammar, c)
	}
	if c.count == 0 || c.count > maxPermissions {
		return &input.MemberError{Member: "permissions", Reason: "are none or more than 1024"}
	}
	g.growPermissions(int(c.count))
	for i := range g.request.Permissions {
		var s [1][2]int
		if !c.spans(s[:]) {
			return errShape
		}
		if err := grammar.ParseInto(&g.request.Permissions[i], c.text(s[0])); err != nil {
			return &input.MemberError{Member: "permissions", Err: err}
		}
	}
	return c.end()
}

func (g *Guest) decodeNames(grammar permission.Grammar, c *compact) error {
	var s [nameCount][2]int
	if c.count != nameCount || !c.spans(s[:]) || c.at != len(c.body) {
		return errShape
	}
	kind, action, id := c.text(s[0]), c.text(s[1]), c.text(s[2])
	switch "" {
	case action:
		return &input.MemberError{Member: "action.name", Reason: "is empty"}
	case kind:
		return &input.MemberError{Member: "resource.type", Reason: "is empty"}
	case id:
		return &input.MemberError{Member: "resource.id", Reason: "is empty"}
	}
	g.growPermissions(1)
	if err := grammar.SetLiteral(&g.request.Permissions[0], kind, action, id, c.text(s[3])); err != nil {
		return &input.MemberError{Member: "resource.type", Err: err}
	}
	return nil
}

// end reports that something follows the last field.
func (c *compact) end() error {
	if c.at != len(c.body) {
		return errShape
	}
	return nil
}

func (g *Guest) growPermissions(n int) {
	if len(g.request.Permissions) == n {
		return
	}
	ps := g.request.Permissions[:cap(g.request.Permissions)]
	for len(ps) < n {
		ps = append(ps, permission.Permission{})
	}
	g.request.Permissions = ps[:n]
}
