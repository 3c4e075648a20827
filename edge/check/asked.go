package check

import (
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// kind is what a question asks for.
type kind uint8

const (
	onePermission kind = iota
	permissions
	roles
)

func (k kind) String() string { return [...]string{"permission", "permissions", "roles"}[k] }

// asked is what a question asks for: one string, or a list of them.
type asked struct {
	kind  kind
	list  bool
	value value.Value // a String, or an Array of at least one String; none is empty
}

// ask returns what the question asks for: exactly one of permission, permissions and roles.
func ask(m *members) (a asked, err error) {
	given := 0
	for k, v := range [...]value.Value{m.permission, m.permissions, m.roles} {
		if v.Kind() != value.Missing {
			given++
			a = asked{kind: kind(k), list: kind(k) != onePermission, value: v}
		}
	}
	if given != 1 {
		return a, exchange.Malformed("exactly one of permission, permissions and roles must be given")
	}
	if !a.list {
		_, err = exchange.Text(a.value, a.kind.String())
		return a, err
	}
	if a.value.Kind() != value.Array || a.value.Len() == 0 {
		return a, exchange.Malformed("%s is not a list of at least one string", a.kind)
	}
	for items, i := a.value.Items(), 0; ; i++ {
		_, item, ok := items.Next()
		if !ok {
			return a, nil
		}
		if item.Kind() != value.String || item.Text() == "" {
			_, err = exchange.Text(item, a.name(i))
			return a, err
		}
	}
}

// Len returns how many strings are asked for.
func (a *asked) Len() int {
	if !a.list {
		return 1
	}
	return a.value.Len()
}

// texts iterates over the strings asked for.
type texts struct {
	single string
	items  value.Items
}

func (a *asked) strings() texts {
	if !a.list {
		return texts{single: a.value.Text()}
	}
	return texts{items: a.value.Items()}
}

func (t *texts) next() (string, bool) {
	if t.single != "" {
		text := t.single
		t.single = ""
		return text, true
	}
	_, v, ok := t.items.Next()
	return v.Text(), ok
}

// results holds, for each code, the end of a result that gives no more than the code.
var results = func() (ends [decision.CodeCount]string) {
	for i := range ends {
		verdict := "DENY"
		if decision.Code(i) == decision.Allowed {
			verdict = "ALLOW"
		}
		ends[i] = `,"decision":"` + verdict + `","reason":{"code":"` + decision.Code(i).String() + `"`
	}
	return ends
}()

// appendResult appends the result for one of the strings asked for.
func (a *asked) appendResult(dst []byte, text string, d decision.Decision) []byte {
	return append(a.appendHead(dst, text, d), "}}"...)
}

// appendHead appends a result up to the code of its reason.
func (a *asked) appendHead(dst []byte, text string, d decision.Decision) []byte {
	if a.kind == roles {
		dst = append(dst, `{"role":`...)
	} else {
		dst = append(dst, `{"permission":`...)
	}
	dst = exchange.AppendQuoted(dst, text)
	return append(dst, results[d.Code]...)
}
