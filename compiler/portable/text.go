package portable

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// QuoteText returns a text as Rego writes it.
func QuoteText(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)                                                                     // a string always encodes
	return strings.ReplaceAll(strings.TrimSuffix(b.String(), "\n"), "\ufeff", `\ufeff`) // Rego allows no byte-order mark
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// RefText returns a reference as Rego writes it: below root, a member for each step of path.
func RefText(root string, path []string) string {
	var b strings.Builder
	b.WriteString(root)
	for _, step := range path {
		if plainName.MatchString(step) && !ast.IsInKeywords(step, ast.KeywordsForRegoVersion(ast.RegoV1)) {
			b.WriteString("." + step)
		} else {
			b.WriteString("[" + QuoteText(step) + "]")
		}
	}
	return b.String()
}

func dotted(path []string) string { return RefText(path[0], path[1:]) }
