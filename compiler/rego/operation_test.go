package rego_test

import (
	"cmp"
	"math/big"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// set holds its members sorted, without repeats.
type set []any

func setOf(items []any) set {
	s := set(slices.Clone(items))
	slices.SortFunc(s, collate)
	return slices.CompactFunc(s, func(a, b any) bool { return collate(a, b) == 0 })
}

func boolean(v any) bool {
	b, ok := v.(bool)
	must(ok)
	return b
}

func str(v any) string {
	s, ok := v.(string)
	must(ok)
	return s
}

var most = big.NewRat(1<<53, 1)

// exact is a value itself, unless it is an integer beyond 2⁵³.
func exact(v any) any {
	if n, ok := v.(*big.Rat); ok {
		must(!n.IsInt() || new(big.Rat).Abs(n).Cmp(most) <= 0)
	}
	return v
}

func integer(v any) *big.Int {
	n, ok := v.(*big.Rat)
	must(ok && n.IsInt())
	exact(v)
	return n.Num()
}

// entries lists what a collection holds, by its keys.
func entries(v any) (all [][2]any) {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			all = append(all, [2]any{big.NewRat(int64(i), 1), item})
		}
	case set:
		for _, item := range v {
			all = append(all, [2]any{item, item})
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			all = append(all, [2]any{name, v[name]})
		}
	default:
		must(false)
	}
	return all
}

// items lists what an array or a set holds.
func items(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case set:
		return v
	}
	panic(none{})
}

func has(all []any, item any) bool {
	return slices.ContainsFunc(all, func(x any) bool { return collate(x, item) == 0 })
}

// member is what stands in a collection under a key.
func member(v, key any) any {
	switch v := v.(type) {
	case []any:
		i := integer(key)
		must(i.Sign() >= 0 && i.Cmp(big.NewInt(int64(len(v)))) < 0)
		return v[i.Int64()]
	case map[string]any:
		item, ok := v[str(key)]
		must(ok)
		return item
	case set:
		must(has(v, exact(key)))
		return key
	}
	panic(none{})
}

// operate applies an operation to values.
func operate(t *term, args []any) any {
	switch t.op {
	case "member":
		return member(args[0], t.val)
	case "index":
		return member(args[0], args[1])
	case "[]", "{}", "{:}":
		return construct(t.op, args)
	case "==":
		return collate(exact(args[0]), exact(args[1])) == 0
	case "!=":
		return collate(exact(args[0]), exact(args[1])) != 0
	case "<", ">=":
		return (order(args[0], args[1]) < 0) == (t.op == "<")
	case ">", "<=":
		return (order(args[0], args[1]) > 0) == (t.op == ">")
	case "in":
		return has(items(args[1]), exact(args[0]))
	case "+", "-", "*", "%":
		return arithmetic(t.op, args[0], args[1])
	case "|", "&":
		return combine(t.op, args[0], args[1])
	}
	return call(t.op, args)
}

func construct(op string, args []any) any {
	switch op {
	case "[]":
		for _, a := range args {
			exact(a)
		}
		return args
	case "{}":
		for _, a := range args {
			exact(a)
		}
		return setOf(args)
	}
	o := map[string]any{}
	for i := 0; i < len(args); i += 2 {
		old, taken := o[str(args[i])]
		must(!taken || collate(old, args[i+1]) == 0)
		o[str(args[i])] = exact(args[i+1])
	}
	return o
}

// order compares two numbers or two strings.
func order(a, b any) int {
	_, isText := a.(string)
	_, isNumber := a.(*big.Rat)
	must((isText || isNumber) && rank(a) == rank(b))
	return collate(exact(a), exact(b))
}

func arithmetic(op string, a, b any) any {
	x, isSet := a.(set)
	y, alsoSet := b.(set)
	if op == "-" && isSet && alsoSet {
		return slices.DeleteFunc(slices.Clone(x), func(item any) bool { return has(y, item) })
	}
	m, n, result := integer(a), integer(b), new(big.Int)
	switch op {
	case "+":
		result.Add(m, n)
	case "-":
		result.Sub(m, n)
	case "*":
		result.Mul(m, n)
	case "%":
		must(n.Sign() != 0)
		result.Rem(m, n)
	}
	return exact(new(big.Rat).SetInt(result))
}

func combine(op string, a, b any) any {
	x, ok := a.(set)
	y, also := b.(set)
	must(ok && also)
	if op == "|" {
		return setOf(slices.Concat(x, y))
	}
	return slices.DeleteFunc(slices.Clone(x), func(item any) bool { return !has(y, item) })
}

// call applies a function.
func call(name string, args []any) any {
	switch name {
	case "count":
		if s, isText := args[0].(string); isText {
			return big.NewRat(int64(utf8.RuneCountInString(s)), 1)
		}
		return big.NewRat(int64(len(entries(args[0]))), 1)
	case "startswith":
		return strings.HasPrefix(str(args[0]), str(args[1]))
	case "lower":
		return strings.ToLower(str(args[0]))
	case "is_string":
		_, ok := exact(args[0]).(string)
		return ok
	case "is_number":
		_, ok := exact(args[0]).(*big.Rat)
		return ok
	case "object.get":
		o, ok := args[0].(map[string]any)
		must(ok)
		if v, found := o[str(args[1])]; found {
			return v
		}
		return args[2]
	case "concat":
		var texts []string
		for _, item := range items(args[1]) {
			texts = append(texts, str(item))
		}
		return strings.Join(texts, str(args[0]))
	case "max":
		all := items(args[0])
		must(len(all) > 0)
		for _, item := range all {
			if _, isText := all[0].(string); isText {
				str(item)
			} else {
				integer(item)
			}
		}
		return slices.MaxFunc(all, collate)
	case "sum":
		total := new(big.Int)
		for _, item := range items(args[0]) {
			total.Add(total, integer(item))
		}
		return exact(new(big.Rat).SetInt(total))
	}
	panic("BUG: no operation " + name)
}

// rank orders the types of values.
func rank(v any) int {
	switch v.(type) {
	case nil:
		return 0
	case bool:
		return 1
	case *big.Rat:
		return 2
	case string:
		return 3
	case []any:
		return 4
	case map[string]any:
		return 5
	}
	return 6
}

// collate orders any two values as Rego does.
func collate(a, b any) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case bool:
		switch {
		case a == b.(bool):
			return 0
		case a:
			return 1
		}
		return -1
	case *big.Rat:
		return a.Cmp(b.(*big.Rat))
	case string:
		return strings.Compare(a, b.(string))
	case []any:
		return slices.CompareFunc(a, b.([]any), collate)
	case set:
		return slices.CompareFunc(a, b.(set), collate)
	case map[string]any:
		return collateObjects(entries(a), entries(b))
	}
	return 0
}

// collateObjects compares keys first, then values.
func collateObjects(a, b [][2]any) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Or(collate(a[i][0], b[i][0]), collate(a[i][1], b[i][1])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
