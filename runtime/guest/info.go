package guest

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Version is the version of the module, as info tells it (rule Q7).
const Version = "1.0.0"

// appendVersions appends the members that need no policy.
func appendVersions(dst []byte) []byte {
	dst = append(dst, `"abi":[`...)
	dst = append(strconv.AppendUint(dst, Major, 10), ',')
	dst = append(strconv.AppendUint(dst, Minor, 10), ']')
	return value.AppendQuoted(append(dst, `,"evaluator":`...), Version)
}

var callersNames = [...]string{decision.Overlay: "overlay", decision.Stored: "stored", decision.Ignore: "ignore"}

// appendInfo is rule Q7.
func (p *policyState) appendInfo(dst []byte) []byte {
	t, grammar := p.engine.Tables(), p.engine.Grammar()
	folding := "sensitive"
	if grammar.Case == permission.Insensitive {
		folding = "insensitive"
	}
	dst = appendVersions(append(dst, '{'))
	dst = appendNumber(dst, "tables_format", uint64(t.Format()))
	if p.bundle != nil {
		dst = appendString(dst, "revision", p.bundle.revision)
		dst = appendNumber(dst, "epoch", p.bundle.epoch)
		dst = appendString(dst, "id", p.bundle.id)
	}
	dst = appendString(dst, "namespace", grammar.Namespace)
	dst = appendString(dst, "case", folding)
	dst = appendNumber(dst, "bytes", uint64(t.Size()))
	dst = appendNumber(dst, "policies", uint64(t.Policies()))
	dst = appendNumber(dst, "conditions", uint64(len(t.Conditions())))
	dst = appendNumber(dst, "rego_conditions", uint64(len(t.Rego())))
	dst = appendString(dst, "callers", callersNames[p.callers])
	return append(appendNumber(dst, "golden", uint64(p.golden)), '}')
}

//go:noinline // inlined, these would be a third of the package
func appendNumber(dst []byte, name string, n uint64) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return strconv.AppendUint(dst, n, 10)
}

//go:noinline
func appendString(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return value.AppendQuoted(dst, text)
}
