package policy

import "github.com/lictor-dev/lictor/bundles/value"

// Condition is one condition that policies share, deduplicated by its text.
type Condition struct {
	Text  string // canonical text, in the notation of definitions
	Expr  Expr   // what it says
	Place Place  // where it is first written
}

// Expr is a node of a condition: [Literal], [Ref], [Call] or [Rego], and nothing else.
//
// An expression evaluates to a value or cannot be evaluated (written U). The rules, which every engine
// follows and tests cite:
//
//	X1  A Ref to a missing value is U. null is a value.
//	X2  A Call with an argument that is U is U, except And and Or (X3), and so is one whose argument is
//	    a value.Big itself: an integer beyond 2⁵³, or a fraction of more than 18 significant digits. Such
//	    numbers inside arrays and objects compare exactly.
//	X3  And is false as soon as one argument is false, else U if one is U, else true. Or is true as soon
//	    as one argument is true, else U if one is U, else false. For both, and for Not, an argument
//	    that is not a boolean is U.
//	X4  Equal and NotEqual are definite for any two values; values of different types are not equal.
//	    Numbers compare by magnitude, exactly.
//	X5  Less, LessEqual, Greater and GreaterEqual take two numbers, or two strings, which compare byte
//	    by byte; anything else is U.
//	X6  In is definite when its second argument is an array or a set; anything else is U.
//	X7  Plus, Minus, Times, Rem and Abs take integers; a result beyond 2⁵³ in magnitude is U, Rem by 0 is U and
//	    truncates towards zero. Minus also takes two sets.
//	X8  Minus, Intersection and Union of sets give sets; a mixture of types is U.
//	X9  String operations take strings, otherwise U. Count takes a string (code points), an array, an
//	    object or a set, otherwise U. Lower and Upper of a text with a letter whose case Unicode got after
//	    version 11 ([permission.HasNewCase]) are U, since engines differ on them.
//	X10 RegexMatch has a literal RE2 pattern as its first argument and matches anywhere in the string.
//	X11 CIDRContains has a literal CIDR prefix as its first argument; the second is the text of one
//	    address: anything else, an address with a zone, a prefix, an IPv6 address in dotted form, or one
//	    that is IPv4-mapped (::ffff:0:0/96) is U, since engines differ on them.
//	X12 IsString and its kin are definite for every value; a Decimal and a Big are numbers (X2 goes first).
//	X13 A condition is true or false when its expression is; any other value is U.
//	X14 A Rego is true or false where its rule in the bundle's Rego is, and U where that is undefined or
//	    could not be asked.
//
//sumtype:decl
type Expr interface{ isExpr() }

// Literal is a constant: null, a boolean, a number, a string, or an array or object of literals. It is
// never a Big.
type Literal struct{ Value value.Value }

// Ref reads from the request, the stored properties or the token.
type Ref struct {
	Root Root
	Path []string // members below the root; at least one where Root.HasPath, none otherwise
}

// Call applies an operation to its arguments, Ops[Op] says how many.
type Call struct {
	Op   Op
	Args []Expr
}

// Rego is an expression that only Rego can evaluate: a whole item of a list, so it stands alone or below
// And and Or, and nothing stands below it. It is numbered by [Model.Rego].
type Rego struct {
	Text  string  // as it is written, without space around it
	Reads RootSet // where it may read from; every root, if it calls a rule of the project's own
}

func (Literal) isExpr() {}
func (Ref) isExpr()     {}
func (Call) isExpr()    {}
func (Rego) isExpr()    {}

// RootSet is a set of roots: bit r for Root r.
type RootSet uint16

// AllRoots holds every root.
const AllRoots RootSet = 1<<RootCount - 1

// Has reports whether the set holds r.
func (s RootSet) Has(r Root) bool { return s&(1<<r) != 0 }

// With returns the set with r.
func (s RootSet) With(r Root) RootSet { return s | 1<<r }

// Root is where a Ref starts.
type Root uint8

// The roots. Resource type, id and action name are those of the atom under evaluation: missing where
// the atom has "*" or no such part, folded where the model is case insensitive. A resource type does
// not include its namespace.
const (
	SubjectType Root = iota
	SubjectID
	SubjectProperties
	ActionName
	ActionProperties
	ResourceType
	ResourceID
	ResourceProperties
	Context
	RequestOrganisation
	Token
	Now
	RootCount int = iota
)

var rootTexts = [RootCount]string{
	"subject.type", "subject.id", "subject.properties", "action.name", "action.properties",
	"resource.type", "resource.id", "resource.properties", "context", "organisation", "token", "now",
}

// String returns the root as it is written in a condition.
func (r Root) String() string { return rootTexts[r] }

// HasPath reports whether a Ref with this root names a member below it.
func (r Root) HasPath() bool {
	switch r {
	case SubjectProperties, ActionProperties, ResourceProperties, Context, Token:
		return true
	default:
		return false
	}
}

// Op is an operation of a Call. The numbers are part of the table format and never change.
type Op uint8

// The operations.
const (
	And Op = iota + 1
	Or
	Not
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	In
	MakeArray
	MakeSet
	Plus
	Minus
	Times
	Rem
	Intersection
	Union
	StartsWith
	EndsWith
	ContainsText
	Lower
	Upper
	TrimSpace
	TrimPrefix
	TrimSuffix
	Count
	Abs
	RegexMatch
	CIDRContains
	IsNull
	IsBoolean
	IsNumber
	IsString
	IsArray
	IsObject
	opEnd
)

// OpCount is one more than the highest operation.
const OpCount = int(opEnd)

// Variadic as [OpInfo.Args] means any number of arguments, at least one for And and Or.
const Variadic = -1

// OpInfo describes an operation.
type OpInfo struct {
	Rego string // the built-in or operator of Rego it stands for; "" for And and Or, which lists write
	Args int    // how many arguments it takes, or Variadic
}

// Ops describes every operation, by its number.
var Ops = [OpCount]OpInfo{
	And: {"", Variadic}, Or: {"", Variadic}, Not: {"not", 1},
	Equal: {"==", 2}, NotEqual: {"!=", 2}, Less: {"<", 2}, LessEqual: {"<=", 2}, Greater: {">", 2}, GreaterEqual: {">=", 2},
	In: {"in", 2}, MakeArray: {"[]", Variadic}, MakeSet: {"{}", Variadic},
	Plus: {"+", 2}, Minus: {"-", 2}, Times: {"*", 2}, Rem: {"%", 2}, Intersection: {"&", 2}, Union: {"|", 2},
	StartsWith: {"startswith", 2}, EndsWith: {"endswith", 2}, ContainsText: {"contains", 2},
	Lower: {"lower", 1}, Upper: {"upper", 1}, TrimSpace: {"trim_space", 1}, TrimPrefix: {"trim_prefix", 2}, TrimSuffix: {"trim_suffix", 2},
	Count: {"count", 1}, Abs: {"abs", 1}, RegexMatch: {"regex.match", 2}, CIDRContains: {"net.cidr_contains", 2},
	IsNull: {"is_null", 1}, IsBoolean: {"is_boolean", 1}, IsNumber: {"is_number", 1},
	IsString: {"is_string", 1}, IsArray: {"is_array", 1}, IsObject: {"is_object", 1},
}
