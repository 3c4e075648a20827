package compiler

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/subset"
)

// LeftOut is what a bundle for a client leaves out of the whole.
type LeftOut struct {
	subset.Report
	Tests   int `json:"tests"`
	Modules int `json:"modules"` // Rego files of the project's own
}

// String returns what is left out in one line, namespaces by name and the rest by number.
func (l *LeftOut) String() string {
	var parts []string
	if report := l.Report.String(); report != "" {
		parts = append(parts, report)
	}
	for _, c := range []struct {
		n    int
		noun string
	}{{l.Tests, "test"}, {l.Modules, "module"}} {
		if c.n > 0 {
			parts = append(parts, subset.Counted(c.n, c.noun))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing")
}

// InactiveLeftOut says that a bundle for everybody decides about subjects that are not active as about others.
func InactiveLeftOut(n int) bundles.Warning {
	noun := "subjects that are not active are"
	if n == 1 {
		noun = "subject that is not active is"
	}
	return bundles.Warning(fmt.Sprintf("%d %s left out, and decided about as anybody else: name the subjects that the bundle is for", n, noun))
}

// narrow returns the part of a model that a client may see, and makes the draft one of that part: without modules that
// it does not call.
func (r *Result) narrow(m *policy.Model, o Options, draft *bundles.Draft) (*policy.Model, error) {
	part, report, err := subset.Select(m, *o.Client)
	if err != nil {
		return nil, err
	}
	all := len(draft.Parts)
	dropUncalled(part, draft.Parts)
	r.LeftOut = &LeftOut{Report: *report, Tests: len(r.Definitions.Tests), Modules: all - len(draft.Parts)}
	if report.Inactive > 0 {
		r.Warnings = append(r.Warnings, InactiveLeftOut(report.Inactive))
	}
	draft.Revision = cmp.Or(o.Revision, partDigest(draft.Source, o.Client).String())
	draft.Subset = &bundles.Subset{
		For: bundles.ForClient, Namespaces: sortedUnique(o.Client.Namespaces), Types: sortedUnique(o.Client.Types),
		Subjects: int64(len(part.Subjects)),
	}
	return part, nil
}

func sortedUnique(texts []string) []string {
	sorted := slices.Clone(texts)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// partDigest is the digest of a part: of the definitions and of what was selected from them.
func partDigest(whole bundles.Digest, s *subset.Selection) bundles.Digest {
	text, err := json.Marshal([]any{whole.String(), sortedUnique(s.Namespaces), sortedUnique(s.Types), sortedUnique(s.Subjects)})
	if err != nil {
		panic("BUG: texts that do not marshal: " + err.Error())
	}
	return bundles.DigestOf(text)
}
