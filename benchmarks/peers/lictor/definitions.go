package lictor

import (
	"errors"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
)

// conditions are those of package workload in definitions.
var conditions = [...]string{
	workload.OwnerAsks:      `resource.properties.owner == subject.id`,
	workload.IsActive:       `resource.properties.status == "` + workload.Active + `"`,
	workload.LevelReached:   fmt.Sprintf(`context.level >= %d`, workload.LevelNeeded),
	workload.RegionListed:   `context.region in ["` + strings.Join(workload.Regions, `", "`) + `"]`,
	workload.BelowDocuments: `startswith(resource.properties.path, "` + workload.Documents + `")`,
}

// subjectsEach is how many subjects one file of definitions has.
const subjectsEach = 5000

// Definitions returns a policy as somebody would write it for Lictor.
func Definitions(p *workload.Policy) fstest.MapFS {
	var text strings.Builder
	text.WriteString("lictor: v1\noptions: {namespace: default}\nroles:\n")
	for i := range p.Roles {
		writeRole(&text, p, &p.Roles[i])
	}
	if len(p.Organisations) > 0 {
		text.WriteString("organisations:\n")
	}
	for _, o := range p.Organisations {
		fmt.Fprintf(&text, "  %q: {name: %q}\n", o, o)
	}
	files := fstest.MapFS{"roles.yaml": {Data: []byte(text.String())}}
	for start := 0; start < len(p.Subjects); start += subjectsEach {
		text.Reset()
		text.WriteString("lictor: v1\nsubjects:\n")
		for i := start; i < min(start+subjectsEach, len(p.Subjects)); i++ {
			writeSubject(&text, p, &p.Subjects[i])
		}
		files[fmt.Sprintf("subjects-%07d.yaml", start)] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return files
}

func writeRole(text *strings.Builder, p *workload.Policy, r *workload.Role) {
	fmt.Fprintf(text, "  %q: {includes: [", r.Name)
	for _, i := range r.Includes {
		fmt.Fprintf(text, "%q, ", p.Roles[i].Name)
	}
	text.WriteString("], permissions: [")
	for i := range r.Grants {
		if g := &r.Grants[i]; !g.Deny && len(g.Conditions) == 0 {
			fmt.Fprintf(text, "%q, ", permissionOf(g))
		}
	}
	text.WriteString("], policies: [")
	for i := range r.Grants {
		if g := &r.Grants[i]; g.Deny || len(g.Conditions) > 0 {
			writePolicy(text, g)
		}
	}
	text.WriteString("]}\n")
}

func writePolicy(text *strings.Builder, g *workload.Grant) {
	decision := policy.Allow
	if g.Deny {
		decision = policy.Deny
	}
	fmt.Fprintf(text, "{permission: %q, decision: %s", permissionOf(g), decision)
	for i, c := range g.Conditions {
		if i == 0 {
			text.WriteString(", when: [")
		}
		fmt.Fprintf(text, "%q, ", conditions[c])
	}
	if len(g.Conditions) > 0 {
		text.WriteString("]")
	}
	text.WriteString("}, ")
}

func permissionOf(g *workload.Grant) string {
	text := g.Resource + ":" + g.Action
	if g.Instance != "" {
		text += ":" + g.Instance
	}
	return text
}

func writeSubject(text *strings.Builder, p *workload.Policy, s *workload.Subject) {
	fmt.Fprintf(text, "  %q: {roles: [", s.ID)
	for _, h := range s.Holdings {
		name := p.Roles[h.Role].Name
		if h.Organisation == "" {
			fmt.Fprintf(text, "%q, ", name)
		} else {
			fmt.Fprintf(text, "{role: %q, organisation: %q}, ", name, h.Organisation)
		}
	}
	text.WriteString("]}\n")
}

// Model compiles a policy's definitions.
func Model(p *workload.Policy) (*policy.Model, error) {
	definitions, mistakes := source.Load(Definitions(p))
	if len(mistakes) > 0 {
		return nil, errors.New(mistakes[0].Message)
	}
	m, mistakes := lower.Lower(definitions)
	if len(mistakes) > 0 {
		return nil, errors.New(mistakes[0].Message)
	}
	return m, nil
}
