package generate

import (
	"regexp"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

var (
	leafRef      = regexp.MustCompile(`\b(context|token|subject\.properties|resource\.properties|action\.properties)((?:\.[A-Za-z_]\w*)+)`)
	leafMember   = regexp.MustCompile(`\b[A-Za-z_]\w*\.([A-Za-z_]\w*)\b`)
	leafConstant = regexp.MustCompile(`"[^"\\\n]*"|\b[0-9]{1,15}\b|\btrue\b|\bfalse\b`)
)

// walkRego finds in the text of an expression that only Rego can evaluate what it reads, and makes values worth putting
// there: its constants, lists of them, and objects with the members that it names. What is not found is left to chance.
func (s *Sampler) walkRego(e policy.Rego) {
	for _, found := range leafRef.FindAllStringSubmatch(e.Text, 8) {
		for r := range policy.RootCount {
			if policy.Root(r).String() == found[1] && len(s.refs) < 4*maxWords {
				s.refs = append(s.refs, policy.Ref{Root: policy.Root(r), Path: strings.Split(found[2][1:], ".")})
			}
		}
	}
	constants := leafConstant.FindAllString(e.Text, 4)
	for _, text := range constants {
		s.rememberText(text)
	}
	if len(constants) == 0 {
		constants = []string{`"a"`}
	}
	s.rememberText("[" + strings.Join(constants, ",") + "]")
	members := leafMember.FindAllStringSubmatch(e.Text, 8)
	for turn := range constants {
		object := tree{}
		for i, found := range members {
			object.put([]string{found[1]}, constants[(i+turn)%len(constants)])
		}
		s.rememberText("[" + object.json() + "]")
		s.rememberText("[" + object.json() + "," + constants[turn] + "]")
	}
}

// rememberText is remember for JSON text; what is no JSON value is left out.
func (s *Sampler) rememberText(text string) {
	if _, v, err := value.Parse(nil, []byte(text)); err == nil {
		s.remember(v)
	}
}
