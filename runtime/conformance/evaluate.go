package conformance

import (
	"cmp"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// truth is the outcome of a condition.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

// situation is everything a condition can see: the request, what is stored, and one atom.
type situation struct {
	model   *policy.Model
	request *decision.Request
	stored  *policy.Subject // nil for an unknown subject
	atom    *permission.Atom

	conditions decision.Conditions // nil where the model needs none
}

// condition is rule X13: true or false when the expression is, else it cannot be evaluated.
func (s *situation) condition(e policy.Expr) truth {
	switch s.eval(e) {
	case true:
		return yes
	case false:
		return no
	default:
		return unknown
	}
}

// eval returns the value of an expression, nil when it cannot be evaluated.
func (s *situation) eval(e policy.Expr) datum {
	switch e := e.(type) {
	case policy.Literal:
		return decode(e.Value)
	case policy.Ref:
		return s.lookUp(e) // X1: a missing value is nil
	case policy.Call:
		return s.call(e)
	case policy.Rego:
		return s.ask(e)
	default:
		panic("BUG: an expression of an unknown kind")
	}
}

func (s *situation) call(c policy.Call) datum {
	args := make([]datum, len(c.Args))
	for i := range c.Args {
		args[i] = s.eval(c.Args[i])
	}
	switch c.Op {
	case policy.And:
		return connect(args, false)
	case policy.Or:
		return connect(args, true)
	}
	for _, arg := range args { // X2
		if arg == nil || beyond(arg) {
			return nil
		}
	}
	return apply(c.Op, args)
}

// connect is rule X3: And with the decisive value false, Or with true.
func connect(args []datum, decisive bool) datum {
	var result datum = !decisive
	for _, arg := range args {
		switch b, ok := arg.(bool); {
		case !ok:
			result = nil
		case b == decisive:
			return decisive
		}
	}
	return result
}

// apply evaluates an operation on arguments that can be evaluated.
func apply(op policy.Op, args []datum) datum {
	switch op {
	case policy.Not: // X3
		if b, ok := args[0].(bool); ok {
			return !b
		}
		return nil
	case policy.Equal, policy.NotEqual: // X4
		return equal(args[0], args[1]) == (op == policy.Equal)
	case policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual:
		return ordered(op, args[0], args[1])
	case policy.In: // X6
		switch items := args[1].(type) {
		case array:
			return member(items, args[0])
		case set:
			return member(items, args[0])
		}
		return nil
	case policy.MakeArray:
		return array(args)
	case policy.MakeSet:
		return unique(args)
	case policy.Plus, policy.Times, policy.Rem, policy.Abs:
		return arithmetic(op, args)
	case policy.Minus:
		if _, ok := args[0].(set); ok {
			return combine(op, args)
		}
		return arithmetic(op, args)
	case policy.Intersection, policy.Union:
		return combine(op, args)
	case policy.Count:
		return count(args[0])
	case policy.IsNull, policy.IsBoolean, policy.IsNumber, policy.IsString, policy.IsArray, policy.IsObject:
		return isKind(op, args[0])
	default:
		return text(op, args)
	}
}

// ordered is rule X5.
func ordered(op policy.Op, a, b datum) datum {
	var order int
	switch a := a.(type) {
	case *big.Rat:
		b, ok := b.(*big.Rat)
		if !ok {
			return nil
		}
		order = a.Cmp(b)
	case string:
		b, ok := b.(string)
		if !ok {
			return nil
		}
		order = cmp.Compare(a, b)
	default:
		return nil
	}
	switch op {
	case policy.Less:
		return order < 0
	case policy.LessEqual:
		return order <= 0
	case policy.Greater:
		return order > 0
	default:
		return order >= 0
	}
}

// arithmetic is rule X7.
func arithmetic(op policy.Op, args []datum) datum {
	var n [2]*big.Int
	for i, arg := range args {
		r, ok := arg.(*big.Rat)
		if !ok || !r.IsInt() {
			return nil
		}
		n[i] = r.Num()
	}
	result := new(big.Int)
	switch op {
	case policy.Plus:
		result.Add(n[0], n[1])
	case policy.Minus:
		result.Sub(n[0], n[1])
	case policy.Times:
		result.Mul(n[0], n[1])
	case policy.Abs:
		result.Abs(n[0])
	case policy.Rem:
		if n[1].Sign() == 0 {
			return nil
		}
		result.Rem(n[0], n[1])
	}
	if r := new(big.Rat).SetInt(result); !beyond(r) {
		return r
	}
	return nil
}

// combine is rule X8.
func combine(op policy.Op, args []datum) datum {
	a, okA := args[0].(set)
	b, okB := args[1].(set)
	switch {
	case !okA || !okB:
		return nil
	case op == policy.Minus:
		return without(a, b)
	case op == policy.Intersection:
		return without(a, without(a, b))
	default:
		return append(without(a, b), b...)
	}
}

// count is the second half of rule X9.
func count(v datum) datum {
	n := 0
	switch v := v.(type) {
	case string:
		n = utf8.RuneCountInString(v)
	case array:
		n = len(v)
	case object:
		n = len(v)
	case set:
		n = len(v)
	default:
		return nil
	}
	return new(big.Rat).SetInt64(int64(n))
}

// isKind is rule X12.
func isKind(op policy.Op, v datum) datum {
	var is bool
	switch op {
	case policy.IsNull:
		_, is = v.(null)
	case policy.IsBoolean:
		_, is = v.(bool)
	case policy.IsNumber:
		_, is = v.(*big.Rat)
	case policy.IsString:
		_, is = v.(string)
	case policy.IsArray:
		_, is = v.(array)
	case policy.IsObject:
		_, is = v.(object)
	}
	return is
}

// text is the first half of rule X9, and rules X10 and X11.
func text(op policy.Op, args []datum) datum {
	var t [2]string
	for i, arg := range args {
		s, ok := arg.(string)
		if !ok {
			return nil
		}
		t[i] = s
	}
	switch op {
	case policy.Lower, policy.Upper:
		return mapCase(op, t[0])
	case policy.StartsWith:
		return strings.HasPrefix(t[0], t[1])
	case policy.EndsWith:
		return strings.HasSuffix(t[0], t[1])
	case policy.ContainsText:
		return strings.Contains(t[0], t[1])
	case policy.TrimSpace:
		return strings.TrimSpace(t[0])
	case policy.TrimPrefix:
		return strings.TrimPrefix(t[0], t[1])
	case policy.TrimSuffix:
		return strings.TrimSuffix(t[0], t[1])
	case policy.RegexMatch:
		return regexp.MustCompile(t[0]).MatchString(t[1])
	case policy.CIDRContains:
		return contains(t[0], t[1])
	default:
		panic("BUG: an operation nobody evaluates")
	}
}

// newCase are the letters that rule X9 leaves out.
var newCase = regexp.MustCompile(`[\x{2c2f}\x{2c5f}\x{a7c0}\x{a7c1}\x{a7c7}-\x{a7ca}\x{a7d0}\x{a7d1}\x{a7d6}-\x{a7d9}\x{a7f5}\x{a7f6}\x{10570}-\x{105bc}]`)

func mapCase(op policy.Op, text string) datum {
	switch {
	case newCase.MatchString(text):
		return nil
	case op == policy.Lower:
		return strings.ToLower(text)
	}
	return strings.ToUpper(text)
}

// contains is rule X11.
func contains(prefix, address string) datum {
	_, network, err := net.ParseCIDR(prefix)
	if err != nil {
		panic("BUG: a literal prefix that is none")
	}
	a, err := netip.ParseAddr(address)
	if err != nil || a.Zone() != "" || a.Is4In6() || a.Is6() && strings.Contains(address, ".") {
		return nil
	}
	return network.Contains(net.IP(a.AsSlice()))
}

// lookUp returns what a reference stands for, nil when that is missing.
func (s *situation) lookUp(ref policy.Ref) datum {
	r := s.request
	switch ref.Root {
	case policy.SubjectType:
		return r.Subject.Type
	case policy.SubjectID:
		return r.Subject.ID
	case policy.SubjectProperties:
		var stored value.Value
		if s.stored != nil {
			stored = s.stored.Properties
		}
		return s.property(r.Subject.Properties, stored, ref.Path)
	case policy.ActionName:
		return present(s.atom.Parts[1])
	case policy.ActionProperties:
		return descend(decode(r.ActionProperties), ref.Path)
	case policy.ResourceType:
		return present(s.atom.Parts[0])
	case policy.ResourceID:
		return present(s.atom.Parts[2])
	case policy.ResourceProperties:
		return s.property(r.ResourceProperties, s.storedObject(), ref.Path)
	case policy.Context:
		return descend(decode(r.Context), ref.Path)
	case policy.RequestOrganisation:
		return present(r.Organisation)
	case policy.Token:
		return descend(decode(r.Token), ref.Path)
	case policy.Now:
		return new(big.Rat).SetInt64(r.Now)
	default:
		panic("BUG: a reference to an unknown root")
	}
}

// present returns a text, nil when it is empty: a wildcard, an absent part, no organisation.
func present(text string) datum {
	if text == "" {
		return nil
	}
	return text
}

// storedObject returns the properties of the known instance that the atom names: by its namespace,
// first and third part.
func (s *situation) storedObject() value.Value {
	for i := range s.model.Objects {
		o := &s.model.Objects[i]
		if o.Namespace == s.atom.Namespace && o.Type == s.atom.Parts[0] && o.ID == s.atom.Parts[2] {
			return o.Properties
		}
	}
	return nil
}

// property reads from the request's and the stored properties, which combine member by member at the
// top: a member is taken whole from one side ("What callers may say").
func (s *situation) property(asked, stored value.Value, path []string) datum {
	first, second := decode(asked), decode(stored)
	switch s.request.Callers {
	case decision.Stored:
		first, second = second, first
	case decision.Ignore:
		first = nil
	}
	if o, ok := first.(object); ok && o[path[0]] != nil {
		return descend(first, path)
	}
	return descend(second, path)
}

func descend(v datum, path []string) datum {
	for _, name := range path {
		o, ok := v.(object)
		if !ok {
			return nil
		}
		v = o[name]
	}
	return v
}
